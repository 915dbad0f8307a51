"""What the window, the worker and its children say to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from layerscope.engine.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Start:
    """Begin an operation of the library; ``job`` is the asker's number for it, never re-used."""

    job: int
    operation: str
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """Run one pass in a child: a function of some module, its task added as the last argument."""

    work: Callable[..., object]
    args: tuple[object, ...]
    job: int = 0


@dataclass(frozen=True, slots=True)
class Cancel:
    """The job is no longer wanted; it ends as Stopped unless it had ended already."""

    job: int = 0


@dataclass(frozen=True, slots=True)
class News:
    """The newest progress of a job; older values that nobody has read yet are dropped."""

    job: int
    value: object


@dataclass(frozen=True, slots=True)
class Done:
    """The job has succeeded.  ``resident`` is what a child then held in memory, in bytes."""

    job: int
    value: object
    resident: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    job: int
    error: Exception


@dataclass(frozen=True, slots=True)
class Stopped:
    """The job was cancelled."""

    job: int


@dataclass(frozen=True, slots=True)
class StoreChanged:
    """The store is at another generation than before, whoever moved it."""

    generation: str


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The settings are others than before, whoever changed them."""


Ending = Done | Failed | Stopped
