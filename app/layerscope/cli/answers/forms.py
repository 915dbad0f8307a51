"""What all answers are made of."""

from __future__ import annotations

from datetime import datetime

Answer = dict[str, object]


def time(moment: datetime | None) -> str | None:
    """RFC 3339, with Z for UTC as docker writes it."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
