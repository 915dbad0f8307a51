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
    "overlay-folder": "Engines on overlayfs would show a folder of its own at {path}, whatever "
    "lower layers have there.",
    "overlay-shows": "Engines on overlayfs would still show {path}: its folder is stored again "
    "after it was deleted.",
    "overlay-root-opaque": "Engines on overlayfs would still show {path}: they cannot empty the "
    "root folder.",
    "overlay-refused": "Engines on overlayfs would refuse the layer: it both deletes and stores "
    "what {path} is about.",
    "overlay-link": "Engines on overlayfs would refuse the layer: {path} is a hard link to what "
    "only a lower layer has.",
    "overlay-device": "Engines on overlayfs would show nothing at {path}: a character device 0:0 "
    "is a deletion to them.",
    "overlay-bookkeeping": "Engines on overlayfs would show {path}, the bookkeeping of an old "
    "storage driver (AUFS).",
    "overlay-ghost": "Engines on overlayfs would list {path}, though nothing is there.",
    "overlay-parent": "Docker and Podman on overlayfs would show {path} with mode 0755 and owner "
    "0:0: the layer stores something in it, but not the folder.",
    "overlay-attribute": "Docker and Podman on overlayfs would hide what lower layers have in "
    "{path}: an extended attribute makes it opaque.",
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
