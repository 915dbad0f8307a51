"""A library whose operations last until they are cancelled or let go."""

from __future__ import annotations

import threading

from layerscope.engine.errors import ImageNotFound
from layerscope.engine.library.values import Loaded, Settings
from layerscope.engine.oci import Digest
from layerscope.engine.task import Progress, Task


class SlowLibrary:
    """Has the shape of engine.library.Library as far as a worker looks at it."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self.running = 0
        self.most_running = 0
        self.changes: list[str] = []
        self.browsed: list[str] = []
        self.state = "one"
        self.obeyed = Settings()
        self._lock = threading.Lock()

    def generation(self) -> str:
        return self.state

    def settings(self, *, task: Task) -> Settings:
        return self.obeyed

    def images(self, *, task: Task) -> str:
        return "a listing"

    def image(self, name: str, *, task: Task) -> str:
        raise ImageNotFound(f"No image {name}.", hint="Look again.", name=name)

    def document(self, name: str, which: str, *, task: Task) -> str:
        raise KeyError(name)

    def browse(self, name: str, *, task: Task) -> str:
        """Waits deaf to everything but a cancel."""
        self.browsed.append(name)
        self.begun.release()
        task.wait(30)
        return name

    def search(self, term: str, *, task: Task) -> str:
        for count in range(10_001):
            task.report(Progress(count, 10_000))
        return term

    def pull(self, reference: str, *, task: Task) -> Loaded:
        with self._lock:
            self.running += 1
            self.most_running = max(self.running, self.most_running)
        self.begun.release()
        try:
            while not self.go.is_set():
                task.wait(0.01)
        finally:
            with self._lock:
                self.running -= 1
        digest = Digest.of(reference.encode())
        return Loaded(reference, digest, digest)

    def load(self, path: str, *, task: Task) -> tuple[Loaded, ...]:
        digest = Digest.of(path.encode())
        return (Loaded(path, digest, digest),)

    def tag(self, source: str, target: str, *, task: Task) -> str:
        self.changes.append(target)
        self.state = target
        return target
