"""Where a person can be in the window, and has been: sections, back and forward."""

from __future__ import annotations

from enum import Enum

from layerscope.engine.dataclass import dataclass

_LONGEST = 100


class Section(Enum):
    """Where the window can go.  Transfers is the drawer, which opens under any section."""

    LIBRARY = "library"
    SEARCH = "search"
    TRANSFERS = "transfers"
    IMAGE = "image"  #: one image, opened from the library; the rail shows Library


@dataclass(frozen=True, slots=True)
class Place:
    section: Section
    name: str = ""  #: of the image, if the section is one


class Trail:
    """A list of places and where in it we stand."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._now = -1

    def add(self, place: Place) -> None:
        """Go somewhere new; what was ahead is forgotten."""
        if self._places and self._places[self._now] == place:
            return
        self._places = [*self._places[: self._now + 1], place][-_LONGEST:]
        self._now = len(self._places) - 1

    @property
    def can_go_back(self) -> bool:
        return self._now > 0

    @property
    def can_go_forward(self) -> bool:
        return self._now < len(self._places) - 1

    def back(self) -> Place:
        self._now = max(0, self._now - 1)
        return self._places[self._now]

    def forward(self) -> Place:
        self._now = min(len(self._places) - 1, self._now + 1)
        return self._places[self._now]
