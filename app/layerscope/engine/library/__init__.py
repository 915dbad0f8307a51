"""The only door to the engine: what a person can do with images.

``Library`` and ``open_library`` are looked up only when asked for, so that the window, which reads
no more than the values, does not load the whole engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .door import Library, open_library

__all__ = ["Library", "open_library"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import door

    return getattr(door, name)
