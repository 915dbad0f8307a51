"""Gathers the oddities of a layer: each kind once, with a count and the first place."""

from __future__ import annotations

from layerscope.engine.layers.values import Warning

_KINDS = 200


class Notes:
    """Bounded, whatever the layer holds: texts beyond a number of kinds only count."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[int]] = {}

    def add(self, code: str, text: str, offset: int = 0) -> None:
        known = self._found.get((code, text))
        if known:
            known[0] += 1
        elif len(self._found) < _KINDS:
            self._found[code, text] = [1, offset]

    def knows(self, code: str, text: str) -> bool:
        """Whether this was seen before, so that its place need not be found."""
        return (code, text) in self._found

    def warnings(self) -> tuple[Warning, ...]:
        """In the order in which they were first seen."""
        return tuple(
            Warning(code, text, count, offset)
            for (code, text), (count, offset) in self._found.items()
        )
