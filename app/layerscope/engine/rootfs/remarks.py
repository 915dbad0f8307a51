"""What a merge found odd, counted by layer and kind, with one example each."""

from __future__ import annotations

from layerscope.engine.content.wording import display_name
from layerscope.engine.rootfs.values import Remark

_TEXTS = {
    "root-not-folder": "An entry would turn the root folder into something else; it was ignored.",
    "duplicate-path": "{path} is stored more than once in the layer; the last copy counts.",
    "parent-not-folder": "A file stood in the way of {path}; it was replaced by a folder.",
    "symlink-loop": "The way to {path} goes round in circles; the entry was ignored.",
    "broken-hard-link": "{path} is a hard link to something that is not there.",
    "hard-link-to-folder": "{path} is a hard link to a folder, which no file system allows.",
    "hard-link-to-itself": "{path} is a hard link to itself.",
    "invalid-whiteout": "{path} would delete nothing that has a name; it was ignored.",
    "aufs-leftover": "{path} is bookkeeping of an old storage driver (AUFS); it was ignored.",
    "own-whiteout": "{path} is stored and deleted in the same layer; it stays.",
}


class Remarks:
    """Collects; memory is bounded by the number of layers and kinds."""

    def __init__(self) -> None:
        self.layer = 0
        self._found: dict[tuple[int, str], tuple[int, bytes]] = {}

    def note(self, code: str, path: bytes) -> None:
        key = self.layer, code
        count, first = self._found.get(key, (0, path))
        self._found[key] = count + 1, first

    def all(self) -> tuple[Remark, ...]:
        """By layer, then in the order they were met."""
        return tuple(
            Remark(layer, code, count, path, _TEXTS[code].format(path=display_name(path)))
            for (layer, code), (count, path) in self._found.items()
        )
