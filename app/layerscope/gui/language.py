"""English as the interface speaks it: the one place where plurals are made."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTranslator

_PLURAL = "(s)"


class English(QTranslator):
    """Answers every text with itself, "%n image(s)" as "1 image" or "2 images".

    Other languages come as .qm files, which know their own plurals.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)

    def isEmpty(self) -> bool:
        return False

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        if n >= 0 and _PLURAL in source:
            return source.replace(_PLURAL, "" if n == 1 else "s")
        return source
