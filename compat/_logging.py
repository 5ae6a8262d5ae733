"""`tf.get_logger`: the logger that TensorFlow writes to."""

import logging


def get_logger():
    """Return the logger named "tensorflow".

    >>> tf.get_logger().name
    'tensorflow'
    """
    return logging.getLogger("tensorflow")
