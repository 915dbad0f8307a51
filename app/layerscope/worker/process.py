"""The worker process: takes requests, runs them in their lanes, tells how they go."""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.task import Cancelled, Task

from .lanes import OPERATIONS, Lane, Lanes
from .messages import (
    Cancel,
    Done,
    Ending,
    Failed,
    SettingsChanged,
    Start,
    Stopped,
    StoreChanged,
)
from .newest import Newest
from .passes import ProcessPasses, start_nursery
from .wire import Channel, Closed, over_stdio, portable

if TYPE_CHECKING:
    from layerscope.engine.library import Library
    from layerscope.engine.library.values import Settings

_BRING_IMAGES = ("pull", "pull_all", "load", "load_sample")
_WATCH = 1.0  #: seconds between two looks at the store's generation and the settings
_BREATH = 0.2  #: seconds between two looks whether transfers still need the processors
_FAREWELL = 0.7  #: seconds that running work has for ending once the window is gone


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--store", type=Path)
    store: Path | None = arguments.parse_args().store
    nursery = start_nursery()  # before there are any threads
    channel = over_stdio()
    passes = ProcessPasses(nursery=nursery)

    def open_library() -> Library:
        from layerscope.engine.library import open_library

        return open_library(store, passes)

    worker = Worker(channel, open_library)
    worker.serve()
    passes.close()
    # Threads that are still in a system call must not keep the process.
    os._exit(0)


class Worker:
    """Serves one window over a channel."""

    def __init__(self, channel: Channel, open_library: Callable[[], Library]) -> None:
        self._channel = channel
        self._open_library = open_library
        self._library: Library | None = None
        self._opening = threading.Lock()
        self._told = ""  #: the generation that the window knows of
        self._told_settings: Settings | None = None
        self._lanes = Lanes()
        self._tasks: dict[int, Task] = {}
        self._unasked = itertools.count(-1, -1)  #: numbers of jobs of our own
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._newest = Newest(self._tell)
        self._leaving = threading.Event()
        self._look_now = threading.Event()

    def serve(self) -> None:
        """Return once the window is gone and everything that ran has been cancelled."""
        watch = threading.Thread(target=self._watch, name="store watch", daemon=True)
        watch.start()
        while True:
            try:
                message = self._channel.receive()
            except Closed:
                break
            if isinstance(message, Start):
                self._start(message)
            elif isinstance(message, Cancel):
                self._cancel(message.job)
        self._leave()

    def _start(self, start: Start) -> None:
        if start.operation not in OPERATIONS:
            error = ValueError(f"The worker knows no operation {start.operation!r}.")
            self._tell(Failed(start.job, error))
            return
        task = Task(functools.partial(self._newest.put, start.job))
        with self._lock:
            self._tasks[start.job] = task
        lane = OPERATIONS[start.operation]
        self._lanes.submit(lane, functools.partial(self._run, start, task))

    def _run(self, start: Start, task: Task) -> None:
        ending = self._outcome(start, task)
        with self._lock:
            del self._tasks[start.job]
            self._idle.notify_all()
        self._newest.flush(start.job)
        self._tell(ending)
        if isinstance(ending, Done) and start.operation in _BRING_IMAGES:
            self._prepare(ending.value)
        if OPERATIONS[start.operation] is not Lane.READING:
            self._look_now.set()

    def _outcome(self, start: Start, task: Task) -> Ending:
        try:
            task.checkpoint()
            operation = getattr(self._opened(), start.operation)
            value = operation(*start.args, task=task, **start.kwargs)
        except Cancelled:
            return Stopped(start.job)
        except Exception as error:  # told to the window, whatever it is
            return Stopped(start.job) if task.cancelled else Failed(start.job, portable(error))
        return Done(start.job, value)

    def _prepare(self, came: object) -> None:
        """Merge the layers of what has just come in, so that opening it shows files at once.

        Nobody has asked for this, so nobody is told when it does not work: whoever opens the image
        asks again and hears why.
        """
        if self._leaving.is_set():
            return
        for image in came if isinstance(came, tuple) else (came,):
            with self._lock:
                job = next(self._unasked)
                task = self._tasks[job] = Task()
            merge = functools.partial(self._merge, str(image.digest), job, task)
            self._lanes.submit(Lane.AHEAD, merge)

    def _merge(self, digest: str, job: int, task: Task) -> None:
        try:
            while self._lanes.busy_with(Lane.TRANSFERS):  # they need the processors more
                task.wait(_BREATH)
            self._opened().browse(digest, task=task)
        except (Cancelled, LayerscopeError):
            return
        finally:
            with self._lock:
                del self._tasks[job]
                self._idle.notify_all()
            self._look_now.set()

    def _opened(self) -> Library:
        """The library; a store that could not be opened is tried again with each operation."""
        with self._opening:
            if self._library is None:
                self._library = self._open_library()
                self._told_settings = self._library.settings(task=Task())
                self._told = self._library.generation()
            return self._library

    def _cancel(self, job: int) -> None:
        """Interrupts may take a moment (a socket, a child), and the next request must not wait."""
        with self._lock:
            task = self._tasks.get(job)
        if task is not None:
            threading.Thread(target=task.cancel, name=f"cancel {job}", daemon=True).start()

    def _leave(self) -> None:
        self._leaving.set()
        self._look_now.set()
        self._lanes.close()
        self._newest.close()
        with self._lock:
            tasks = list(self._tasks.values())
        for task in tasks:
            threading.Thread(target=task.cancel, daemon=True).start()
        until = time.monotonic() + _FAREWELL
        with self._lock:
            # Jobs that never began keep their entry; only those that run are waited for.
            while self._tasks and (left := until - time.monotonic()) > 0:
                self._idle.wait(min(left, 0.1))
                if not self._lanes.busy:
                    break
        self._channel.close()

    def _watch(self) -> None:
        """Tell when store or settings have moved, through us or through any other program."""
        while not self._leaving.is_set():
            library = self._library
            if library is not None and self._told:
                generation = library.generation()
                if generation != self._told:
                    self._told = generation
                    self._tell(StoreChanged(generation))
                settings = library.settings(task=Task())
                if settings != self._told_settings:
                    self._told_settings = settings
                    self._tell(SettingsChanged())
            self._look_now.wait(_WATCH)
            self._look_now.clear()

    def _tell(self, message: object) -> None:
        try:
            self._channel.send(message)
        except Closed:
            self._leaving.set()  # the receiving side sees the same end and leaves
