"""Where a file comes from: the track, the sentence below it, and the button that plays it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from layerscope.gui import icons, paint
from layerscope.gui.image.explanation_box import ExplanationBox
from layerscope.gui.image.lookup_player import LookupPlayer
from layerscope.gui.image.lookup_steps import LookupStep
from layerscope.gui.image.sentences import Explanation
from layerscope.gui.image.track import Track
from layerscope.gui.plain import button, plain, tooltip

_AROUND = 48  #: height of the title, and of the margins of the sentence
_NARROW = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)


class LookupBox(QWidget):
    """``player`` plays the lookup; each of its steps is a sentence and an announcement."""

    def __init__(self, still: Callable[[], bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._still = still
        self._told = Explanation("")
        self.title = plain("", 12.5, 600)
        self.title.setSizePolicy(_NARROW)
        self.play = button("", "play", "flat")
        self.play.setMinimumHeight(26)
        self.play.setFont(paint.font(12, 500))
        self.play.setIconSize(QSize(14, 14))
        self.track = Track()
        self.explanation = ExplanationBox()
        self.player = LookupPlayer(still, self)
        self.player.listen_to(self.track)
        self.player.listen_to(self.play)
        self._lay_out()
        self.play.clicked.connect(self.player.toggle)
        self.player.moved.connect(self._moved)
        self._moved()

    @property
    def height_but_track(self) -> int:
        """What the words take at this width."""
        return _AROUND + self.explanation.needed_height

    def show_lookup(self, steps: tuple[LookupStep, ...], told: Explanation, folder: bool) -> None:
        """Show another lookup, which is not played yet; call it after the track was filled."""
        words = self.tr("Where this file comes from")
        self.title.setText(self.tr("Where this folder comes from") if folder else words)
        self._told = told
        self.player.load(steps)
        self._moved()

    def start(self) -> None:
        """Play it from the beginning, or pause, from the keyboard."""
        self.track.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.player.toggle()

    # Inside

    def _moved(self) -> None:
        player, step = self.player, self.player.step
        words, name = self.tr("Play lookup"), "play"
        if player.playing:
            words, name = self.tr("Pause"), "pause"
        elif player.ended:
            words, name = self.tr("Play again"), "rotate-cw"
        elif player.active:
            words = self.tr("Next step") if self._still() else self.tr("Go on")
        self.play.setText(words)
        self.play.setIcon(icons.icon(name))
        self.play.setToolTip(tooltip(f"{words} (Ctrl+Shift+L)"))
        self.track.show_reached(step.station if step is not None else None)
        self.explanation.show_explanation(self._told if step is None else self._told_of(step))
        if step is not None:
            event = QAccessibleAnnouncementEvent(self.track, step.sentence)
            QAccessible.updateAccessibility(event)

    def _told_of(self, step: LookupStep) -> Explanation:
        if step.last:
            return Explanation(step.sentence, f"{self._told.headline} {self._told.detail}".strip())
        words = self.tr("Step {number} of {count}. Left and Right step, Esc ends.")
        place = words.format(number=self.player.at + 1, count=len(self.player.steps))
        return Explanation(step.sentence, place)

    def _lay_out(self) -> None:
        title = QHBoxLayout()
        title.setContentsMargins(16, 4, 12, 2)
        title.addWidget(self.title, 1)
        title.addWidget(self.play)
        boxed = QVBoxLayout()
        boxed.setContentsMargins(12, 4, 12, 12)
        boxed.addWidget(self.explanation)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addLayout(title)
        lines.addWidget(self.track)
        lines.addLayout(boxed)
