"""Events on servers: streamed, tried again, checked, and never half an events file."""

import errno
import io
import os
import shutil
import signal
import ssl
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import uproot
from collapse.errors import InputError
from collapse.events import remote as remote_files
from collapse.events import root_reader
from collapse.events.remote import _XROOTD, _fetch, set_up
from collapse.events.store import open_events
from collapse.planning.digest import file_digest

from tests.faults.test_inputs import attempt, dataset

HERE = Path(__file__).parent
pytestmark = pytest.mark.slow
EVENTS = 20_000


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A file of many baskets, of whose branches a tenth is needed."""
    folder = tmp_path_factory.mktemp("store")
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=EVENTS) for name in ("x", "k")}
    columns |= {f"unused{i}": rng.normal(size=EVENTS) for i in range(20)}
    columns["pt"] = rng.exponential(size=(EVENTS, 1))
    with uproot.recreate(folder / "a.root", compression=None) as file:
        file.mktree("Events", columns)
        for start in range(0, EVENTS, 2000):
            file["Events"].extend({k: v[start : start + 2000] for k, v in columns.items()})
    return folder / "a.root"


@pytest.fixture(scope="module")
def truth(original, tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth")
    assert attempt({"a": remote(original)}, folder) == {"a": 0}
    return np.array(open_events(folder / "a/events.h5").values)


def remote(url, **changes):
    """A dataset of three features; lists of one entry are flat, so `a` has the only one."""
    config = dataset(Path("a.root"), **changes)
    return config | {"files": str(url)}


class Handler(SimpleHTTPRequestHandler):
    """Serves ranges of files; refuses some requests, or dies after some bytes."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        state = self.server.state
        if state["refusals"] > 0:
            state["refusals"] -= 1
            self.send_error(503)
            return
        path = Path(self.directory, self.path.lstrip("/"))
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        start, stop, status = 0, len(content), 200
        if asked := self.headers.get("Range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, stop, status = int(first), min(int(last or stop) + 1, stop), 206
        self.send_response(status)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(stop - start))
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        self.end_headers()
        if self.command == "HEAD":
            return
        body = content[start:stop][: max(0, state["bytes"])]
        state["bytes"] -= len(body)
        state["served"] += len(body)
        self.wfile.write(body)
        if len(body) < stop - start:
            self.close_connection = True


