"""What was chosen in the palette lately, newest first, as the settings remember it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from layerscope.gui.palette.entries import Entry

if TYPE_CHECKING:
    from layerscope.gui.settings import Settings

MOST = 12
_SETTING = "palette.recent"


class Recents:
    """Keys of entries.  Entries without a key, such as files, are not remembered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def keys(self) -> list[str]:
        return [one for one in self._settings.value(_SETTING, "").split("\n") if one]

    def add(self, entry: Entry) -> None:
        """Remember that ``entry`` was chosen now."""
        if entry.key and "\n" not in entry.key:
            others = [one for one in self.keys if one != entry.key]
            self._settings.put(_SETTING, "\n".join([entry.key, *others][:MOST]))

    def first(self, entries: Iterable[Entry]) -> list[Entry]:
        """The same entries: those chosen lately before the others, newest first."""
        rank = {key: place for place, key in enumerate(self.keys)}
        return sorted(entries, key=lambda entry: rank.get(entry.key, MOST))
