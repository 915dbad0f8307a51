"""The rail at the left edge: the sections of the program, and how much is moving."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QMenu, QVBoxLayout, QWidget

from layerscope.gui import explaining, paint, sizes, theme
from layerscope.gui.actions import Actions
from layerscope.gui.plain import tooltip
from layerscope.gui.trail import Section

__all__ = ["Rail", "Section"]


class Rail(QWidget):
    """One button per section; emits ``asked`` and never switches by itself."""

    asked = Signal(Section)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(sizes.RAIL)
        self.setProperty("pane", "rail")
        self.setWhatsThis(explaining.words("rail"))
        self.setAccessibleName(self.tr("Sections"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 6)
        layout.setSpacing(6)
        self._buttons: dict[Section, RailButton] = {}
        for section, icon, name in (
            (Section.LIBRARY, "database", self.tr("Library")),
            (Section.SEARCH, "search", self.tr("Search")),
            (Section.TRANSFERS, "arrow-down-up", self.tr("Transfers")),
        ):
            made = RailButton(icon, name)
            made.setProperty("section", section.value)
            made.clicked.connect(self._ask)
            keys = actions[f"view.{section.value}"].shortcuts()
            made.setToolTip(tooltip(f"{name}  {keys[-1].toString()}"))
            layout.addWidget(made)
            self._buttons[section] = made
        layout.addStretch(1)
        settings = RailButton("settings", self.tr("Settings"))
        menu = QMenu(settings)
        for identity in ("theme.system", "theme.light", "theme.dark"):
            menu.addAction(actions[identity])
        menu.addSeparator()
        for identity in (
            "tools.registries",
            "tools.limits",
            "tools.verify",
            "tools.trash",
            "help.keys",
            "help.about",
        ):
            menu.addAction(actions[identity])
        self._settings_menu = menu
        settings.clicked.connect(self._show_settings)
        self._settings = settings
        layout.addWidget(settings)
        theme.changed.connect(self.update)

    def show_section(self, section: Section) -> None:
        """Mark where the window is."""
        shown = Section.LIBRARY if section is Section.IMAGE else section
        for one, made in self._buttons.items():
            made.setChecked(one is shown)

    def show_active(self, count: int) -> None:
        """The badge on Transfers: how many are running."""
        made = self._buttons[Section.TRANSFERS]
        made.badge = count
        words = self.tr("%n running", "", count) if count else ""
        made.setAccessibleDescription(words)
        made.update()

    def button(self, section: Section) -> RailButton:
        return self._buttons[section]

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().win)

    def _ask(self) -> None:
        made = self.sender()
        assert isinstance(made, RailButton)
        self.asked.emit(Section(made.property("section")))

    def _show_settings(self) -> None:
        height = self._settings_menu.sizeHint().height()
        corner = self._settings.mapToGlobal(self._settings.rect().topRight())
        corner.setY(max(0, corner.y() - height + self._settings.height()))
        self._settings_menu.popup(corner)


class RailButton(QAbstractButton):
    """An icon over a word; a bar at the left edge when the section is shown."""

    def __init__(self, icon: str, name: str) -> None:
        super().__init__()
        self._icon = icon
        self.badge = 0
        self.setText(name)
        self.setAccessibleName(name)
        self.setFixedSize(sizes.RAIL, 52)
        self.setCheckable(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._shown = False

    def setChecked(self, checked: bool) -> None:
        """Shown or not; a click alone changes nothing."""
        self._shown = checked
        self.update()

    def isChecked(self) -> bool:
        return self._shown

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        width = self.width()
        box = QRectF(6, 0, width - 12, 52)
        if self._shown:
            paint.draw_round(painter, box, sizes.RADIUS_CARD, look.sel)
            paint.draw_round(painter, QRectF(0, 12, 3, 28), 1.5, look.acc)
        elif self.underMouse():
            paint.draw_round(painter, box, sizes.RADIUS_CARD, look.hover)
        ink = look.acc if self._shown else look.tx2
        picture = QRectF(width / 2 - 10, 8, 20, 20)
        paint.draw_icon(painter, self._icon, picture, ink, stroke=1.75)
        used = paint.font(10.5, 600 if self._shown else 500)
        words = QRectF(2, 31, width - 4, 16)
        paint.draw_text(painter, words, self.text(), used, ink, Qt.AlignmentFlag.AlignHCenter)
        if self.badge:
            text = str(self.badge) if self.badge < 100 else "99+"
            used = paint.font(9.5, 600)
            wide = max(16.0, paint.text_width(text, used) + 8)
            mark = QRectF(width / 2 + 5, 4, wide, 14)
            paint.draw_round(painter, mark, 7, look.acc)
            paint.draw_text(
                painter, mark, text, used, look.acctx, Qt.AlignmentFlag.AlignHCenter, None
            )
        if self.hasFocus():
            paint.draw_round(painter, box, sizes.RADIUS_CARD, None, look.acc, sizes.FOCUS_RING)
