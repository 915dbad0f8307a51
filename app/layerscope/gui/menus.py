"""Menus that say, for an entry that cannot be chosen, why it cannot."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QMenu, QToolTip

from layerscope.gui.plain import tooltip


class Menu(QMenu):
    """A reason is an action's status tip, as ``Actions.enable`` sets it."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            action = self.actionAt(event.pos())
            reason = "" if action is None or action.isEnabled() else action.statusTip()
            QToolTip.showText(event.globalPos(), tooltip(reason), self)
            return True
        return super().event(event)
