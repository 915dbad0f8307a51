"""The progress of one transfer: what each of its layers is doing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from layerscope.engine.oci import Descriptor
from layerscope.engine.task import LayerProgress, LayerState, Task, TransferProgress

_ARRIVED = (
    LayerState.VERIFYING,
    LayerState.INDEXING,
    LayerState.COMPLETE,
    LayerState.PUSHED,
)


class Board:
    """Written by the threads of a transfer, read by whoever listens to its task.

    Layers are named by their number, from the bottom, starting at 1.  Every change is told, so that
    the last number before a stall is not lost; whoever listens keeps a pace.
    """

    def __init__(
        self,
        name: str,
        platform: str,
        layers: Sequence[Descriptor],
        task: Task,
        moving: LayerState = LayerState.DOWNLOADING,
    ) -> None:
        """``moving`` is the state of a layer on its way: DOWNLOADING or PUSHING."""
        self._moving = moving
        self._name = name
        self._platform = platform
        self._task = task
        self._layers = [
            LayerProgress(number, str(layer.digest), layer.size)
            for number, layer in enumerate(layers, 1)
        ]
        self._started_at = [0] * len(self._layers)
        self._received = [0] * len(self._layers)
        self._travels = [True] * len(self._layers)
        self._lock = threading.Lock()

    def begin(self, number: int, already: int) -> None:
        """The layer starts to travel; ``already`` bytes of it were left by an earlier try."""
        with self._lock:
            self._started_at[number - 1] = already
        self.show(number, self._moving, done=already)

    def exists(self, number: int, state: LayerState = LayerState.EXISTS, detail: str = "") -> None:
        """The layer need not travel."""
        with self._lock:
            self._travels[number - 1] = False
        self.show(number, state, detail)

    def advance(self, number: int, done: int, state: LayerState | None = None) -> None:
        """``done`` compressed bytes of the layer have been handled, in ``state`` if that is new."""
        with self._lock:
            layer = self._layers[number - 1]
            changed = state is not None and state is not layer.state
            detail = "" if changed else layer.detail
            layer = replace(layer, done=done, state=state or layer.state, detail=detail)
            self._layers[number - 1] = layer
            if layer.state is self._moving:
                start = min(self._started_at[number - 1], done)  # lower after a restart from 0
                self._started_at[number - 1] = start
                self._received[number - 1] = done - start
        self._tell()

    def show(self, number: int, state: LayerState, detail: str = "", done: int = 0) -> None:
        with self._lock:
            layer = self._layers[number - 1]
            if layer.state.over and state.over:
                return
            if layer.state is self._moving and state in _ARRIVED:
                self._received[number - 1] = layer.size - self._started_at[number - 1]
            if state in (LayerState.COMPLETE, LayerState.PUSHED):
                done = layer.size
            self._layers[number - 1] = replace(layer, state=state, detail=detail, done=done)
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            news = self._progress()
        self._task.report(news)

    def _progress(self) -> TransferProgress:
        travelling = [n for n, travels in enumerate(self._travels) if travels]
        return TransferProgress(
            name=self._name,
            platform=self._platform,
            layers=tuple(self._layers),
            received=sum(self._received[n] for n in travelling),
            expected=sum(self._layers[n].size - self._started_at[n] for n in travelling),
            resumed=sum(self._started_at[n] for n in travelling),
            connections=sum(layer.state is self._moving for layer in self._layers),
        )