@pytest.fixture
def server(original, tmp_path, monkeypatch):
    """A static server by HTTPS: its URL, and what it shall do."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
         certificate, "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    httpd = ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *a: Handler(*a, directory=str(original.parent))
    )
    httpd.daemon_threads = True
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    httpd.handle_error = lambda *_: None
    httpd.state = {"refusals": 0, "bytes": 1 << 60, "served": 0}
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield (
        f"https://localhost:{httpd.server_port}/a.root",
        httpd.state,
        {"SSL_CERT_FILE": str(certificate)},
    )
    httpd.shutdown()
    httpd.server_close()


def check(folder, name, truth):
    np.testing.assert_array_equal(open_events(folder / name / "events.h5").values, truth)


def nothing_half_written(folder, name):
    return not (folder / name).exists() or list((folder / name).iterdir()) == []


def test_https_is_streamed(server, truth, original, tmp_path):
    url, state, trust = server
    assert attempt({"a": remote(url)}, tmp_path, **trust) == {"a": 0}
    check(tmp_path, "a", truth)
    assert 0 < state["served"] < original.stat().st_size / 3


@pytest.mark.parametrize("checked", [False, True])
def test_what_fails_at_first_is_tried_again(checked, server, truth, original, tmp_path):
    url, state, trust = server
    sums = {"sha256": {url: file_digest(original)}} if checked else {}
    state["refusals"] = 2
    assert attempt({"a": remote(url, retries=3, **sums)}, tmp_path, **trust) == {"a": 0}
    check(tmp_path, "a", truth)
    assert "Trying again in 1 s" in (tmp_path / "a.log").read_text()
    state["refusals"] = 99
    assert attempt({"b": remote(url, retries=1, **sums)}, tmp_path, **trust) == {"b": 1}
    assert "Check the address, the network" in (tmp_path / "b.log").read_text()
    assert state["refusals"] > 80, "it was tried more often than was asked for"


@pytest.mark.parametrize("checked", [False, True])
def test_what_is_not_there_is_tried_once(checked, server, tmp_path):
    url, _, trust = server
    missing = url.replace("a.root", "missing.root")
    sums = {"sha256": {missing: "0" * 64}} if checked else {}
    assert attempt({"a": remote(missing, retries=3, **sums)}, tmp_path, **trust) == {"a": 1}
    said = (tmp_path / "a.log").read_text()
    assert missing in said
    assert "Trying again" not in said


def test_what_was_checked_is_what_is_read(server, truth, original, tmp_path):
    """The file comes once, and its copy is read."""
    url, state, trust = server
    checked = remote(url, sha256={url: file_digest(original)})
    assert attempt({"a": checked}, tmp_path, **trust) == {"a": 0}
    check(tmp_path, "a", truth)
    assert state["served"] < 1.1 * original.stat().st_size


def test_a_file_is_opened_anew_before_it_is_tried_again(original, monkeypatch):
    opened = []

    class Dying(root_reader.RootSource):
        """The first one never answers again."""

        def __init__(self, *arguments):
            super().__init__(*arguments)
            opened.append(self)

        def read(self, *arguments):
            if self is opened[0]:
                raise OSError(errno.ECONNRESET, "Connection reset by peer")
            return super().read(*arguments)

    monkeypatch.setattr(root_reader, "RootSource", Dying)
    monkeypatch.setattr(remote_files.time, "sleep", lambda _: None)
    with root_reader.RemoteSource(str(original), "Events", 2) as source:
        assert len(source.read(["x"], 0, 5)["x"]) == 5
    assert len(opened) == 2


def test_a_transfer_that_ends_early_or_fills_the_disk(original, tmp_path, monkeypatch):
    url = original.as_uri()
    # Another attempt would find the disk as full.
    with pytest.raises(OSError, match="No space left"):
        _fetch(url, Path("/dev/full"), 0)

    class Short(io.BytesIO):
        size = 10

    monkeypatch.setattr("fsspec.open", lambda *_: Short(b"12345"))
    with pytest.raises(InputError, match="ended after 5 of 10 bytes"):
        _fetch(url, tmp_path / "copy", 0)


def test_what_xrootd_waits_for_is_bounded_unless_a_user_says_otherwise(monkeypatch):
    for name in _XROOTD:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XRD_REQUESTTIMEOUT", "1800")
    set_up()
    assert {name: os.environ[name] for name in _XROOTD} == _XROOTD | {"XRD_REQUESTTIMEOUT": "1800"}


@pytest.mark.parametrize("checked", [False, True])
def test_a_server_that_dies_half_way_leaves_nothing(checked, server, truth, original, tmp_path):
    url, state, trust = server
    sums = {"sha256": {url: file_digest(original)}} if checked else {}
    state["bytes"] = original.stat().st_size // 10
    assert attempt({"a": remote(url, retries=1, **sums)}, tmp_path, **trust) == {"a": 1}
    said = (tmp_path / "a.log").read_text()
    assert url in said
    assert "Check the address, the network" in said
    assert "Traceback" not in said
    assert nothing_half_written(tmp_path, "a")
    state["bytes"] = 1 << 60
    assert attempt({"a": remote(url, retries=1, **sums)}, tmp_path, **trust) == {"a": 0}
    check(tmp_path, "a", truth)


def test_a_wrong_checksum_is_refused(server, tmp_path):
    url, _, trust = server
    wrong = remote(url, sha256={url: "0" * 64})
    assert attempt({"a": wrong}, tmp_path, **trust) == {"a": 1}
    said = (tmp_path / "a.log").read_text()
    assert f"{url} has the SHA-256" in said
    assert nothing_half_written(tmp_path, "a")


class XRootD:
    """A real XRootD server in a network namespace."""

    url = "root://127.0.0.1:21094//store/a.root"

    def __init__(self, folder):
        self.folder, self.namespace = folder, f"collapse{os.getpid()}"
        self.within = ["nsenter", f"--net=/var/run/netns/{self.namespace}"]

    def start(self):
        environment = os.environ | {"X": str(self.folder), "NS": self.namespace}
        subprocess.run([HERE / "xrootd-up.sh"], env=environment, check=True, timeout=60)

    def stop(self):
        for file in self.folder.rglob("xrootd.pid"):
            os.kill(int(file.read_text()), signal.SIGKILL)
            file.unlink()


@pytest.fixture
def xrootd(original, tmp_path_factory):
    if os.geteuid() != 0 or not shutil.which("xrootd") or not shutil.which("ip"):
        pytest.skip("needs root and Debian's xrootd-server, xrootd-client and iproute2")
    folder = tmp_path_factory.mktemp("xrootd")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    (folder / "data/store").mkdir(parents=True)
    shutil.copyfile(original, folder / "data/store/a.root")
    server = XRootD(folder)
    server.start()
    yield server
    server.stop()
    subprocess.run(["ip", "netns", "del", server.namespace], check=True, timeout=30)


def test_xrootd_is_streamed_and_a_dead_server_leaves_nothing(xrootd, truth, original, tmp_path):
    whole = remote(xrootd.url, retries=1)
    checked = remote(xrootd.url, sha256={xrootd.url: file_digest(original)})
    found = attempt({"a": whole, "b": checked}, tmp_path, xrootd.within)
    assert found == {"a": 0, "b": 0}, (tmp_path / "a.log").read_text()
    check(tmp_path, "a", truth)
    check(tmp_path, "b", truth)
    xrootd.stop()
    assert attempt({"c": whole}, tmp_path, xrootd.within, XRD_CONNECTIONWINDOW="3") == {"c": 1}
    said = (tmp_path / "c.log").read_text()
    assert f"{xrootd.url} can't be opened" in said
    assert "Traceback" not in said
    assert nothing_half_written(tmp_path, "c")
    xrootd.start()
    assert attempt({"c": whole}, tmp_path, xrootd.within) == {"c": 0}
    check(tmp_path, "c", truth)


@pytest.mark.long
def test_an_xrootd_server_that_answers_no_more_is_given_up(xrootd, tmp_path):
    """Within the minute that an attempt has; XRootD's client itself would wait for much longer."""
    server = next(int(file.read_text()) for file in xrootd.folder.rglob("xrootd.pid"))
    os.kill(server, signal.SIGSTOP)
    assert attempt({"a": remote(xrootd.url)}, tmp_path, xrootd.within) == {"a": 1}
    assert f"{xrootd.url} can't be opened" in (tmp_path / "a.log").read_text()
    assert nothing_half_written(tmp_path, "a")
