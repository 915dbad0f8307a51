"""What a fuzzer damages, and the public doors that it is given to."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import zstandard

from layerscope.engine.archive import open_archive
from layerscope.engine.content.codecs import open_tar_stream
from layerscope.engine.errors import LayerscopeError
from layerscope.engine.library import open_library, remote
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.settings import read_settings
from layerscope.engine.oci import (
    Digest,
    ImageConfig,
    Platform,
    Reference,
    pair_history,
    parse_document,
)
from layerscope.engine.registry import Registries
from layerscope.engine.registry.auth.credentials import AuthFiles
from layerscope.engine.rootfs import Query
from layerscope.engine.task import Task
from support import archives
from support.archives import Layout
from support.bad_inputs import image
from support.fuzz_inputs import HEADERS, LOGINS, TYPED, Damage, Inputs
from support.hostile_registry import HostileRegistry
from support.looking import look, look_at_layer
from support.replies import Reply
from support.visitors import config_for, with_patience


class Targets:
    """Each damages one good input, by the dice of one seed, and gives it to what reads its kind.

    ``far`` answers the pulls.  FOLDER/current holds the input at work.
    """

    def __init__(self, folder: Path, seed: int, far: HostileRegistry) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.inputs = Inputs(folder)
        self.damage = Damage(self.random)
        self.refused: Counter[str] = Counter()  #: parts of an input that were refused on the way
        self.all: dict[str, Callable[[], object]] = {
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
        self._far = far
        self._shop: Path | None = None
        remote.make_registries = lambda settings, plain_http, session: self._registries()

    @property
    def vectors_tried(self) -> int:
        """Vectors of which at least one bit was turned."""
        return min(self._turn, len(self.inputs.vectors))

    def flip(self) -> None:
        """One bit of the next vector or manifest, so that each gets its turn, given to what reads
        its kind."""
        vector = self.inputs.vectors[self._turn % len(self.inputs.vectors)]
        self._turn += 1
        bad = self._note(self.damage.flipped(vector.data))
        match vector.kind:
            case "layer":
                look_at_layer(bad, self._place(), self.random)
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
        good = json.dumps(LOGINS).encode()
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
        good = self.random.choice(TYPED).encode()
        bad = self._note(self.damage.damaged(good, [each.encode() for each in TYPED]))
        words = bad.decode("utf-8", "surrogateescape")
        for parse in (Reference.parse, Platform.parse, Digest.parse, Query.parse):
            try:
                parse(words)
            except LayerscopeError:
                self.refused["texts"] += 1
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
        far.serve_image("app", "1", [gzip.compress(self.inputs.layers[-2], 1)])
        far.on("GET", "/v2/", Reply(headers={"Content-Type": "application/json"}, body=b"{}"))
        chosen = self.random.choice(sorted(path for path in far.scripts if path[1] != "/v2/x"))
        reply = far.scripts[chosen][0]
        assert isinstance(reply, Reply)
        length = {"Content-Length": str(len(reply.body))}
        lines = [f"{name}: {value}" for name, value in {**reply.headers, **length}.items()]
        good = "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode() + reply.body
        extra = self.random.choice([b"", *HEADERS])
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

    # The parts

    def _registries(self) -> Registries:
        config = with_patience(
            config_for(self._far), attempts=2, stall_window=0.2, first_wait=0.001
        )
        self._open.append(Registries(config))
        return self._open[-1]

    def _note(self, data: bytes) -> bytes:
        (self.folder / "current").write_bytes(data)
        return data

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


def _read_manifest(data: bytes) -> None:
    parse_document(data, None, "The manifest")


def _read_config(data: bytes) -> None:
    pair_history(ImageConfig.parse(data, "The config"), 1)
