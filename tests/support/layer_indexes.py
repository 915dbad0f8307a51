"""Indexes made of bytes, and their entries as plain values, for tests of layers."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import Entry, LayerIndex, LayerSummary, build_index
from layerscope.engine.layers.columns import Rows
from layerscope.engine.layers.hashing import HashThread
from layerscope.engine.layers.notes import Notes
from layerscope.engine.layers.values import Damage
from layerscope.engine.layers.walker import Walker
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.oci.media_types import OCI_LAYER, OCI_LAYER_GZIP
from layerscope.engine.task import Task


class Walked:
    """What the walker says about a tar that is fed to it in pieces of one size."""

    def __init__(self, tar: bytes, step: int = 1 << 20, limits: Limits | None = None) -> None:
        self.blocks: list[Rows] = []
        notes = Notes()
        with HashThread() as hashes:
            walker = Walker(self.blocks.append, limits or Limits(), notes, hashes)
            for start in range(0, len(tar), step):
                walker.feed(tar[start : start + step])
            walker.close()
        self.damage: Damage | None = walker.damage
        self.warnings = notes.warnings()
        self.codes = {warning.code for warning in self.warnings}

    @property
    def paths(self) -> list[bytes]:
        return [path for rows in self.blocks for path in rows.paths]

    @property
    def names(self) -> list[bytes]:
        """Raw where they differ from the path by more than a slash or a dot in front."""
        return [
            rows.odd_names.get(row, path)
            for rows in self.blocks
            for row, path in enumerate(rows.paths)
        ]

    @property
    def sizes(self) -> list[int]:
        return [size for rows in self.blocks for size in rows.sizes]

    @property
    def kinds(self) -> list[int]:
        return [kind for rows in self.blocks for kind in rows.kinds]

    @property
    def marks(self) -> list[int]:
        return [mark for rows in self.blocks for mark in rows.marks]

    @property
    def digests(self) -> list[bytes]:
        return [digest for rows in self.blocks for digest in rows.digests]


class Indexed:
    """A layer as a blob and its index, in a folder of the test's own."""

    def __init__(
        self,
        folder: Path,
        tar: bytes,
        pack: Callable[[bytes], bytes] = gzip.compress,
        *,
        limits: Limits | None = None,
        diff_id: Digest | None = None,
    ) -> None:
        data = pack(tar)
        self.blob = folder / f"blob-{sha256(data).hexdigest()[:8]}"
        self.blob.write_bytes(data)
        self.path = folder / "index"
        media_type = OCI_LAYER_GZIP if pack is gzip.compress else OCI_LAYER
        self.descriptor = Descriptor(media_type, Digest.of(data), len(data))
        self.summary: LayerSummary = build_index(
            self.blob,
            self.descriptor,
            diff_id or Digest.of(tar),
            self.path,
            limits or Limits(),
            Task(),
        )

    def open(self) -> LayerIndex:
        return LayerIndex.open(self.path)

    @property
    def entries(self) -> list[Entry]:
        with self.open() as index:
            return [index.entry(number) for number in range(len(index))]
