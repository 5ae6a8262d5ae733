"""`tf.autograph`: nothing is rewritten here, Python runs as it is.

https://www.tensorflow.org/api_docs/python/tf/autograph
"""

import inspect


def to_code(entity, recursive=True, experimental_optional_features=None):
    """Return the source of a function, which is the code that runs."""
    return inspect.getsource(inspect.unwrap(entity))


def to_graph(entity, recursive=True, experimental_optional_features=None):
    """Return the function itself."""
    return entity


def set_verbosity(level, alsologtostdout=False):
    """Choose how much TensorFlow would tell of its rewriting: nothing is rewritten."""


def trace(*args):
    """Write the arguments."""
    print(*args)


class experimental:
    """`tf.autograph.experimental`."""

    @staticmethod
    def do_not_convert(func=None):
        """Return the function itself."""
        return func if func is not None else lambda f: f

    @staticmethod
    def set_loop_options(**options):
        """Take options of TensorFlow's loops, which make no difference here."""
