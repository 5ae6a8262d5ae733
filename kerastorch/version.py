"""The one place where the version is written; pyproject.toml reads it from here."""

__version__ = "0.1.0"


def version():
    """The version of the library, as a string.

    >>> keras.version() == keras.__version__
    True
    """
    return __version__
