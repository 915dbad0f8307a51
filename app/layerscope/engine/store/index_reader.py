"""Reading index.json at any moment, beside other programs that rewrite it as they like."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.content.disk_failures import explained
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    LayerscopeError,
    LimitReached,
    MalformedDocument,
    StoreReadOnly,
    StoreUnreadable,
)
from layerscope.engine.store.folder import Folder
from layerscope.engine.store.index import LARGEST, Entry, IndexDocument, fingerprint
from layerscope.engine.store.journal import DAY, Journal, Record
from layerscope.engine.store.merge import Written, additions, merged

_TRIES = 6
_PAUSE = 0.03
# A second write within the grain of the clock does not show in the time stamps.
_GRAIN_NS = 50_000_000
_REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class IndexState:
    """What index.json says; ``damage`` is why it cannot be read, and then ``document`` is the last
    good one."""

    document: IndexDocument
    damage: str
    generation: str
    stamp: tuple[int, int, int]
    settled: bool


class IndexReader:
    """``written`` tells when a blob was stored, None if it is not.  For many threads at once."""

    def __init__(self, folder: Folder, journal: Journal, written: Written) -> None:
        self._folder = folder
        self._journal = journal
        self._written = written
        self._state: IndexState | None = None
        self._read: OrderedDict[str, IndexDocument] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def state(self) -> IndexState:
        """As it is at this moment; from memory if the file has not changed since it was read."""
        with self._lock:
            stamp = self._stamp()
            state = self._state
            if state is None or state.stamp != stamp or not state.settled:
                state = self._state = self._read_state(state)
            return state

    def last_good(self) -> IndexDocument | None:
        try:
            return self.parse(files.read_regular(self._folder.last_index, LARGEST))
        except (FileNotFoundError, NotADirectoryError, LayerscopeError):
            return None

    def ours(self, there: IndexDocument, generation: str) -> IndexDocument | None:
        """Our last version, given what is in index.json now; that very object if it is ours."""
        last = self.last_good()
        if last is not None and fingerprint(last.raw) == generation:
            return there
        history = self._journal.records()
        if history and history[-1].after == generation:
            return there  # the process was killed before it had made its copy
        return last

    def with_lost(self, theirs: IndexDocument, generation: str) -> IndexDocument:
        """What is there, and what another program overwrote of ours."""
        ours = self.ours(theirs, generation)
        if ours is None or ours is theirs:
            return theirs
        return merged(ours, theirs, self._chain(ours), self._written, self._folder.path.name)

    def added_to(self, ours: IndexDocument, theirs: IndexDocument) -> list[Entry]:
        """What another program added that wrote its list when ``ours`` was already in its place."""
        return additions(ours, theirs, self._chain(ours), self._written, self._folder.path.name)

    def parse(self, data: bytes) -> IndexDocument:
        mark = fingerprint(data)
        document = self._read.get(mark)
        if document is None:
            name = self._folder.path.name
            document = IndexDocument.parse(data, name, str(self._folder.index))
            self.remember(mark, document)
        return document

    def remember(self, mark: str, document: IndexDocument) -> None:
        """So that bytes with this fingerprint need not be parsed when they are read again."""
        self._read[mark] = document
        while len(self._read) > _REMEMBERED:
            self._read.popitem(last=False)

    def open(self) -> BinaryIO:
        try:
            return files.open_regular(self._folder.index)
        except FileNotFoundError as error:
            complaint = f"{self._folder.index} is missing."
            raise list_damaged(complaint, self._folder.index) from error

    def content(self) -> bytes:
        try:
            return files.read_regular(self._folder.index, LARGEST)
        except FileNotFoundError:
            return b""

    def settled(self, file: BinaryIO) -> tuple[bytes, IndexDocument]:
        """The content of an open index.json, once nobody is in the middle of writing it."""
        complaint = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE)
            with explained(self._folder.index):
                file.seek(0)
                data = file.read(LARGEST + 1)
            try:
                return data, self.parse(data)
            except (MalformedDocument, LimitReached) as error:
                complaint = str(error)
        raise list_damaged(complaint, self._folder.index)

    def _chain(self, ours: IndexDocument) -> list[Record]:
        """What led to our list, newest first, for as long as a copy of an image may take."""
        carried_out = self._journal.carried_out(fingerprint(ours.raw))
        return list(takewhile(lambda item: abs(time.time() - item.time) < DAY, carried_out))

    def _read_state(self, known: IndexState | None) -> IndexState:
        stamp = self._stamp()
        settled = time.time_ns() - stamp[1] > _GRAIN_NS
        data, damage = b"", ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE)  # another program may be in the middle of writing it
            stamp = self._stamp()
            try:
                data = files.read_regular(self._folder.index, LARGEST)
                generation = fingerprint(data)
                if known and known.generation == generation and not known.damage:
                    return replace(known, stamp=stamp, settled=settled)
                document = self.with_lost(self.parse(data), generation)
                return IndexState(document, "", generation, stamp, settled)
            except FileNotFoundError:
                damage = f"{self._folder.index} is missing."
            except (MalformedDocument, LimitReached, StoreUnreadable) as error:
                damage = str(error)
        last = self.last_good() or IndexDocument.empty(self._folder.path.name)
        return IndexState(last, damage, f"damaged-{fingerprint(data)}", stamp, True)

    def _stamp(self) -> tuple[int, int, int]:
        with explained(self._folder.index):
            try:
                found = os.lstat(self._folder.index)
            except FileNotFoundError:
                return 0, 0, 0
            return found.st_ino, found.st_mtime_ns, found.st_size


def list_damaged(complaint: str, index: Path) -> StoreReadOnly:
    """The list of images cannot be changed while it cannot be read."""
    return StoreReadOnly(
        f"The list of images is damaged: {complaint}",
        hint="Repair it with `layerscope verify --repair` or Verify store in the window.",
        path=str(index),
    )
