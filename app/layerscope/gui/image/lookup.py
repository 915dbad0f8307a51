"""Where a lookup stops: the stations of one path on its way down the layers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs import TraceEntry, TraceStep

_RUN = 3  #: so many layers in a row without the path become one station


class Stop(Enum):
    """What a lookup finds at one station."""

    CONTAINER = auto()  #: the writable layer on top; nothing was written there
    ABOVE = auto()  #: a layer above the viewing line that has the path
    NOTHING = auto()  #: looked, no entry
    SEEN = auto()  #: this is what a process sees
    SHADOWED = auto()  #: an older copy that is still stored
    DELETED = auto()  #: a whiteout: the lookup ends here, without a file
    HIDDEN = auto()  #: a folder above was deleted or replaced here: the lookup ends as well


@dataclass(frozen=True, slots=True)
class Station:
    """One row of the track.  ``first`` and ``last`` are layers, equal except in a run; ``after``
    tells that the lookup has ended above, so that nobody looks here any more."""

    stop: Stop
    first: int = 0
    last: int = 0
    step: TraceStep | None = None
    after: bool = False


def answers(step: TraceStep) -> bool:
    """Whether a layer has a word on the path: an entry, or one that takes its folder away."""
    return step.entry is not TraceEntry.NONE or bool(step.by)


def seen(steps: Sequence[TraceStep], as_of: int) -> TraceStep | None:
    """The step that a process sees when looking from layer ``as_of`` down, or None."""
    for step in steps:
        if step.layer <= as_of and answers(step):
            return step if step.entry is TraceEntry.PRESENT else None
    return None


def stations(steps: Sequence[TraceStep], as_of: int) -> tuple[Station, ...]:
    """The track for ``steps`` (top first), seen from layer ``as_of`` down; top first."""
    found: list[Station] = [Station(Stop.CONTAINER)]
    over = False
    for step in steps:
        station = _station(step, as_of, over)
        over = over or station.stop in {Stop.SEEN, Stop.DELETED, Stop.HIDDEN}
        found.append(station)
    return tuple(_with_runs(found))


def _station(step: TraceStep, as_of: int, over: bool) -> Station:
    number = step.layer
    if not answers(step):
        return Station(Stop.NOTHING, number, number, step, over)
    if number > as_of:
        return Station(Stop.ABOVE, number, number, step, False)
    if step.entry is TraceEntry.PRESENT:
        return Station(Stop.SHADOWED if over else Stop.SEEN, number, number, step, over)
    gone = step.entry is TraceEntry.WHITEOUT and not step.by
    return Station(Stop.DELETED if gone else Stop.HIDDEN, number, number, step, over)


def _with_runs(found: Sequence[Station]) -> list[Station]:
    shorter: list[Station] = []
    at = 0
    while at < len(found):
        end = at
        while end < len(found) and _continues(found[at], found[end]):
            end += 1
        if end - at >= _RUN:
            shorter.append(
                Station(Stop.NOTHING, found[end - 1].first, found[at].last, None, found[at].after)
            )
            at = end
        else:
            shorter.append(found[at])
            at += 1
    return shorter


def _continues(first: Station, other: Station) -> bool:
    return first.stop is Stop.NOTHING is other.stop and first.after == other.after
