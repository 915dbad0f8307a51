"""Numbers with their nouns, one form for one and another for all else."""

from __future__ import annotations


def counted(count: int, one: str, many: str) -> str:
    """``one`` for 1, else ``many`` with ``{count}`` filled in: "1 line", "1,204 lines"."""
    return one if count == 1 else many.format(count=f"{count:,}")
