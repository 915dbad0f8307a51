"""Mirrors of a registry: what they are called, and which are left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BadInput, MalformedReference
from layerscope.engine.oci import Reference
from layerscope.engine.registry.http.patience import Patience

MOST = 8  #: mirrors of one registry; each that fails costs a pull some seconds
_REST = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Mirror:
    """``host`` with its port, and perhaps a ``path`` that goes before every repository, as the
    ``location`` of a mirror in containers-registries.conf(5)."""

    host: str
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """``mirror.example.com:5000`` or ``mirror.example.com/hub``; ``https://`` before it and a
        slash behind it are let pass, as docker writes its ``registry-mirrors``.  Raises
        BadInput."""
        plain = text.strip()
        if plain.lower().startswith("http://"):
            raise BadInput(
                f"{text.strip()!r} names a mirror by a scheme without encryption.",
                hint="Name the host alone, and switch plain HTTP on for that host.",
            )
        plain = plain.removeprefix("https://").rstrip("/")
        host, _slash, path = plain.partition("/")
        try:
            reference = Reference.parse(f"{plain}/repository:tag")
        except MalformedReference as error:
            raise _no_mirror(text) from error
        if reference.registry != host or reference.repository != f"{path}/repository".lstrip("/"):
            raise _no_mirror(text)
        return cls(host, path)

    def repository(self, repository: str) -> str:
        """What the mirror calls a repository of the registry it mirrors."""
        return f"{self.path}/{repository}" if self.path else repository

    def reference(self, reference: Reference) -> Reference:
        """What the mirror calls an image of the registry it mirrors."""
        return replace(
            reference, registry=self.host, repository=self.repository(reference.repository)
        )

    def __str__(self) -> str:
        return f"{self.host}/{self.path}" if self.path else self.host


def brisk(patience: Patience) -> Patience:
    """For whoever has somebody to stand in for them: one try, and no long silence."""
    return replace(
        patience,
        connect_time=min(patience.connect_time, 5.0),
        stall_window=min(patience.stall_window, 10.0),
        document_time=min(patience.document_time, 20.0),
        attempts=1,
    )


class Rests:
    """Who failed a moment ago is not asked again for a minute; used by many threads at once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}

    def begin(self, name: str) -> None:
        """``name`` has failed just now."""
        with self._lock:
            self._until[name] = self._now() + _REST

    def resting(self, name: str) -> bool:
        """Whether ``name`` has failed within the last minute."""
        with self._lock:
            return self._now() < self._until.get(name, 0.0)


def _no_mirror(text: str) -> BadInput:
    return BadInput(
        f"{text.strip()!r} is not the name of a mirror.",
        hint="Write a host, with a port or a path if it needs one: mirror.example.com:5000/hub.",
    )
