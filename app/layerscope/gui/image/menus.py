"""The context menus of files and layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from layerscope.engine.library.values import LayerRow
from layerscope.engine.rootfs import Row
from layerscope.gui import icons
from layerscope.gui.image import wishing
from layerscope.gui.image.copying import copy_text
from layerscope.gui.image.files_words import icon_name
from layerscope.gui.plain import display, in_menu

if TYPE_CHECKING:
    from layerscope.gui.image.files_tab import FilesTab

_NAME = 60


def file_menu(tab: FilesTab, rows: Sequence[Row]) -> QMenu:
    """For the selected files; the first one counts where there can be only one."""
    menu = _menu(tab)
    if not rows:
        return menu
    row = rows[0]
    _add(menu, _tr("Quick look"), "eye", tab.verbs.peek, "Space")
    _add(menu, _tr("Copy path"), "copy", partial(tab.verbs.copy, rows), "Ctrl+C")
    if row.digest and len(rows) == 1:
        digest = f"sha256:{row.digest.hex()}"
        _add(menu, _tr("Copy digest of content"), "hash", partial(copy_text, digest))
    if not all(row.deleted for row in rows):
        here = [row for row in rows if not row.deleted]
        _add(menu, _tr("Extract…"), "folder-output", partial(wishing.extract, tab, here))
    menu.addSeparator()
    _add(menu, _tr("Play lookup"), "play", tab.verbs.play, "Ctrl+Shift+L")
    if row.origin:
        words = _tr("Go to origin layer {number}").format(number=row.origin)
        _add(menu, words, "layers", partial(tab.go_to_layer, row.origin), "Ctrl+G")
        words = _tr("Show layer {number} only").format(number=row.origin)
        _add(menu, words, "list-filter", partial(tab.show_only, row.origin))
        words = _tr("View from layer {number}").format(number=row.origin)
        _add(menu, words, "eye", partial(tab.look_from, row.origin))
    menu.addSeparator()
    _add(menu, _tr("Next change"), "arrow-down", tab.files.view.next_change, "F3")
    return menu


def layer_menu(tab: FilesTab, layer: LayerRow) -> QMenu:
    menu = _menu(tab)
    number = layer.number
    _add(menu, _tr("View from here"), "eye", partial(tab.look_from, number))
    _add(menu, _tr("Show this layer only"), "list-filter", partial(tab.show_only, number), "Enter")
    _add(menu, _tr("Show its files"), "folder", partial(tab.show_files_of, number), "Ctrl+G")
    _add(menu, _tr("Set as baseline"), "git-compare", partial(tab.compare_with, number))
    menu.addSeparator()
    words = _tr("Export files from here…")
    _add(menu, words, "folder-output", partial(wishing.export, tab, number))
    _add(menu, _tr("Export this layer…"), "layers", partial(wishing.export_layer, tab, layer))
    menu.addSeparator()
    _add(menu, _tr("Copy digest"), "copy", partial(copy_text, str(layer.digest)))
    if layer.diff_id is not None:
        _add(menu, _tr("Copy DiffID"), "copy", partial(copy_text, str(layer.diff_id)))
    if layer.chain_id is not None:
        _add(menu, _tr("Copy ChainID"), "copy", partial(copy_text, str(layer.chain_id)))
    instruction = f"{layer.keyword} {layer.command}".strip()
    _add(menu, _tr("Copy instruction"), "copy", partial(copy_text, instruction))
    if layer.shared_by:
        menu.addSeparator()
        shared = menu.addMenu(_tr("Images that share it"))
        for name in layer.shared_by[:20]:
            _add(shared, name, "package", partial(tab.image_wanted.emit, name))
    return menu


def sibling_menu(
    parent: QWidget, rows: Sequence[Row], node: int, chosen: Callable[[int], None]
) -> QMenu:
    """The rows of a folder, the one of ``node`` ticked."""
    menu = _menu(parent)
    for row in rows:
        action = _add(menu, display(row.name), icon_name(row), partial(chosen, row.node))
        action.setCheckable(row.node == node)
        action.setChecked(row.node == node)
    return menu


def _menu(parent: QWidget) -> QMenu:
    menu = QMenu(parent)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _add(menu: QMenu, words: str, icon: str, act: Callable[[], object], keys: str = "") -> QAction:
    shown = in_menu(display(words if len(words) <= _NAME else words[:_NAME] + "…"))
    action = menu.addAction(icons.icon(icon), f"{shown}\t{keys}" if keys else shown)
    action.triggered.connect(lambda _checked=False: act())
    return action


def _tr(text: str) -> str:
    return QCoreApplication.translate("Menus", text)
