"""Names, removals, prunes, and taking them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from layerscope.engine.task import Task

from .floor import Floor

if TYPE_CHECKING:
    from layerscope.engine.library.values import Emptied, Removal, RemovalPlan, TagChange, TrashRow
    from layerscope.engine.oci import Digest


class Changes(Floor):
    """Changes the list of images; all of it can be undone for a day."""

    def tag(self, source: str, target: str, *, task: Task) -> TagChange:
        """Give the image ``source`` the further name ``target``; whatever had that name loses it.

        Raises ImageNotFound, AmbiguousName, MalformedReference, and BadInput for a digest as
        target.
        """
        from layerscope.engine.library.changing import tag

        return tag(self._ground, source, target, task)

    def untag(self, reference: str, *, task: Task) -> Removal:
        """Take one name away; its image stays, untagged if that was the last one."""
        from layerscope.engine.library.changing import untag

        return untag(self._ground, reference, task)

    def plan_removal(
        self,
        names: str | Sequence[str],
        keep_untagged: bool = False,
        force: bool = False,
        *,
        task: Task,
    ) -> RemovalPlan:
        """What removing these would take, in the manner of ``docker rmi``.

        A reference gives up that name, and its image too if that was the last one, unless
        ``keep_untagged``.  An ID or digest takes the image with all its names; InUse if it has
        several, unless ``force``.
        """
        from layerscope.engine.library.planning import plan_removal

        asked = (names,) if isinstance(names, str) else tuple(names)
        _plan, told = plan_removal(self._ground, asked, keep_untagged, force)
        return told

    def plan_prune(
        self,
        all_unused: bool = False,
        older_than_days: float | None = None,
        unchecked: Iterable[Digest] = frozenset(),
        *,
        task: Task,
    ) -> RemovalPlan:
        """What a prune would take: images without a name, or all that nothing uses."""
        from layerscope.engine.library.planning import plan_prune

        _plan, told = plan_prune(self._ground, all_unused, older_than_days, frozenset(unchecked))
        return told

    def apply(self, plan: RemovalPlan, *, task: Task) -> Removal:
        """Do exactly what the plan says; StoreChanged if the store moved since it was made."""
        from layerscope.engine.library.changing import apply

        return apply(self._ground, plan, task)

    def undo(self, *, task: Task) -> Removal:
        """Take the last tag, untag, removal or prune back; NothingToUndo if there is none.  The
        answer tells what came back; ``reclaimed`` is negative."""
        from layerscope.engine.library.changing import undo

        return undo(self._ground, task)

    def trash(self, *, task: Task) -> tuple[TrashRow, ...]:
        """What was removed in the last 24 hours and is still stored, newest first."""
        from layerscope.engine.library.trash import trash

        return trash(self._ground)

    def restore(self, operation: str, *, task: Task) -> Removal:
        """Take back one operation of ``trash()``, whatever came after it, as ``undo`` does;
        NothingToUndo if that is no longer possible."""
        from layerscope.engine.library.changing import undo

        return undo(self._ground, task, operation)

    def empty_trash(self, operations: Sequence[str] = (), *, task: Task) -> Emptied:
        """Delete for good what these operations of ``trash()`` removed, or all of it: the bytes
        come back to the disk now, and nothing can be undone.  NothingToUndo for one that is not
        there."""
        from layerscope.engine.library.trash import empty_trash

        return empty_trash(self._ground, operations, task)

    def redo(self, *, task: Task) -> Removal:
        """Do once more what the last undo took back; NothingToUndo if something else was changed
        since.  ``restored`` are names that it has given again."""
        from layerscope.engine.library.changing import redo

        return redo(self._ground, task)
