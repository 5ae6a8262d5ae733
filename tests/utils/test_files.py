"""get_file: downloads from a server on this machine, hashes, archives that try to leave their folder."""

import functools
import hashlib
import http.server
import io
import os
import tarfile
import threading
import zipfile

import pytest

from kerastorch import utils
from kerastorch.utils.archives import extract_archive
from kerastorch.utils.files import hash_file, validate_file

CONTENT = bytes(range(256)) * 1000


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves one file, in parts where asked; drops the connection in the middle of the first answer if told."""

    drops, requests = 0, []

    def do_GET(self):
        cls = type(self)
        cls.requests.append(dict(self.headers))
        if self.path == "/missing":
            self.send_error(404)
            return
        start = 0
        wanted = self.headers.get("Range")
        if wanted and self.headers.get("If-Range") == '"one"':
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        if cls.drops:
            cls.drops -= 1
            self.wfile.write(CONTENT[start : start + 100_000])
            return
        self.wfile.write(CONTENT[start:])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    handler = type("OneHandler", (Handler,), {"requests": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield handler, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_downloads_once(server, tmp_path, capsys):
    handler, url = server
    fetch = functools.partial(utils.get_file, origin=f"{url}/data.bin", cache_dir=tmp_path)
    path = fetch()
    assert path == str(tmp_path / "datasets" / "data.bin") and open_bytes(path) == CONTENT
    assert "Downloading data from" in capsys.readouterr().out
    assert fetch() == path and len(handler.requests) == 1
    fetch(force_download=True)
    fetch(file_hash=hashlib.sha256(CONTENT).hexdigest())
    assert len(handler.requests) == 2


def open_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def test_a_broken_download_is_continued(server, tmp_path):
    handler, url = server
    handler.drops = 1
    with pytest.raises(
        Exception, match=r"URL fetch failure on .* the connection ended after 100000 of 256000"
    ):
        utils.get_file("data.bin", f"{url}/data.bin", cache_dir=tmp_path)
    assert not (tmp_path / "datasets" / "data.bin").exists()
    path = utils.get_file("data.bin", f"{url}/data.bin", cache_dir=tmp_path)
    assert open_bytes(path) == CONTENT and handler.requests[1]["Range"] == "bytes=100000-"
    assert os.listdir(tmp_path / "datasets") == ["data.bin"]


def test_a_wrong_hash_is_refused(server, tmp_path):
    with pytest.raises(ValueError, match="Incomplete or corrupted file detected"):
        utils.get_file("data.bin", f"{server[1]}/data.bin", file_hash="0" * 64, cache_dir=tmp_path)
    assert not os.listdir(tmp_path / "datasets")


def test_a_missing_file_is_told(server, tmp_path):
    with pytest.raises(Exception, match=r"URL fetch failure on .*/missing: 404"):
        utils.get_file("data.bin", f"{server[1]}/missing", cache_dir=tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"origin": None}, 'Please specify the "origin" argument'),
        ({"origin": "file:///"}, "Can't parse the file name from the origin"),
        ({"origin": "file:///a", "fname": "a/b"}, "Paths are no longer accepted"),
    ],
    ids=str,
)
def test_errors(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        utils.get_file(**arguments, cache_dir=tmp_path)


def test_the_folder_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    (tmp_path / "a.txt").write_text("x")
    path = utils.get_file(origin=(tmp_path / "a.txt").as_uri(), cache_subdir="texts")
    assert path == str(tmp_path / "home" / "texts" / "a.txt")


def test_hashes(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(CONTENT)
    assert hash_file(file) == hashlib.sha256(CONTENT).hexdigest()
    assert validate_file(file, hashlib.md5(CONTENT).hexdigest())
    assert not validate_file(file, "0" * 64)


def tar_with(path, *members):
    with tarfile.open(path, "w") as archive:
        for name, kind, link in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            info.size = 2 if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(b"hi"))


@pytest.mark.parametrize(
    "member",
    [
        ("../out.txt", tarfile.REGTYPE, ""),
        ("/out.txt", tarfile.REGTYPE, ""),
        ("out.txt", tarfile.SYMTYPE, "../../secret"),
        ("out.txt", tarfile.SYMTYPE, "/etc/passwd"),
        ("out.txt", tarfile.LNKTYPE, "../secret"),
        ("out.txt", tarfile.CHRTYPE, ""),
        ("out.txt", tarfile.FIFOTYPE, ""),
    ],
    ids=str,
)
def test_members_that_leave_the_folder_are_left_out(member, tmp_path):
    tar_with(tmp_path / "a.tar", ("good.txt", tarfile.REGTYPE, ""), member)
    with pytest.warns(UserWarning, match="Skipping invalid path"):
        assert extract_archive(tmp_path / "a.tar", tmp_path / "inside" / "here")
    assert os.listdir(tmp_path / "inside" / "here") == ["good.txt"]
    assert os.listdir(tmp_path / "inside") == ["here"]


def test_archives(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("b.txt", "hi")
    options = {"cache_dir": tmp_path, "extract": True}
    path = utils.get_file("a.zip", (tmp_path / "a.zip").as_uri(), **options)
    assert path == str(tmp_path / "datasets" / "a_extracted") and os.listdir(path) == ["b.txt"]
    options["cache_dir"] = tmp_path / "other"
    path = utils.get_file(origin=(tmp_path / "a.zip").as_uri(), **options)
    assert os.listdir(path) == ["b.txt"]
    (tmp_path / "c").write_text("no archive")
    with pytest.warns(UserWarning, match="Could not extract archive"):
        utils.get_file(origin=(tmp_path / "c").as_uri(), **options)
