"""Explains the pane that has the focus: all the texts, and showing one until the next key."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtWidgets import QApplication, QWhatsThis, QWidget

from layerscope.gui.plain import tooltip

_INSIDE = QPoint(24, 24)


def words(pane: str) -> str:
    """The explanation of a pane, which sets it as its "what's this"."""
    tr = QCoreApplication.translate
    match pane:
        case "files":
            return tr(
                "explaining",
                "The files that a container of this image would see. The chip at the left says "
                "which layer each comes from, the letter how it changed since the base image, "
                "and the bar which layers the bytes in a folder are from.",
            )
        case "history":
            return tr(
                "explaining",
                "Every step that made this image, the newest first. Steps without a number only "
                "set metadata and have no layer.",
            )
        case "config":
            return tr(
                "explaining",
                "How a container of this image is started: command, environment, user, ports "
                "and labels. It is kept in the config, beside the layers.",
            )
        case "inspector":
            return tr(
                "explaining",
                "Where the selected file comes from: the layers are looked through from the "
                "top, and the first that has it is what a container sees. Copies below stay "
                "stored.",
            )
        case "raw":
            return tr(
                "explaining",
                "The documents of this image exactly as the registry keeps them. A digest that "
                "is underlined leads to its layer.",
            )
        case "layers":
            return tr(
                "explaining",
                "The layers of this image, the newest on top. The black line says from which "
                "layer down the files are shown; drag it, or press [ and ]. The dashed plate is "
                "what a container would write to, the hatched one the kernel that all "
                "containers share.",
            )
        case "library":
            return tr(
                "explaining",
                "All images of this store, one row each, with all their tags. Unique bytes are "
                "freed when that image is deleted; shared bytes stay while another image needs "
                "them.",
            )
        case "sidebar":
            return tr(
                "explaining",
                "The images of this store by repository. Enter opens one.",
            )
        case "rail":
            return tr(
                "explaining",
                "The sections of Layerscope: what is on this disk, what registries have, and "
                "what moves.",
            )
        case "transfers":
            return tr(
                "explaining",
                "Pulls, pushes, loads and saves. Each coloured bar is a layer; layers that are "
                "here already do not travel. What was cancelled goes on where it stopped.",
            )
        case "search":
            return tr(
                "explaining",
                "What registries have. Before anything is pulled, the layers that are on this "
                "disk already are compared with those that would have to be downloaded.",
            )
    raise KeyError(pane)


def explanation(widget: QWidget | None) -> tuple[str, QWidget | None]:
    """What ``widget``, or the nearest thing that it is part of, says about itself, and whose words
    they are."""
    while widget is not None:
        if widget.whatsThis():
            return widget.whatsThis(), widget
        widget = widget.parentWidget()
    return "", None


def explain(shown: QWidget | None) -> None:
    """Show the explanation of what has the focus, or else of ``shown``."""
    text, pane = explanation(QApplication.focusWidget())
    if pane is None:
        text, pane = explanation(shown)
    if pane is not None:
        QWhatsThis.showText(pane.mapToGlobal(_INSIDE), tooltip(text), pane)
