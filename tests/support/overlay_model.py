"""A slow and straightforward model of engines on overlayfs: a folder for each layer, then merged.

Each layer is unpacked into a folder of its own as containerd and docker do it (FORMATS.md 6.3),
and the folders are looked at as the kernel does.  Checked by the vectors that were really run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Entry = Mapping[str, Any]


class Refused(Exception):
    """The engine does not unpack the layer."""


class Disagreement(Exception):
    """docker and containerd do not do the same."""


@dataclass
class Thing:
    """``kind`` is that of the entry or "whiteout"; ``needed``: made for something inside it."""

    kind: str
    content: str = ""
    target: str = ""
    opaque: bool = False
    needed: bool = False
    children: dict[str, Thing] = field(default_factory=dict)


def unpacked(entries: Sequence[Entry]) -> Thing:
    """The own folder of a layer.  Raises Refused."""
    root = Thing("dir")
    for entry in entries:
        folder, _, name = str(entry["path"]).strip("/").rpartition("/")
        if name == ".wh..wh..opq":
            _folder(root, folder).opaque = True
        elif name.startswith(".wh."):
            parent = _folder(root, folder)
            if name[4:] in parent.children:
                raise Refused(entry["path"])
            parent.children[name[4:]] = Thing("whiteout")
        else:
            _put(root, _folder(root, folder), name, entry)
    return root


def _put(root: Thing, parent: Thing, name: str, entry: Entry) -> None:
    kind = entry["type"]
    if kind == "char" and (entry.get("major", 0), entry.get("minor", 0)) == (0, 0):
        kind = "whiteout"
    old = parent.children.get(name)
    if old is not None and old.kind == kind == "dir":
        old.needed = False
        return
    made = Thing(kind, str(entry.get("content", "")), str(entry.get("linkname", "")))
    parent.children.pop(name, None)
    if kind == "hardlink":
        folder, _, last = made.target.strip("/").rpartition("/")
        place = _folder(root, folder, make=False)
        if place is None or last not in place.children or place.children[last].kind == "dir":
            raise Refused(entry["path"])
        made = place.children[last]
    parent.children[name] = made


def _folder(root: Thing, path: str, *, make: bool = True) -> Any:
    """The folder in the own folder; symbolic links of the own folder are followed inside it."""
    trail, parts, hops = [root], [part for part in path.split("/") if part], 0
    while parts:
        part = parts.pop(0)
        if part in ("", "."):
            continue
        if part == "..":
            trail = trail[:-1] or [root]
            continue
        child = trail[-1].children.get(part)
        if child is None:
            if hops:
                raise Disagreement(path)
            if not make:
                return None
            child = trail[-1].children[part] = Thing("dir", needed=True)
        if child.kind == "symlink":
            hops += 1
            if hops > 40:
                raise Refused(path)
            if child.target.startswith("/"):
                trail = [root]
            parts = child.target.split("/") + parts
        elif child.kind == "dir":
            trail.append(child)
        else:
            raise Refused(path)
    return trail[-1]


def shown(layers: Sequence[Thing]) -> tuple[dict[str, Thing], set[str]]:
    """The merged view of own folders, bottom first, and the names that are only listed."""
    found: dict[str, Thing] = {}
    ghosts: set[str] = set()

    def look(folders: list[Thing], path: str) -> None:
        for name in {name for folder in folders for name in folder.children}:
            whole = f"{path}/{name}".lstrip("/")
            stack: list[Thing] = []
            for folder in folders:  # top first
                thing = folder.children.get(name)
                if thing is None:
                    continue
                if thing.kind == "dir":
                    stack.append(thing)
                elif not stack:
                    stack.append(thing)
                    break
                else:
                    break
                if thing.opaque:
                    break
            if stack[0].kind == "whiteout":
                if len(folders) == 1 and path:  # a container has a root folder of its own
                    ghosts.add(whole)
            else:
                found[whole] = stack[0]
                if stack[0].kind == "dir":
                    look(stack, whole)

    look(list(reversed(layers)), "")
    return found, ghosts
