"""Labels that wrap and are exactly as high as their text, whatever layout they are in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QLabel, QSizePolicy

_MOMENTS = (
    QEvent.Type.Resize,
    QEvent.Type.Polish,
    QEvent.Type.FontChange,
    QEvent.Type.Show,
)


def fitted(label: QLabel) -> QLabel:
    """Give ``label``, which wraps, the height that its width needs; returns it."""
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    _Fitting(label)
    return label


def refit(label: QLabel) -> None:
    """Do so again, after its text has changed."""
    if label.width() <= 0:
        return
    before = label.minimumHeight()
    label.setMinimumHeight(0)  # else it would never need less than it once had
    height = label.heightForWidth(label.width())
    if height > 0 and height != before:
        label.setFixedHeight(height)
    else:
        label.setMinimumHeight(before)


class _Fitting(QObject):
    """Layouts ask a wrapping label for a height before they know its width; this answers again."""

    def __init__(self, label: QLabel) -> None:
        super().__init__(label)
        self._label = label
        label.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOMENTS:
            refit(self._label)
        return False
