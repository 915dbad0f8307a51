"""The amber box with the sentence that explains where a file comes from."""

from __future__ import annotations

import re

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from layerscope.gui import paint, theme
from layerscope.gui.image.fitting import fitted, refit
from layerscope.gui.image.sentences import Explanation
from layerscope.gui.plain import plain

_TOGETHER = re.compile(r" (?=\d)")  #: a number stays on the line of the word before it


class ExplanationBox(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._headline = fitted(plain("", 11.5, 500, "warn", wrap=True))
        self._detail = fitted(plain("", 11.5, 400, "warn", wrap=True))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(34, 7, 10, 7)
        lines.setSpacing(1)
        lines.addWidget(self._headline)
        lines.addWidget(self._detail)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        said = f"{self._headline.text()} {self._detail.text()}".strip()
        return said.replace("\N{NO-BREAK SPACE}", " ")

    @property
    def needed_height(self) -> int:
        """At this width, also before the layouts around it know."""
        shown = [self._headline] if self._detail.isHidden() else [self._headline, self._detail]
        return sum(label.minimumHeight() for label in shown) + len(shown) - 1 + 14

    def show_explanation(self, told: Explanation) -> None:
        self._headline.setText(_TOGETHER.sub("\N{NO-BREAK SPACE}", told.headline))
        self._detail.setText(_TOGETHER.sub("\N{NO-BREAK SPACE}", told.detail))
        self._detail.setVisible(bool(told.detail))
        for label in (self._headline, self._detail):
            refit(label)
        self.setAccessibleName(self.text)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        paint.draw_round(painter, box, 7, look.modbg)
        icon = QRectF(11, box.center().y() - 7.5, 15, 15)
        paint.draw_icon(painter, "lightbulb", icon, look.mod)
