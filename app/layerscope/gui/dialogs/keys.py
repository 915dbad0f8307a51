"""The keyboard map: every action that has keys, by menu, and the keys of lists."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from layerscope.gui import sizes
from layerscope.gui.actions import SEPARATOR, Actions
from layerscope.gui.dialogs.sheet import Sheet, scrolling
from layerscope.gui.plain import button, plain


class KeysSheet(Sheet):
    def __init__(self, window: QWidget, actions: Actions) -> None:
        super().__init__(window, "keyboard", self.tr("Keyboard map"), "", 640)
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, 12, 0)
        grid.setHorizontalSpacing(sizes.GAP_XL)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        row = 0
        for title, identities in actions.menus():
            pairs = [
                (_plainly(actions[one].text()), _keys(actions, one))
                for one in identities
                if one != SEPARATOR and actions[one].shortcuts()
            ]
            row = self._group(grid, row, _plainly(title), pairs)
        lists = [
            (self.tr("Move, and select more"), self.tr("Arrows, Shift+Arrows")),
            (self.tr("Jump to a name"), self.tr("Type its first letters")),
            (self.tr("Open"), self.tr("Enter")),
            (self.tr("Menu of the row"), self.tr("Menu, Shift+F10")),
            (self.tr("One step out"), self.tr("Esc")),
        ]
        row = self._group(grid, row, self.tr("Lists"), lists)
        files = [
            (self.tr("Viewing line down, up"), "[  ]"),
            (self.tr("Viewing line to the bottom, to the top"), "Shift+[  Shift+]"),
            (self.tr("In the stack: this layer only"), self.tr("Enter")),
            (self.tr("In the stack: files of this layer"), "Ctrl+G"),
            (self.tr("Filter files"), "/"),
            (self.tr("Go to a path"), "Ctrl+L"),
            (self.tr("Unfold, fold or go to the parent"), self.tr("Right, Left")),
            (self.tr("Unfold everything below"), "*"),
            (self.tr("Parent folder"), "Alt+Up"),
            (self.tr("Next, previous changed file"), "F3  Shift+F3"),
            (self.tr("Layer that the file comes from"), "Ctrl+G"),
            (self.tr("Quick look"), self.tr("Space")),
            (self.tr("Next, previous tab of the preview"), "Ctrl+PgDown  Ctrl+PgUp"),
            (self.tr("Play lookup, or pause it"), "Ctrl+Shift+L"),
            (self.tr("While it plays: pause, step, restart"), self.tr("Space, Left, Right, Home")),
            (self.tr("Find in the text of the file"), "Ctrl+F"),
            (self.tr("Next, previous place in the text"), "F3  Shift+F3"),
        ]
        row = self._group(grid, row, self.tr("Files of an image"), files)
        moving = [
            (self.tr("Pause or resume"), self.tr("Space")),
            (self.tr("Cancel"), self.tr("Del")),
            (self.tr("Try again"), "Ctrl+R"),
            (self.tr("Show, hide the layers"), self.tr("Right, Left")),
        ]
        row = self._group(grid, row, self.tr("Transfers"), moving)
        grid.setRowStretch(row, 1)
        area = scrolling(inner)
        area.setMinimumHeight(440)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName(self.tr("Keyboard map"))
        self.body.addWidget(area)
        close = button(self.tr("Close"), kind="primary")
        close.clicked.connect(self.dismiss)
        self.footer.addStretch(1)
        self.footer.addWidget(close)
        self.default = self.first = close

    def _group(self, grid: QGridLayout, row: int, title: str, pairs: list[tuple[str, str]]) -> int:
        if not pairs:
            return row
        if row:
            grid.setRowMinimumHeight(row, 10)
            row += 1
        grid.addWidget(plain(title, 11, 600, "tx3"), row, 0)
        for place, (name, keys) in enumerate(pairs, start=row + 1):
            grid.addWidget(plain(name, 13), place, 0)
            grid.addWidget(plain(keys, 12, 500, "tx2"), place, 1, Qt.AlignmentFlag.AlignRight)
        return row + 1 + len(pairs)


def _keys(actions: Actions, identity: str) -> str:
    return ",  ".join(key.toString() for key in actions[identity].shortcuts())


def _plainly(text: str) -> str:
    return re.sub(r"\(&.\)|&", "", text)
