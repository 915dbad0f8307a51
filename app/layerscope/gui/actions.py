"""The one home of everything a person can ask for: its id, name, icon, keys and menu."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from layerscope.gui import icons

SEPARATOR = "-"


class Actions(QObject):
    """All QActions of a window, by id: ``actions["image.tag"].triggered.connect(…)``.

    Pages connect what they can do and set it enabled while they can; ``reasons`` says in words
    why an action is disabled, for the palette, and so does its status tip, for menus and buttons.
    """

    #: Something is to be written to the disk: one of ``gui.giving.wishes``.
    write_asked = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: dict[str, QAction] = {}
        self.reasons: dict[str, str] = {}
        self._file_and_image()
        self._view()
        self._tools_and_help()

    def __getitem__(self, identity: str) -> QAction:
        return self._all[identity]

    def __contains__(self, identity: object) -> bool:
        return identity in self._all

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def menus(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The menu bar: titles, and ids in order; ``SEPARATOR`` between groups."""
        view = (
            "view.library",
            "view.search",
            SEPARATOR,
            "view.back",
            "view.forward",
            "view.refresh",
            SEPARATOR,
            "view.sidebar",
            "view.inspector",
            "view.transfers",
            SEPARATOR,
            "view.layer-only",
            "view.deleted",
            *(f"view.change-{letter}" for letter in "AMPDO"),
            SEPARATOR,
            "theme.system",
            "theme.light",
            "theme.dark",
            SEPARATOR,
            "view.larger",
            "view.smaller",
            "view.actual-size",
            SEPARATOR,
            "view.next-pane",
            "view.previous-pane",
            "view.full-screen",
        )
        return (
            (
                self.tr("&File"),
                (
                    "file.load",
                    "file.load-folder",
                    "file.sample",
                    SEPARATOR,
                    "file.store",
                    SEPARATOR,
                    "file.quit",
                ),
            ),
            (
                self.tr("&Image"),
                (
                    "image.pull",
                    "image.open",
                    SEPARATOR,
                    "image.tag",
                    "image.push",
                    "image.save",
                    "image.export",
                    SEPARATOR,
                    "image.remove",
                    "image.prune",
                    "image.undo",
                    "image.redo",
                    SEPARATOR,
                    "image.copy-reference",
                    "image.copy-digest",
                ),
            ),
            (self.tr("&View"), view),
            (
                self.tr("&Tools"),
                (
                    "tools.palette",
                    "tools.registries",
                    "tools.limits",
                    "tools.verify",
                    "tools.trash",
                ),
            ),
            (
                self.tr("&Help"),
                ("help.explain", "help.keys", SEPARATOR, "help.report", "help.about"),
            ),
        )

    def enable(self, identity: str, possible: bool, reason: str = "") -> None:
        """Set an action enabled or not; ``reason`` is a sentence for when it is not."""
        self._all[identity].setStatusTip("" if possible else reason)
        self._all[identity].setEnabled(possible)
        if possible:
            self.reasons.pop(identity, None)
        else:
            self.reasons[identity] = reason

    def _file_and_image(self) -> None:
        self._add("file.load", self.tr("&Load archive…"), "folder-open", "Ctrl+O")
        self._add("file.load-folder", self.tr("Open OCI layout &folder…"), "folder")
        self._add("file.sample", self.tr("Load the &sample image"), "box")
        self._add("file.store", self.tr("Choose another s&tore…"), "hard-drive")
        self._add("file.quit", self.tr("&Quit"), "log-out", "Ctrl+Q")
        self._add("image.pull", self.tr("&Pull…"), "download", "Ctrl+P")
        self._add("image.open", self.tr("&Open"), "package")
        self._add("image.tag", self.tr("Add or move a &tag…"), "tag", "Ctrl+T", "F2")
        self._add("image.push", self.tr("Pus&h…"), "upload", "Ctrl+Shift+U")
        self._add("image.save", self.tr("&Save…"), "save", "Ctrl+S")
        self._add("image.export", self.tr("&Export files…"), "folder-output", "Ctrl+E")
        remove = self._add("image.remove", self.tr("&Remove…"), "trash-2", "Del")
        remove.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._add("image.prune", self.tr("Pru&ne…"), "eraser", "Ctrl+Shift+Del")
        self._add("image.undo", self.tr("&Undo"), "undo-2", "Ctrl+Z")
        self._add("image.redo", self.tr("R&edo"), "redo-2", "Ctrl+Shift+Z")
        self._add("image.copy-reference", self.tr("Copy &reference"), "copy")
        self._add("image.copy-digest", self.tr("Copy &digest"), "hash", "Ctrl+Shift+C")

    def _view(self) -> None:
        self._add("view.library", self.tr("&Library"), "database", "Ctrl+1")
        self._add("view.search", self.tr("&Search"), "search", "Ctrl+2")
        self._add("view.transfers", self.tr("&Transfers"), "arrow-down-up", "Ctrl+J", "Ctrl+3")
        self._check("view.transfers")
        self._add("view.back", self.tr("&Back"), "chevron-left", "Alt+Left")
        self._add("view.forward", self.tr("&Forward"), "chevron-right", "Alt+Right")
        self._add("view.refresh", self.tr("&Refresh"), "refresh-cw", "F5")
        self._add("view.sidebar", self.tr("Side&bar"), "panel-left", "F9")
        self._check("view.sidebar", True)
        self._add("view.inspector", self.tr("&Inspector"), "panel-right", "Ctrl+I")
        self._check("view.inspector", True)
        self._add("view.layer-only", self.tr("Selected layer &only"), "layers", "Ctrl+M")
        self._check("view.layer-only")
        self._add("view.deleted", self.tr("Show &deleted files"), "eye", "Ctrl+H")
        self._check("view.deleted")
        for place, (letter, name) in enumerate(
            (
                ("A", self.tr("Added files")),
                ("M", self.tr("Modified files")),
                ("P", self.tr("Files with changed properties")),
                ("D", self.tr("Deleted files")),
                ("O", self.tr("Replaced folders")),
            ),
            start=1,
        ):
            self._add(f"view.change-{letter}", name, "list-filter", f"Alt+{place}")
            self._check(f"view.change-{letter}")
        looks = QActionGroup(self)
        for choice, name, picture in (
            ("system", self.tr("Theme of the system"), "sun-moon"),
            ("light", self.tr("Light theme"), "sun"),
            ("dark", self.tr("Dark theme"), "moon"),
        ):
            looks.addAction(self._add(f"theme.{choice}", name, picture))
            self._check(f"theme.{choice}")
        self._add("view.next-pane", self.tr("&Next pane"), "", "F6")
        self._add("view.previous-pane", self.tr("&Previous pane"), "", "Shift+F6")
        self._add("view.larger", self.tr("Lar&ger"), "", "Ctrl++", "Ctrl+=")
        self._add("view.smaller", self.tr("S&maller"), "", "Ctrl+-")
        self._add("view.actual-size", self.tr("&Normal size"), "", "Ctrl+0")
        self._add("view.full-screen", self.tr("F&ull screen"), "maximize", "F11")
        self._check("view.full-screen")

    def _tools_and_help(self) -> None:
        self._add("tools.palette", self.tr("&Command palette"), "command", "Ctrl+K", "Ctrl+Shift+P")
        self._add("tools.registries", self.tr("&Registries and sign-in…"), "globe")
        self._add("tools.limits", self.tr("Reading &limits…"), "settings")
        self._add("tools.verify", self.tr("&Verify store…"), "shield-check")
        self._add("tools.trash", self.tr("Store &trash…"), "trash-2")
        self._add("help.explain", self.tr("&Explain this view"), "circle-help", "Shift+F1")
        self._add("help.keys", self.tr("&Keyboard map"), "keyboard", "Ctrl+/")
        self._add("help.report", self.tr("Copy a problem &report"), "bug")
        self._add("help.about", self.tr("&About and licences"), "info")

    def _add(self, identity: str, text: str, icon: str, *keys: str) -> QAction:
        action = QAction(text, self)
        if icon:
            action.setIcon(icons.icon(icon))
        action.setObjectName(identity)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setMenuRole(QAction.MenuRole.NoRole)
        self._all[identity] = action
        return action

    def _check(self, identity: str, checked: bool = False) -> None:
        self._all[identity].setCheckable(True)
        self._all[identity].setIconVisibleInMenu(False)  # its place is the check mark's
        self._all[identity].setChecked(checked)
