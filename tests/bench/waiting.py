"""Where work can be when it is cancelled, and what it works in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from layerscope.engine.library import Library, open_library
from layerscope.worker.passes import ProcessPasses


@dataclass(frozen=True)
class Stage:
    """``folder`` is empty at first; ``shared`` is there for all, for what takes long to make."""

    folder: Path
    shared: Path
    passes: ProcessPasses

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def library(self, *plain_http: str, store: Path | None = None) -> Library:
        return open_library(store or self.store, self.passes, plain_http=plain_http)


@dataclass(frozen=True)
class Waiting:
    """``ready`` is set as soon as ``work`` is there, or almost: ``settles`` gives it a moment."""

    work: Callable[..., object]
    ready: threading.Event = field(default_factory=threading.Event)
    listen: Callable[[object], None] | None = None
    settles: bool = True


State = Callable[[Stage], AbstractContextManager[Waiting]]


def at_once(work: Callable[..., object]) -> Waiting:
    """What is there soon after it began."""
    waiting = Waiting(work)
    waiting.ready.set()
    return waiting
