"""What a registry client needs in tests: quick patience, given logins, a pile for the bytes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from layerscope.engine.oci import Descriptor, Digest, Reference
from layerscope.engine.registry import (
    Client,
    Hub,
    Login,
    NoCredentials,
    Patience,
    Proxies,
    RegistryConfig,
)
from layerscope.engine.registry.auth.credentials import Finding
from layerscope.engine.task import Cancelled, Task
from support.hostile_registry import HostileRegistry

#: Waits that a test can afford.
QUICK = Patience(
    connect_time=5.0,
    stall_window=0.5,
    slowest=1024,
    document_time=3.0,
    first_wait=0.01,
    longest_wait=0.05,
)
CANARY = "c4n4ry-in-the-mine"
LAYER = "application/vnd.oci.image.layer.v1.tar"
#: In place of quick patience, where only a cancel may end the waiting.
SLOW = {"stall_window": 60.0, "document_time": 60.0, "connect_time": 60.0}
_AT_LAST = 5.0  #: seconds; shorter than every wait in SLOW
ADA = Login("ada", CANARY, source="a test")

ClientOf = Callable[..., Client]


class Logins:
    """The same login for every registry, and a record of who asked."""

    def __init__(self, login: Login | None, *warnings: str) -> None:
        self._finding = Finding(login, warnings)
        self.asked: list[tuple[str, str]] = []

    def find(self, host: str, repository: str, task: Task) -> Finding:
        self.asked.append((host, repository))
        return self._finding


class Pile:
    """A writer in memory."""

    def __init__(self, there: bytes = b"") -> None:
        self.data = bytearray(there)
        self.restarts = 0

    @property
    def offset(self) -> int:
        return len(self.data)

    @property
    def received(self) -> Digest:
        return Digest.of(bytes(self.data))

    def write(self, data: bytes) -> None:
        self.data += data

    def restart(self) -> None:
        self.restarts += 1
        self.data.clear()


def config_for(*far: HostileRegistry, login: Login | None = None) -> RegistryConfig:
    """Plain HTTP to these, no proxies, nobody's files."""
    return RegistryConfig(
        plain_http=frozenset(one.host for one in far),
        ca_folders=(),
        credentials=NoCredentials() if login is None else Logins(login),
        proxies=Proxies(),
        patience=QUICK,
    )


def hub_at(far: HostileRegistry) -> RegistryConfig:
    """As if Docker Hub and its web pages were there."""
    return replace(config_for(far), hub=Hub(far.url, far.url, far.url))


def with_patience(config: RegistryConfig, **changes: float) -> RegistryConfig:
    return replace(config, patience=replace(config.patience, **changes))  # type: ignore[arg-type]  # mypy cannot see the fields


def reference_at(far: HostileRegistry, rest: str = "app:1") -> Reference:
    return Reference.parse(f"{far.host}/{rest}")


def layer_of(data: bytes) -> Descriptor:
    return Descriptor(LAYER, Digest.of(data), len(data))


@contextmanager
def cancelled_when(
    ready: threading.Event, listen: Callable[[object], None] | None = None
) -> Iterator[Task]:
    """A task that is cancelled as soon as ``ready`` is set; the block must end as cancelled, and
    not only because what it waited for was over (``SLOW``).  How soon is a figure of the
    benchmark."""
    task = Task(listen)
    moment: list[float] = []

    def cancel() -> None:
        if ready.wait(10):
            moment.append(time.monotonic())
            task.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        with pytest.raises(Cancelled):
            yield task
        assert time.monotonic() - moment[0] < _AT_LAST
    finally:
        thread.join()


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it came true in time."""
    limit = time.monotonic() + seconds
    tick = threading.Event()
    while not condition():
        if time.monotonic() > limit:
            return False
        tick.wait(0.01)
    return True
