"""The View menu's entries and the keys that belong to the files of an image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from layerscope.engine.rootfs import View
from layerscope.gui.actions import Actions
from layerscope.gui.image.backing_out import back_out
from layerscope.gui.image.filter_bar import LETTERS
from layerscope.gui.settings import Settings

if TYPE_CHECKING:
    from layerscope.gui.image.files_tab import FilesTab

_OURS = (
    "view.inspector",
    "view.layer-only",
    "view.deleted",
    *(f"view.change-{x}" for x in LETTERS),
)


class ViewActions(QObject):
    """Connects actions with a ``FilesTab``; they are enabled while it is visible."""

    def __init__(self, tab: FilesTab, actions: Actions, settings: Settings) -> None:
        super().__init__(tab)
        self._tab = tab
        self._actions = actions
        self._settings = settings
        self._for_now = False
        actions["view.layer-only"].toggled.connect(tab.show_layer_only)
        actions["view.deleted"].toggled.connect(self._show_deleted)
        actions["view.inspector"].toggled.connect(self._inspector_toggled)
        for letter in LETTERS:
            chip = tab.files.filter_bar.chips[letter]
            actions[f"view.change-{letter}"].toggled.connect(chip.setChecked)
        actions["view.inspector"].setChecked(self.inspector_wanted)
        tab.arranging.show_inspector(self.inspector_wanted)
        for keys, act in (
            ("[", self._line_down),
            ("]", self._line_up),
            ("{", self._line_to_bottom),
            ("}", self._line_to_top),
            ("Esc", self._back_out),
            ("Ctrl+Shift+L", self._play_lookup),
        ):
            shortcut = QShortcut(QKeySequence(keys), tab)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        tab.installEventFilter(self)
        self._enable(False)

    def ask_to_write(self, wish: object) -> None:
        """One of ``gui.giving.wishes``."""
        self._actions.write_asked.emit(wish)

    def show_view(self, view: View) -> None:
        """Let the menu say what is looked at."""
        self._actions["view.layer-only"].setChecked(view.layer is not None)
        self._actions["view.deleted"].setChecked(view.show_deleted)

    def changes_chosen(self, letters: frozenset[str]) -> None:
        """The chips that are on; deletions can only be listed if they are shown."""
        tab = self._tab
        for letter in LETTERS:
            self._actions[f"view.change-{letter}"].setChecked(letter in letters)
        if "D" in letters and not tab.view.show_deleted:
            tab.filter.changes = letters
            tab.look(replace(tab.view, show_deleted=True))
        tab.filter.set_changes(letters)

    def show_inspector(self) -> None:
        self._actions["view.inspector"].setChecked(True)

    def hide_inspector(self) -> None:
        self._actions["view.inspector"].setChecked(False)

    @property
    def inspector_wanted(self) -> bool:
        """Whether the person wants an inspector at all."""
        return self._settings.value("image.inspector", True)

    def make_room(self, narrow: bool) -> None:
        """Where there is no room beside the files the inspector goes, and comes back with it."""
        self.show_for_now(self.inspector_wanted and not narrow)

    def show_for_now(self, shown: bool) -> None:
        """Show the inspector or not without taking it for what the person always wants."""
        self._for_now = True
        self._actions["view.inspector"].setChecked(shown)
        self._for_now = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._enable(True)
        elif event.type() == QEvent.Type.Hide:
            self._enable(False)
        return False

    # Inside

    def _enable(self, possible: bool) -> None:
        for identity in _OURS:
            self._actions.enable(identity, possible, self.tr("Open the files of an image first."))

    def _inspector_toggled(self, shown: bool) -> None:
        self._tab.arranging.show_inspector(shown)
        if not self._for_now:
            self._settings.put("image.inspector", shown)

    def _show_deleted(self, shown: bool) -> None:
        self._tab.look(replace(self._tab.view, show_deleted=shown))

    def _line_down(self) -> None:
        self._tab.look_from(self._tab.view.as_of - 1)

    def _line_up(self) -> None:
        self._tab.look_from(self._tab.view.as_of + 1)

    def _line_to_bottom(self) -> None:
        self._tab.look_from(1)

    def _line_to_top(self) -> None:
        detail = self._tab.detail
        self._tab.look_from(len(detail.layers) if detail is not None else 1)

    def _play_lookup(self) -> None:
        self._tab.verbs.play()

    def _back_out(self) -> None:
        back_out(self._tab)
