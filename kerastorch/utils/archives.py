"""Archives, unpacked without leaving the folder that they are unpacked into."""

import os
import shutil
import tarfile
import warnings
import zipfile


def resolve_path(path):
    """Return an absolute path without links in it."""
    return os.path.realpath(os.path.abspath(path))


def resolve_sub_path(base_dir, path):
    """Return where a path inside a folder really leads, or None if that is outside of it."""
    base, full = resolve_path(base_dir), resolve_path(os.path.join(base_dir, path))
    return full if full == base or full.startswith(os.path.join(base, "")) else None


def is_path_in_dir(path, base_dir):
    """Tell whether a path leads into a folder."""
    return resolve_sub_path(base_dir, path) is not None


def is_link_in_dir(info, base):
    """Tell whether a link in an archive lies in a folder and leads to something in it."""
    if info.issym():
        place = resolve_sub_path(base, os.path.dirname(info.name))
        return place is not None and _inside(os.path.join(place, info.linkname), base)
    return is_path_in_dir(info.name, base) and is_path_in_dir(info.linkname, base)


def _inside(path, base):
    base, full = resolve_path(base), resolve_path(path)
    return full == base or full.startswith(os.path.join(base, ""))


def filter_safe_zipinfos(members, base_dir):
    """Yield the members of a zip archive that stay in a folder."""
    base = resolve_path(base_dir)
    for info in members:
        if is_path_in_dir(info.filename, base):
            yield info
        else:
            _skip(info.filename)


def filter_safe_tarinfos(members, base_dir):
    """Yield the members of a tar archive that stay in a folder; links must lead into it, devices are left out."""
    base = resolve_path(base_dir)
    for info in members:
        link = info.issym() or info.islnk()
        if is_link_in_dir(info, base) if link else _plain(info, base):
            yield info
        else:
            _skip(info.name)


def _plain(info, base):
    through_parent = ".." in info.name.replace("\\", "/").split("/")
    return (info.isfile() or info.isdir()) and not through_parent and is_path_in_dir(info.name, base)


def _skip(name):
    warnings.warn(f"Skipping invalid path during archive extraction: '{name}'.", stacklevel=2)


def extract_archive(file_path, path=".", archive_format="auto"):
    """Unpack an archive, and tell whether it was one.

    Args:
        file_path: The archive.
        path: The folder to unpack into.
        archive_format: "tar" (also compressed), "zip", "auto" for either, a list of them, or None for nothing.

    A member that would leave the folder is left out with a warning.
    """
    if archive_format is None:
        return False
    if archive_format == "auto":
        archive_format = ["tar", "zip"]
    formats = [archive_format] if isinstance(archive_format, str) else archive_format
    file_path, path = os.fspath(file_path), os.fspath(path)
    for kind in formats:
        if kind == "tar":
            opener, is_one = tarfile.open, tarfile.is_tarfile
        elif kind == "zip":
            opener, is_one = zipfile.ZipFile, zipfile.is_zipfile
        else:
            raise NotImplementedError(
                f"`archive_format` must be 'tar', 'zip', 'auto' or None. Received: {kind!r}"
            )
        if not is_one(file_path):
            continue
        with opener(file_path) as archive:
            try:
                if kind == "zip":
                    # ZipFile itself drops `..` and drives from names
                    archive.extractall(path, members=filter_safe_zipinfos(archive.infolist(), path))
                else:
                    _extract_tar(archive, path)
            except (tarfile.TarError, RuntimeError, KeyboardInterrupt):
                if os.path.isfile(path):
                    os.remove(path)
                elif os.path.isdir(path):
                    shutil.rmtree(path)
                raise
        return True
    return False


def _extract_tar(archive, path):
    members = filter_safe_tarinfos(archive, path)
    if hasattr(tarfile, "data_filter"):
        archive.extractall(path, members=members, filter="data")
    else:
        archive.extractall(path, members=members)
