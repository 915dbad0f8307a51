"""What a config tells of one step of its build."""

from __future__ import annotations

from datetime import datetime

from layerscope.engine.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class History:
    """One step of a build as its config tells it."""

    created: datetime | None = None
    created_by: str = ""
    author: str = ""
    comment: str = ""
    empty_layer: bool = False
