"""Run as a program: damages good input in every way and gives it to the public door.

    python -m support.fuzzing FOLDER SEED SECONDS [TARGET …]

Each input must end in an answer or in a LayerscopeError, within seconds and within 64 MiB above
what was taken before it.  FOLDER/current holds the input at work, for whoever finds the process
dead; what fails is kept in FOLDER/failures.  Prints one line of JSON.
"""

from __future__ import annotations

import contextlib
import ctypes
import gzip
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

import zstandard

from layerscope.engine.archive import open_archive
from layerscope.engine.content.codecs import open_tar_stream
from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import LayerscopeError
from layerscope.engine.layers import Kind, LayerIndex, build_index, open_file
from layerscope.engine.library import open_library, remote
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.settings import read_settings
from layerscope.engine.oci import (
    Descriptor,
    Digest,
    ImageConfig,
    Platform,
    Reference,
    pair_history,
    parse_document,
)
from layerscope.engine.oci.media_types import OCI_LAYER
from layerscope.engine.registry import NoCredentials, Proxies, Registries, RegistryConfig
from layerscope.engine.registry.auth.credentials import AuthFiles
from layerscope.engine.rootfs import Query, Timeline, View
from layerscope.engine.store import index_reader
from layerscope.engine.task import Task
from support import archives
from support.archives import Layout
from support.bad_inputs import image
from support.fuzz_inputs import Damage, Inputs
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.visitors import QUICK

MEMORY = 64 << 20  #: bytes above what was there before the input
SECONDS = 10.0  #: for one input
_M_ARENA_MAX = -8
_LARGE = 64 << 20  #: bytes of a file system; writing holes of more takes longer than an input may
_MOST_FAILURES = 20  #: then it is enough
_ROOM = 1 << 30  #: bytes of address space; beyond it the process fails at once


class Hang(BaseException):
    """Nothing catches it on the way."""


@dataclass
class Outcome:
    tried: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)  #: by LayerscopeError, of those tried
    failures: list[str] = field(default_factory=list)
    peak: int = 0  #: bytes above the baseline, of the worst input


