"""Waiting for registries, for those who give tokens and for those who keep passwords."""

from __future__ import annotations

import gzip
import os
import random
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from unittest import mock

from bench.waiting import Stage, State, Waiting
from layerscope.engine.task import Task
from support import archives
from support.archives import OCI_MANIFEST, dumped
from support.bad_inputs import image
from support.black_hole import black_hole
from support.hostile_registry import OCI_LAYER_GZIP, HostileRegistry
from support.hostile_uploads import UPLOADS, UploadRegistry
from support.replies import Answering, Reply, Seen, bearer
from support.tars import member, tar

_NOISE = random.Random(1).randbytes(1 << 16)
SIZE = 8 << 30  #: of a layer that never comes to an end
_LAYER = f"sha256:{'7' * 64}"
_CONFIG = archives.config([b""])
BLOB = f"/v2/app/blobs/{_LAYER}"
CONFIG = f"/v2/app/blobs/{archives.sha256(_CONFIG)}"
MANIFEST = "/v2/app/manifests/1"
_PUSHED = gzip.compress(tar(member(b"noise", random.Random(2).randbytes(24 << 20))), 0, mtime=0)
_PUSHED_BLOB = f"/v2/app/blobs/{archives.sha256(_PUSHED)}"
_HELPER = "#!/bin/sh\ntouch {asked}\nsleep 60\n"


def offer(far: HostileRegistry, layer: str = _LAYER, size: int = SIZE) -> None:
    """app:1, with one layer that the registry does not have."""
    far.serve_blob("app", _CONFIG)
    config = {"mediaType": archives.OCI_CONFIG, "digest": archives.sha256(_CONFIG)}
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {**config, "size": len(_CONFIG)},
        "layers": [{"mediaType": OCI_LAYER_GZIP, "digest": layer, "size": size}],
    }
    far.on("GET", MANIFEST, Reply(200, {"Content-Type": OCI_MANIFEST}, dumped(manifest)))


def marked(ready: threading.Event, reply: Reply) -> Answering:
    """The reply, and that it was asked for."""

    def answer(_seen: Seen) -> Reply:
        ready.set()
        return reply

    return answer


def mark(far: HostileRegistry, path: str, ready: threading.Event) -> None:
    """What the registry answers to a path is the same, but one can see that it was asked for."""
    (reply,) = far.scripts["GET", path]
    assert isinstance(reply, Reply)
    far.on("GET", path, marked(ready, reply))


def _pull(path: str, reply: Reply, tokens: bool = False) -> State:
    """A pull from a registry that answers so to one path."""

    @contextmanager
    def state(stage: Stage) -> Iterator[Waiting]:
        with HostileRegistry() as far:
            offer(far)
            if tokens:
                far.on("GET", "/v2/", Reply(401, challenges=[bearer(f"{far.url}/token")]))
            library = stage.library(far.host)
            waiting = Waiting(lambda task: library.pull(f"{far.host}/app:1", task=task))
            for method in ("GET", "HEAD") if path == MANIFEST else ("GET",):
                far.on(method, path, marked(waiting.ready, reply))
            yield waiting

    return state


def _push(method: str, path: str, reply: Reply) -> State:
    """A push to a registry that answers so to one request."""

    @contextmanager
    def state(stage: Stage) -> Iterator[Waiting]:
        with _pushing(stage) as (far, waiting):
            far.on(method, path, marked(waiting.ready, reply))
            yield waiting

    return state


@contextmanager
def _pushing(stage: Stage) -> Iterator[tuple[UploadRegistry, Waiting]]:
    store = stage.shared / "pushed"
    library = stage.library(store=store)
    if not library.images(task=Task()).images:
        layout = archives.Layout()
        entry = image(layout, [_PUSHED], name="pushed:1")
        archives.as_folder(layout.whole(entry), stage.shared / "offered")
        library.load(stage.shared / "offered", task=Task())
    with UploadRegistry() as far:
        library = stage.library(far.host, store=store)
        target = f"{far.host}/app:1"
        yield far, Waiting(lambda task: library.push("pushed:1", target, task=task))


@contextmanager
def _not_reading(stage: Stage) -> Iterator[Waiting]:
    with _pushing(stage) as (far, waiting):
        far.slow_reader = True
        yield Waiting(waiting.work, far.stalled)


# Before a registry has said anything


@contextmanager
def _connecting(stage: Stage) -> Iterator[Waiting]:
    with black_hole() as host:
        yield _begun(stage, host, host)


@contextmanager
def _accepted(stage: Stage) -> Iterator[Waiting]:
    with HostileRegistry(silent=True) as far:
        waiting = _begun(stage, far.host, far.host)
        yield Waiting(waiting.work, far.stalled)


@contextmanager
def _handshake(stage: Stage) -> Iterator[Waiting]:
    """Not on 127.0.0.1 by its number, where a program that is silent soon counts as one without
    TLS."""
    with HostileRegistry(silent=True) as far, _resolving(lambda: ("127.0.0.1", far.port)):
        yield Waiting(_begun(stage, "registry.example").work, far.stalled)


