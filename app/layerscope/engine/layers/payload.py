"""The content after a header, wherever the pieces of the tar are cut."""

from __future__ import annotations

from collections.abc import Callable

from layerscope.engine.layers.header import BLOCK


class Payload:
    """What is still to come of the current content and its padding.

    ``update`` gets all of it in order and may put another in its place; ``finish`` is called once
    after the last byte.
    """

    def __init__(self) -> None:
        self.size = 0
        self.left = 0
        self.update: Callable[[memoryview], object] | None = None
        self._padding = 0
        self._finish: Callable[[], None] | None = None

    def __bool__(self) -> bool:
        """Whether anything is still to come."""
        return self.left > 0 or self._padding > 0

    def expect(
        self,
        size: int,
        update: Callable[[memoryview], object] | None = None,
        finish: Callable[[], None] | None = None,
    ) -> None:
        self.size = self.left = size
        self._padding = -size % BLOCK
        self.update = update
        self._finish = finish

    def go_on(
        self,
        update: Callable[[memoryview], object] | None,
        finish: Callable[[], None] | None,
    ) -> None:
        """Let others have the rest of the content."""
        self.update = update
        self._finish = finish

    def passed(self, view: memoryview, position: int) -> int:
        """Take what is there of the content and its padding; where they end, or ``view`` does."""
        while self.left or self._finish:
            if self.left:
                part = view[position : position + self.left]
                if not part:
                    return position
                if self.update:
                    self.update(part)
                position += len(part)
                self.left -= len(part)
            if not self.left and self._finish:
                finish, self._finish = self._finish, None
                finish()
        step = min(self._padding, len(view) - position)
        self._padding -= step
        return position + step
