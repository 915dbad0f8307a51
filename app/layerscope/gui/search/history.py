"""What was searched for and pulled lately, newest first, as the settings remember it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerscope.gui.settings import Settings

MOST = 6
SEARCHED = "search.recent"
PULLED = "search.pulled"


def latest(settings: Settings, key: str) -> tuple[str, ...]:
    return tuple(one for one in settings.value(key, "").split("\n") if one)[:MOST]


def remember(settings: Settings, key: str, text: str) -> None:
    if text and "\n" not in text:
        others = [one for one in latest(settings, key) if one != text]
        settings.put(key, "\n".join([text, *others][:MOST]))
