"""The public door with something bad behind it: what must hold for every bad input is checked here.

One sentence that names the object and says what to do, nothing lost that was stored before, no
temporary file left, and the same answer when the same thing is tried again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import stat
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import zstandard

from layerscope.cli.main import main
from layerscope.engine.content.codecs import Compression, sniff
from layerscope.engine.errors import LayerscopeError
from layerscope.engine.library import Library, open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Browsable, LayerRow
from layerscope.engine.rootfs import Row, Timeline, View
from layerscope.engine.task import Task
from support import archives, tars
from support.archives import OCI_CONFIG, OCI_MANIFEST, Layout
from support.visitors import CANARY

E = TypeVar("E", bound=LayerscopeError)

ROWS: Mapping[str, Mapping[str, str]] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "data/bad_inputs.json").read_bytes())[
        "cases"
    ]
}
#: What no sentence for people holds.
_BUG_WORDS = ("Traceback", "Errno", "ValueError", "RecursionError", "A bug in", "object at")
_LONGEST = 600

BEFORE = tars.member(b"before.txt", b"before")
AFTER = tars.member(b"after.txt", b"after")
GOOD = (tars.tar(tars.member(b"good.txt", b"good\n")), tars.tar(tars.member(b"more", b"more\n")))


@dataclass(frozen=True)
class Door:
    """A store with the image ``good:1`` in it, the library over it, and its command line."""

    folder: Path
    library: Library
    capture: pytest.CaptureFixture[str]

    @property
    def store(self) -> Path:
        return self.folder / "store"

    # Bringing in

    def archive(
        self, files: Mapping[str, bytes] | Layout, *entries: Mapping[str, Any], name: str = "bad"
    ) -> Path:
        """A layout folder or the files of an archive on disk, to be loaded."""
        if isinstance(files, Layout):
            return archives.as_folder(files.whole(*entries), self.folder / name)
        return archives.written(self.folder, files, f"{name}.tar")

    def offer(self, *layers: bytes, name: str = "bad:1", **facts: Any) -> Path:
        """An image of these layers as a layout folder, to be loaded."""
        layout = Layout()
        return self.archive(layout, image(layout, layers, name=name, **facts), name="offered")

    def plant(self, *layers: bytes, name: str = "bad:1", **facts: Any) -> dict[str, Any]:
        """An image of these layers in the store, written by another program."""
        layout = Layout()
        entry = image(layout, layers, name=name, **facts)
        self.write(layout, entry)
        return entry

    def write(self, layout: Layout, *entries: Mapping[str, Any]) -> None:
        """As another program writes: blobs first, then index.json in place."""
        for path, data in layout.blobs.items():
            target = self.store / path
            if not target.exists():
                target.write_bytes(data)
        index = json.loads((self.store / "index.json").read_bytes())
        index["manifests"] += entries
        (self.store / "index.json").write_bytes(archives.dumped(index))

    # Looking

    def browse(self, name: str = "bad:1") -> Browsable:
        return self.library.browse(name, task=Task())

    def rows(self, name: str = "bad:1", **view: Any) -> dict[bytes, Row]:
        """Everything that the merged view shows, by path."""
        found = self.browse(name)
        with Timeline.open(Path(found.timeline)) as timeline:
            view.setdefault("as_of", found.top)
            return {timeline.path(row.node): row for row in timeline.walk(View(**view))}

    def layers(self, name: str = "bad:1") -> tuple[LayerRow, ...]:
        """The layers after they have been browsed."""
        self.browse(name)
        return self.library.image(name, task=Task()).layers

    def warnings(self, name: str = "bad:1") -> str:
        """All that is odd about the layers, in one text."""
        return " ".join(warning for layer in self.layers(name) for warning in layer.warnings)

    def read(self, path: bytes, name: str = "bad:1", length: int = 1 << 20) -> bytes:
        row = self.rows(name)[path]
        assert row.entry is not None
        return self.library.read_file(name, *row.entry, 0, length, task=Task())

    def names(self) -> set[str]:
        return {
            name
            for row in self.library.images(task=Task()).images
            for name in (row.familiar or (row.invalid_name,))
        }

    # Judging

    def refused(self, kind: type[E], call: Callable[[], object], *names: str) -> E:
        """The error of a call that cannot work: the same twice, with all that goes with it."""
        before = standing(self.store)
        told: list[E] = []
        for _ in range(2):
            with pytest.raises(kind) as caught:
                call()
            told.append(caught.value)
            self.unharmed(before)
        first, second = ((type(one), _without_clock(str(one)), one.hint) for one in told)
        assert first == second
        is_one_sentence(f"{told[0]} {told[0].hint}".strip(), *names)
        return told[0]

    def unharmed(self, before: Mapping[str, str]) -> None:
        """What was stored is as it was, nothing is left over, and images can be looked at."""
        after = standing(self.store)
        assert after["index.json"] == before["index.json"]
        assert {path: after.get(path) for path in before} == dict(before)
        assert leftovers(self.store) == []
        if "good:1" in self.names():
            assert set(self.rows("good:1")) == {b"good.txt", b"more"}

    def load_refused(self, kind: type[E], path: Path, *names: str) -> E:
        """Neither the library nor the command line load ``path``."""
        error = self.refused(kind, lambda: self.library.load(path, task=Task()), *names)
        assert self.complaint("load", str(path)) == told(error)
        return error

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """The command line: status, standard output, standard error."""
        self.capture.readouterr()
        status = main(_no_window, ["--store", str(self.store), *arguments])
        out, err = self.capture.readouterr()
        assert not any(word in out + err for word in ("Traceback", "A bug in", CANARY))
        return status, out, err

    def complaint(self, *arguments: str) -> str:
        """What a command says that cannot work: status 1 and one line, besides its progress."""
        before = standing(self.store)
        status, out, err = self.run(*arguments)
        self.unharmed(before)
        mark = "layerscope: "
        lines = [line for line in err.splitlines() if line.startswith(mark)]
        assert (status, out, len(lines)) == (1, "", 1), (status, out, err)
        sentence = lines[0].removeprefix(mark)
        is_one_sentence(sentence)
        return sentence

    def answer(self, *arguments: str) -> Any:
        """The JSON answer of a command that works."""
        status, out, err = self.run(*arguments, "--json")
        assert status == 0, err
        return json.loads(out)


def told(error: LayerscopeError) -> str:
    """As the command line says it."""
    from layerscope.engine.content.wording import display_name

    return display_name(" ".join(filter(None, (str(error), error.hint))))


def is_one_sentence(text: str, *names: str) -> None:
    """Words for people on one line that name the object; a hint may follow."""
    assert "\n" not in text, text
    assert text.endswith((".", "?", "!")), text
    assert len(text) <= _LONGEST, text
    assert not any(word in text for word in _BUG_WORDS), text
    for name in names:
        assert name in text, f"{name!r} is not named: {text}"


def standing(store: Path) -> dict[str, str]:
    """The list of images and every blob: what kind of file it is, and its hash."""
    paths = [store / "index.json", *sorted((store / "blobs").rglob("*"))]
    return {str(path.relative_to(store)): _print_of(path) for path in paths}


def leftovers(store: Path) -> list[str]:
    """Temporary files and leases that nobody holds any more."""
    return [
        f"{name}/{path.name}"
        for name in ("tmp", "leases")
        for path in (store / ".layerscope" / name).iterdir()
    ]


def image(
    layout: Layout,
    layers: Sequence[bytes],
    *,
    name: str = "",
    diff_ids: Sequence[str] | None = None,
    types: Sequence[str] | None = None,
    config: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Keep an image of these blobs in a layout and describe it.  What is not given is right."""
    ids = [archives.sha256(plain_of(layer)) for layer in layers] if diff_ids is None else diff_ids
    described = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": list(ids)},
        **(config or {}),
    }
    types = types or [layer_type(layer) for layer in layers]
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": layout.blob(archives.dumped(described), OCI_CONFIG),
        "layers": [layout.blob(data, kind) for data, kind in zip(layers, types, strict=True)],
    }
    given = dict(annotations or {})
    if name:
        full = name if "/" in name else f"docker.io/library/{name}"
        given = {archives.REF_NAME: full, archives.IMAGE_NAME: full} | given
    more = {"annotations": given} if given else {}
    return layout.blob(archives.dumped(manifest), OCI_MANIFEST, **more)


