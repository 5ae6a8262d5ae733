"""The one place where the version is written; pyproject.toml reads it from here.

First the version of Keras whose API this is, so that scripts that ask for `keras.__version__` decide rightly, then
the library's own.
"""

__version__ = "3.15.1+kerastorch.0.1.0"


def version():
    """The version of the library, as a string.

    >>> keras.version() == keras.__version__
    True
    """
    return __version__
