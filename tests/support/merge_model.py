"""A slow and straightforward merge to compare with: nested dicts, recursion, whole trees copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Entry = Mapping[str, Any]


@dataclass
class Inode:
    kind: str
    size: int = 0
    mode: int = 0o644
    uid: int = 0
    mtime: int = 0
    target: str = ""
    content: str = ""
    layer: int = 0


@dataclass
class Node:
    inode: Inode
    layer: int
    implicit: bool = False
    children: dict[str, Node] = field(default_factory=dict)


class Refused(Exception):
    """A way that goes in circles."""


def merged(layers: Sequence[Sequence[Entry]]) -> Node:
    """The root after all layers, by FORMATS.md 6.2, word for word."""
    root = Node(Inode("dir", mode=0o755), 0, implicit=True)
    for number, entries in enumerate(layers, 1):
        for entry in entries:
            apply(root, entry, number)
    return root


def apply(root: Node, entry: Entry, layer: int) -> None:
    folder, _, name = str(entry["path"]).rpartition("/")
    try:
        if name == ".wh..wh..opq":
            parent = walk(root, folder, layer, make=False)
            if parent is not None:
                prune(parent, layer)
        elif name.startswith(".wh."):
            parent = walk(root, folder, layer, make=False)
            if parent is not None and name[4:] in parent.children:
                prune_child(parent, name[4:], layer)
        else:
            parent = walk(root, folder, layer, make=True)
            assert parent is not None
            put(root, parent, name, entry, layer)
    except Refused:
        return


def put(root: Node, parent: Node, name: str, entry: Entry, layer: int) -> None:
    inode = Inode(
        entry["type"],
        len(entry.get("content", "")),
        int(str(entry.get("mode", "0644")), 8),
        entry.get("uid", 0),
        entry.get("mtime", 0),
        entry.get("linkname", ""),
        entry.get("content", ""),
        layer,
    )
    old = parent.children.get(name)
    if inode.kind == "hardlink":
        folder, _, last = inode.target.strip("/").rpartition("/")
        try:
            place = walk(root, folder, layer, make=False)
        except Refused:
            place = None
        target = place.children.get(last) if place else None
        if old is not None:
            del parent.children[name]
        gone = target is None or target is old or not reachable(root, target)
        if not gone and target is not None and target.inode.kind not in ("dir", "hardlink"):
            inode = target.inode
        parent.children[name] = Node(inode, layer)
        return
    node = Node(inode, layer)
    if old is not None and old.inode.kind == inode.kind == "dir":
        node.children = old.children
    parent.children[name] = node


def reachable(root: Node, wanted: Node) -> bool:
    return root is wanted or any(reachable(child, wanted) for child in root.children.values())


def walk(root: Node, path: str, layer: int, *, make: bool) -> Node | None:
    """The folder that a path leads to; what is missing is taken literally until it is made."""
    trail = [root]
    missing: list[str] = []
    parts = [part for part in path.split("/") if part]
    hops = 0
    while parts:
        part = parts.pop(0)
        if part == "..":
            if missing:
                missing.pop()
            elif len(trail) > 1:
                trail.pop()
            continue
        child = None if missing else trail[-1].children.get(part)
        if child is not None and child.inode.kind == "dir":
            trail.append(child)
        elif child is not None and child.inode.kind == "symlink":
            hops += 1
            if hops > 40:
                raise Refused
            target = child.inode.target
            if target.startswith("/"):
                trail = [root]
            parts = [part for part in target.split("/") if part not in ("", ".")] + parts
        else:
            missing.append(part)
    if missing and not make:
        return None
    for part in missing:
        node = Node(Inode("dir", mode=0o755), layer, implicit=True)
        trail[-1].children[part] = node
        trail.append(node)
    return trail[-1]


def has_layer(node: Node, layer: int) -> bool:
    return node.layer == layer or any(has_layer(each, layer) for each in node.children.values())


def prune(folder: Node, layer: int) -> None:
    for name in list(folder.children):
        prune_child(folder, name, layer)


def prune_child(parent: Node, name: str, layer: int) -> None:
    child = parent.children[name]
    if not has_layer(child, layer):
        del parent.children[name]
    elif child.inode.kind == "dir":
        if child.layer < layer:
            child = Node(Inode("dir", mode=0o755), layer, True, child.children)
            parent.children[name] = child
        prune(child, layer)


def listing(root: Node, path: str = "") -> dict[str, Node]:
    found: dict[str, Node] = {}
    for name, child in root.children.items():
        whole = f"{path}/{name}".lstrip("/")
        found[whole] = child
        found.update(listing(child, whole))
    return found


def inside(folder: Node) -> tuple[int, int, dict[int, int]]:
    """Bytes (each inode once), everything that is no folder, and bytes by storing layer."""
    nodes = list(listing(folder).values())
    leaves = [node for node in nodes if node.inode.kind != "dir"]
    inodes = {id(node.inode): node.inode for node in leaves}
    by_layer: dict[int, int] = {}
    for inode in inodes.values():
        by_layer[inode.layer] = by_layer.get(inode.layer, 0) + inode.size
    return sum(by_layer.values()), len(leaves), {k: v for k, v in by_layer.items() if v}


def classify(below: Node | None, above: Node | None) -> str | None:
    """The change class, by FORMATS.md 6.4."""
    if above is None:
        return "deleted" if below is not None else None
    if below is None:
        return "added"
    old, new = below.inode, above.inode
    if old.kind != new.kind:
        return "modified"
    if new.kind in ("symlink", "hardlink") and old.target != new.target:
        return "modified"
    if new.kind == "file" and old.content != new.content:
        return "modified"
    same_mode = new.kind == "symlink" or old.mode == new.mode
    if not same_mode or old.uid != new.uid:
        return "metadata"
    if new.kind == "dir":
        return None if above.implicit else "touched"
    return "rewritten" if old.mtime == new.mtime else "metadata"
