"""`tf.io.gfile`: files and folders.

https://www.tensorflow.org/api_docs/python/tf/io/gfile
"""

import glob as _glob
import os
import shutil

from ..errors import AlreadyExistsError, FailedPreconditionError, NotFoundError
from ._files import path_of


def _absent(path):
    return NotFoundError(None, None, f"{path}; No such file or directory")


class GFile:
    """A file, opened when it is first used; a context manager, and its lines as an iterator.

    Args:
        name: The path.
        mode: "r", "w", "a", "r+", "w+", "a+", with "b" for bytes.
    """

    _file = None

    def __init__(self, name, mode="r"):
        if mode.replace("b", "") not in ("r", "w", "a", "r+", "w+", "a+"):
            raise ValueError(f"mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'. Received: {mode!r}")
        self._name, self._mode = path_of(name), mode

    @property
    def name(self):
        """The path."""
        return self._name

    @property
    def mode(self):
        """How the file is opened."""
        return self._mode

    def _open(self):
        if self._file is None:
            try:
                encoding = None if "b" in self._mode else "utf-8"
                self._file = open(self._name, self._mode, encoding=encoding)  # noqa: SIM115
            except (FileNotFoundError, NotADirectoryError):
                raise _absent(self._name) from None
            except IsADirectoryError:
                raise FailedPreconditionError(None, None, f"{self._name}; Is a directory") from None
        return self._file

    def read(self, n=-1):
        """Return the next n characters (or bytes), all by default."""
        return self._open().read(n)

    def readline(self):
        """Return the next line, with its line break; empty at the end."""
        return self._open().readline()

    def readlines(self):
        """Return the lines that are left."""
        return self._open().readlines()

    def write(self, file_content):
        """Add text (or bytes)."""
        self._open().write(file_content)

    def seek(self, offset=None, whence=0, position=None):
        """Go to a place in the file."""
        self._open().seek(offset if position is None else position, whence)

    def tell(self):
        """Return the place in the file."""
        return self._open().tell()

    def size(self):
        """Return the size in bytes."""
        return stat(self._name).length

    def seekable(self):
        """Whether one can go to a place in the file."""
        return True

    def flush(self):
        """Write out what is buffered."""
        if self._file is not None:
            self._file.flush()

    def close(self):
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self):
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line


class FileStatistics:
    """What is known of a file: `length` in bytes, `mtime_nsec`, `is_directory`."""

    def __init__(self, length, mtime_nsec, is_directory):
        self.length, self.mtime_nsec, self.is_directory = length, mtime_nsec, is_directory


def exists(path):
    """Whether a file or folder is there."""
    return os.path.exists(path_of(path))


def isdir(path):
    """Whether a path is a folder."""
    return os.path.isdir(path_of(path))


def join(path, *paths):
    """Return the parts of a path as one."""
    return os.path.join(path_of(path), *map(path_of, paths))


def glob(pattern):
    """Return the files that match a pattern, or one of several."""
    patterns = pattern if isinstance(pattern, (list, tuple)) else [pattern]
    return [found for one in patterns for found in sorted(_glob.glob(path_of(one)))]


def listdir(path):
    """Return the names in a folder. Raises `tf.errors.NotFoundError` if there is no such folder."""
    path = path_of(path)
    if not os.path.isdir(path):
        raise NotFoundError(None, None, "Could not find directory")
    return os.listdir(path)


def mkdir(path):
    """Make a folder in one that is there."""
    path = path_of(path)
    try:
        os.mkdir(path)
    except FileExistsError:
        raise AlreadyExistsError(None, None, f"{path}; File exists") from None
    except FileNotFoundError:
        raise _absent(path) from None


def makedirs(path):
    """Make a folder, and those on the way to it; one that is there already stays."""
    os.makedirs(path_of(path), exist_ok=True)


def remove(path):
    """Delete a file."""
    path = path_of(path)
    try:
        os.remove(path)
    except FileNotFoundError:
        raise _absent(path) from None
    except (IsADirectoryError, PermissionError) as error:
        raise FailedPreconditionError(None, None, f"{path}; {error.strerror}") from None


def rmtree(path):
    """Delete a folder and all that is in it."""
    path = path_of(path)
    if not os.path.lexists(path):
        raise _absent(path)
    shutil.rmtree(path)


def copy(src, dst, overwrite=False):
    """Copy a file."""
    src, dst = path_of(src), path_of(dst)
    if not overwrite and os.path.exists(dst):
        raise AlreadyExistsError(None, None, "file already exists")
    try:
        shutil.copyfile(src, dst)
    except FileNotFoundError:
        raise _absent(src) from None


def rename(src, dst, overwrite=False):
    """Move a file or folder."""
    src, dst = path_of(src), path_of(dst)
    if not overwrite and os.path.exists(dst):
        raise AlreadyExistsError(None, None, "file already exists")
    try:
        os.replace(src, dst)
    except FileNotFoundError:
        raise _absent(src) from None


def stat(path):
    """Return the `FileStatistics` of a file."""
    path = path_of(path)
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise _absent(path) from None
    return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(path))


def walk(top, topdown=True, onerror=None):
    """Yield (folder, its folders, its files) for a folder and all below it."""
    yield from os.walk(path_of(top), topdown=topdown, onerror=onerror)


def get_registered_schemes():
    """Return the kinds of paths that can be read: those of the local file system."""
    return ["", "file"]
