"""The final numbers of nodes: pre-order, siblings by name, so that a subtree is one range.

Pure functions of the finished tree; nothing recurses.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.tree import Tree
from layerscope.engine.rootfs.values import ROOT
from layerscope.engine.task import Task


@dataclass(frozen=True, slots=True)
class Numbering:
    """``order[id]`` is the old number of a node, ``id_of`` the inverse; the others are by id and
    in new numbers, ``last`` being the highest id in the subtree."""

    order: array[int]
    id_of: array[int]
    parent: array[int]
    depth: array[int]
    last: array[int]


def number(tree: Tree, task: Task) -> Numbering:
    """Number all nodes, dead ones too.  Takes the tree apart: ``children`` and ``graves`` are
    empty afterwards, to give their memory back."""
    fold = _fold_for(tree.name)
    children, graves = tree.children, tree.graves
    order, depth, parent = array("i"), array("i"), array("i")
    last = array("i", range(len(tree.name)))
    pending = [ROOT]  # nodes, and after all that is in a folder the complement of its number
    pop, add, add_depth, add_parent = pending.pop, order.append, depth.append, parent.append
    level, folder = 0, NOTHING
    while pending:
        node = pop()
        if node < 0:
            last[~node] = len(order) - 1
            level, folder = level - 1, parent[~node]
            continue
        add(node)
        add_depth(level)
        add_parent(folder)
        inside = children.pop(node, None)
        if node in graves:
            inside = {**(inside or {}), **graves.pop(node)}
        if inside:
            task.checkpoint()
            level, folder = level + 1, len(order) - 1
            pending.append(~folder)
            names = sorted(inside)
            names.sort(key=fold)
            names.reverse()
            pending += map(inside.__getitem__, names)
    id_of = array("i", bytes(order.itemsize * len(order)))
    for new, old in enumerate(order):
        id_of[old] = new
    return Numbering(order, id_of, parent, depth, last)


def folded(name: bytes) -> bytes:
    """The form of a name that sorting and filtering compare: case-folded, bytes otherwise kept."""
    if name.isascii():
        return name.lower()
    return name.decode("utf-8", "surrogateescape").casefold().encode("utf-8", "surrogateescape")


def _fold_for(names: list[bytes]) -> Callable[[bytes], bytes]:
    return bytes.lower if all(map(bytes.isascii, names)) else folded
