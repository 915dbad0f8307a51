"""The bar at the top: menus, the field that opens the palette, panes and theme."""

from __future__ import annotations

import re

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QMenuBar, QPushButton, QWidget

from layerscope.gui import icons, paint, sizes, theme
from layerscope.gui.actions import SEPARATOR, Actions
from layerscope.gui.menus import Menu
from layerscope.gui.plain import icon_button


class TopBar(QWidget):
    """``searched`` is emitted with what was typed into the field, which opens the palette."""

    searched = Signal(str)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(sizes.TOPBAR)
        self.setProperty("pane", "top bar")
        self._actions = actions
        self.menus = QMenuBar(self)
        self.menus.setNativeMenuBar(False)
        for title, identities in actions.menus():
            menu = Menu(_without_mnemonic(title), self)
            self.menus.addMenu(menu)
            if "&" in title:
                key = QShortcut(QKeySequence.mnemonic(title), self)
                key.setProperty("menu", menu)
                key.activated.connect(self._open_menu)
            for identity in identities:
                if identity == SEPARATOR:
                    menu.addSeparator()
                else:
                    menu.addAction(actions[identity])
        self.search = SearchField(actions["tools.palette"].shortcuts()[0].toString())
        self.search.clicked.connect(self._open_palette)
        self.search.typed.connect(self.searched)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(4)
        left, right = QHBoxLayout(), QHBoxLayout()
        left.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        left.addStretch(1)
        right.addStretch(1)
        for identity in ("view.sidebar", "view.inspector"):
            right.addWidget(self._toggle(identity))
        self.look = icon_button("moon", self.tr("Switch between light and dark"))
        self.look.clicked.connect(self._switch_theme)
        right.addWidget(self.look)
        layout.addLayout(left, 1)
        layout.addWidget(self.search)
        layout.addLayout(right, 1)
        theme.changed.connect(self._dress)
        self._dress()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.win)
        painter.fillRect(0, self.height() - 1, self.width(), 1, look.line)

    def _toggle(self, identity: str) -> QPushButton:
        action = self._actions[identity]
        made = icon_button("panel-left" if identity == "view.sidebar" else "panel-right", "")
        name = action.text().replace("&", "")
        made.setAccessibleName(name)
        made.setToolTip(f"<span>{name}  {action.shortcut().toString()}</span>")
        made.obey(action)
        return made

    def _open_menu(self) -> None:
        menu = self.sender().property("menu")
        if isinstance(menu, QMenu):
            self.menus.setActiveAction(menu.menuAction())

    def _open_palette(self) -> None:
        self.searched.emit("")

    def _switch_theme(self) -> None:
        self._actions["theme.light" if theme.current().dark else "theme.dark"].trigger()

    def _dress(self) -> None:
        self.look.setIcon(icons.icon("sun" if theme.current().dark else "moon"))
        self.update()


def _without_mnemonic(title: str) -> str:
    """The title as it is shown: the letter that opens it is not underlined."""
    return re.sub(r"\(&.\)|&", "", title)


class SearchField(QAbstractButton):
    """Looks like the palette's field and opens it, by click, Enter or the first letter."""

    typed = Signal(str)

    def __init__(self, keys: str) -> None:
        super().__init__()
        self._keys = keys
        self.setText(self.tr("Search images, files, tags or run a command"))
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(keys)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setFixedHeight(30)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(policy.Policy.Preferred)
        self.setSizePolicy(policy)
        self.setMaximumWidth(430)
        self.setMinimumWidth(200)

    def sizeHint(self) -> QSize:
        return QSize(430, 30)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if text and text.isprintable() and not text.isspace():
            self.typed.emit(text)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        ring = self.hasFocus()
        paint.draw_round(
            painter,
            QRectF(self.rect()),
            sizes.RADIUS_INPUT,
            look.surf,
            look.acc if ring else look.ctl,
            sizes.FOCUS_RING if ring else 1,
        )
        paint.draw_icon(painter, "search", QRectF(8, 7, 15, 15), look.tx2)
        keys = paint.font(11)
        wide = paint.text_width(self._keys, keys) + 14
        mark = QRectF(self.width() - wide - 5, 6, wide, 18)
        paint.draw_round(painter, mark, 4, look.surf2, look.line2)
        paint.draw_text(
            painter, mark, self._keys, keys, look.tx3, Qt.AlignmentFlag.AlignHCenter, None
        )
        words = QRectF(37, 0, mark.x() - 45, self.height() - 1)
        paint.draw_text(painter, words, self.text(), paint.font(13), look.tx3)
