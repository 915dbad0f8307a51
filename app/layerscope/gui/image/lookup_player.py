"""Plays the lookup of a path: one station after another, by time or by hand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from layerscope.gui.image.lookup_steps import LookupStep

BEAT = 900  #: milliseconds that a station is looked at (UX.md 3.4)


class LookupPlayer(QObject):
    """``step`` is the one that is shown, None while nothing is played; ``playing`` that time
    goes on by itself, which it never does with reduced motion.  ``moved`` tells any change.

    In the widgets given to ``listen_to`` Space plays and pauses, Left and Right step and Home
    starts again, while something is played.
    """

    moved = Signal()

    def __init__(self, still: Callable[[], bool], parent: QObject | None = None) -> None:
        """``still`` tells whether motion is to be reduced; asked with each press."""
        super().__init__(parent)
        self.steps: tuple[LookupStep, ...] = ()
        self.at = -1
        self._still = still
        self._beat = QTimer(self)
        self._beat.setSingleShot(True)
        self._beat.setInterval(BEAT)
        self._beat.timeout.connect(self._go_on)

    @property
    def active(self) -> bool:
        return self.at >= 0

    @property
    def step(self) -> LookupStep | None:
        return self.steps[self.at] if self.active else None

    @property
    def playing(self) -> bool:
        return self._beat.isActive()

    @property
    def ended(self) -> bool:
        """Whether the last step is shown."""
        return self.active and self.at + 1 == len(self.steps)

    def load(self, steps: tuple[LookupStep, ...]) -> None:
        """Get ready to play another lookup."""
        self.steps = steps
        self.stop()

    def toggle(self) -> None:
        """Start, pause, go on, or start again; with reduced motion take one step."""
        if not self.steps:
            return
        if self.playing:
            self._beat.stop()
            self.moved.emit()
        elif self.ended:
            self._show(0)
        elif self.active:
            self._show(self.at + 1)
        else:
            self._show(0)

    def go(self, at: int) -> None:
        """Show one step, paused."""
        if self.steps:
            self._beat.stop()
            self.at = max(0, min(at, len(self.steps) - 1))
            self.moved.emit()

    def stop(self) -> None:
        """Show nothing of it any more."""
        self._beat.stop()
        if self.active:
            self.at = -1
            self.moved.emit()

    def listen_to(self, widget: QWidget) -> None:
        """Take its keys while something is played."""
        widget.installEventFilter(self)

    # Inside

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not (self.active and isinstance(event, QKeyEvent)):
            return False
        if event.type() != QEvent.Type.KeyPress or event.modifiers():
            return False
        match event.key():
            case Qt.Key.Key_Space:
                self.toggle()
            case Qt.Key.Key_Right:
                self.go(self.at + 1)
            case Qt.Key.Key_Left:
                self.go(self.at - 1)
            case Qt.Key.Key_Home:
                self.go(0)
            case _:
                return False
        return True

    def _go_on(self) -> None:
        self._show(self.at + 1)

    def _show(self, at: int) -> None:
        self.at = min(at, len(self.steps) - 1)
        if not self.ended and not self._still():
            self._beat.start()
        self.moved.emit()
