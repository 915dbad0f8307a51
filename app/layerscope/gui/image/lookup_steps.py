"""What the kernel does to find one path, step by step from the container layer down, in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from layerscope.engine.dataclass import dataclass
from layerscope.engine.library.values import display_name, size_text
from layerscope.engine.rootfs import Kind
from layerscope.gui.image.lookup import Station, Stop
from layerscope.gui.image.sentences import kind_text


@dataclass(frozen=True, slots=True)
class LookupStep:
    """``station`` is the row of the track that is asked; ``last`` that the lookup ends there."""

    station: int
    sentence: str
    last: bool = False


def lookup_steps(
    stations: Sequence[Station], as_of: int, *, folder: bool = False, opaque: bool = False
) -> tuple[LookupStep, ...]:
    """The steps of a lookup from layer ``as_of`` down; at least one, the final one ``last``.

    A file is found in the first layer that has it.  A ``folder`` is merged: every layer is asked
    until one ends it (kernel, overlayfs.rst, "Merged directories"); ``opaque`` tells that the one
    that is seen does.
    """
    asked = [row for row, one in enumerate(stations) if one.first <= as_of]
    steps: list[LookupStep] = []
    for row in asked:
        told, ends = _asked(stations[row], as_of, folder, opaque)
        below = [stations[later] for later in asked if later > row]
        if ends and any(one.stop is Stop.SHADOWED for one in below):
            told = f"{told} {_tr('Older copies below are not looked at.')}"
        elif not ends and not below:
            found = any(stations[one].stop is Stop.SEEN for one in asked)
            rest = _tr("That was the lowest layer.") if found else _tr("There is no such path.")
            told = f"{told} {rest}"
        steps.append(LookupStep(row, told, ends or not below))
        if ends:
            break
    return tuple(steps)


def _asked(station: Station, as_of: int, folder: bool, opaque: bool) -> tuple[str, bool]:
    """What a layer answers, and whether that ends the lookup."""
    number, step = station.first, station.step
    match station.stop:
        case Stop.SEEN if not folder:
            if step is None or step.size is None or step.kind is not Kind.FILE:
                found = _tr("Layer {number} has it.").format(number=number)
            else:
                words = _tr("Layer {number} has it, {size}.")
                found = words.format(number=number, size=size_text(step.size))
            return f"{found} {_tr('The lookup stops: this is what a process sees.')}", True
        case Stop.SEEN if opaque:
            words = _tr("Layer {number} replaced this folder as a whole. The lookup stops.")
            return words.format(number=number), True
        case Stop.SEEN:
            words = _tr("Layer {number} has the folder: its mode and owner count.")
            return words.format(number=number), False
        case Stop.SHADOWED if step is not None and step.kind is not Kind.DIR:
            words = _tr("Layer {number} has no folder of that name but a {kind}, which is hidden.")
            return words.format(number=number, kind=kind_text(step.kind)), True
        case Stop.SHADOWED:
            words = _tr("Layer {number} has it, too: its content is merged in.")
            return words.format(number=number), False
        case Stop.DELETED:
            words = _tr("Layer {number} has a whiteout (a marker that hides it). The lookup stops.")
            return words.format(number=number), True
        case Stop.HIDDEN if step is not None and step.by:
            words = _tr("Layer {number} hides /{folder} of the layers below. The lookup stops.")
            return words.format(number=number, folder=display_name(step.by)), True
        case Stop.HIDDEN:
            words = _tr("Layer {number} hides what is below. The lookup stops.")
            return words.format(number=number), True
        case Stop.CONTAINER:
            return _tr("The container layer is asked first. Nothing was written there."), False
    last = min(station.last, as_of)
    if number != last:
        words = _tr("Layers {last} down to {first} have no entry.")
        return words.format(first=number, last=last), False
    return _tr("Layer {number} has no entry.").format(number=number), False


def _tr(text: str) -> str:
    return QCoreApplication.translate("LookupSteps", text)
