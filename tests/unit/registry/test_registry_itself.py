"""The hostile registry behaves like a registry as long as it is not told otherwise, and leaves
nothing behind: or else what is tested against it says little."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import shutil
import socket
import threading
from pathlib import Path

import pytest

from support.archives import OCI_MANIFEST, Layout, as_folder
from support.bad_inputs import GOOD, image
from support.hostile_registry import HostileRegistry
from support.hostile_uploads import UploadRegistry
from support.real_registry import run, skopeo_copy
from support.replies import Reply, Seen
from support.visitors import eventually

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts sockets there")
LAYERS = [gzip.compress(layer, mtime=0) for layer in GOOD]
needs_skopeo = pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")


@needs_skopeo
def test_skopeo_copies_from_it(far: HostileRegistry, tmp_path: Path) -> None:
    digest = far.serve_image("team/app", "1", LAYERS)
    _copy(f"docker://{far.host}/team/app:1", f"oci:{tmp_path / 'copied'}:app:1")
    assert _manifests(tmp_path / "copied") == [digest]
    if shutil.which("umoci"):
        copied = f"{tmp_path / 'copied'}:app:1"
        run("umoci", "raw", "unpack", "--rootless", "--image", copied, str(tmp_path / "rootfs"))
        assert (tmp_path / "rootfs/good.txt").read_bytes() == b"good\n"


@needs_skopeo
@pytest.mark.parametrize("way", [[], ["--dest-compress-format=zstd"]], ids=["as it is", "packed"])
def test_skopeo_copies_to_it_and_back(up: UploadRegistry, tmp_path: Path, way: list[str]) -> None:
    """The second way sends bodies in chunks, for their lengths are not known before."""
    layout = Layout()
    plain = [GOOD[0] * 40, GOOD[1]]
    as_folder(layout.whole(image(layout, plain if way else LAYERS, name="app:1")), tmp_path / "one")
    (name,) = _names(tmp_path / "one")
    _copy(f"oci:{tmp_path / 'one'}:{name}", f"docker://{up.host}/team/app:1", *way)
    _copy(f"docker://{up.host}/team/app:1", f"oci:{tmp_path / 'two'}:app:1")
    (digest,) = _manifests(tmp_path / "two")
    assert digest in up.manifests["team/app"]
    if way:
        assert any("transfer-encoding" in seen.headers for seen in up.sent("PATCH"))
    else:
        assert _manifests(tmp_path / "one") == [digest]


def test_a_registry_that_ends_leaves_no_thread_and_no_socket() -> None:
    before = _sockets()
    threads = set(threading.enumerate())
    with HostileRegistry() as registry, UploadRegistry() as up:
        up.slow_reader = True
        registry.on("GET", "/silent", Reply(stall=-1))
        registry.on("GET", "/slow", Reply(body=b"x" * 1000, pace=0.5))
        registry.on("GET", "/endless", Reply(body=b"x" * 65536, endless=True))
        registry.on("GET", "/heads", Reply(endless_head=True))
        talks = [_begun(registry, path) for path in ("/silent", "/slow", "/endless", "/heads")]
        talks.append(socket.create_connection(("127.0.0.1", registry.port)))
        talks.append(_begun(up, "/v2/app/blobs/uploads/x", "PUT", "Content-Length: 1000000\r\n"))
        assert eventually(lambda: len(registry.requests) == 4 and registry.stalled.is_set())
        assert eventually(lambda: registry.connections == 5 and up.connections == 1)
    for talk in talks:
        talk.close()
    assert set(threading.enumerate()) == threads
    assert _sockets() == before


def test_one_slow_conversation_holds_up_no_other(far: HostileRegistry) -> None:
    far.on("GET", "/silent", Reply(stall=-1))
    far.on("GET", "/slow", Reply(body=b"x" * 1000, head_pace=0.5))
    held = [_begun(far, path) for path in ("/silent", "/slow")]
    assert eventually(lambda: len(far.requests) == 2)
    asked = http.client.HTTPConnection(far.host, timeout=5)
    asked.request("GET", "/v2/")
    assert asked.getresponse().read() == b"{}"
    asked.close()
    for one in held:
        one.close()


def test_every_request_is_recorded_with_all_that_came(far: HostileRegistry) -> None:
    asked = http.client.HTTPConnection(far.host, timeout=5)
    asked.request("POST", "/x?y=1", body=iter([b"in ", b"chunks"]), headers={"X-Odd": "c4n4ry"})
    assert asked.getresponse().status == 404
    asked.close()
    (seen,) = far.requests
    assert (seen.method, seen.target, seen.path) == ("POST", "/x?y=1", "/x")
    assert (seen.body, seen.headers["x-odd"]) == (b"in chunks", "c4n4ry")
    assert far.heard("c4n4ry")
    assert far.heard("chunks")
    assert not far.heard("another")


def test_what_ought_to_be_a_request_may_be_half_of_one() -> None:
    head = b"PUT /v2/app/blobs/uploads/x HTTP/1.1\r\nContent-Length: 9\r\n\r\n"
    assert Seen.parsed(head).headers == {"content-length": "9"}
    with HostileRegistry() as registry:
        with socket.create_connection(("127.0.0.1", registry.port)) as talk:
            talk.sendall(head + b"half")
        assert eventually(lambda: len(registry.requests) == 1)
    assert registry.requests[0].body == b"half"


def _begun(
    registry: HostileRegistry, path: str, method: str = "GET", more: str = ""
) -> socket.socket:
    """A conversation of which only the request is over."""
    talk = socket.create_connection(("127.0.0.1", registry.port))
    talk.sendall(f"{method} {path} HTTP/1.1\r\n{more}\r\nx".encode())
    return talk


def _sockets() -> int:
    links = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return sum(os.path.islink(link) and "socket:" in os.readlink(link) for link in links)


def _copy(source: str, target: str, *options: str) -> None:
    unsafe = ("--src-tls-verify=false", "--dest-tls-verify=false")
    skopeo_copy(source, target, *unsafe, *options)


def _manifests(layout: Path) -> list[str]:
    index = json.loads((layout / "index.json").read_bytes())
    assert all(entry["mediaType"] == OCI_MANIFEST for entry in index["manifests"])
    return [entry["digest"] for entry in index["manifests"]]


def _names(layout: Path) -> list[str]:
    index = json.loads((layout / "index.json").read_bytes())
    return [
        entry["annotations"]["org.opencontainers.image.ref.name"] for entry in index["manifests"]
    ]
