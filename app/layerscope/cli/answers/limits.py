"""What content may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .forms import Answer

if TYPE_CHECKING:
    from layerscope.engine.library.values import Limit


def limit(value: Limit) -> Answer:
    return {
        "name": value.name,
        "value": value.value,
        "default": value.default,
        "unit": value.unit,
        "meaning": value.meaning,
        "stops": value.stops,
    }