class Fuzzer:
    """Inputs come from one seed: the same run finds the same."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.outcome = Outcome()
        self.inputs = Inputs(folder)
        self.damage = Damage(self.random)
        self.targets: dict[str, Callable[[], object]] = {
            "flips": self.flip,
            "layers": self.layer,
            "documents": self.document,
            "archives": self.archive,
            "stores": self.store_file,
            "blobs": self.blob,
            "caches": self.cache,
            "logins": self.login,
            "texts": self.text,
            "exports": self.export,
            "answers": self.answer,
        }
        self._turn = 0
        self._open: list[Registries] = []
        self._far: HostileRegistry | None = None
        self._shop: Path | None = None

    def run(self, seconds: float, targets: Sequence[str] = ()) -> Outcome:
        """A flip in every vector at least, then all targets in turn until the time is over."""
        chosen = list(targets or self.targets)
        signal.signal(signal.SIGALRM, _hang)
        with HostileRegistry() as far:
            self._far = far
            remote.make_registries = lambda settings, plain_http, session: self._registries()
            for name in chosen:  # so that everything is imported
                self._try(name, measured=False)
            end = time.monotonic() + seconds
            if "flips" in chosen:
                for _ in self.inputs.vectors:
                    self._try("flips")
            while time.monotonic() < end and len(self.outcome.failures) < _MOST_FAILURES:
                for name in chosen:
                    self._try(name)
        return self.outcome

    def _registries(self) -> Registries:
        assert self._far is not None
        self._open.append(Registries(_config(self._far.host)))
        return self._open[-1]

    def _try(self, name: str, *, measured: bool = True) -> None:
        outcome = self.outcome
        outcome.tried[name] += 1
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS")
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        problem = ""
        try:
            self.targets[name]()
        except LayerscopeError as error:
            outcome.refused[name] += 1
            if "\n" in str(error) or "Traceback" in str(error):
                problem = f"a sentence of several lines: {error}"
        except Hang:
            problem = "a hang\n" + traceback.format_exc()
        except BaseException:
            problem = traceback.format_exc()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        grown = _status("VmHWM") - before
        if measured:
            outcome.peak = max(outcome.peak, grown)
            if grown > MEMORY:
                problem = problem or f"{grown >> 20} MiB"
        if problem:
            self._keep(name, problem)

    @property
    def vectors_tried(self) -> int:
        """Vectors of which at least one bit was turned."""
        return min(self._turn, len(self.inputs.vectors))

    def _keep(self, name: str, problem: str) -> None:
        kept = self.folder / "failures" / f"{name}-{len(self.outcome.failures)}"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes((self.folder / "current").read_bytes())
        self.outcome.failures.append(f"{name} ({kept.name}): …{problem[-1500:]}")

    def _note(self, data: bytes) -> bytes:
        (self.folder / "current").write_bytes(data)
        return data

    # Targets

    def flip(self) -> None:
        """One bit of the next vector or manifest, so that each gets its turn, given to what reads
        its kind."""
        vector = self.inputs.vectors[self._turn % len(self.inputs.vectors)]
        self._turn += 1
        bad = self._note(self.damage.flipped(vector.data))
        match vector.kind:
            case "layer":
                self._look_at_layer(bad)
            case "frames":
                for _ in open_tar_stream(io.BytesIO(bad)):
                    pass
            case "document":
                for read in (_read_manifest, _read_config):
                    with contextlib.suppress(LayerscopeError):
                        read(bad)
            case "archive":
                path = self._place().with_name(vector.name)
                path.write_bytes(bad)
                for one in open_archive(path, Task()).images:
                    for layer in one.layers:
                        if layer.blob is not None:
                            with layer.blob.open() as file:
                                file.read(1 << 16)

    def _look_at_layer(self, tar: bytes) -> None:
        """Everything about a layer on its own."""
        blob = self._place().with_name("blob")
        blob.write_bytes(tar)
        target = blob.with_name("index")
        descriptor = Descriptor(OCI_LAYER, Digest.of(tar), len(tar))
        build_index(blob, descriptor, descriptor.digest, target, _LIMITS, Task())
        with LayerIndex.open(target) as index:
            for number in range(min(len(index), 100)):
                entry = index.entry(number)
                if entry.kind is Kind.FILE and entry.size:
                    with open_file(blob, index, number) as file:
                        file.seek(self.random.randrange(entry.size))
                        file.read(4096)

    def layer(self) -> None:
        """A layer of an image that is otherwise in order."""
        good = self.random.choice(self.inputs.layers)
        bad = plain = self.damage.damaged(good, self.inputs.layers)
        pack = self.random.randrange(5)
        if pack == 0:
            bad = gzip.compress(bad, 1)
        elif pack == 1:
            bad = zstandard.compress(bad, 1)
        elif pack == 2:
            bad = self.damage.damaged(gzip.compress(good, 1), [])
        elif pack == 3:
            bad = self.damage.damaged(zstandard.compress(good, 1), [])
        layout = Layout()
        diff_id = archives.sha256(self.random.choice([good, plain]))
        types = ["application/vnd.oci.image.layer.v1.tar" + ("", "+gzip")[self.random.randrange(2)]]
        entry = image(layout, [self._note(bad)], diff_ids=[diff_id], types=types, name="bad:1")
        store = archives.as_folder(layout.whole(entry), self._place())
        look(store, "bad:1", self.random)

    def document(self) -> None:
        """A manifest, index or config whose digest is right."""
        bad = self._note(
            self.damage.spoiled(self.random.choice(self.inputs.documents), self.inputs.documents)
        )
        layout = Layout()
        good = image(layout, [self.inputs.layers[0]], name="good:1")
        kind = self.random.choice([archives.OCI_MANIFEST, archives.OCI_INDEX, archives.OCI_CONFIG])
        if kind == archives.OCI_CONFIG:
            config = layout.blob(bad, kind)
            manifest = {"schemaVersion": 2, "mediaType": archives.OCI_MANIFEST, "config": config,
                        "layers": [layout.blob(self.inputs.layers[0], "application/vnd.oci.image.layer.v1.tar")]}  # fmt: skip  # noqa: E501
            entry = layout.blob(archives.dumped(manifest), archives.OCI_MANIFEST)
        else:
            entry = layout.blob(bad, kind)
        entry["annotations"] = {archives.REF_NAME: "bad:1"}
        store = archives.as_folder(layout.whole(good, entry), self._place())
        look(store, "bad:1", self.random)

    def archive(self) -> None:
        name, good = self.random.choice(self.inputs.archives)
        bad = self._note(self.damage.damaged(good, [data for _, data in self.inputs.archives]))
        place = self._place()
        place.mkdir()
        path = place / name
        path.write_bytes(bad)
        library = open_library(place / "store", InlinePasses())
        for loaded in library.load(path, task=Task()):
            library.browse(str(loaded.digest), task=Task())
        library.verify(task=Task())

    def store_file(self) -> None:
        """index.json or oci-layout of a store that is in order otherwise."""
        store = self._copy()
        path = store / self.random.choice(["index.json", "index.json", "oci-layout"])
        path.chmod(0o644)
        path.write_bytes(self._note(self.damage.spoiled(path.read_bytes(), self.inputs.documents)))
        look(store, "good:1", self.random)
        open_library(store, InlinePasses()).tag("good:1", "other:1", task=Task())

    def blob(self) -> None:
        """A blob that rotted: its digest is not right any more."""
        store = self._copy()
        path = self.random.choice(sorted((store / "blobs" / "sha256").iterdir()))
        path.chmod(0o644)
        path.write_bytes(self._note(self.damage.damaged(path.read_bytes(), [])))
        for name in ("layers", "views"):
            shutil.rmtree(store / ".layerscope" / name, ignore_errors=True)
        look(store, "good:1", self.random)

    def cache(self) -> None:
        """Any file of our own beside the images: indexes, timelines, journals."""
        store = self._copy()
        ours = [path for path in (store / ".layerscope").rglob("*") if path.is_file()]
        path = self.random.choice(sorted(ours))
        path.chmod(0o644)
        path.write_bytes(self._note(self.damage.damaged(path.read_bytes(), self.inputs.layers)))
        look(store, "good:1", self.random)

    def login(self) -> None:
        place = self._place()
        place.mkdir()
        good = json.dumps(_LOGINS).encode()
        if self.random.randrange(2):
            bad = self._note(self.damage.spoiled(good, self.inputs.documents))
        else:
            bad = self._note(self.damage.damaged(good, []))
        (place / "config.json").write_bytes(bad)
        (place / "auth.json").write_bytes(bad)
        files = AuthFiles.of_environment(
            {"HOME": str(place), "DOCKER_CONFIG": str(place), "PATH": "",
             "REGISTRY_AUTH_FILE": str(place / "auth.json")}
        )  # fmt: skip
        files.find("registry.example", "a/b", Task())
        read_settings(place / "config.json")

    def text(self) -> None:
        """What a person types."""
        good = self.random.choice(_TYPED).encode()
        bad = self._note(self.damage.damaged(good, [each.encode() for each in _TYPED]))
        words = bad.decode("utf-8", "surrogateescape")
        for parse in (Reference.parse, Platform.parse, Digest.parse, Query.parse):
            try:
                parse(words)
            except LayerscopeError:
                self.outcome.refused["texts"] += 1
        Reference.suggestion(words)

    def export(self) -> None:
        """A damaged layer whose DiffID is right, written to a folder beside which nothing may
        change."""
        bad = self.damage.damaged(self.random.choice(self.inputs.layers), self.inputs.layers)
        layout = Layout()
        entry = image(layout, [self._note(bad)], diff_ids=[archives.sha256(bad)], name="bad:1")
        place = self._place()
        store = archives.as_folder(layout.whole(entry), place)
        outer = place.with_name("outer")
        outer.mkdir()
        (outer / "sentinel").write_bytes(b"as it was")
        library = open_library(store, InlinePasses())
        try:
            library.export("bad:1", outer / "target", task=Task())
        finally:
            there = sorted(path.name for path in outer.iterdir())
            assert there in (["sentinel"], ["sentinel", "target"]), there
            assert (outer / "sentinel").read_bytes() == b"as it was"

    def answer(self) -> None:
        """A pull in which one answer of the registry is damaged, its headers too."""
        far = self._far
        assert far is not None
        far.serve_image("app", "1", [gzip.compress(self.inputs.layers[-2], 1)])
        far.on("GET", "/v2/", Reply(headers={"Content-Type": "application/json"}, body=b"{}"))
        chosen = self.random.choice(sorted(path for path in far.scripts if path[1] != "/v2/x"))
        reply = far.scripts[chosen][0]
        assert isinstance(reply, Reply)
        length = {"Content-Length": str(len(reply.body))}
        lines = [f"{name}: {value}" for name, value in {**reply.headers, **length}.items()]
        good = "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode() + reply.body
        extra = self.random.choice([b"", *_HEADERS])
        good = good.replace(b"200 OK\r\n", b"200 OK\r\n" + extra, 1)
        bad = self._note(self.damage.damaged(good, [good]))
        far.on(*chosen, Reply(raw=bad))
        library = open_library(self._place(), InlinePasses())
        try:
            library.pull(f"{far.host}/app:1", task=Task())
        finally:
            while self._open:
                self._open.pop().close()
            assert library.verify(task=Task()).findings == ()

    # Places

    def _place(self) -> Path:
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        (self.folder / "work").mkdir()
        return self.folder / "work" / "store"

    def _copy(self) -> Path:
        """A store with one image that was browsed."""
        if self._shop is None:
            layout = Layout()
            entry = image(layout, self.inputs.layers[-2:], name="good:1")
            self._shop = archives.as_folder(layout.whole(entry), self.folder / "shop")
            library = open_library(self._shop, InlinePasses())
            library.browse("good:1", task=Task())
            library.tag("good:1", "second:1", task=Task())
        place = self._place()
        shutil.copytree(self._shop, place)
        return place


def look(store: Path, name: str, dice: random.Random) -> None:
    """Everything that a window would ask about an image; each question may be refused."""
    library = open_library(store, InlinePasses())
    library.images(task=Task())
    library.verify(task=Task())
    library.plan_prune(all_unused=True, task=Task())
    try:
        library.image(name, task=Task())
        library.document(name, "config", task=Task())
    except LayerscopeError:
        pass
    found = library.browse(name, task=Task())
    library.image(name, task=Task())
    with Timeline.open(Path(found.timeline)) as timeline:
        view = View(found.top)
        rows = list(timeline.walk(view))
        timeline.matching(Query.parse("a"), view, 100)
        for row in rows[:50]:
            timeline.path(row.node)
            if row.entry is not None and row.size:
                try:
                    offset = dice.randrange(row.size + 1)
                    library.read_file(name, *row.entry, offset, 4096, task=Task())
                except LayerscopeError:
                    pass
        size = sum(row.size for row in rows)
    if size < _LARGE:
        library.export_stream(name, lambda piece: len(piece), task=Task())


def _read_manifest(data: bytes) -> None:
    parse_document(data, None, "The manifest")


def _read_config(data: bytes) -> None:
    pair_history(ImageConfig.parse(data, "The config"), 1)


_LIMITS = Limits()
_HEADERS = (
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Range: bytes 0-9/10\r\n",
    b"Retry-After: 0\r\n",
    b"Location: /v2/\r\n",
    b'WWW-Authenticate: Bearer realm="http://127.0.0.1:1/t",service="x",scope="a\\"b"\r\n',
    b'Warning: 299 - "be \\"careful\\""\r\n',
    b"RateLimit-Limit: 100;w=21600\r\nRateLimit-Remaining: 76;w=21600\r\n",
    b"Link: </v2/next>; rel=next\r\n",
)
_LOGINS = {
    "auths": {
        "https://index.docker.io/v1/": {"auth": "dXNlcjpwYXNz"},
        "registry.example": {"auth": "YTpi", "identitytoken": "t", "registrytoken": "r"},
        "registry.example/a/b": {"username": "u", "password": "p"},
    },
    "credsStore": "",
    "credHelpers": {"other.example": "../helper"},
    "HttpHeaders": {"X": "y"},
}
_TYPED = [
    "docker.io/library/alpine:3.20",
    f"registry.example:5000/a/b@sha256:{'ab' * 32}",
    "[::1]:5000/a:b",
    "linux/arm64/v8",
    f"sha256:{'0' * 64}",
    "re:^(a|b)+$ size:>1M layer:6 change:D owner:0 mode:suid *.py",
    "re:((a*)*)*$",
]


def _hang(_number: int, _frame: FrameType | None) -> None:
    raise Hang


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    raise LookupError(name)


def _config(host: str) -> RegistryConfig:
    """Plain HTTP to loopback, nobody's logins, no waits."""
    return RegistryConfig(
        plain_http=frozenset({host}),
        ca_folders=(),
        credentials=NoCredentials(),
        proxies=Proxies(),
        patience=replace(QUICK, attempts=2, stall_window=0.2, first_wait=0.001),
    )


def _not_to_disk(fd: object) -> None:
    """No power is cut here."""


def main(arguments: Sequence[str]) -> None:
    folder, seed, seconds = Path(arguments[0]), int(arguments[1]), float(arguments[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "current").touch()
    os.environ.update({name: str(folder / "home") for name in ("HOME", "XDG_CONFIG_HOME")})
    os.fsync = _not_to_disk
    index_reader._PAUSE = 0.001
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)  # or else each thread takes 64 MiB of addresses
    limit = _status("VmSize") + _ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    fuzzer = Fuzzer(folder, seed)
    outcome = fuzzer.run(seconds, arguments[3:])
    print(
        json.dumps(
            {
                "tried": outcome.tried,
                "refused": outcome.refused,
                "vectors": fuzzer.vectors_tried,
                "peak": outcome.peak,
                "failures": outcome.failures,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
