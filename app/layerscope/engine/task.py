"""The line between whoever asks for work and whoever does it: progress, and cancelling."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from layerscope.engine.dataclass import dataclass


class Cancelled(BaseException):
    """The work is no longer wanted.  Not an Exception, so that no retry loop eats it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one piece of work is.  ``total`` is None while it is not known; units are bytes
    unless ``unit`` says otherwise.  ``what`` is a short present-tense phrase for people."""

    done: int
    total: int | None = None
    what: str = ""
    unit: str = "B"


class LayerState(StrEnum):
    """What a layer of a transfer is doing, in the words that docker taught."""

    WAITING = "Waiting"
    DOWNLOADING = "Downloading"
    VERIFYING = "Verifying"
    INDEXING = "Indexing"
    COMPLETE = "Pull complete"
    EXISTS = "Already exists"
    RETRYING = "Retrying"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    PUSHING = "Pushing"
    PUSHED = "Pushed"
    MOUNTED = "Mounted"
    SKIPPED = "Skipped"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to this layer in this transfer."""
        return self in _OVER


_OVER = frozenset(
    {
        LayerState.COMPLETE,
        LayerState.EXISTS,
        LayerState.FAILED,
        LayerState.CANCELLED,
        LayerState.PUSHED,
        LayerState.MOUNTED,
        LayerState.SKIPPED,
    }
)


@dataclass(frozen=True, slots=True)
class LayerProgress:
    """One layer of a transfer.  ``number`` counts from the bottom, starting at 1; ``digest`` is
    the digest of the blob as text; ``done`` and ``size`` are compressed bytes, for VERIFYING and
    INDEXING as well; ``detail`` says more where there is more ("in 4 s (2 of 5)")."""

    number: int
    digest: str
    size: int
    state: LayerState = LayerState.WAITING
    done: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """A pull, load or push as a whole, layers bottom first.  Of a push, ``received`` is what has
    been sent.

    ``received`` and ``expected`` count only bytes that must travel: layers that are already here
    count in neither.  ``resumed`` is what earlier tries had left on the disk.
    """

    name: str
    platform: str
    layers: tuple[LayerProgress, ...]
    received: int = 0
    expected: int = 0
    resumed: int = 0
    connections: int = 0


class Task:
    """Handed to every call that may take time, last and always.

    ``Task()`` is silent and never stops.  ``report`` may be called from any thread; whoever
    listens gets the newest value and must not block.
    """

    def __init__(self, listen: Callable[[object], None] | None = None) -> None:
        self._listen = listen
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._interrupts: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether somebody has asked to stop; never blocks."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask the work to stop, and break whatever it is blocked in right now."""
        self._stop.set()
        with self._lock:
            interrupts = list(self._interrupts)
        for interrupt in interrupts:
            interrupt()

    def checkpoint(self) -> None:
        """Raise Cancelled if the work should stop; called between steps."""
        if self._stop.is_set():
            raise Cancelled

    def report(self, news: Progress | TransferProgress) -> None:
        """Tell how far the work is; raises Cancelled if it should stop."""
        self.checkpoint()
        if self._listen is not None:
            self._listen(news)

    def wait(self, seconds: float) -> None:
        """Sleep, but wake and raise Cancelled the moment the work is cancelled."""
        if self._stop.wait(seconds):
            raise Cancelled

    @contextmanager
    def interrupted_by(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """While the block runs, ``cancel`` also calls ``interrupt`` (from another thread), which
        must make the blocked call return: shut a socket down, kill a child process."""
        self.checkpoint()
        with self._lock:
            self._interrupts.append(interrupt)
        try:
            if self._stop.is_set():
                interrupt()
            yield
        finally:
            with self._lock:
                self._interrupts.remove(interrupt)
