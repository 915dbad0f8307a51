"""From numbers to rows: the only maker of ``Row``, for merged views and for single layers."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.comparing import CHANGES, METADATA, MODIFIED, compare
from layerscope.engine.rootfs.inside import NOTHING_INSIDE, Tallies
from layerscope.engine.rootfs.stack import Stack
from layerscope.engine.rootfs.values import ROOT, Badge, Change, Kind, Mark, Row, View

_BADGES = {MODIFIED: Badge.MODIFIED, METADATA: Badge.PROPERTIES}
_BADGE_OF = {
    Change.ADDED: Badge.ADDED,
    Change.MODIFIED: Badge.MODIFIED,
    Change.METADATA: Badge.PROPERTIES,
}
_KINDS = tuple(Kind)


class Shown:
    """What one (fitted) view of a stack shows."""

    def __init__(self, stack: Stack, tallies: Tallies, view: View) -> None:
        self.stack = stack
        self.tallies = tallies
        self.view = view

    def slot(self, node: int) -> int:
        """The version that the view shows at a node, ghosts included if it has them; NOTHING if
        none.  Not for single layers."""
        view = self.view
        slot = self.stack.visible(node, view.as_of)
        if slot == NOTHING and view.show_deleted:
            return self.stack.ghost(node, view.baseline, view.as_of)
        return slot

    def shows(self, node: int) -> bool:
        if self.view.layer is None:
            return self.slot(node) != NOTHING
        return self._in_layer(node, self.view.layer)

    def children(self, folder: int) -> Iterator[int]:
        """The nodes in a folder that the view shows, by name."""
        return filter(self.shows, self.stack.children(folder))

    def is_folder(self, node: int) -> bool:
        """Whether a node that is shown is shown as a folder."""
        if self.view.layer is None:
            return self.stack.kind[self.slot(node)] == Kind.DIR
        slot = self.stack.stored(node, self.view.layer)
        if slot != NOTHING:
            return self.stack.kind[slot] == Kind.DIR
        return not self.stack.marked(node, Mark.WHITEOUT, self.view.layer - 1, self.view.layer)

    def badge(self, node: int, slot: int) -> Badge:
        """How a version that the view shows differs from the baseline.  Not for single layers."""
        stack, view = self.stack, self.view
        if node == ROOT:
            return Badge.NONE
        if stack.end[slot] <= view.as_of:
            return Badge.DELETED
        if slot >= stack.floors[view.baseline + 1] and stack.alone[slot]:
            return Badge.ADDED
        base = stack.visible(node, view.baseline)
        if base == NOTHING:
            return Badge.ADDED
        if stack.kind[slot] == Kind.DIR and stack.marked(
            node, Mark.OPAQUE, view.baseline, view.as_of
        ):
            return Badge.OPAQUE
        if base == slot:
            return Badge.NONE
        return _BADGES.get(compare(stack, base, slot), Badge.NONE)

    def row(self, node: int) -> Row | None:
        if self.view.layer is not None:
            return self._layer_row(node, self.view.layer)
        slot = self.slot(node)
        return None if slot == NOTHING else self._merged_row(node, slot)

    def _merged_row(self, node: int, slot: int) -> Row:
        stack, view = self.stack, self.view
        deleted_in = stack.end[slot] if stack.end[slot] <= view.as_of else 0
        folder = stack.kind[slot] == Kind.DIR
        inside = NOTHING_INSIDE
        children = 0
        if folder:
            inside = self.tallies.inside(
                node, deleted_in - 1 if deleted_in else view.as_of, view.baseline
            )
            children = inside.children
        haunted = deleted_in or inside.changed or not folder
        if view.show_deleted and haunted and stack.last[node] > node:
            children = sum(1 for _ in self.children(node))
        layer = stack.layer_of(slot)
        inode = stack.inode_of(slot)
        return self._row(
            node,
            slot,
            kind=_KINDS[stack.kind[slot]],
            size=inside.size if folder else stack.size[slot],
            link=stack.target_of(slot),
            origin=layer,
            change=CHANGES[stack.change[slot]],
            badge=self.badge(node, slot),
            inside_changed=inside.changed and not deleted_in,
            shadowed=self._others(node, slot, view.as_of),
            composition=inside.composition,
            children=children,
            files=inside.files,
            deleted=deleted_in > 0,
            deleted_in=deleted_in,
            opaque=folder and stack.marked(node, Mark.OPAQUE, 0, view.as_of),
            links=self._link_count(inode, deleted_in - 1 if deleted_in else view.as_of),
        )

    def _layer_row(self, node: int, layer: int) -> Row | None:
        stack = self.stack
        slot = stack.stored(node, layer)
        inside = self.tallies.stored(node, layer)
        whiteout = stack.marked(node, Mark.WHITEOUT, layer - 1, layer)
        opaque = stack.marked(node, Mark.OPAQUE, layer - 1, layer)
        below = stack.visible(node, layer - 1)
        if slot == NOTHING and whiteout and not inside.entries:
            return self._whiteout_row(node, layer, below)
        if slot == NOTHING and not (inside.entries or node == ROOT):
            return None
        children = sum(1 for _ in self.children(node)) if inside.entries else 0
        if slot == NOTHING:  # a folder that is there because something of the layer is inside
            return self._row(
                node,
                NOTHING,
                kind=Kind.DIR,
                size=inside.size,
                origin=layer,
                badge=Badge.OPAQUE if opaque else Badge.NONE,
                inside_changed=inside.changed,
                composition=inside.composition,
                children=children,
                files=inside.files,
                opaque=opaque or whiteout,
            )
        folder = stack.kind[slot] == Kind.DIR
        hard = stack.inode_of(slot) != slot
        change = CHANGES[stack.change[slot]] if stack.end[slot] > layer else None
        badge = Badge.NONE if change is None else _BADGE_OF.get(change, Badge.NONE)
        return self._row(
            node,
            slot,
            kind=Kind.HARDLINK if hard else _KINDS[stack.kind[slot]],
            size=inside.size if folder else stack.size[slot],
            link=stack.link_of(slot),
            origin=layer,
            change=change,
            badge=Badge.OPAQUE if opaque and below != NOTHING else badge,
            inside_changed=inside.changed,
            shadowed=self._others(node, slot, layer),
            composition=inside.composition,
            children=children,
            files=inside.files,
            opaque=folder and (opaque or whiteout),
            links=self._link_count(stack.inode_of(slot), layer),
        )

    def _whiteout_row(self, node: int, layer: int, below: int) -> Row:
        """A whiteout, with the attributes of what it deletes, if anything."""
        stack = self.stack
        folder = below != NOTHING and stack.kind[below] == Kind.DIR
        inside = self.tallies.inside(node, layer - 1, layer - 1) if folder else NOTHING_INSIDE
        size = 0 if below == NOTHING else stack.size[below]
        return self._row(
            node,
            below,
            kind=Kind.OTHER if below == NOTHING else _KINDS[stack.kind[below]],
            size=inside.size if folder else size,
            link=b"" if below == NOTHING else stack.target_of(below),
            origin=layer,
            change=Change.DELETED if below != NOTHING else None,
            badge=Badge.DELETED,
            shadowed=self._others(node, NOTHING, layer - 1),
            composition=inside.composition,
            files=inside.files,
            deleted=True,
            deleted_in=layer,
        )

    def _row(
        self,
        node: int,
        slot: int,
        *,
        kind: Kind,
        size: int,
        origin: int,
        badge: Badge,
        link: bytes = b"",
        change: Change | None = None,
        inside_changed: bool = False,
        shadowed: tuple[int, ...] = (),
        composition: tuple[tuple[int, int], ...] = (),
        children: int = 0,
        files: int = 0,
        deleted: bool = False,
        deleted_in: int = 0,
        opaque: bool = False,
        links: int = 1,
    ) -> Row:
        stack = self.stack
        there = slot != NOTHING
        return Row(
            node=node,
            parent=stack.parent[node] if node else ROOT,
            depth=stack.depth[node],
            name=stack.name(node),
            kind=kind,
            size=size,
            mode=stack.mode[slot] if there else 0o755,
            uid=stack.uid[slot] if there else 0,
            gid=stack.gid[slot] if there else 0,
            mtime_ns=stack.mtime[slot] if there else 0,
            link=link,
            origin=origin,
            change=change,
            badge=badge,
            inside_changed=inside_changed,
            shadowed=shadowed,
            composition=composition,
            children=children,
            files=files,
            deleted=deleted,
            deleted_in=deleted_in,
            opaque=opaque,
            links=links,
            implicit=not there or stack.number[slot] < 0,
            xattrs=stack.xattrs_of(slot) if there else b"",
            digest=stack.digest_of(slot) if there else b"",
            device=stack.device_of(slot) if there else None,
            entry=self.entry(slot) if there else None,
        )

    def entry(self, slot: int) -> tuple[int, int] | None:
        """Where the bytes of a version are: layer and entry number; None for implicit folders."""
        stack = self.stack
        inode = stack.inode_of(slot)
        number = stack.number[inode]
        return None if number < 0 else (stack.layer_of(inode), number)

    def _others(self, node: int, slot: int, as_of: int) -> tuple[int, ...]:
        """The other layers up to ``as_of`` that store the node."""
        stack = self.stack
        if slot != NOTHING and stack.alone[slot]:
            return ()
        top = stack.floors[as_of + 1]
        return tuple(
            stack.layer_of(other)
            for other in stack.slots(node)
            if other != slot and other < top and stack.number[other] >= 0
        )

    def _link_count(self, inode: int, as_of: int) -> int:
        stack = self.stack
        if stack.inode is None:
            return 1
        names = stack.names_of(inode)
        if len(names) == 1:
            return 1
        top = stack.floors[as_of + 1]
        return sum(
            1 for name in names if stack.node[name] >= 0 and name < top and stack.end[name] > as_of
        )

    def _in_layer(self, node: int, layer: int) -> bool:
        stack = self.stack
        return (
            stack.stored(node, layer) != NOTHING
            or any(at == layer for at, _, _ in stack.marks(node))
            or self.tallies.stored(node, layer).entries > 0
        )