@contextmanager
def _looking_up(stage: Stage) -> Iterator[Waiting]:
    over = threading.Event()

    def never() -> tuple[str, int]:
        over.wait(60)
        return "127.0.0.1", 9

    with _resolving(never):
        yield _begun(stage, "registry.example")
    over.set()


@contextmanager
def _half_open_proxy(stage: Stage) -> Iterator[Waiting]:
    with HostileRegistry(silent=True) as proxy, _environment(HTTP_PROXY=proxy.url, NO_PROXY=""):
        host = "registry.example"
        yield Waiting(_begun(stage, host, host).work, proxy.stalled)


@contextmanager
def _helper(stage: Stage) -> Iterator[Waiting]:
    """A program that should know the password, and hangs."""
    (stage.folder / "config.json").write_text('{"credsStore": "stuck"}')
    helper = stage.folder / "docker-credential-stuck"
    helper.write_text(_HELPER.format(asked=stage.folder / "asked"))
    helper.chmod(0o755)
    path = f"{stage.folder}{os.pathsep}{os.environ['PATH']}"
    with HostileRegistry() as far, _environment(DOCKER_CONFIG=str(stage.folder), PATH=path):
        ready = threading.Event()
        far.on("GET", "/v2/", marked(ready, Reply(401, challenges=['Basic realm="far"'])))
        yield Waiting(_begun(stage, far.host, far.host).work, ready)
        assert (stage.folder / "asked").exists(), "the helper was never asked"


def _begun(stage: Stage, host: str, *plain_http: str) -> Waiting:
    library = stage.library(*plain_http)
    waiting = Waiting(lambda task: library.pull(f"{host}/app:1", task=task))
    waiting.ready.set()
    return waiting


@contextmanager
def _resolving(place: Callable[[], tuple[str, int]]) -> Iterator[None]:
    """Every name leads there."""
    known = socket.getaddrinfo

    def looked_up(host: str, *more: object) -> list[object]:
        if host == "registry.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", place())]
        return list(known(host, *more))  # type: ignore[arg-type]  # as it was called

    with mock.patch("socket.getaddrinfo", looked_up):
        yield


def _environment(**variables: str) -> AbstractContextManager[object]:
    return mock.patch.dict(os.environ, variables)


_LATER = {"Retry-After": "50"}
_ENDLESS = Reply(body=_NOISE, length=SIZE, endless=True)

#: By what the work waits for.
FAR: Mapping[str, State] = {
    "a connect that is not answered": _connecting,
    "a name lookup": _looking_up,
    "a TLS handshake": _handshake,
    "the first word of a server that accepted": _accepted,
    "a half-open proxy": _half_open_proxy,
    "a credential helper that hangs": _helper,
    "the answer to the ping": _pull("/v2/", Reply(stall=-1)),
    "a token": _pull("/token", Reply(stall=-1), tokens=True),
    "a token that comes byte by byte": _pull(
        "/token", Reply(body=b" " * 999, pace=0.5), tokens=True
    ),
    "a manifest": _pull(MANIFEST, Reply(stall=-1)),
    "the rest of a manifest": _pull(MANIFEST, Reply(body=b"{" * 999, stall=9)),
    "the rest of the headers": _pull(BLOB, Reply(stall=-2)),
    "headers that come byte by byte": _pull(BLOB, Reply(head_pace=0.5)),
    "a config": _pull(CONFIG, Reply(stall=-1)),
    "a layer": _pull(BLOB, Reply(stall=-1)),
    "the rest of a layer": _pull(BLOB, Reply(body=_NOISE, length=SIZE, stall=len(_NOISE))),
    "a layer that comes byte by byte": _pull(BLOB, Reply(body=_NOISE, length=SIZE, pace=0.5)),
    "a layer at full speed": _pull(BLOB, _ENDLESS),
    "another try after 503": _pull(BLOB, Reply(503)),
    "another try of the manifest after 503": _pull(MANIFEST, Reply(503, _LATER)),
    "the time that Retry-After asks for": _pull(BLOB, Reply(429, _LATER)),
    "push: whether a layer is there": _push("HEAD", _PUSHED_BLOB, Reply(stall=-1)),
    "push: the start of an upload": _push("POST", UPLOADS.format("app"), Reply(stall=-1)),
    "push: a registry that does not read": _not_reading,
    "push: the answer to the bytes": _push(
        "PATCH", UPLOADS.format("app") + "session-1", Reply(stall=-1)
    ),
    "push: the end of an upload": _push(
        "PUT", UPLOADS.format("app") + "session-1", Reply(stall=-1)
    ),
    "push: another try after 503": _push(
        "PATCH", UPLOADS.format("app") + "session-1", Reply(503, _LATER)
    ),
    "push: the answer to the manifest": _push("PUT", MANIFEST, Reply(stall=-1)),
}
