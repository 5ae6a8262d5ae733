"""`tf.get_logger`: the logger that TensorFlow writes to."""

import logging


def get_logger():
    """Return the logger named "tensorflow", which writes to the standard error unless the program logs by itself.

    >>> tf.get_logger().name
    'tensorflow'
    """
    logger = logging.getLogger("tensorflow")
    if not logger.handlers and not logging.getLogger().handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT, None))
        logger.addHandler(handler)
        logger.propagate = False
    return logger
