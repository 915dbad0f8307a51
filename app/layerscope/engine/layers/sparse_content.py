"""Finds the maps of sparse files in a tar and decides what becomes of their packed content.

A map stands in the headers (old GNU), in PAX records (GNU.sparse 0.x) or before the content
(1.0); FORMATS.md 5.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import sparse
from layerscope.engine.layers.batch import Patch
from layerscope.engine.layers.collecting import Collector
from layerscope.engine.layers.header import BLOCK, HeaderDamaged
from layerscope.engine.layers.notes import Notes
from layerscope.engine.layers.payload import Payload


class SparseContent:
    """Works on the last row of ``rows``, whose content ``payload`` will pass on."""

    def __init__(self, rows: Collector, payload: Payload, limits: Limits, notes: Notes) -> None:
        self._rows = rows
        self._payload = payload
        self._notes = notes
        self._map_bytes = limits.extension_bytes
        self._hole_bytes = limits.hole_bytes
        self._old: sparse.OldGnu | None = None
        self._patch = Patch()
        #: Whether the last row waits for its map, without which it is no file.
        self.without_map = False

    @property
    def unfinished(self) -> bool:
        """Whether the next block of the tar belongs to a map and is no header."""
        return self._old is not None

    def begin_old(self, block: bytes, size: int, patch: Patch, here: int) -> None:
        """The header ``block`` of type S, at ``here``."""
        self._patch = patch
        self.without_map = True
        self._old = sparse.OldGnu(size, block, self._map_bytes)
        self._finish_old(here)

    def go_on(self, block: bytes, here: int) -> None:
        """The next block of an old map; after its last one the content follows."""
        assert self._old is not None
        self._old.add(block)
        self._finish_old(here)

    def begin(self, records: dict[bytes, bytes], size: int, patch: Patch, here: int) -> bool:
        """A file with PAX records of a sparse map; False if they are of no known format."""
        version_1 = sparse.is_version_1(records)
        if version_1 is None:
            return False
        self._patch = patch
        self.without_map = True
        if records.get(b"GNU.sparse.name"):
            patch.name = records[b"GNU.sparse.name"]
        real = sparse.real_size(records, size)
        if version_1:
            text = sparse.MapText(real, self._map_bytes)
            self._payload.expect(size, partial(self._read_text, text, here), text.finish)
        else:
            self._expect(sparse.from_records(records, real), size, here)
        return True

    def _finish_old(self, here: int) -> None:
        old = self._old
        if old is not None and old.complete:
            self._old = None
            self._rows.place(here + BLOCK, old.packed)
            self._expect(old.map(), old.packed, here)

    def _read_text(self, text: sparse.MapText, here: int, data: memoryview) -> None:
        """The content of format 1.0 begins with its map; then goes on as that of any other."""
        payload = self._payload
        used = text.add(data)
        if text.map is None:
            return
        packed = payload.size - text.length
        self._rows.place(here + BLOCK + text.length, packed)
        payload.go_on(*self._hashing(text.map, packed, here))
        if payload.update:
            payload.update(data[used:])

    def _expect(self, map_: sparse.SparseMap, packed: int, here: int) -> None:
        self._payload.expect(packed, *self._hashing(map_, packed, here))

    def _hashing(
        self, map_: sparse.SparseMap, packed: int, here: int
    ) -> tuple[Callable[[memoryview], None] | None, Callable[[], None] | None]:
        """Note the map of the row; what is to become of its packed content."""
        if map_.packed != packed:
            raise HeaderDamaged(
                f"a sparse map speaks of {map_.packed} bytes, the archive holds {packed}"
            )
        self.without_map = False
        self._patch.sparse = map_.packed_bytes()
        self._rows.change(self._patch)
        self._rows.run.sizes[-1] = map_.size
        holes = map_.size - map_.packed
        if holes > self._hole_bytes:
            text = "The holes of a sparse file are too large to hash its content."
            self._notes.add("holes", text, here)
            return None, None
        self._hole_bytes -= holes
        hasher = sparse.ExpandedHash(map_)
        return hasher.update, partial(self._rows.hashed, hasher)
