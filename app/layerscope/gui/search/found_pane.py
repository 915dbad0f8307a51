"""What a search has found: a sentence about it, the list, its order, and more of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from layerscope.engine.library.values import FoundRow, RegistryRow
from layerscope.gui import icons, sizes
from layerscope.gui.plain import button, display, plain
from layerscope.gui.search.chooser import HUB
from layerscope.gui.search.results import (
    Exactly,
    Result,
    ResultsModel,
    ResultsView,
    in_registry,
)
from layerscope.gui.search.results_bar import ResultsBar
from layerscope.gui.search.tag_menu import copy

if TYPE_CHECKING:
    from layerscope.gui.settings import Settings

PAGE = 25  #: results that are asked for at once


class FoundPane(QWidget):
    """One search of one registry at a time."""

    chosen = Signal(object)  #: a Result, or None when there is none
    more_wanted = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.limit = PAGE  #: how many results to ask for
        self._host = HUB
        self._title = ""
        self._found: tuple[FoundRow, ...] = ()
        self.status = plain("", 12, tone="tx2", wrap=True)
        self.bar = ResultsBar(settings)
        self.bar.changed.connect(self._arrange)
        self.model = ResultsModel(self)
        self.results = ResultsView()
        self.results.setModel(self.model)
        self.results.selectionModel().currentChanged.connect(self._choose)
        self.results.copied.connect(self._copy_name)
        self.results.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.results.customContextMenuRequested.connect(self._ask_menu)
        self.more = button(self.tr("Show more results"))
        self.more.clicked.connect(self._ask_more)
        self.more.hide()
        told = QHBoxLayout()
        told.addWidget(self.status, 1)
        told.addWidget(self.bar)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.GAP_S)
        column.addLayout(told)
        column.addWidget(self.results, 1)
        column.addWidget(self.more)

    def begin(self, registry: RegistryRow, words: str, *, again: bool = False) -> None:
        """A search has started; ``again`` when it only asks for more of the same."""
        self._host, self._title = registry.host, display(registry.title)
        self.status.setText(words)
        self.more.hide()
        if not again:
            self.limit = PAGE
            self._found = ()
            self.bar.offer(())

    def take(self, rows: tuple[FoundRow, ...], text: str) -> None:
        """Show what a search for ``text`` has found."""
        start = f"{self._host}/"
        self._found = tuple(replace(row, name=row.name.removeprefix(start)) for row in rows)
        self.bar.offer(self._found)
        self.more.setVisible(len(rows) >= self.limit)
        if rows:
            self._arrange()
            return
        words = self.tr("Nothing on {0} matches “{1}”.").format(self._title, display(text))
        exact = in_registry(self._host, text)
        if exact is not None:  # a search does not know everything
            words += " " + self.tr("A repository of exactly this name may exist all the same.")
        self.show_exactly(exact, words)

    def show_exactly(self, exact: Exactly | None, words: str) -> None:
        """Show what was typed as the one result, or none if it names nothing."""
        self.status.setText(words)
        self._show((exact,) if exact is not None else ())

    def clear(self) -> None:
        self.status.clear()
        self._show(())

    def focus_list(self) -> None:
        """Go from the field to the list."""
        if self.model.rowCount():
            self.results.setFocus(Qt.FocusReason.TabFocusReason)
            if not self.results.currentIndex().isValid():
                self.results.setCurrentIndex(self.model.index(0))

    def _arrange(self) -> None:
        rows = self.bar.arrange(self._found)
        self.status.setText(self.tr("%n result(s) on {0}", "", len(rows)).format(self._title))
        self._show(rows)

    def _show(self, rows: tuple[Result, ...]) -> None:
        """Show ``rows``; what was chosen stays chosen where it is still there."""
        before = self._current()
        self.model.show(rows)
        if rows:
            place = rows.index(before) if before in rows else 0
            self.results.setCurrentIndex(self.model.index(place))
        else:
            self.chosen.emit(None)

    def _choose(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self.model.result(current.row()))

    def _ask_more(self) -> None:
        self.limit += PAGE
        self.more_wanted.emit()

    def _current(self) -> Result | None:
        index = self.results.currentIndex()
        return self.model.result(index.row()) if index.isValid() else None

    def _name(self) -> str:
        """The chosen result as people write it."""
        match self._current():
            case FoundRow(name=name):
                return name if self._host == HUB else f"{self._host}/{name}"
            case Exactly(familiar=familiar):
                return familiar
        return ""

    def _copy_name(self) -> None:
        if name := self._name():
            copy(name)

    def _ask_menu(self, at: QPoint) -> None:
        if name := self._name():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(icons.icon("copy"), self.tr("Copy reference"), lambda: copy(name))
            menu.popup(self.results.viewport().mapToGlobal(at))
