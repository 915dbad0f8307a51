"""The file index.json: changed under the lock, never torn by us."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.errors import (
    StoreBusy,
    StoreReadOnly,
)
from layerscope.engine.store.changes import Edit, Facts, Outcome, records_of
from layerscope.engine.store.folder import Folder
from layerscope.engine.store.index import LARGEST, IndexDocument, fingerprint
from layerscope.engine.store.index_reader import IndexReader
from layerscope.engine.store.journal import Journal, Record
from layerscope.engine.store.merge import Written
from layerscope.engine.store.values import Operation
from layerscope.engine.task import Task

_MOST_ROUNDS = 50


class _Overtaken(Exception):
    """Another program has written index.json since we read it."""


class IndexFile:
    """``written`` tells when a blob was stored, None if it is not."""

    def __init__(self, folder: Folder, written: Written) -> None:
        self._folder = folder
        self.journal = Journal(folder.journal, folder.scratch)
        self._reader = IndexReader(folder, self.journal, written)
        self._excludes = False

    @property
    def document(self) -> IndexDocument:
        """The list as it is now; the last good one we know if index.json is damaged."""
        return self._reader.state.document

    @property
    def damage(self) -> str:
        """Why index.json cannot be read, or empty."""
        return self._reader.state.damage

    @property
    def generation(self) -> str:
        return self._reader.state.generation

    def ours(self) -> IndexDocument | None:
        """The list as we last wrote it, if that can be read; others may have written since."""
        state = self._reader.state
        if state.damage:
            return self._reader.last_good()
        return self._reader.ours(state.document, state.generation)

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
            last = self._reader.last_good()
            record = Record(
                Operation.RECOVER,
                fingerprint(last.raw) if last else "",
                fingerprint(document.raw),
                (last or IndexDocument.empty("")).delta_to(document),
            )
            self.journal.append([record])
            for path in (self._folder.index, self._folder.last_index):
                self._clear_of_folder(path, record.id)
                files.write_whole(path, document.raw, scratch=self._folder.scratch)
            return record.id

    # The parts

    def _clear_of_folder(self, path: Path, operation: str) -> None:
        """A folder cannot be replaced by a file: it goes to the trash, with what is in it."""
        if path.is_dir() and not path.is_symlink():
            files.move(path, self._folder.trash / f"odd-{operation}-{path.name}")

    def _try(self, kind: Operation, edit: Edit, *, always: bool = False) -> Outcome | None:
        """One round; None if another program has written index.json meanwhile."""
        with self._reader.open() as original:
            data, there = self._reader.settled(original)
            before = self._reader.with_lost(there, fingerprint(data))
            after, facts = edit(before)
            if after is before and before is there and not always:
                return Outcome("", before, after, facts)
            ours = self._reader.ours(there, fingerprint(data))
            records = records_of(kind, ours, before, after, facts)
            self.journal.append(records)
            if not self._swap(data, after.raw):
                return None
            self._reader.remember(fingerprint(after.raw), after)
            self._take_in_late_writes(original, data, after)
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
            if self._reader.content() != expected:
                raise _Overtaken

    def _take_in_late_writes(self, original: BinaryIO, data: bytes, present: IndexDocument) -> None:
        """A program that opened index.json just before it was replaced has written into the old
        file, where nobody looks: take over what it added."""
        original.seek(0)
        if original.read(LARGEST + 1) == data:
            return
        try:
            _, theirs = self._reader.settled(original)
        except StoreReadOnly:  # it was killed while it wrote; our list is whole
            return
        fresh = self._reader.added_to(present, theirs)

        def added(document: IndexDocument) -> tuple[IndexDocument, Facts]:
            return document.with_entries(fresh), Facts()

        if fresh:
            self._try(Operation.FOREIGN, added)
