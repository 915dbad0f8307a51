"""What can be done with one tag of a repository: a menu, and the key that copies its name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from layerscope.engine.oci import Digest, Reference
from layerscope.gui import icons
from layerscope.gui.plain import display, in_menu


def tag_menu(
    parent: QWidget,
    reference: str,
    digest: Digest | None,
    *,
    pull: Callable[[], object] | None,
    open_here: Callable[[], object] | None,
    pull_all: Callable[[], object] | None,
) -> QMenu:
    """A menu that deletes itself when it closes.  What cannot be done now is None and left out."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    tr = QCoreApplication.translate
    parsed = Reference.parse(reference)
    familiar = parsed.familiar

    def add(text: str, icon: str, act: Callable[[], object]) -> None:
        made = menu.addAction(icons.icon(icon), text)
        made.triggered.connect(lambda _checked=False: act())

    name = in_menu(display(familiar))
    if pull is not None:
        add(tr("tag menu", "Pull {0}").format(name), "download", pull)
    if open_here is not None:
        add(tr("tag menu", "Open"), "package", open_here)
    if pull_all is not None:
        add(tr("tag menu", "Pull all tags"), "download", pull_all)
    menu.addSeparator()
    add(tr("tag menu", "Copy reference"), "copy", lambda: copy(familiar))
    if digest is not None:
        pinned = parsed.with_digest(digest).familiar
        add(tr("tag menu", "Copy reference with digest"), "copy", lambda: copy(pinned))
        add(tr("tag menu", "Copy digest"), "hash", lambda: copy(str(digest)))
    return menu


def copy(text: str) -> None:
    """Put a name on the clipboard as it is spelt."""
    QGuiApplication.clipboard().setText(text)
