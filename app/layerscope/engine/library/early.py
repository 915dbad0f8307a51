"""Layers that are read while they still arrive, so that little is left to do once they are here."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from layerscope.engine.errors import BlobDamaged, StoreUnreadable
from layerscope.engine.layers import LayerSummary
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.task import Progress, Task

from .ground import Ground
from .indexes import ensure_index
from .stacks import AT_ONCE

#: Bytes from which on it is worth the trouble.
_WORTH = 1 << 20


class EarlyReading:
    """For one transfer; closed with it.  ``work`` cancels all of it.

    A pass that waits for the network keeps its process from other work, so in the whole program
    there are only ``Ground.early`` of them, and who finds no seat reads the layer afterwards.
    """

    def __init__(self, ground: Ground, work: Task) -> None:
        self._ground = ground
        self._work = work
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="early")
        self._running: dict[int, _Running] = {}

    def begin(
        self, number: int, layer: Descriptor, diff_id: Digest | None, path: Path, *, urgent: bool
    ) -> None:
        """Start to read layer ``number``, whose bytes are being written to ``path``, if a seat is
        free.  ``outcome`` or, should they be written anew, ``drop`` must follow."""
        if layer.size < _WORTH or diff_id is None:
            return
        if not self._ground.early.acquire(blocking=False):
            return
        running = _Running()
        running.future = self._pool.submit(self._read, running.task, layer, diff_id, path, urgent)
        running.future.add_done_callback(lambda _: self._ground.early.release())
        self._running[number] = running

    def drop(self, number: int) -> None:
        """The layer does not arrive after all."""
        running = self._running.pop(number, None)
        if running is not None:
            running.task.cancel()

    def outcome(self, number: int, listen: Callable[[Progress], None]) -> LayerSummary | None:
        """The layer has arrived: wait for the end of its pass, which tells ``listen`` how far it
        is.  None if there was no pass or if it has not seen the bytes that are here now."""
        running = self._running.pop(number, None)
        if running is None:
            return None
        running.listen = listen
        return running.future.result()

    def close(self) -> None:
        for number in list(self._running):
            self.drop(number)
        self._pool.shutdown(cancel_futures=True)

    def _read(
        self, task: Task, layer: Descriptor, diff_id: Digest | None, path: Path, urgent: bool
    ) -> LayerSummary | None:
        try:
            with self._work.interrupted_by(task.cancel):
                return ensure_index(
                    self._ground, layer, diff_id, task, arriving=path, urgent=urgent
                )
        except (BlobDamaged, FileNotFoundError, StoreUnreadable):
            # Damaged, too large for a limit, or here already: the blob has the last word.
            return None


class _Running:
    """One pass and, once somebody waits for it, who wants to hear of it."""

    future: Future[LayerSummary | None]

    def __init__(self) -> None:
        self.listen: Callable[[Progress], None] | None = None
        self.task = Task(self._hear)

    def _hear(self, news: object) -> None:
        if self.listen is not None and isinstance(news, Progress):
            self.listen(news)
