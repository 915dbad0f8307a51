"""Run as a program: damages good input in every way and gives it to the public door.

    python -m support.fuzzing FOLDER SEED SECONDS [TARGET …]

Each input must end in an answer or in a LayerscopeError, within seconds and within 64 MiB above
what was taken before it.  FOLDER/current holds the input at work, for whoever finds the process
dead; what fails is kept in FOLDER/failures.  Prints one line of JSON.
"""

from __future__ import annotations

import gzip
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
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import zstandard

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.settings import read_settings
from layerscope.engine.oci import Digest, Platform, Reference
from layerscope.engine.registry.auth.credentials import AuthFiles
from layerscope.engine.rootfs import Query, Timeline, View
from layerscope.engine.store import indexfile
from layerscope.engine.task import Task
from support import archives, tars
from support.archives import Layout
from support.bad_inputs import image

DATA = Path(__file__).parents[1] / "data"
MEMORY = 64 << 20  #: bytes above what was there before the input
SECONDS = 10.0  #: for one input
_ROOM = 1 << 30  #: bytes of address space; beyond it the process fails at once
_NUMBERS = (b"0", b"-1", b"9223372036854775807", b"9223372036854775808", b"1e3", b"NaN", b"null",
            b"true", b'""', b"[]", b"{}", b'"\\ud800"', b"[" * 2000, b"9" * 5000)  # fmt: skip


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
        self.layers = _layers()
        self.archives = _archives(folder)
        self.texts = _documents()
        self.targets: dict[str, Callable[[], object]] = {
            "layers": self.layer,
            "documents": self.document,
            "archives": self.archive,
            "stores": self.store_file,
            "blobs": self.blob,
            "caches": self.cache,
            "logins": self.login,
            "texts": self.text,
        }
        self._serial = 0
        self._shop: Path | None = None

    def run(self, seconds: float, targets: Sequence[str] = ()) -> Outcome:
        chosen = list(targets or self.targets)
        signal.signal(signal.SIGALRM, _hang)
        for name in chosen:  # so that everything is imported
            self._try(name, measured=False)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name in chosen:
                self._try(name)
        return self.outcome

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

    def _keep(self, name: str, problem: str) -> None:
        kept = self.folder / "failures" / f"{name}-{len(self.outcome.failures)}"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes((self.folder / "current").read_bytes())
        self.outcome.failures.append(f"{name} ({kept.name}): {problem}")

    def _note(self, data: bytes) -> bytes:
        (self.folder / "current").write_bytes(data)
        return data

    # Targets

    def layer(self) -> None:
        """A layer of an image that is otherwise in order."""
        good = self.random.choice(self.layers)
        bad = self.damaged(good, self.layers)
        pack = self.random.randrange(5)
        if pack == 0:
            bad = gzip.compress(bad, 1)
        elif pack == 1:
            bad = zstandard.compress(bad, 1)
        elif pack == 2:
            bad = self.damaged(gzip.compress(good, 1), [])
        elif pack == 3:
            bad = self.damaged(zstandard.compress(good, 1), [])
        layout = Layout()
        diff_id = archives.sha256(good)
        types = ["application/vnd.oci.image.layer.v1.tar" + ("", "+gzip")[self.random.randrange(2)]]
        entry = image(layout, [self._note(bad)], diff_ids=[diff_id], types=types, name="bad:1")
        store = archives.as_folder(layout.whole(entry), self._place())
        look(store, "bad:1", self.random)

    def document(self) -> None:
        """A manifest, index or config whose digest is right."""
        bad = self._note(self.spoiled(self.random.choice(self.texts)))
        layout = Layout()
        good = image(layout, [self.layers[0]], name="good:1")
        kind = self.random.choice([archives.OCI_MANIFEST, archives.OCI_INDEX, archives.OCI_CONFIG])
        if kind == archives.OCI_CONFIG:
            config = layout.blob(bad, kind)
            manifest = {"schemaVersion": 2, "mediaType": archives.OCI_MANIFEST, "config": config,
                        "layers": [layout.blob(self.layers[0], "application/vnd.oci.image.layer.v1.tar")]}  # fmt: skip  # noqa: E501
            entry = layout.blob(archives.dumped(manifest), archives.OCI_MANIFEST)
        else:
            entry = layout.blob(bad, kind)
        entry["annotations"] = {archives.REF_NAME: "bad:1"}
        store = archives.as_folder(layout.whole(good, entry), self._place())
        look(store, "bad:1", self.random)

    def archive(self) -> None:
        name, good = self.random.choice(self.archives)
        bad = self._note(self.damaged(good, [data for _, data in self.archives]))
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
        path.write_bytes(self._note(self.spoiled(path.read_bytes())))
        look(store, "good:1", self.random)
        open_library(store, InlinePasses()).tag("good:1", "other:1", task=Task())

    def blob(self) -> None:
        """A blob that rotted: its digest is not right any more."""
        store = self._copy()
        path = self.random.choice(sorted((store / "blobs" / "sha256").iterdir()))
        path.chmod(0o644)
        path.write_bytes(self._note(self.damaged(path.read_bytes(), [])))
        for name in ("layers", "views"):
            shutil.rmtree(store / ".layerscope" / name, ignore_errors=True)
        look(store, "good:1", self.random)

    def cache(self) -> None:
        """Any file of our own beside the images: indexes, timelines, journals."""
        store = self._copy()
        ours = [path for path in (store / ".layerscope").rglob("*") if path.is_file()]
        path = self.random.choice(sorted(ours))
        path.chmod(0o644)
        path.write_bytes(self._note(self.damaged(path.read_bytes(), self.layers)))
        look(store, "good:1", self.random)

    def login(self) -> None:
        place = self._place()
        place.mkdir()
        good = json.dumps(_LOGINS).encode()
        bad = self._note(self.spoiled(good) if self.random.randrange(2) else self.damaged(good, []))
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
        bad = self._note(self.damaged(good, [each.encode() for each in _TYPED]))
        words = bad.decode("utf-8", "surrogateescape")
        for parse in (Reference.parse, Platform.parse, Digest.parse, Query.parse):
            try:
                parse(words)
            except LayerscopeError:
                self.outcome.refused["texts"] += 1
        Reference.suggestion(words)

    # Damage

    def damaged(self, good: bytes, others: Sequence[bytes]) -> bytes:
        """Flips, cuts, splices; headers of tars often get a right checksum afterwards."""
        bad = bytearray(good)
        for _ in range(self.random.choice([1, 1, 1, 2, 3, 8])):
            if not bad:
                break
            at = self.random.randrange(len(bad))
            if self.random.randrange(3) == 0:
                at = min(at // 512 * 512 + self.random.choice(_FIELDS), len(bad) - 1)
            match self.random.randrange(7):
                case 0 | 1:
                    bad[at] ^= 1 << self.random.randrange(8)
                case 2:
                    bad[at : at + 12] = self.random.choice(_WORDS)[: len(bad) - at]
                case 3:
                    del bad[at : at + self.random.choice([1, 511, 512, 5000])]
                case 4:
                    del bad[at:]
                case 5:
                    other = self.random.choice(others) if others else bytes(bad)
                    start = self.random.randrange(len(other) or 1)
                    piece = other[start : start + self.random.choice([1, 512, 1536, 4096])]
                    if self.random.randrange(2):
                        bad[at : at + len(piece)] = piece
                    else:
                        bad[at:at] = piece
                case _:
                    bad[at] = self.random.choice(b"\0\xff\x809/.")
        if self.random.randrange(2):
            for start in range(0, len(bad) - 511, 512):
                block = bytes(bad[start : start + 512])
                if block[257:262] == b"ustar":
                    bad[start : start + 512] = tars.rechecked(block)
        return bytes(bad)

    def spoiled(self, good: bytes) -> bytes:
        """A document with a value replaced by something that has no business there."""
        if self.random.randrange(3) == 0:
            return self.damaged(good, self.texts)
        places = [at for at, byte in enumerate(good) if byte in b":[,"]
        if not places:
            return good
        at = self.random.choice(places) + 1
        end = at
        while end < len(good) and good[end] not in b",}]":
            end += 1
        return good[:at] + self.random.choice(_NUMBERS) + good[end:]

    # Places

    def _place(self) -> Path:
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        (self.folder / "work").mkdir()
        return self.folder / "work" / "store"

    def _copy(self) -> Path:
        """A store with one image that was browsed."""
        if self._shop is None:
            layout = Layout()
            entry = image(layout, self.layers[-2:], name="good:1")
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
    library.export_stream(name, lambda piece: len(piece), task=Task())


def _layers() -> list[bytes]:
    """All archives of Go's tests that are small, and some of our own."""
    found = [path.read_bytes() for path in sorted((DATA / "go-archive-tar").glob("*.tar"))]
    vectors = json.loads((DATA / "overlay.json").read_bytes())["vectors"]
    found += [tars.layer_tar(layer) for vector in vectors[::4] for layer in vector["layers"]]
    rich = tars.tar(
        tars.pax({b"path": b"p" * 150, b"SCHILY.xattr.user.x": b"y", b"mtime": b"1.5"}),
        tars.member(b"a", b"some content" * 60),
        tars.gnu_long(b"g" * 150),
        tars.member(b"l", b"long", type=b"0"),
        tars.pax({b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0",
                  b"GNU.sparse.name": b"hole", b"GNU.sparse.realsize": b"100000"}),
        tars.member(b"s", b"1\n512\n4\n".ljust(512, b"\0") + b"data"),
        tars.member(b"d/", type=b"5"),
        tars.member(b"d/.wh.x"),
        tars.member(b"link", type=b"1", link=b"a"),
    )  # fmt: skip
    return [*found, tars.tar(tars.member(b"a", b"1" * 3000)), rich]


def _documents() -> list[bytes]:
    cases = json.loads((DATA / "image-spec" / "cases.json").read_bytes())["tests"]
    found = [
        str(text).encode()
        for group in cases.values()
        for case in group
        for key, text in case.items()
        if key not in ("fail", "digest")
    ]
    layout = Layout()
    image(layout, [tars.tar()], name="x:1")
    documents = [data for data in layout.files.values() if data[:1] == b"{"]
    return found + documents * 10


def _archives(folder: Path) -> list[tuple[str, bytes]]:
    found = [
        (path.name, path.read_bytes())
        for path in sorted((DATA / "ggcr").glob("*/*.tar"))
        if path.stat().st_size < 200_000
    ]
    saved = archives.written(folder, archives.SAVED, "saved.tar").read_bytes()
    layout = Layout()
    entry = layout.image("one", "two", annotations={archives.REF_NAME: "1"})
    oci = archives.written(folder, layout.whole(entry), "oci.tar").read_bytes()
    return [*found, ("saved.tar", saved), ("oci.tar", oci), ("saved.tar.gz", gzip.compress(saved))]


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
_FIELDS = (0, 100, 108, 124, 135, 136, 148, 156, 157, 257, 329, 345, 386, 482)
_WORDS = (
    b"\xff" * 12,
    b"\x80" + bytes(11),
    b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7,
    b"7" * 12,
    b"-0000000001\0",
    b"99999999999 ",
    bytes(12),
    b"xgKLSD123456",
    b"/../../etc/p",
    b".wh..wh..opq",
    b"30 size=9999",
    b"GNU.sparse.m",
    b"\x1f\x8b\x08" + bytes(9),
)


def _hang(_number: int, _frame: FrameType | None) -> None:
    raise Hang


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    raise LookupError(name)


def _not_to_disk(fd: object) -> None:
    """No power is cut here."""


def main(arguments: Sequence[str]) -> None:
    folder, seed, seconds = Path(arguments[0]), int(arguments[1]), float(arguments[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "current").touch()
    os.environ.update({name: str(folder / "home") for name in ("HOME", "XDG_CONFIG_HOME")})
    os.fsync = _not_to_disk
    indexfile._PAUSE = 0.001
    limit = _status("VmSize") + _ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    outcome = Fuzzer(folder, seed).run(seconds, arguments[3:])
    print(
        json.dumps(
            {
                "tried": outcome.tried,
                "refused": outcome.refused,
                "peak": outcome.peak,
                "failures": outcome.failures,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
