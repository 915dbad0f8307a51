"""Small words of the library: how long ago, and what is shown for a size."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication, QLocale

from layerscope.engine.library.values import ImageRow, size_text

UNKNOWN = "…"


def age_text(created: datetime | None, now: datetime | None = None) -> str:
    """``3 h ago``; a dash for an image that does not say, the day for one from the future."""
    if created is None:
        return "—"
    seconds = ((now or datetime.now(UTC)) - created).total_seconds()
    tr = QCoreApplication.translate
    if seconds < -86_400:
        return day_text(created)
    for from_here, length, words in (
        (365.25, 365.25, tr("library", "%1 y ago")),
        (70, 30.44, tr("library", "%1 mo ago")),
        (14, 7, tr("library", "%1 w ago")),
        (1, 1, tr("library", "%1 d ago")),
        (1 / 24, 1 / 24, tr("library", "%1 h ago")),
        (1 / 1440, 1 / 1440, tr("library", "%1 min ago")),
    ):
        if seconds >= from_here * 86_400:
            return words.replace("%1", str(int(seconds // (length * 86_400))))
    return tr("library", "just now")


def day_text(when: datetime) -> str:
    month = QLocale().standaloneMonthName(when.month, QLocale.FormatType.ShortFormat)
    return f"{when.day} {month} {when.year}"


def unpacked_text(row: ImageRow) -> str:
    """The unpacked size, or dots until all layers have been indexed."""
    return UNKNOWN if row.size is None else size_text(row.size)
