"""How large everything is drawn: asked for while the window is open, in use from the next start."""

from __future__ import annotations

import json
import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerscope.gui.settings import Settings

STEPS = (100, 110, 125, 150, 175, 200)  #: percent
_KEY = "look.zoom"
_QT = "QT_SCALE_FACTOR"
_LARGEST = 1_000_000


def use_kept(settings: Path, environment: MutableMapping[str, str] | None = None) -> None:
    """Tell Qt, before it starts, the size that the settings file remembers.  A size that the
    environment asks for goes before it; a file that cannot be read says nothing."""
    environment = os.environ if environment is None else environment
    if _QT in environment:
        return
    try:
        with settings.open("rb") as file:
            kept = json.loads(file.read(_LARGEST))["values"][_KEY]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return  # Settings says what is wrong with the file
    if kept in STEPS and kept != 100:
        environment[_QT] = str(kept / 100)


def step(settings: Settings, direction: int) -> int:
    """One step larger (1), smaller (-1) or back to 100 % (0); the percentage that is kept now."""
    kept = settings.value(_KEY, 100)
    place = STEPS.index(kept) + direction if kept in STEPS and direction else 0
    chosen = STEPS[max(0, min(len(STEPS) - 1, place))]
    settings.put(_KEY, chosen)
    return chosen
