"""Images and files written to the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.engine.task import Task

from .floor import Floor

if TYPE_CHECKING:
    from layerscope.engine.content.extraction import Rules
    from layerscope.engine.library.values import Exported, Saved, SavePlan, TreePlan


class GivingBack(Floor):
    """Writes outside of the store; changes nothing in it."""

    def plan_save(
        self, names: str | Sequence[str], format: str = "docker-archive", *, task: Task
    ) -> SavePlan:
        """What ``save`` will write: images, layers, shared layers, bytes; reads no layer."""
        from layerscope.engine.library.saving import plan_save
        from layerscope.engine.library.values.giving_back import SaveFormat

        return plan_save(self._ground, _several(names), SaveFormat(format), task)

    def save(
        self,
        names: str | Sequence[str],
        target: str | Path,
        format: str = "docker-archive",
        *,
        task: Task,
    ) -> Saved:
        """Write images into one archive (packed, if ``target`` ends in .gz or .zst) or, for
        oci-dir, a new folder; whole or absent.  Reports Progress."""
        from layerscope.engine.library.saving import save
        from layerscope.engine.library.values.giving_back import SaveFormat

        return save(self._ground, _several(names), Path(target), SaveFormat(format), task)

    def save_stream(
        self,
        names: str | Sequence[str],
        write: Callable[[bytes | memoryview], object],
        format: str = "docker-archive",
        *,
        task: Task,
    ) -> Saved:
        """Like ``save``, to whatever takes the bytes; what was written before a failure is void."""
        from layerscope.engine.library.saving import save_stream
        from layerscope.engine.library.values.giving_back import SaveFormat

        return save_stream(self._ground, _several(names), write, SaveFormat(format), task)

    def plan_export(
        self, name: str, as_of: int | None = None, folder: str | None = None, *, task: Task
    ) -> TreePlan:
        """What ``export`` will write, and what a folder cannot keep of it.  ``folder`` is looked
        into for what is there already."""
        from layerscope.engine.library.exporting import plan_export

        return plan_export(self._ground, name, as_of, folder, task)

    def export(
        self,
        name: str,
        target: str | Path,
        as_of: int | None = None,
        *,
        overwrite: bool = False,
        keep_setuid: bool = False,
        keep_owners: bool | None = None,
        task: Task,
    ) -> Exported:
        """The merged file system of layers 1 to ``as_of`` as a tar, if ``target`` ends like one or
        is a file, else in a folder.

        A tar is whole or absent and holds everything.  A folder gets no devices, and setuid bits
        and what is there already only as the options say; owners (None: if this is root).  Every
        difference is told.  Reports Progress in bytes of content.
        """
        from layerscope.engine.library.exporting import export

        rules = _rules(overwrite, keep_setuid, keep_owners)
        return export(self._ground, name, str(target), as_of, rules, task)

    def export_stream(
        self,
        name: str,
        write: Callable[[bytes | memoryview], object],
        as_of: int | None = None,
        *,
        task: Task,
    ) -> Exported:
        """Like ``export`` to a tar, to whatever takes the bytes; what was written before a failure
        is void."""
        from layerscope.engine.library.exporting import export_stream

        return export_stream(self._ground, name, write, as_of, task)

    def export_layer(
        self, name: str, layer: int, target: str | Path, raw: bool = False, *, task: Task
    ) -> Exported:
        """One layer as the tar inside it or, ``raw``, as it is stored, into a file."""
        from layerscope.engine.library.exporting import export_layer

        return export_layer(self._ground, name, layer, Path(target), raw, task)

    def layer_stream(
        self,
        name: str,
        layer: int,
        write: Callable[[bytes | memoryview], object],
        raw: bool = False,
        *,
        task: Task,
    ) -> Exported:
        """Like ``export_layer``, to whatever takes the bytes."""
        from layerscope.engine.library.exporting import layer_stream

        return layer_stream(self._ground, name, layer, write, raw, task)

    def plan_extract(
        self,
        name: str,
        paths: Sequence[bytes],
        folder: str | None = None,
        as_of: int | None = None,
        layer: int | None = None,
        *,
        task: Task,
    ) -> TreePlan:
        """What ``extract`` will write, and what a folder cannot keep of it.  Raises
        PathNotFound."""
        from layerscope.engine.library.extracting import plan_extract

        return plan_extract(self._ground, name, paths, folder, as_of, layer, task)

    def extract(
        self,
        name: str,
        paths: Sequence[bytes],
        folder: str | Path,
        as_of: int | None = None,
        layer: int | None = None,
        *,
        overwrite: bool = False,
        keep_setuid: bool = False,
        keep_owners: bool | None = None,
        task: Task,
    ) -> Exported:
        """Files and folders with all that is in them, each under its last name in ``folder``.

        ``layer``: only what this layer stores.  Options as for ``export``.  Raises PathNotFound
        before anything is written.
        """
        from layerscope.engine.library.extracting import extract

        rules = _rules(overwrite, keep_setuid, keep_owners)
        return extract(self._ground, name, paths, Path(folder), as_of, layer, rules, task)


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _rules(overwrite: bool, keep_setuid: bool, keep_owners: bool | None) -> Rules:
    from layerscope.engine.content.extraction import Rules

    return Rules(overwrite, keep_setuid, keep_owners)
