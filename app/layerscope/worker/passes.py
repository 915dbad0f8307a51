"""Runs heavy passes in child processes, a few at a time, each of them killable."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar, cast

from layerscope.engine.errors import WorkerStopped
from layerscope.engine.task import Cancelled, Progress, Task

from . import launch
from .messages import Call, Cancel, Done, Failed, News, Stopped
from .nursery import Nursery
from .wire import Channel, Closed

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE = 4  #: half of them may be waiting for bytes that are still arriving
_TRIES = 3  #: to begin a piece of work
_WARM = 2  #: children that are kept for the next pass
_PATIENCE = 0.12  #: seconds a child has for stopping by itself before it is killed
_RETIRE = 120 * 1024 * 1024  #: a child that holds more bytes than this is replaced


def start_nursery() -> Nursery | None:
    """For ProcessPasses; to be called while this process has no other threads yet.  It costs next
    to nothing until the first child is needed."""
    from . import child

    return Nursery.start(child.NEEDED, f"{child.__name__}:{child.serve.__name__}")


class ProcessPasses:
    """``library.passes.Passes`` over child processes that stay warm between two passes.

    They are forked by ``nursery`` if there is one, which is closed with this.
    """

    def __init__(self, at_once: int = _AT_ONCE, nursery: Nursery | None = None) -> None:
        self._nursery = nursery
        self._at_once = at_once
        self._warm = min(at_once, _WARM)
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._changed = threading.Condition()
        self._closed = False

    def run(self, work: Callable[..., T], *args: object, task: Task) -> T:
        """``work(*args, task)`` in a child.  Raises what it raises, Cancelled within 250 ms of a
        cancel, and WorkerStopped when the child dies of something else."""
        for _ in range(_TRIES - 1):
            try:
                return cast(T, self._once(work, args, task))
            except WorkerStopped as error:
                # It may have died while it was idle, unnoticed until now, and the nursery with it.
                if self._closed or error.began:
                    raise
        return cast(T, self._once(work, args, task))

    def warm_up(self) -> None:
        """Start the children now, so that the first passes need not wait for them."""
        with self._changed:
            while not self._closed and len(self._idle) + len(self._busy) < self._warm:
                self._idle.append(self._new_child())

    def close(self) -> None:
        """Kill every child; what they were doing ends as Cancelled or WorkerStopped."""
        with self._changed:
            self._closed = True
            children = [*self._idle, *self._busy]
            self._idle.clear()
            self._changed.notify_all()
        for child in children:
            child.kill()
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None

    def _once(self, work: Callable[..., object], args: tuple[object, ...], task: Task) -> object:
        child = self._take(task)
        try:
            return child.run(work, args, task)
        finally:
            self._give_back(child)

    def _take(self, task: Task) -> _Child:
        with task.interrupted_by(self._wake), self._changed:
            while True:
                task.checkpoint()
                if self._closed:
                    raise WorkerStopped("The background worker is closing.", began=True)
                while self._idle:
                    child = self._idle.pop()
                    if child.alive:
                        self._busy.add(child)
                        return child
                    child.kill()
                if len(self._busy) < self._at_once:
                    child = self._new_child()
                    self._busy.add(child)
                    return child
                self._changed.wait()

    def _give_back(self, child: _Child) -> None:
        with self._changed:
            self._busy.discard(child)
            room = len(self._idle) < self._warm and not self._closed
            keep = room and child.alive and child.resident < _RETIRE
            if keep:
                self._idle.append(child)
            self._changed.notify()
        if not keep:
            child.kill()

    def _new_child(self) -> _Child:
        if self._nursery is not None:
            try:
                return _Child(*self._nursery.fork())
            except OSError:  # it was killed, perhaps for want of memory; do without it
                self._nursery.close()
                self._nursery = None
        process, channel = launch.start("layerscope.worker.child")
        return _Child(launch.Started(process), channel)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


class _Process(Protocol):
    @property
    def alive(self) -> bool: ...

    def settle(self) -> None: ...

    def kill(self) -> None: ...

    def wait(self, seconds: float | None = None) -> int | None: ...

    def forget(self) -> None: ...


class _Child:
    """One child process and the pass it is doing."""

    def __init__(self, process: _Process, channel: Channel) -> None:
        self._process = process
        self._channel = channel
        self._jobs = itertools.count(1)
        self._killed = False
        self._began = False  #: whether the pass has been heard of
        self.resident = 0

    @property
    def alive(self) -> bool:
        return not self._killed and self._process.alive

    def run(self, work: Callable[..., object], args: tuple[object, ...], task: Task) -> object:
        job = next(self._jobs)
        self._began = False
        doom = _Doom(self._kill_now)

        def stop() -> None:
            doom.start()
            try:
                self._channel.send(Cancel(job))
            except Closed:
                return  # it died of itself; whoever waits for it finds out

        try:
            with task.interrupted_by(stop):
                self._process.settle()
                self._channel.send(Call(work, args, job))
                return self._await(job, task)
        except Closed as error:
            task.checkpoint()
            raise WorkerStopped(
                f"The process that was reading a layer stopped{self._last_words()}.",
                hint="Try again; if it happens again, the machine may be out of memory.",
                began=self._began,
            ) from error
        finally:
            doom.call_off()

    def kill(self) -> None:
        self._kill_now()
        self._process.wait()
        self._channel.close()
        self._process.forget()

    def _kill_now(self) -> None:
        self._killed = True
        self._process.kill()

    def _await(self, job: int, task: Task) -> object:
        while True:
            message = self._channel.receive()
            self._began = True
            match message:
                case News(number, Progress() as value) if number == job and not task.cancelled:
                    task.report(value)
                case Done(number, value, resident) if number == job:
                    self.resident = resident
                    task.checkpoint()
                    return value
                case Failed(number, error) if number == job:
                    task.checkpoint()
                    raise error
                case Stopped(number) if number == job:
                    raise Cancelled
                case _:
                    continue

    def _last_words(self) -> str:
        status = self._process.wait(1)
        if status is None:
            self._process.kill()
        return "" if status is None else f" with status {status}"


class _Doom:
    """A kill that happens shortly after ``start`` unless it is called off."""

    def __init__(self, kill: Callable[[], None]) -> None:
        self._timer = threading.Timer(_PATIENCE, kill)
        self._lock = threading.Lock()
        self._started = False

    def start(self) -> None:
        with self._lock:
            if not self._started:
                self._started = True
                self._timer.start()

    def call_off(self) -> None:
        """Once this returns, the kill has either happened or never will."""
        with self._lock:
            self._timer.cancel()
            if self._started:
                self._timer.join()
            self._started = True
