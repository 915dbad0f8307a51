"""What was done to the store, newest last: what ``undo`` takes back, and how an index.json that
another program wrote from an old copy is recognised.

One JSON line per change, written before the change.  Whether a change was carried out shows from
the fingerprints: those that led to the present index.json, each ``before`` being the ``after`` of
the one before it, were.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.content.disk_failures import explained
from layerscope.engine.dataclass import dataclass
from layerscope.engine.store.index import Delta, Raw
from layerscope.engine.store.values import Operation

DAY = 24 * 3600.0
LARGEST = 8 * 1024 * 1024
_COMPACT_ABOVE = 2 * 1024 * 1024
_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One change of index.json.  ``before`` and ``after`` are fingerprints, ``names`` what it was
    about for people, ``reverts`` the operation that an undo took back or the undo that a redo
    did."""

    kind: Operation
    before: str
    after: str
    delta: Delta
    names: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()
    size: int = 0
    reverts: str = ""
    id: str = field(default_factory=lambda: new_id())
    time: float = field(default_factory=lambda: time.time())

    @property
    def when(self) -> datetime:
        """In UTC, by the clock of the machine that made the change."""
        return datetime.fromtimestamp(self.time, UTC)


class Journal:
    def __init__(self, path: Path, scratch: Path) -> None:
        self._path = path
        self._scratch = scratch

    def append(self, records: Sequence[Record]) -> None:
        """Write records to the disk.  The caller holds the lock of the store."""
        self._compact()
        lines = b"".join(_line(record) for record in records)
        with files.open_to_append(self._path) as file:
            end = file.seek(0, 2)
            if end and self._byte_at(file, end - 1) != b"\n":
                lines = b"\n" + lines  # behind what a killed process left
            files.write_all(file, lines, self._path)
            files.sync(file, self._path)
            if not end:
                files.sync_folder(self._path.parent)

    def records(self) -> list[Record]:
        """All records, oldest first; lines that a killed process left behind are skipped."""
        try:
            data = files.read_regular(self._path, LARGEST)
        except FileNotFoundError:
            return []
        found = (_record(line) for line in data.splitlines())
        return [record for record in found if record is not None]

    def carried_out(self, present: str) -> Iterator[Record]:
        """The changes that led to the index with fingerprint ``present``, newest first."""
        for record in reversed(self.records()):
            if record.after == present:
                yield record
                present = record.before

    def _compact(self) -> None:
        with suppress(FileNotFoundError):
            if self._path.stat().st_size < _COMPACT_ABOVE:
                return
            young = [item for item in self.records() if abs(time.time() - item.time) < DAY]
            data = b"".join(_line(record) for record in young[-_KEPT:])
            if len(data) > _COMPACT_ABOVE // 2:  # large indexes: history is not worth their room
                data = b"".join(_line(record) for record in young[-_KEPT // 20 :])
            files.write_whole(self._path, data, scratch=self._scratch)

    def _byte_at(self, file: BinaryIO, position: int) -> bytes:
        with explained(self._path):
            file.seek(position)
            return file.read(1)


def new_id() -> str:
    """A name for an operation that sorts by time."""
    now = datetime.fromtimestamp(time.time(), UTC)
    return f"{now:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}"


def _line(record: Record) -> bytes:
    members = {
        "id": record.id,
        "time": record.time,
        "kind": record.kind.value,
        "before": record.before,
        "after": record.after,
        "removed": record.delta.removed,
        "added": record.delta.added,
        "names": record.names,
        "blobs": record.blobs,
        "size": record.size,
        "reverts": record.reverts,
    }
    return json.dumps(members, separators=(",", ":")).encode("ascii") + b"\n"


def _record(line: bytes) -> Record | None:
    try:
        members = json.loads(line)
        return Record(
            id=str(members["id"]),
            time=float(members["time"]),
            kind=Operation(members["kind"]),
            before=str(members["before"]),
            after=str(members["after"]),
            delta=Delta(_positions(members["removed"]), _positions(members["added"])),
            names=tuple(map(str, members["names"])),
            blobs=tuple(map(str, members["blobs"])),
            size=int(members["size"]),
            reverts=str(members["reverts"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _positions(items: list[tuple[int, Raw]]) -> tuple[tuple[int, Raw], ...]:
    return tuple((int(position), dict(raw)) for position, raw in items)
