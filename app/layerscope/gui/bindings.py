"""Ties every action to what it does in the window, and says when it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from layerscope.gui import panes, theme, zoom
from layerscope.gui.listing import address
from layerscope.gui.notices import surroundings
from layerscope.gui.plain import display, in_menu
from layerscope.gui.rail import Section

if TYPE_CHECKING:
    from layerscope.gui.window import MainWindow

_OF_AN_IMAGE = ("view.sidebar", "view.inspector", "view.layer-only", "view.deleted")


class Bindings(QObject):
    """The verbs of the menus, for one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        actions, changes = window.actions_, window.changes
        for identity in actions:
            if actions[identity].shortcutContext() == Qt.ShortcutContext.WindowShortcut:
                window.addAction(actions[identity])
        for identity, act in self._verbs().items():
            actions[identity].triggered.connect(act)
        for identity, switch in (
            ("view.transfers", window.show_transfers),
            ("view.full-screen", self._fill_screen),
        ):
            actions[identity].toggled.connect(switch)
        actions[f"theme.{theme.choice()}"].setChecked(True)
        actions.write_asked.connect(window.giving.write)
        window.status.activity.clicked.connect(actions["view.transfers"].trigger)
        window.library.addAction(actions["image.remove"])
        window.library.selection_changed.connect(self.update)
        window.images.changed.connect(self.update)
        window.images.failed.connect(self.update)
        window.section_changed.connect(self.update)
        assert changes is not None
        self.update()

    def update(self, _what: object = None) -> None:
        """Set every action enabled or not, with the reason."""
        window, actions = self._window, self._window.actions_
        rows = window.chosen_rows()
        listing, error = window.images.listing, window.images.error
        writable = error is None and (listing is None or listing.writable)
        locked = self.tr("This store can only be read.")
        if error is not None:
            locked = self.tr("The store cannot be read now.")
        pick = self.tr("Select an image first.")
        one = len(rows) == 1
        actions.enable("image.open", one, pick)
        actions.enable("image.copy-reference", one, pick)
        actions.enable("image.copy-digest", one, pick)
        actions.enable("image.tag", one and writable, locked if not writable else pick)
        actions.enable("image.push", one, pick)
        actions.enable("image.save", bool(rows), pick)
        actions.enable("image.export", one, pick)
        actions.enable("image.remove", bool(rows) and writable, locked if not writable else pick)
        for identity in ("image.prune", "image.pull", "file.load", "file.load-folder"):
            actions.enable(identity, writable, locked)
        actions.enable("file.sample", writable, locked)
        undoable = listing.undoable if listing is not None else ""
        redoable = listing.redoable if listing is not None else ""
        for identity, what, verb, nothing in (
            ("image.undo", undoable, self.tr("&Undo"), self.tr("Nothing to undo.")),
            ("image.redo", redoable, self.tr("R&edo"), self.tr("Nothing to redo.")),
        ):
            actions.enable(identity, bool(what) and writable, nothing if writable else locked)
            actions[identity].setText(f"{verb}: {in_menu(display(what))}" if what else verb)
        back, forward = window.places.can_go()
        actions.enable("view.back", back, self.tr("Nothing to go back to."))
        actions.enable("view.forward", forward, self.tr("Nothing to go forward to."))
        on_image = window.section is Section.IMAGE
        closed = self.tr("Open an image first.")
        for identity in actions:
            if identity in _OF_AN_IMAGE or identity.startswith("view.change-"):
                actions.enable(identity, on_image, closed)

    def _verbs(self) -> dict[str, Callable[[], object]]:
        window = self._window
        changes = window.changes
        return {
            "file.load": changes.choose_archive,
            "file.load-folder": changes.choose_folder,
            "file.sample": changes.load_sample,
            "file.store": window.stores.choose,
            "file.quit": window.close,
            "image.pull": self._pull,
            "image.open": self._open,
            "image.tag": self._tag,
            "image.push": self._push,
            "image.save": self._save,
            "image.export": self._export,
            "image.remove": self._remove,
            "image.prune": changes.prune,
            "image.undo": changes.undo,
            "image.redo": changes.redo,
            "image.copy-reference": self._copy_reference,
            "image.copy-digest": self._copy_digest,
            "view.library": self._library,
            "view.search": self._search,
            "view.back": window.places.go_back,
            "view.forward": window.places.go_forward,
            "view.refresh": window.images.refresh,
            "view.next-pane": self._next_pane,
            "view.previous-pane": self._previous_pane,
            "view.larger": self._larger,
            "view.smaller": self._smaller,
            "view.actual-size": self._actual_size,
            "theme.system": self._dress_as_system,
            "theme.light": self._dress_light,
            "theme.dark": self._dress_dark,
            "tools.palette": self._palette,
            "tools.registries": window.shipping.registries,
            "tools.limits": self._limits,
            "tools.verify": changes.verify,
            "tools.trash": changes.trash,
            "help.explain": self._explain,
            "help.keys": self._keys,
            "help.report": self._report,
            "help.about": self._about,
        }

    # Image

    def _pull(self) -> None:
        self._window.open_section(Section.SEARCH)

    def _open(self) -> None:
        for row in self._window.chosen_rows()[:1]:
            self._window.open_image(address(row))

    def _tag(self) -> None:
        for row in self._window.chosen_rows()[:1]:
            self._window.changes.tag(row)

    def _push(self) -> None:
        for row in self._window.chosen_rows()[:1]:
            self._window.shipping.push(row)

    def _save(self) -> None:
        self._window.giving.save(self._window.chosen_rows())

    def _export(self) -> None:
        for row in self._window.chosen_rows()[:1]:
            self._window.giving.export(row)

    def _remove(self) -> None:
        self._window.changes.remove(self._window.chosen_rows())

    def _copy_reference(self) -> None:
        for row in self._window.chosen_rows()[:1]:
            self._copy(row.familiar[0] if row.familiar else str(row.image_id))

    def _copy_digest(self) -> None:
        for row in self._window.chosen_rows()[:1]:
            self._copy(str(row.digest))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._window.status.remark(self.tr("Copied %s") % display(text))

    # View

    def _library(self) -> None:
        self._window.open_section(Section.LIBRARY)

    def _search(self) -> None:
        self._window.open_section(Section.SEARCH)

    def _next_pane(self) -> None:
        panes.go_to_next(self._window)

    def _previous_pane(self) -> None:
        panes.go_to_next(self._window, forward=False)

    def _fill_screen(self, full: bool) -> None:
        if full:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    def _larger(self) -> None:
        self._zoom(1)

    def _smaller(self) -> None:
        self._zoom(-1)

    def _actual_size(self) -> None:
        self._zoom(0)

    def _zoom(self, direction: int) -> None:
        percent = zoom.step(self._window.settings, direction)
        words = self.tr("Everything is shown at %s % from the next start.")
        self._window.status.remark(words.replace("%s", str(percent)))

    def _dress_as_system(self) -> None:
        self._dress("system")

    def _dress_light(self) -> None:
        self._dress("light")

    def _dress_dark(self) -> None:
        self._dress("dark")

    def _dress(self, choice: theme.Choice) -> None:
        self._window.settings.put("look.theme", choice)
        theme.apply(cast("QApplication", QApplication.instance()), choice)

    # Tools and help

    def _palette(self) -> None:
        self._window.open_palette()

    def _limits(self) -> None:
        from layerscope.gui.dialogs.limits import LimitsSheet

        LimitsSheet(self._window, self._window.jobs).appear()

    def _explain(self) -> None:
        from layerscope.gui.explaining import explain

        explain(self._window.pages.currentWidget())

    def _keys(self) -> None:
        from layerscope.gui.dialogs.keys import KeysSheet

        KeysSheet(self._window, self._window.actions_).appear()

    def _report(self) -> None:
        lines = [surroundings(), "", *self._window.toasts.log[-20:]]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._window.toast(self.tr("Copied the problem report."))

    def _about(self) -> None:
        from layerscope.gui.dialogs.about import AboutSheet

        AboutSheet(self._window).appear()