def layer_type(layer: bytes) -> str:
    kind = sniff(layer[:8])
    plain = "application/vnd.oci.image.layer.v1.tar"
    return plain if kind is Compression.NONE else f"{plain}+{kind}"


def plain_of(layer: bytes) -> bytes:
    """The tar in a layer; the layer itself where that cannot be had."""
    try:
        match sniff(layer[:8]):
            case Compression.GZIP:
                return gzip.decompress(layer)
            case Compression.ZSTD:
                return (
                    zstandard.ZstdDecompressor()
                    .stream_reader(layer, read_across_frames=True)
                    .read()
                )
            case _:
                return layer
    except (OSError, EOFError, zlib.error, zstandard.ZstdError):
        return layer


def _without_clock(sentence: str) -> str:
    """A wait ends later each time that it is told."""
    return re.sub(r" It resets (on [-\d]+ )?at \d\d:\d\d\.", " It resets.", sentence)


def _print_of(path: Path) -> str:
    found = path.lstat()
    if stat.S_ISREG(found.st_mode):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{stat.filemode(found.st_mode)} {os.readlink(path) if path.is_symlink() else ''}"


def _no_window(store: Path | None) -> int:
    raise AssertionError("no window was asked for")


def damaged(*parts: bytes) -> bytes:
    """A layer with a good entry before and after something bad."""
    return gzip.compress(tars.tar(BEFORE, *parts, AFTER), mtime=0)


def again(door: Door) -> Door:
    """As after a new start of the program."""
    return Door(door.folder, open_library(door.store, InlinePasses()), door.capture)
