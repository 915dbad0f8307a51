"""The context menu of an image, in the library and in the sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu

from layerscope.engine.library.values import ImageRow
from layerscope.gui import icons
from layerscope.gui.listing import address
from layerscope.gui.plain import display, in_menu
from layerscope.gui.search.going import search_in

if TYPE_CHECKING:
    from layerscope.gui.window import MainWindow


def image_menu(window: MainWindow, row: ImageRow) -> QMenu:
    """A menu about one image, which deletes itself when it closes."""
    menu = QMenu(window)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    tr = QCoreApplication.translate
    writable = window.images.listing is None or window.images.listing.writable

    def add(text: str, icon: str, act: object) -> QAction:
        made = QAction(icons.icon(icon), text, menu)
        made.triggered.connect(act)
        menu.addAction(made)
        return made

    add(tr("menu", "Open"), "package", lambda: window.open_image(address(row)))
    menu.addSeparator()
    name = row.familiar[0] if row.familiar else str(row.image_id)
    clipboard = QGuiApplication.clipboard()
    if row.familiar:
        add(tr("menu", "Copy reference"), "copy", lambda: clipboard.setText(name))
    add(tr("menu", "Copy image ID"), "copy", lambda: clipboard.setText(str(row.image_id)))
    add(tr("menu", "Copy digest"), "hash", lambda: clipboard.setText(str(row.digest)))
    menu.addSeparator()
    if row.references:
        reference = row.references[0]
        if row.missing:
            text = tr("menu", "Pull missing layers")
            add(text, "download", lambda: _pull_missing(window, reference))
        newer = tr("menu", "Pull newer…")
        add(newer, "download", lambda: search_in(window, reference)).setEnabled(writable)
    tag = add(tr("menu", "Tag…"), "tag", lambda: window.changes.tag(row))
    tag.setEnabled(writable)
    if len(row.references) > 1:
        tags = menu.addMenu(icons.icon("x"), tr("menu", "Remove tag"))
        tags.setEnabled(writable)
        for reference, familiar in zip(row.references, row.familiar, strict=False):
            one = tags.addAction(in_menu(display(familiar)))
            one.triggered.connect(
                lambda _checked=False, wanted=reference: window.changes.untag(wanted)
            )
    chosen = window.chosen_rows()
    several = len(chosen) > 1 and row in chosen
    count = len(chosen)
    add(tr("menu", "Push…"), "upload", lambda: window.shipping.push(row))
    text = tr("menu", "Save %n image(s)…", "", count) if several else tr("menu", "Save…")
    add(text, "save", lambda: window.giving.save(chosen if several else [row]))
    add(tr("menu", "Export files…"), "folder-output", lambda: window.giving.export(row))
    menu.addSeparator()
    if several:
        text = tr("menu", "Remove %n image(s)…", "", len(chosen))
    else:
        text = tr("menu", "Remove image…")
    remove = add(text, "trash-2", lambda: window.changes.remove(chosen if several else [row]))
    remove.setEnabled(writable)
    return menu


def _pull_missing(window: MainWindow, reference: str) -> None:
    window.transfers.start_pull(reference)
    window.show_transfers(True)
