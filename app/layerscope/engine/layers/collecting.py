"""Collects the rows of a layer and hands them on, some thousand at a time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from typing import TYPE_CHECKING

from layerscope.engine.content.limits import Limits, reached
from layerscope.engine.layers.batch import Columnist, Patch, Run
from layerscope.engine.layers.budget import Budget
from layerscope.engine.layers.columns import Rows
from layerscope.engine.layers.hashing import HashThread
from layerscope.engine.layers.header import BLOCK
from layerscope.engine.layers.judging import header_of, judge
from layerscope.engine.layers.notes import Notes
from layerscope.engine.layers.sparse import ExpandedHash
from layerscope.engine.layers.values import Damage, Kind

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

#: Rows that are handed on together.
ROWS = 4096
#: Bytes of long names, attributes and maps after which rows are handed on early.
_RARE_BYTES = 4 << 20
_IS_FILE = bytes(kind == Kind.FILE for kind in range(256))


def stopped(limits: Limits, limit: str, offset: int, reason: str = "") -> Damage:
    """The end at ``offset`` that the budget ``limit`` brought about, because of ``reason``."""
    value = getattr(limits, limit)
    because = f": {reason}" if reason else ""
    return Damage(f"{reached(limit, value)}{because}", offset, limit, value)


class Collector:
    """``run`` is what is being collected; the walker adds plain rows to it directly.

    ``damage`` is set by the first header that is found damaged when its run is converted, and by
    a limit; nothing is handed on after that.
    """

    def __init__(
        self, emit: Callable[[Rows], None], limits: Limits, notes: Notes, hashes: HashThread
    ) -> None:
        self.run = Run()
        self.damage: Damage | None = None
        self.entries = 0
        self.files = 0
        self.bytes = 0
        self._emit = emit
        self._limits = limits
        self._budget = Budget(limits)
        self._notes = notes
        self._hashes = hashes
        self._columnist = Columnist()
        self._rare = 0

    def add(self, block: bytes, size: int, here: int, patch: Patch) -> None:
        """A row with more to it than its header says; ``place`` must follow."""
        if len(self.run.headers) >= ROWS or self._rare > _RARE_BYTES:
            self.flush()
        run = self.run
        if not run.headers:
            run.first_header = here
        run.headers.append(block)
        run.sizes.append(size)
        run.digests.append(b"")
        self.change(patch)

    def change(self, patch: Patch) -> None:
        """Have ``patch`` applied to the last row."""
        if not patch:
            return
        self.run.patches[len(self.run.headers) - 1] = patch
        self._rare += patch.length

    def drop_last(self) -> None:
        """Forget the last row, which is no entry after all."""
        self.run.cut(len(self.run.headers) - 1)

    def place(self, start: int, stored: int) -> None:
        """Say where the content of the last row lies, and how long it is in the tar."""
        self.run.places[len(self.run.headers) - 1] = start, start + stored + -stored % BLOCK

    def hashed(self, hasher: ExpandedHash | Hash) -> None:
        """The content of the last row has gone through ``hasher``."""
        self.run.digests[-1] = hasher.digest()

    def flush(self, unfinished: bool = False) -> None:
        """Hand over the rows so far; ``unfinished``: the content of the last one is not whole."""
        run, self.run, self._rare = self.run, Run(), 0
        if not run.headers or self.damage is not None:
            return
        if run.hashing:
            self._hashes.drain()
            if unfinished:
                run.hashing.pop(len(run.digests) - 1, None)
            for row, hasher in run.hashing.items():
                run.digests[row] = hasher.digest()
        rows, reason = self._columnist.rows(run)
        if reason is not None:
            self.damage = Damage(str(reason), header_of(rows, len(rows.paths)))
        beyond = self._budget.first_beyond(rows)
        if beyond is not None:
            row, limit = beyond
            self.damage = stopped(self._limits, limit, header_of(rows, row))
            run.cut(row)
            rows, _ = self._columnist.rows(run)
        if rows.paths:
            judge(rows, self._notes, self._limits)
            self.entries += len(rows.paths)
            self.files += rows.kinds.count(Kind.FILE)
            self.bytes += sum(compress(rows.sizes, rows.kinds.translate(_IS_FILE)))
            self._emit(rows)
