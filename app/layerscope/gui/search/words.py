"""How the Search page says counts, ages and platforms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication


def short_count(number: int) -> str:
    """13400 as "13.4k", 1200000000 as "1.2B"; three digits at most."""
    for limit, unit in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if number >= limit:
            value = number / limit
            return (
                f"{value:.0f}{unit}"
                if value >= 100
                else f"{value:.1f}".rstrip("0").rstrip(".") + unit
            )
    return str(number)


def age(when: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in one or two letters; empty when it is not known."""
    if when is None:
        return ""
    seconds = max(0.0, ((now or datetime.now(UTC)) - when).total_seconds())
    tr = QCoreApplication.translate
    for length, words in (
        (365 * 86_400, tr("search", "{0} y ago")),
        (30 * 86_400, tr("search", "{0} mo ago")),
        (7 * 86_400, tr("search", "{0} w ago")),
        (86_400, tr("search", "{0} d ago")),
        (3_600, tr("search", "{0} h ago")),
        (60, tr("search", "{0} min ago")),
    ):
        if seconds >= length:
            return words.format(int(seconds // length))
    return tr("search", "just now")


def platforms_text(platforms: Sequence[str]) -> str:
    """The first two architectures, and how many more: "amd64 arm64 +5"."""
    short = [text.removeprefix("linux/") for text in platforms]
    more = f" +{len(short) - 2}" if len(short) > 2 else ""
    return " ".join(short[:2]) + more


def tags_in(repository: str, references: Iterable[str]) -> frozenset[str]:
    """The tags of one repository among canonical references."""
    start = f"{repository}:"
    return frozenset(one.removeprefix(start) for one in references if one.startswith(start))
