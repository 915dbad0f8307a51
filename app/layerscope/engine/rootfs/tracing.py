"""One path through all layers: who has it, who hides it, and where symbolic links lead."""

from __future__ import annotations

from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import PathNotFound
from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.comparing import CHANGES
from layerscope.engine.rootfs.stack import Stack
from layerscope.engine.rootfs.tree import MAX_HOPS, MAX_TARGET
from layerscope.engine.rootfs.values import ROOT, Change, Kind, Mark, TraceEntry, TraceStep

_KINDS = tuple(Kind)


def trace(stack: Stack, path: bytes, as_of: int) -> tuple[TraceStep, ...]:
    """Layers ``as_of`` to 1.  Raises PathNotFound if no layer names the path."""
    node = stack.find(path)
    if node == NOTHING:
        raise not_found(path, f"No layer of {stack.named} has")
    seen = stack.visible(node, as_of)
    marks = {layer: (kind, node) for layer, kind, _ in stack.marks(node)}
    folder = node
    while folder != ROOT:
        folder = stack.parent[folder]
        for layer, kind, _ in stack.marks(folder):
            marks.setdefault(layer, (kind, folder))
    return tuple(_step(stack, node, layer, marks.get(layer), seen) for layer in range(as_of, 0, -1))


def named_as_of(stack: Stack, as_of: int) -> str:
    """The image, with the layer up to which it was looked at if that is not the top."""
    return stack.named if as_of == len(stack.layers) else f"{stack.named} as of layer {as_of}"


def not_found(path: bytes, what: str) -> PathNotFound:
    """``what`` is the beginning of a sentence that ends with the path."""
    text = path.decode("utf-8", "backslashreplace")
    return PathNotFound(
        f"{what} '{display_name(path)}'.",
        hint="Paths are written from the root, and upper and lower case matter; trace the path "
        "to see what happened to it.",
        path=text,
    )


def resolve(stack: Stack, path: bytes, as_of: int, *, last: bool) -> bytes:
    """See ``Timeline.resolve``."""
    node, hops = ROOT, 0
    parts = path.split(b"/")
    parts.reverse()
    while parts:
        part = parts.pop()
        if part in (b"", b"."):
            continue
        if part == b"..":
            node = stack.parent[node] if node != ROOT else ROOT
            continue
        child = stack.child(node, part)
        slot = NOTHING if child == NOTHING else stack.visible(child, as_of)
        if slot == NOTHING:
            raise not_found(path, f"{named_as_of(stack, as_of)} has no")
        if stack.kind[slot] == Kind.SYMLINK and (last or any(parts)):
            target = stack.target_of(slot)
            hops += 1
            if hops > MAX_HOPS or len(target) > MAX_TARGET:
                raise not_found(path, f"Links in {stack.named} go round in circles on the way to")
            if target.startswith(b"/"):
                node = ROOT
            parts.extend(reversed(target.split(b"/")))
        elif stack.kind[slot] != Kind.DIR and any(parts):
            raise not_found(path, f"{named_as_of(stack, as_of)} has no")
        else:
            node = child
    return stack.path(node)


def _step(
    stack: Stack, node: int, layer: int, mark: tuple[Mark, int] | None, seen: int
) -> TraceStep:
    gone = _deleted(stack, node, layer)
    slot = stack.stored(node, layer)
    if slot == NOTHING:
        kind, by = mark or (None, node)
        word = {Mark.WHITEOUT: TraceEntry.WHITEOUT, Mark.OPAQUE: TraceEntry.OPAQUE}
        if kind is None or (by != node and not gone):  # an ancestor's mark that hid nothing here
            word_here, by = TraceEntry.NONE, _replaced_by(stack, node, layer) if gone else node
        else:
            word_here = word[kind]
        return TraceStep(
            layer,
            word_here,
            change=Change.DELETED if gone else _implied(stack, node, layer),
            by=b"" if by == node else stack.path(by),
        )
    inode = stack.inode_of(slot)
    number = stack.number[inode]
    return TraceStep(
        layer,
        TraceEntry.PRESENT,
        kind=_KINDS[stack.kind[slot]],
        size=stack.size[slot],
        mode=stack.mode[slot],
        change=CHANGES[stack.change[slot]] if stack.end[slot] > layer else None,
        visible=slot == seen,
        entry_number=stack.number[slot],
        uid=stack.uid[slot],
        gid=stack.gid[slot],
        mtime_ns=stack.mtime[slot],
        link=stack.target_of(slot),
        digest=stack.digest_of(slot),
        xattrs=stack.xattrs_of(slot),
        content=(stack.layer_of(inode), number),
    )


def _deleted(stack: Stack, node: int, layer: int) -> bool:
    """Whether the node was there below the layer and is not with it."""
    below = stack.visible(node, layer - 1)
    return below != NOTHING and stack.visible(node, layer) == NOTHING


def _implied(stack: Stack, node: int, layer: int) -> Change | None:
    """What a layer did to a folder by storing something inside it, and not the folder itself."""
    slot = stack.visible(node, layer)
    if slot == NOTHING or stack.number[slot] >= 0 or stack.layer_of(slot) != layer:
        return None
    return CHANGES[stack.change[slot]]


def _replaced_by(stack: Stack, node: int, layer: int) -> int:
    """The nearest ancestor that the layer replaced by something that is no folder."""
    folder = node
    while folder != ROOT:
        folder = stack.parent[folder]
        slot = stack.visible(folder, layer)
        if slot != NOTHING and stack.kind[slot] != Kind.DIR:
            return folder
    return node
