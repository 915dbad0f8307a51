"""Every rule about the room there is: where panes go, and what they leave out when it is short."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from layerscope.gui import sizes

STACK_LEAST: Final = 220
INSPECTOR_LEAST: Final = 260
STRIP: Final = 32  #: what a folded box and the tabs of panes take

_BOX = 200  #: what everything about a layer gets at least, where it is not folded
_SHORT = 420  #: in a stack lower than this the cards need all of it
_STATION = 30  #: height of a station of a lookup
_STATIONS = (2, 9)
_PREVIEW = 150  #: height that the content of a file gets at least


class Form(Enum):
    """How stack, files and inspector stand to each other."""

    BESIDE = auto()  #: all three side by side
    OVERLAID = auto()  #: the inspector lies over the files, and comes with a selection
    TABBED = auto()  #: stack and files are two tabs of one pane, the inspector is beside it


def form(window: int, room: int) -> Form:
    """The form for a window of one width with ``room`` for the three panes (UX.md 1.2)."""
    if window < sizes.ROOM_FOR_SIDEBAR:
        return Form.TABBED
    if room < sizes.STACK + sizes.FILES_MIN + sizes.INSPECTOR:
        return Form.OVERLAID
    return Form.BESIDE


def overlay_width(room: int) -> int:
    """How much of the files the inspector covers while it lies over them."""
    return min(sizes.INSPECTOR, max(INSPECTOR_LEAST, room // 3))


def folded(height: int) -> bool:
    """Whether a stack pane of this height shows only the name of what is below its cards."""
    return height < _SHORT


def box_height(height: int, cards: int) -> int:
    """What the selected layer gets of ``height`` if the cards would take ``cards``: the cards
    all they need as long as the box has its least, and half of a pane that is too short."""
    if folded(height):
        return height // 2
    return max(_BOX, height - cards)


def track_rows(height: int, others: int) -> int:
    """Stations of a lookup that an inspector of this height shows without scrolling, if all else
    above the preview takes ``others``."""
    least, most = _STATIONS
    return max(least, min(most, (height - others - _PREVIEW) // _STATION))
