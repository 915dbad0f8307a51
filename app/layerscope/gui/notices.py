"""The only place where errors become words: notices, banners, and the report about a bug."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import PySide6
from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

import layerscope
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import LayerscopeError
from layerscope.gui import paint, sizes, theme
from layerscope.gui.plain import button, display, plain


@dataclass(frozen=True, slots=True)
class Notice:
    """A title, what it means and what to do; ``details`` is for a report."""

    title: str
    text: str = ""
    details: str = ""


def notice(error: BaseException) -> Notice:
    """The words for any error.  What we cannot explain is a bug and says so."""
    tr = QCoreApplication.translate
    match error:
        case LayerscopeError():
            return Notice(display(str(error)), display(error.hint))
        case OSError():
            told = error.strerror or str(error)
            return Notice(tr("notices", "The disk said no: %s.") % told, str(error.filename or ""))
        case _:
            return Notice(
                tr("notices", "Something went wrong inside Layerscope."),
                tr("notices", "Nothing in the store was changed by this. You can go on working."),
                "".join(traceback.format_exception(error)),
            )


def surroundings() -> str:
    """What a problem report says about this machine; nothing personal."""
    import platform
    import sys

    from PySide6.QtCore import qVersion

    return "\n".join(
        (
            f"Layerscope {layerscope.__version__}",
            f"Python {sys.version.split()[0]}, PySide6 {PySide6.__version__}, Qt {qVersion()}",
            f"{platform.platform()}, {QGuiApplication.platformName()}",
        )
    )


class Banner(QWidget):
    """A notice inside a page, in place of what could not be shown or above it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = plain("", 13, 600, wrap=True)
        self._text = plain("", 12.5, tone="tx2", wrap=True)
        self._tone = "err"
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._text)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(44, 11, 12, 11)
        self._layout.setSpacing(sizes.GAP_S)
        self._layout.addLayout(words, 1)
        self._buttons: list[QPushButton] = []
        theme.changed.connect(self.update)
        self.hide()

    def tell(self, what: Notice, tone: str = "err") -> None:
        """Show ``what``, with no buttons yet; ``tone`` is err, warn or ok."""
        self._tone = tone
        while self._buttons:
            old = self._buttons.pop()
            old.hide()
            old.deleteLater()
        self._title.setText(what.title)
        self._text.setText(what.text)
        self._text.setVisible(bool(what.text))
        self.setAccessibleName(what.title)
        self.setAccessibleDescription(what.text)
        self.show()
        self.update()

    @property
    def title(self) -> str:
        return self._title.text()

    def offer(self, text: str, act: Callable[[], object], icon: str = "") -> QPushButton:
        """Add a button for what can be done about it."""
        made = button(text, icon)
        made.clicked.connect(lambda _checked=False: act())
        self._layout.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        self._buttons.append(made)
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        ink, fill = {
            "err": (look.err, look.delebg),
            "warn": (look.warn, look.modbg),
        }.get(self._tone, (look.ok, look.addbg))
        icon = {"err": "circle-alert", "warn": "triangle-alert"}.get(self._tone, "circle-check")
        painter = QPainter(self)
        paint.smooth(painter)
        paint.draw_round(painter, QRectF(self.rect()), sizes.RADIUS_CARD, look.surf, ink)
        edge = QRectF(0, 0, 36, self.height())
        painter.setClipRect(edge)
        paint.draw_round(painter, QRectF(self.rect()), sizes.RADIUS_CARD, fill, ink)
        painter.setClipping(False)
        paint.draw_icon(painter, icon, QRectF(9, 11, 18, 18), ink)
