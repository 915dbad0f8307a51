"""Everything long that this window has asked for; pages and the drawer only show it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from layerscope.engine.dataclass import dataclass
from layerscope.engine.task import LayerProgress, LayerState, Progress, TransferProgress
from layerscope.gui.transfers.rate import Rate

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs


class State(Enum):
    """Where a transfer stands."""

    RUNNING = auto()
    PAUSED = auto()  #: on request; what has arrived is kept
    DONE = auto()
    FAILED = auto()
    CANCELLED = auto()


@dataclass(frozen=True, slots=True)
class Order:
    """What a transfer asks the library for: a method with its arguments.  ``name`` is what the user
    asked for: a reference, canonical, or the path of a file."""

    operation: str
    name: str
    args: tuple[object, ...]
    kwargs: Mapping[str, object] = field(default_factory=dict)


class Transfer(QObject):
    """One order, from its start to its end."""

    changed = Signal()

    def __init__(self, jobs: Jobs, order: Order, parent: QObject) -> None:
        super().__init__(parent)
        self.order = order
        self.operation = order.operation
        self.name = order.name
        self.state = State.RUNNING
        self.error: Exception | None = None
        self.result: object = None
        self.progress: TransferProgress | None = None
        self.step: Progress | None = None
        self.rate = Rate()
        self._jobs = jobs
        self._job: Job | None = None
        self._pausing = False

    @property
    def running(self) -> bool:
        return self.state is State.RUNNING

    @property
    def over(self) -> bool:
        """Whether it has ended: it neither runs nor waits for somebody to resume it."""
        return self.state not in (State.RUNNING, State.PAUSED)

    @property
    def can_pause(self) -> bool:
        """Whether stopping it loses nothing: the next try of a pull goes on from what is here."""
        return self.running and self.operation.startswith("pull")

    @property
    def layers(self) -> tuple[LayerProgress, ...]:
        return self.progress.layers if self.progress else ()

    @property
    def layers_over(self) -> int:
        """How many layers are where they should be, whether they travelled or not."""
        astray = (LayerState.FAILED, LayerState.CANCELLED)
        return sum(layer.state.over and layer.state not in astray for layer in self.layers)

    @property
    def fraction(self) -> float | None:
        """How much of what must travel has arrived, 0 to 1; None while nobody knows."""
        if self.state is State.DONE:
            return 1.0
        if self.progress is not None and self.progress.expected:
            return min(1.0, self.progress.received / self.progress.expected)
        if self.progress is not None and self.progress.layers:
            return self.layers_over / len(self.layers)
        if self.step is not None and self.step.total:
            return min(1.0, self.step.done / self.step.total)
        return None

    @property
    def seconds_left(self) -> float | None:
        return self.rate.seconds_left(time.monotonic()) if self.running else None

    def start(self) -> None:
        """Begin, or go on after a pause, a failure or a cancel; what is on the disk is kept."""
        if self.running and self._job is not None:
            return
        self._pausing = False
        self.state, self.error, self.rate = State.RUNNING, None, Rate()
        self.step = None
        self._job = self._jobs.start(self.operation, *self.order.args, **self.order.kwargs)
        self._job.progressed.connect(self._note)
        self._job.succeeded.connect(self._succeed)
        self._job.failed.connect(self._fail)
        self._job.cancelled.connect(self._stop)
        self.changed.emit()

    def cancel(self) -> None:
        self._pausing = False
        if self._job is not None and self.running:
            self._job.cancel()
        elif self.state is State.PAUSED:
            self._end(State.CANCELLED)

    def pause(self) -> None:
        if self.can_pause and self._job is not None:
            self._pausing = True
            self._job.cancel()

    def _note(self, news: object) -> None:
        match news:
            case TransferProgress():
                self.progress = news
                self.rate.add(news.received, news.expected, time.monotonic())
            case Progress():
                self.step = news
        self.changed.emit()

    def _succeed(self, result: object) -> None:
        self._end(State.DONE, result=result)

    def _fail(self, error: Exception) -> None:
        self._end(State.FAILED, error=error)

    def _stop(self) -> None:
        self._end(State.PAUSED if self._pausing else State.CANCELLED)

    def _end(self, state: State, result: object = None, error: Exception | None = None) -> None:
        self.state, self.result, self.error, self._job = state, result, error, None
        if self.progress is not None and state is not State.DONE:
            left = LayerState.WAITING if state is State.PAUSED else LayerState.CANCELLED
            layers = tuple(
                layer if layer.state.over else replace(layer, state=left)
                for layer in self.progress.layers
            )
            self.progress = replace(self.progress, layers=layers, connections=0)
        self.changed.emit()


class Transfers(QObject):
    """All transfers, newest first."""

    added = Signal(object)
    changed = Signal()  #: something of any transfer, or their number
    ended = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._all: list[Transfer] = []

    @property
    def all(self) -> tuple[Transfer, ...]:
        return tuple(self._all)

    @property
    def active(self) -> tuple[Transfer, ...]:
        return tuple(transfer for transfer in self._all if transfer.running)

    def start_pull(self, reference: str, platform: str | None = None) -> Transfer:
        """Pull ``reference``; a pull of the same that runs already is returned instead."""
        return self.start(Order("pull", reference, (reference,), {"platform": platform}))

    def start_pull_all(self, repository: str, platform: str | None = None) -> Transfer:
        return self.start(Order("pull_all", repository, (repository,), {"platform": platform}))

    def start_load(self, path: str) -> Transfer:
        return self.start(Order("load", path, (path,)))

    def start(self, order: Order) -> Transfer:
        """Carry an order out; if the same one runs already or is paused, that one goes on."""
        for known in self._all:
            if known.order == order and not known.over:
                known.start()
                return known
        transfer = Transfer(self._jobs, order, self)
        self._all.insert(0, transfer)
        transfer.changed.connect(self._pass_on)
        transfer.start()
        self.added.emit(transfer)
        return transfer

    def pulling(self, reference: str) -> Transfer | None:
        """The running pull of ``reference``, if there is one."""
        for transfer in self.active:
            if transfer.operation == "pull" and transfer.name == reference:
                return transfer
        return None

    def forget_ended(self) -> None:
        for transfer in self._all:
            if transfer.over:
                transfer.deleteLater()
        self._all = [transfer for transfer in self._all if not transfer.over]
        self.changed.emit()

    def forget(self, transfer: Transfer) -> None:
        """Take one that has ended from the list."""
        if transfer.over and transfer in self._all:
            self._all.remove(transfer)
            transfer.deleteLater()
            self.changed.emit()

    def cancel_all(self) -> None:
        for transfer in self.active:
            transfer.cancel()

    def _pass_on(self) -> None:
        transfer = self.sender()
        self.changed.emit()
        if isinstance(transfer, Transfer) and transfer.over:
            self.ended.emit(transfer)
