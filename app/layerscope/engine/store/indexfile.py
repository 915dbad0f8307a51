"""The file index.json: read at any moment, changed under the lock, never torn by us."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.content.disk_failures import explained
from layerscope.engine.errors import (
    LayerscopeError,
    LimitReached,
    MalformedDocument,
    StoreBusy,
    StoreReadOnly,
    StoreUnreadable,
)
from layerscope.engine.oci import Digest
from layerscope.engine.store.changes import Edit, Facts, Outcome, records_of
from layerscope.engine.store.folder import Folder
from layerscope.engine.store.index import LARGEST, IndexDocument, fingerprint
from layerscope.engine.store.journal import Journal, Record
from layerscope.engine.store.merge import merged
from layerscope.engine.store.values import Operation
from layerscope.engine.task import Task

_TRIES = 6
_PAUSE = 0.03
# A second write within the grain of the clock does not show in the time stamps.
_GRAIN_NS = 50_000_000
_MOST_ROUNDS = 50
_REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class _State:
    document: IndexDocument
    damage: str
    generation: str
    stamp: tuple[int, int, int]
    settled: bool


class _Overtaken(Exception):
    """Another program has written index.json since we read it."""


class IndexFile:
    """``present`` tells whether a blob is stored."""

    def __init__(self, folder: Folder, present: Callable[[Digest], bool]) -> None:
        self._folder = folder
        self._present = present
        self.journal = Journal(folder.journal, folder.scratch)
        self._state: _State | None = None
        self._excludes = False
        self._read: OrderedDict[str, IndexDocument] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def document(self) -> IndexDocument:
        """The list as it is now; the last good one we know if index.json is damaged."""
        return self._load().document

    @property
    def damage(self) -> str:
        """Why index.json cannot be read, or empty."""
        return self._load().damage

    @property
    def generation(self) -> str:
        return self._load().generation

    def change(self, kind: Operation, edit: Edit, task: Task, *, always: bool = False) -> Outcome:
        """Replace index.json by what ``edit`` makes of it, all of it or not at all.

        ``edit`` runs under the lock, once more whenever another program writes meanwhile.  When
        this returns the change is on disk.  With ``always`` the journal gets its record even if
        the list stays as it is.
        """
        self._folder.require_writable()
        with self._folder.lock.held(task):
            self._require_exclusion()
            for _ in range(_MOST_ROUNDS):
                task.checkpoint()
                outcome = self._try(kind, edit, always=always)
                if outcome is not None:
                    return outcome
        raise StoreBusy(
            "Another program keeps rewriting index.json.",
            hint="Wait until it is done, then try again.",
            holder="",
        )

    def restore(self, document: IndexDocument, task: Task) -> str:
        """Put ``document`` in place of a damaged index.json; returns the operation."""
        self._folder.require_writable()
        with self._folder.lock.held(task):
            record = Record(
                Operation.RECOVER,
                self._last_fingerprint(),
                fingerprint(document.raw),
                (self._last_good() or IndexDocument.empty("")).delta_to(document),
            )
            self.journal.append([record])
            for path in (self._folder.index, self._folder.last_index):
                files.write_whole(path, document.raw, scratch=self._folder.scratch)
            return record.id

    def ours(self) -> IndexDocument | None:
        """The list as we last wrote it, if that can be read; others may have written since."""
        state = self._load()
        return self._last_good() if state.damage else self._ours(state.document, state.generation)

    # Reading

    def _load(self) -> _State:
        with self._lock:
            stamp = self._stamp()
            state = self._state
            if state is None or state.stamp != stamp or not state.settled:
                state = self._state = self._read_state(state)
            return state

    def _read_state(self, known: _State | None) -> _State:
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
                document = self._with_lost(self._parse(data), generation)
                return _State(document, "", generation, stamp, settled)
            except FileNotFoundError:
                damage = f"{self._folder.index} is missing."
            except (MalformedDocument, LimitReached, StoreUnreadable) as error:
                damage = str(error)
        last = self._last_good() or IndexDocument.empty(self._folder.path.name)
        return _State(last, damage, f"damaged-{fingerprint(data)}", stamp, True)

    def _stamp(self) -> tuple[int, int, int]:
        with explained(self._folder.index):
            try:
                found = os.lstat(self._folder.index)
            except FileNotFoundError:
                return 0, 0, 0
            return found.st_ino, found.st_mtime_ns, found.st_size

    def _parse(self, data: bytes) -> IndexDocument:
        mark = fingerprint(data)
        document = self._read.get(mark)
        if document is None:
            name = self._folder.path.name
            document = IndexDocument.parse(data, name, str(self._folder.index))
            self._remember(mark, document)
        return document

    def _remember(self, mark: str, document: IndexDocument) -> None:
        self._read[mark] = document
        while len(self._read) > _REMEMBERED:
            self._read.popitem(last=False)

    def _last_good(self) -> IndexDocument | None:
        try:
            return self._parse(files.read_regular(self._folder.last_index, LARGEST))
        except (FileNotFoundError, NotADirectoryError, LayerscopeError):
            return None

    def _last_fingerprint(self) -> str:
        last = self._last_good()
        return fingerprint(last.raw) if last else ""

    def _with_lost(self, theirs: IndexDocument, generation: str) -> IndexDocument:
        """What is there, and what another program overwrote of ours."""
        ours = self._ours(theirs, generation)
        if ours is None or ours is theirs:
            return theirs
        chain = list(self.journal.carried_out(fingerprint(ours.raw)))
        return merged(ours, theirs, chain, self._present, self._folder.path.name)

    def _ours(self, there: IndexDocument, generation: str) -> IndexDocument | None:
        """Our last version, given what is in index.json now; that very object if it is ours."""
        last = self._last_good()
        if last is not None and fingerprint(last.raw) == generation:
            return there
        history = self.journal.records()
        if history and history[-1].after == generation:
            return there  # the process was killed before it had made its copy
        return last

    # Changing

    def _try(self, kind: Operation, edit: Edit, *, always: bool = False) -> Outcome | None:
        """One round; None if another program has written index.json meanwhile."""
        with self._open() as original:
            data, there = self._settled(original)
            before = self._with_lost(there, fingerprint(data))
            after, facts = edit(before)
            if after is before and before is there and not always:
                return Outcome("", before, after, facts)
            ours = self._ours(there, fingerprint(data))
            records = records_of(kind, ours, before, after, facts)
            self.journal.append(records)
            if not self._swap(data, after.raw):
                return None
            self._remember(fingerprint(after.raw), after)
            self._take_in_late_writes(original, data)
        operation = records[-1].id if always or after is not before else ""
        return Outcome(operation, before, after, facts)

    def _require_exclusion(self) -> None:
        """Network drives may grant a lock to everybody: ask once."""
        if not self._excludes and not self._folder.lock.works():
            raise StoreReadOnly(
                "This disk does not keep programs from writing at the same time.",
                hint="Keep the store on a local disk.",
                path=str(self._folder.path),
            )
        self._excludes = True

    def _swap(self, expected: bytes, data: bytes) -> bool:
        """Put ``data`` in place of ``expected``, and then also in place of the copy; False if
        something else is there by now."""
        folder = self._folder
        files.require_replaceable(folder.last_index)
        try:
            # Both are on the disk before the first takes its name: a full disk changes nothing.
            with files.whole_or_absent(folder.last_index, scratch=folder.scratch) as copy:
                copy.write(data)
                files.sync(copy, folder.last_index)
                if data != expected:
                    self._replace(expected, data)
        except _Overtaken:
            return False
        return True

    def _replace(self, expected: bytes, data: bytes) -> None:
        with files.whole_or_absent(self._folder.index, scratch=self._folder.scratch) as file:
            file.write(data)
            files.sync(file, self._folder.index)  # now, so that the comparison comes last
            if self._content() != expected:
                raise _Overtaken

    def _take_in_late_writes(self, original: BinaryIO, data: bytes) -> None:
        """A program that opened index.json just before it was replaced has written into the old
        file, where nobody looks: take over what it added."""
        original.seek(0)
        if original.read(LARGEST + 1) == data:
            return
        try:
            _, theirs = self._settled(original)
        except StoreReadOnly:  # it was killed while it wrote; our list is whole
            return
        base = self._parse(data)
        fresh = [entry for entry in theirs.all if entry.key not in base.keys]

        def added(document: IndexDocument) -> tuple[IndexDocument, Facts]:
            return document.with_entries(fresh), Facts()

        if fresh:
            self._try(Operation.FOREIGN, added)

    def _open(self) -> BinaryIO:
        try:
            return files.open_regular(self._folder.index)
        except FileNotFoundError as error:
            raise self._damaged(f"{self._folder.index} is missing.") from error

    def _content(self) -> bytes:
        try:
            return files.read_regular(self._folder.index, LARGEST)
        except FileNotFoundError:
            return b""

    def _settled(self, file: BinaryIO) -> tuple[bytes, IndexDocument]:
        """The content of an open index.json, once nobody is in the middle of writing it."""
        complaint = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE)
            with explained(self._folder.index):
                file.seek(0)
                data = file.read(LARGEST + 1)
            try:
                return data, self._parse(data)
            except (MalformedDocument, LimitReached) as error:
                complaint = str(error)
        raise self._damaged(complaint)

    def _damaged(self, complaint: str) -> StoreReadOnly:
        return StoreReadOnly(
            f"The list of images is damaged: {complaint}",
            hint="Repair it with `layerscope verify --repair` or Verify store in the window.",
            path=str(self._folder.index),
        )
