"""What Esc does to the files of an image: out of the innermost thing, one level at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from layerscope.gui.image.files_tab import FilesTab


def back_out(tab: FilesTab) -> bool:
    """End what is played or searched for, clear the filter, close the overlay, leave the pane;
    False if there is nothing to get out of (UX.md 1.5)."""
    inspector, seeking = tab.inspector, tab.files.view.files.seeking
    focus = QApplication.focusWidget()
    finding = inspector.isVisible() and inspector.preview.find_bar.isVisible()
    if seeking.busy:
        seeking.stop()
    elif finding and _has(inspector, focus):
        inspector.preview.find_bar.leave()
    elif inspector.lookup.player.active:
        inspector.lookup.player.stop()
    elif tab.arranging.overlaid and _has(inspector, focus):
        _close_overlay(tab)
    elif _has(tab.files.breadcrumb, focus):
        tab.files.view.setFocus()
    elif tab.filter.active:
        tab.clear_filter()
    elif tab.arranging.overlaid:
        _close_overlay(tab)
    elif not tab.files.view.hasFocus():
        tab.arranging.show_files()
        tab.files.view.setFocus()
    else:
        return False
    return True


def _close_overlay(tab: FilesTab) -> None:
    tab.actions_.show_for_now(False)
    tab.files.view.setFocus()


def _has(pane: QWidget, focus: QWidget | None) -> bool:
    return focus is not None and (focus is pane or pane.isAncestorOf(focus))
