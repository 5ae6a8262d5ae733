"""Files of datasets: where they come from, and what is said when they cannot be fetched."""

import dataclasses
import os

from kerastorch.utils.files import get_file, home, validate_file

KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


@dataclasses.dataclass(frozen=True)
class Remote:
    """A file on a server.

    Args:
        name: The name under which it is kept.
        url: Where it is.
        hash: Its SHA-256 or MD5 hash, if it is known.
        folder: The folder inside `~/.keras`.
        archive: Whether it is an archive, which is unpacked.
    """

    name: str
    url: str
    hash: str | None = None
    folder: str = "datasets"
    archive: bool = False

    def path(self, name=None):
        """Return the path of the file, or of the folder of an archive, after fetching it if it is not there.

        Args:
            name: Another name to keep it under, or the path of a file that is there.
        """
        if name is not None and os.sep in os.fspath(name) and os.path.isfile(name):
            return os.fspath(name)
        name = self.name if name is None else os.fspath(name)
        place = os.path.join(home(), self.folder, f"{name}_archive" if self.archive else name)
        given = {"cache_subdir": self.folder, "file_hash": self.hash, "extract": self.archive}
        try:
            return get_file(name, self.url, **given)
        except ValueError:
            raise
        except Exception as error:
            if os.path.isfile(place) and (self.hash is None or validate_file(place, self.hash)):
                raise
            raise OSError(
                f"The file {os.path.basename(self.url)} could not be downloaded: {error}\n"
                f"Without a connection, fetch {self.url} elsewhere and place it at {place}"
            ) from error
