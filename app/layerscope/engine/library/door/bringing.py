"""Images from archives and from root file systems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.engine.task import Task

from .floor import Floor

if TYPE_CHECKING:
    from layerscope.engine.library.values import Imported, Loaded, LoadPlan


class Bringing(Floor):
    """Reads files of this machine into the store."""

    def plan_load(self, path: str | Path, *, task: Task) -> LoadPlan:
        """What ``load`` would bring: images, names and whom they belong to now, new layers."""
        from layerscope.engine.library.previewing_load import plan_load

        return plan_load(self._ground, Path(path), task)

    def load(
        self,
        path: str | Path,
        skip: Iterable[str] = (),
        keep: Iterable[str] = (),
        *,
        task: Task,
    ) -> tuple[Loaded, ...]:
        """Copy the images of an archive or layout folder into the store, verified and indexed.
        Reports TransferProgress for one image after the other.

        ``skip`` leaves images out, by their keys in the plan; names in ``keep`` stay with the
        image that has them.
        """
        from layerscope.engine.library.loading import Choice, load

        return load(self._ground, Path(path), task, Choice(frozenset(skip), frozenset(keep)))

    def load_sample(self, *, task: Task) -> tuple[Loaded, ...]:
        """Load the small image that comes with the program."""
        from layerscope.engine.library.loading import load_sample

        return load_sample(self._ground, task)

    def import_tar(
        self,
        path: str | Path,
        reference: str,
        platform: str | None = None,
        compression: str | None = None,
        message: str | None = None,
        changes: Sequence[str] = (),
        *,
        task: Task,
    ) -> Imported:
        """Make an image of one layer from the tar of a root file system.

        ``compression`` None keeps gzip and zstd as they come, and gzips the rest; ``changes`` are
        lines as in a Dockerfile.  Honours SOURCE_DATE_EPOCH.  Reports Progress.
        """
        from layerscope.engine.library.importing import import_tar

        return import_tar(
            self._ground, Path(path), reference, platform, compression, message, changes, task
        )
