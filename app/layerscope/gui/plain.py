"""The only maker of labels and buttons: their text is never read as markup."""

from __future__ import annotations

import html

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from layerscope.engine.library import values
from layerscope.gui import icons, paint, sizes, theme


def display(text: str | bytes) -> str:
    """A name from an image or registry with control, bidi and broken characters made visible."""
    return values.display_name(text)


def plain(
    text: str = "",
    px: float = 13,
    weight: int = 400,
    tone: str = "tx",
    *,
    mono: bool = False,
    wrap: bool = False,
    parent: QWidget | None = None,
) -> QLabel:
    """A label that shows its text literally; ``tone`` is tx, tx2, tx3, ok, warn or err."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(paint.font(px, weight, mono))
    label.setProperty("tone", tone)
    label.setWordWrap(wrap)
    label.setText(text)
    return label


def retone(label: QLabel, tone: str) -> None:
    """Give a label another of the tones."""
    if label.property("tone") != tone:
        label.setProperty("tone", tone)
        label.style().unpolish(label)
        label.style().polish(label)


def tooltip(text: str) -> str:
    """Text for ``setToolTip``, which would otherwise guess whether it is markup."""
    lines = html.escape(text).replace("\n", "<br>")
    return f"<span>{lines}</span>" if text else ""


def in_menu(text: str) -> str:
    """Text for a menu entry or button: an ampersand is shown and makes no mnemonic."""
    return text.replace("&", "&&")


class Button(QPushButton):
    """A push button with a focus ring that shows on every fill, unless the mouse focused it."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._ringed = False
        self._action: QAction | None = None
        self._hint = ""

    def obey(self, action: QAction) -> None:
        """Trigger ``action``, be enabled while it is, and say why when it is not."""
        self._action = action
        self._hint = self.toolTip()
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ringed = event.reason() != Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def _follow(self) -> None:
        if self._action is not None:
            possible = self._action.isEnabled()
            self.setEnabled(possible)
            self.setToolTip(self._hint if possible else tooltip(self._action.statusTip()))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not (self.hasFocus() and self._ringed):
            return
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        ink = {"primary": look.acctx, "danger": look.errtx}.get(self.property("kind"))
        if ink is None:
            paint.draw_round(painter, box, sizes.RADIUS_INPUT, None, look.acc, sizes.FOCUS_RING)
        else:
            paint.draw_round(painter, box.adjusted(2, 2, -2, -2), 4, None, ink, sizes.FOCUS_RING)


def button(text: str, icon: str = "", kind: str = "", *, parent: QWidget | None = None) -> Button:
    """A push button; ``kind`` is "", primary, danger, flat or link."""
    made = Button(text, parent)
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    made.setMinimumHeight(30)
    weight = 600 if kind in ("primary", "danger") else 500
    made.setFont(paint.font(13, weight))
    if icon:
        token = {"primary": "acctx", "danger": "errtx"}.get(kind, "tx2")
        made.setIcon(icons.icon(icon, token))
        made.setIconSize(QSize(sizes.ICON + 6, sizes.ICON))
    return made


def icon_button(
    icon: str, name: str, kind: str = "flat", *, side: int = 30, parent: QWidget | None = None
) -> Button:
    """A button that is only an icon; ``name`` is its accessible name and tooltip."""
    made = Button("", parent)
    made.setProperty("kind", kind)
    made.setProperty("square", "true")
    made.setAutoDefault(False)
    made.setIcon(icons.icon(icon))
    made.setIconSize(QSize(sizes.ICON, sizes.ICON))
    made.setFixedSize(side, side)
    made.setAccessibleName(name)
    made.setToolTip(tooltip(name))
    return made
