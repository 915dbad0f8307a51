"""What every part of the door stands on."""

from __future__ import annotations

from layerscope.engine.library.ground import Ground


class Floor:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
