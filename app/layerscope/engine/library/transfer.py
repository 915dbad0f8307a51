"""Brings the layers of one image into the store, several at once, and reads them on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BlobDamaged
from layerscope.engine.layers import LayerSummary
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.store import BlobWriter, Lease
from layerscope.engine.task import Cancelled, LayerState, Progress, Task

from .board import Board
from .early import EarlyReading
from .ground import Ground
from .indexes import ensure_index
from .stacks import AT_ONCE


class Absent(Exception):
    """The source does not have this layer, and the image may do without it."""


@dataclass(frozen=True, slots=True)
class Travelled:
    """Bytes of one layer: ``received`` now, ``resumed`` were here from an earlier try, ``twice``
    have been received more than once."""

    received: int = 0
    resumed: int = 0
    twice: int = 0


@dataclass(frozen=True, slots=True)
class Landed:
    """One layer that is here now.  ``summary`` is None for a layer that may be and is absent."""

    number: int
    layer: Descriptor
    existed: bool
    travelled: Travelled
    summary: LayerSummary | None


_NOTHING = Travelled()
#: Fills a writer with the bytes of layer ``number``.  Raises Absent.
Fetch = Callable[[int, Descriptor, BlobWriter, Task], Travelled]


class Transfer:
    """One run over all layers of an image.  The first failure stops all others."""

    def __init__(
        self,
        ground: Ground,
        lease: Lease,
        layers: Sequence[Descriptor],
        diff_ids: Sequence[Digest | None],
        board: Board,
        fetch: Fetch,
    ) -> None:
        self._ground = ground
        self._lease = lease
        self._layers = layers
        self._diff_ids = diff_ids
        self._board = board
        self._fetch = fetch
        self._work = Task()
        self._early = EarlyReading(ground, self._work)
        self._failure: BaseException | None = None
        self._lock = threading.Lock()

    def run(self, width: int, task: Task) -> tuple[Landed, ...]:
        """``width`` layers travel at once.  In the order of the layers; a blob that an image holds
        twice is fetched once."""
        self._ground.passes.warm_up()
        downloads = ThreadPoolExecutor(width, thread_name_prefix="layer")
        indexing = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="indexing")
        try:
            with task.interrupted_by(self._work.cancel):
                return self._all(downloads, indexing, task)
        finally:
            downloads.shutdown(cancel_futures=True)
            self._early.close()
            indexing.shutdown(cancel_futures=True)

    def _all(
        self, downloads: ThreadPoolExecutor, indexing: ThreadPoolExecutor, task: Task
    ) -> tuple[Landed, ...]:
        first: dict[Digest, int] = {}
        for number, layer in enumerate(self._layers, 1):
            first.setdefault(layer.digest, number)
        # The largest first: reading it takes longest, so that should begin as soon as it can.
        largest_first = sorted(
            first.values(), key=lambda number: self._layers[number - 1].size, reverse=True
        )
        arriving = {
            number: downloads.submit(self._guarded, self._bring, number) for number in largest_first
        }
        waiting: list[Landed] = []
        reading: dict[int, Future[Landed]] = {}
        busy: set[Future[Landed]] = set()
        pending = dict(arriving)
        while pending or waiting:
            wait([*pending.values(), *busy], return_when="FIRST_COMPLETED")
            busy = {future for future in busy if not future.done()}
            for number in [each for each, future in pending.items() if future.done()]:
                waiting.append(pending.pop(number).result())
            waiting.sort(key=lambda landed: landed.layer.size)
            while waiting and len(busy) < AT_ONCE:
                landed = waiting.pop()  # the largest, so that none is left over for the end
                future = indexing.submit(self._guarded, self._read, landed)
                reading[landed.number] = future
                busy.add(future)
            self._stop_if_failed(task)
        results = {number: future.result() for number, future in reading.items()}
        self._stop_if_failed(task)
        for number in range(1, len(self._layers) + 1):
            if number not in results:
                self._board.exists(number)
        return tuple(
            Landed(
                number,
                layer,
                results[first[layer.digest]].existed,
                results[number].travelled if number in results else _NOTHING,
                results[first[layer.digest]].summary,
            )
            for number, layer in enumerate(self._layers, 1)
        )

    def _guarded(self, step: Callable[..., Landed], argument: object) -> Landed:
        """Runs on a pool's thread.  Keeps the first failure, which stops the other threads; what
        is returned after that is of no importance, as nobody looks at it."""
        try:
            self._work.checkpoint()
            return step(argument)
        except BaseException as error:  # told again by _stop_if_failed, on the caller's thread
            with self._lock:
                if self._failure is None:
                    self._failure = error
            self._work.cancel()
            number = argument if isinstance(argument, int) else 0
            return Landed(number, self._layers[number - 1], False, _NOTHING, None)

    def _stop_if_failed(self, task: Task) -> None:
        if self._failure is not None:
            task.checkpoint()  # a cancel from outside wins over what it broke inside
            raise self._failure
        task.checkpoint()

    def _bring(self, number: object) -> Landed:
        assert isinstance(number, int)
        layer = self._layers[number - 1]
        board = self._board
        with self._lease.write(layer, self._work) as writer:
            if writer.present:
                board.exists(number)
                return Landed(number, layer, True, _NOTHING, None)
            board.begin(number, writer.offset)
            diff_id = self._diff_ids[number - 1]
            self._early.begin(number, layer, diff_id, writer.path, urgent=self._urgent(layer))
            try:
                travelled = self._fetch(number, layer, writer, self._work)
            except Absent:
                self._early.drop(number)
                board.show(number, LayerState.FAILED, "not offered")
                return Landed(number, layer, False, _NOTHING, None)
            except Cancelled:
                board.show(number, LayerState.CANCELLED)
                raise
            except BaseException:
                board.show(number, LayerState.FAILED)
                raise
            if writer.restarts:
                self._early.drop(number)
            board.show(number, LayerState.VERIFYING, done=layer.size)
            writer.commit()
        return Landed(number, layer, False, travelled, None)

    def _read(self, landed: object) -> Landed:
        assert isinstance(landed, Landed)
        number, layer = landed.number, landed.layer
        if not self._ground.store.has(layer):
            return landed

        def listen(news: object) -> None:
            if isinstance(news, Progress):
                self._board.advance(number, news.done)

        if not landed.existed:
            self._board.show(number, LayerState.INDEXING)
        summary = self._early.outcome(number, listen)
        if summary is None:
            summary = self._read_whole(layer, self._diff_ids[number - 1], Task(listen))
        if not landed.existed:
            self._board.show(number, LayerState.COMPLETE)
        return Landed(number, layer, landed.existed, landed.travelled, summary)

    def _urgent(self, layer: Descriptor) -> bool:
        """Whether it is the largest: reading that one takes longest, so all others wait for it."""
        return layer.size >= max(each.size for each in self._layers)

    def _read_whole(self, layer: Descriptor, diff_id: Digest | None, task: Task) -> LayerSummary:
        urgent = self._urgent(layer)
        with self._work.interrupted_by(task.cancel):
            try:
                return ensure_index(self._ground, layer, diff_id, task, urgent=urgent)
            except BlobDamaged:
                self._ground.store.mark_damaged(layer.digest)  # the next pull replaces it
                raise
