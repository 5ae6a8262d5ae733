"""Files from elsewhere: fetched once, checked, unpacked."""

import hashlib
import os
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import warnings

from kerastorch.callbacks.messages import print_msg
from kerastorch.callbacks.progbar import Progbar
from kerastorch.utils.archives import extract_archive

_CHUNK = 1 << 16


def path_to_string(path):
    """Return the text of a path object; anything else is returned as it is."""
    return os.fspath(path) if isinstance(path, os.PathLike) else path


def home():
    """Return the folder in which data are kept: that of `KERAS_HOME`, or `~/.keras`."""
    return os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")


def get_file(
    fname=None,
    origin=None,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
    force_download=False,
):
    """Return the path of a file that is fetched from a URL, unless it is there already.

    Args:
        fname: The name that the file gets; by default that of the URL.
        origin: The URL: `https://`, `http://`, `ftp://` or `file://`.
        untar: Whether to unpack it as a tar archive.
        md5_hash: An MD5 hash that it must have; `file_hash` is the newer way.
        file_hash: The hash that it must have.
        cache_subdir: The folder inside `cache_dir`, or an absolute path.
        hash_algorithm: "md5", "sha256", or "auto" to tell by the hash.
        extract: Whether to unpack it, as a tar or zip archive.
        archive_format: "auto", "tar", "zip", None, or a list of them.
        cache_dir: The folder, by default that of the environment variable `KERAS_HOME`, or `~/.keras`.
        force_download: Whether to fetch it even if it is there.

    A broken download is continued by the next call, where the server allows. An archive gives the path of the folder
    that it was unpacked into; members that would leave it are left out.

    Errors: a ValueError for a file with another hash than was said, an Exception that starts with
    "URL fetch failure" where the URL cannot be read.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.txt").write_text("hello")
    >>> path = keras.utils.get_file(origin=(folder / "a.txt").as_uri(), cache_dir=folder)
    Downloading data from file:///...a.txt
    ...
    >>> pathlib.Path(path).read_text()
    'hello'
    """
    if origin is None:
        raise ValueError(
            'Please specify the "origin" argument (URL of the file to download). Received: origin=None'
        )
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    folder = os.path.join(_writable(os.path.expanduser(cache_dir) if cache_dir else home()), cache_subdir)
    os.makedirs(folder, exist_ok=True)
    given, fname = fname, path_to_string(fname)
    if not fname:
        fname = os.path.basename(urllib.parse.urlsplit(origin).path)
        if not fname:
            raise ValueError(
                f"Can't parse the file name from the origin provided: '{origin}'. Please specify the `fname` argument."
            )
    elif os.sep in fname:
        raise ValueError(
            "Paths are no longer accepted as the `fname` argument. To specify the file's parent directory, use the "
            f"`cache_dir` argument. Received: fname={fname}"
        )
    target, unpacked = _places(folder, fname, given, extract or untar)
    if force_download or not _is_there(target, file_hash, hash_algorithm):
        print_msg(f"Downloading data from {origin}")
        _fetch(origin, target)
        if file_hash is not None and not validate_file(target, file_hash, hash_algorithm):
            os.remove(target)
            raise ValueError(
                f"Incomplete or corrupted file detected. The {hash_algorithm} file hash does not match the provided "
                f"value of {file_hash}."
            )
    if unpacked is None:
        return target
    if not extract_archive(target, unpacked, "tar" if untar else archive_format):
        warnings.warn("Could not extract archive.", stacklevel=2)
    return unpacked


def _writable(folder):
    """The folder, or one for temporary files if nothing can be written there."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return os.path.join(tempfile.gettempdir(), ".keras")
    return folder if os.access(folder, os.W_OK) else os.path.join(tempfile.gettempdir(), ".keras")


def _places(folder, fname, given, unpack):
    """Where the file goes, and where it is unpacked."""
    if not unpack:
        return os.path.join(folder, fname), None
    if given and "." in fname:
        return os.path.join(folder, fname), os.path.join(folder, f"{fname[: fname.find('.')]}_extracted")
    return os.path.join(folder, f"{fname}_archive"), os.path.join(folder, fname)


def _is_there(target, file_hash, algorithm):
    if not os.path.exists(target):
        return False
    if file_hash is None or validate_file(target, file_hash, algorithm):
        return True
    print_msg(
        f"A local file was found, but it seems to be incomplete or outdated because the {algorithm} file hash does not "
        f"match the original value of {file_hash} so we will re-download the data."
    )
    return False


def _fetch(origin, target):
    """Write what a URL holds to a file, which is there only when it is complete."""
    part, tag = f"{target}.part", f"{target}.part.tag"
    request = urllib.request.Request(origin)
    have = os.path.getsize(part) if os.path.exists(part) and os.path.exists(tag) else 0
    if have:
        with open(tag) as file:
            request.add_header("If-Range", file.read())
        request.add_header("Range", f"bytes={have}-")
    try:
        with urllib.request.urlopen(request) as response:
            have = have if getattr(response, "status", None) == 206 else 0
            _remember(response, tag)
            _copy(response, part, have)
    except urllib.error.HTTPError as error:
        raise Exception(f"URL fetch failure on {origin}: {error.code} -- {error.msg}") from error
    except urllib.error.URLError as error:
        raise Exception(f"URL fetch failure on {origin}: {error.errno} -- {error.reason}") from error
    os.replace(part, target)
    if os.path.exists(tag):
        os.remove(tag)


def _remember(response, tag):
    """Keep what the server calls this version of the file, so that a part of it can be continued."""
    version = response.headers.get("ETag") or response.headers.get("Last-Modified")
    if version and not version.startswith("W/"):
        with open(tag, "w") as file:
            file.write(version)
    elif os.path.exists(tag):
        os.remove(tag)


def _copy(response, part, have):
    length = response.headers.get("Content-Length")
    total = None if length is None else int(length) + have
    bar, done = Progbar(total), have
    with open(part, "ab" if have else "wb") as file:
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            done += len(chunk)
            if total is None or done < total:
                bar.update(done)
        file.flush()
        os.fsync(file.fileno())
    if total is not None and done < total:
        raise urllib.error.URLError(f"the connection ended after {done} of {total} bytes")
    bar.update(done, finalize=True)


def resolve_hasher(algorithm, file_hash=None):
    """Return the hash object for "md5", "sha256" or "auto", which tells by the length of a hash."""
    if algorithm == "sha256" or (algorithm == "auto" and file_hash is not None and len(file_hash) == 64):
        return hashlib.sha256()
    return hashlib.md5()


def hash_file(fpath, algorithm="sha256", chunk_size=65535):
    """Return the hash of a file as hexadecimal text."""
    hasher = resolve_hasher(algorithm) if isinstance(algorithm, str) else algorithm
    with open(fpath, "rb") as file:
        for chunk in iter(lambda: file.read(chunk_size), b""):
            hasher.update(chunk)
    return hasher.hexdigest()


def validate_file(fpath, file_hash, algorithm="auto", chunk_size=65535):
    """Tell whether a file has a hash."""
    return hash_file(fpath, resolve_hasher(algorithm, file_hash), chunk_size) == str(file_hash)
