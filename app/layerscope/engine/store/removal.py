"""Carrying out what was planned, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import DiskFull, NothingToUndo, StoreChanged
from layerscope.engine.oci import Digest
from layerscope.engine.store import planning, recovery
from layerscope.engine.store.blobs import Blobs
from layerscope.engine.store.changes import Facts, change_of
from layerscope.engine.store.folder import Folder
from layerscope.engine.store.index import IndexDocument
from layerscope.engine.store.index_file import IndexFile
from layerscope.engine.store.journal import Record, new_id
from layerscope.engine.store.lease import pinned
from layerscope.engine.store.planning import Holdings, Wish
from layerscope.engine.store.trash import Trash
from layerscope.engine.store.values import Change, Operation, Plan, PlannedBlob, TrashItem
from layerscope.engine.task import Task


class Removals:
    """The only code that takes blobs away; it holds the gc lock alone while it does."""

    def __init__(
        self,
        folder: Folder,
        blobs: Blobs,
        index: IndexFile,
        trash: Trash,
        holdings: Callable[[IndexDocument], Holdings],
    ) -> None:
        self._folder = folder
        self._blobs = blobs
        self._index = index
        self._trash = trash
        self._holdings = holdings

    def plan(self, wish: Wish) -> Plan:
        plan = self._planned(wish, self._index.document, self._index.generation)
        damage = self._index.damage
        return replace(plan, blobs=(), reclaimed=0, stopped=(damage,)) if damage else plan

    def apply(self, plan: Plan, task: Task) -> Change:
        """First the list forgets the images, then their blobs go: at no moment does it name
        something that is not there."""
        wish = Wish(plan.kind, plan.remove, plan.untag, any(blob.orphan for blob in plan.blobs))
        going: list[Digest] = []
        operation = new_id()

        def edit(document: IndexDocument) -> tuple[IndexDocument, Facts]:
            if self._index.generation != plan.generation:
                raise StoreChanged(
                    "The store changed since this was planned.",
                    hint="Look at the list again, then repeat.",
                )
            now = self._planned(wish, document, plan.generation)
            free = {blob.digest for blob in now.blobs}
            taken = [blob for blob in plan.blobs if blob.digest in free]
            going[:] = [blob.digest for blob in taken]
            names = [*plan.untag, *(name for image in now.images for name in image.names)]
            after = document.without_names(plan.untag).without_images(plan.remove)
            size = sum(blob.size for blob in taken)
            digests = tuple(map(str, going))
            return after, Facts(tuple(names), digests, size, operation=operation)

        def carry_out() -> Change:
            with self._trash.bin(operation):
                outcome = self._index.change(plan.kind, edit, task, always=True)
                gone, freed = self._trash.take(operation, going)
            return change_of(plan.kind, outcome, self._index.generation, gone, freed)

        with self._folder.gc_lock.held(task):
            try:
                return carry_out()
            except DiskFull:  # whoever removes something may be here because of that
                if not self._trash.make_room():
                    raise
                return carry_out()

    def trash(self) -> tuple[TrashItem, ...]:
        restorable = {item.id for item in self._undoable() if self._restorable(item)}
        return self._trash.items(self._index.journal.records(), restorable)

    def undoable(self) -> Record | None:
        """What ``undo`` would take back; nothing if its blobs have been deleted for good."""
        record = next(self._undoable(), None)
        return record if record is not None and self._restorable(record) else None

    def undo(self, task: Task, operation: str = "") -> Change:
        """First the blobs come back, then the list names them."""
        with self._folder.gc_lock.held(task):
            record = self._to_undo(operation)
            self._trash.give_back(record.id)

            def edit(document: IndexDocument) -> tuple[IndexDocument, Facts]:
                return document.reverted(record.delta), Facts(record.names, reverts=record.id)

            outcome = self._index.change(Operation.UNDO, edit, task, always=True)
            self._trash.forget(record.id)
            back = tuple(map(Digest.stored, record.blobs))
            return change_of(Operation.UNDO, outcome, self._index.generation, back, -record.size)

    def redoable(self) -> Record | None:
        """What was undone last, if nothing has been changed since."""
        found = recovery.last_redoable(self._index.journal, self._index.ours())
        return found[1] if found else None

    def redo(self, task: Task) -> Change:
        """An undo taken back: what it had brought goes again, as far as nobody needs it now."""
        with self._folder.gc_lock.held(task):
            found = recovery.last_redoable(self._index.journal, self._index.ours())
            if found is None:
                raise NothingToUndo("There is nothing to redo: the last change was not an undo.")
            undo, original = found
            going: list[Digest] = []
            operation = new_id()

            def edit(document: IndexDocument) -> tuple[IndexDocument, Facts]:
                after = document.reverted(undo.delta)
                blobs = self._going_again(original, document, after)
                going[:] = [blob.digest for blob in blobs]
                size = sum(blob.size for blob in blobs)
                digests = tuple(map(str, going))
                return after, Facts(original.names, digests, size, undo.id, operation)

            with self._trash.bin(operation):
                outcome = self._index.change(original.kind, edit, task, always=True)
                gone, freed = self._trash.take(operation, going)
            return change_of(original.kind, outcome, self._index.generation, gone, freed)

    def _to_undo(self, operation: str) -> Record:
        wanted = (item for item in self._undoable() if operation in ("", item.id))
        record = next(wanted, None)
        if record is None and operation:
            raise NothingToUndo(
                f"The change {display_name(operation)} cannot be taken back.",
                hint="`layerscope trash` lists what can be restored.",
            )
        if record is None:
            raise NothingToUndo("There is nothing to undo in the last 24 hours.")
        if not self._restorable(record):
            raise NothingToUndo(
                "What was removed is no longer in the trash.", hint="Pull it again."
            )
        return record

    def _undoable(self) -> Iterator[Record]:
        """Newest first.  Where only blobs went, the list does not tell whether they really did."""
        for record in recovery.standing(self._index.journal, self._index.ours()):
            if record.kind.undoable and (record.delta or self._holds_any_of(record)):
                yield record

    def _holds_any_of(self, record: Record) -> bool:
        return any(self._trash.holds(record.id, Digest.stored(each)) for each in record.blobs)

    def _restorable(self, record: Record) -> bool:
        digests = map(Digest.stored, record.blobs)
        return all(
            self._blobs.stat(digest) is not None or self._trash.holds(record.id, digest)
            for digest in digests
        )

    def _going_again(
        self, original: Record, document: IndexDocument, after: IndexDocument
    ) -> list[PlannedBlob]:
        """Of the blobs that went the first time those that nobody needs any more."""
        left = {entry.digest for entry in after.all}
        remove = tuple(entry.digest for entry in document.all if entry.digest not in left)
        present = tuple(digest for digest in dict.fromkeys(remove) if digest is not None)
        wish = Wish(original.kind, present, orphans=True)
        plan = self._planned(wish, document, self._index.generation)
        return [blob for blob in plan.blobs if str(blob.digest) in original.blobs]

    def _planned(self, wish: Wish, document: IndexDocument, generation: str) -> Plan:
        pins = pinned(self._folder)
        holdings = self._holdings(document)
        return planning.plan(wish, document, generation, holdings, self._blobs, pins)
