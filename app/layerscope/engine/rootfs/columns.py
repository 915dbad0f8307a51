"""The one place where attributes of entries are held during a merge: parallel columns by slot.

Every entry of every layer has a slot, in tar order, layer after layer; folders that nobody
stored get one too, after the block that made them necessary.  1,000,000 slots take about 90 MB.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Protocol

from layerscope.engine.rootfs.comparing import ADDED
from layerscope.engine.rootfs.values import Kind

NOTHING = -1  #: no slot, no node
FOREVER = 1 << 30  #: the end of what no layer has ended
DIGEST = 32  #: bytes

NO_DIGEST = bytes(DIGEST)


class BlockColumns(Protocol):
    """What the merge reads of one ``layers.Block``: parallel columns in tar order."""

    def __len__(self) -> int: ...
    @property
    def paths(self) -> Sequence[bytes]: ...
    @property
    def kinds(self) -> bytes: ...
    @property
    def marks(self) -> bytes: ...
    @property
    def sizes(self) -> Sequence[int]: ...
    @property
    def modes(self) -> Sequence[int]: ...
    @property
    def uids(self) -> Sequence[int]: ...
    @property
    def gids(self) -> Sequence[int]: ...
    @property
    def mtimes(self) -> Sequence[int]: ...
    @property
    def links(self) -> Sequence[bytes]: ...
    @property
    def digest_column(self) -> bytes: ...
    @property
    def xattrs(self) -> Sequence[bytes]: ...
    @property
    def devices(self) -> Mapping[int, tuple[int, int]]: ...


class Columns:
    """Attributes by slot; ``len(columns)`` slots.

    A slot whose ``node`` is NOTHING is no version of any path.  One whose ``end`` is not above
    its layer was stored but is never visible.
    """

    def __init__(self) -> None:
        self.number = array("i")  #: of the entry in its layer; NOTHING for implicit folders
        self.node = array("i")
        self.end = array("i")  #: the first layer for which the slot is not visible any more
        self.inode = array("i")  #: the slot that stores the bytes
        self.change = bytearray()
        self.kind = bytearray()
        self.size = array("i")  # like the next three made wider when a value asks for it
        self.mode = array("i")
        self.uid = array("i")
        self.gid = array("i")
        self.mtime = array("q")
        self.digest = bytearray()
        self.link: dict[int, bytes] = {}
        self.xattrs: dict[int, bytes] = {}
        self.device: dict[int, tuple[int, int]] = {}
        self.many_names: set[int] = set()  #: inodes that have, or had, several names

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, block: BlockColumns, first_number: int) -> int:
        """Append the entries of a block, as yet of no node; returns the slot of the first."""
        first, count = len(self.kind), len(block)
        self.number.extend(range(first_number, first_number + count))
        self.inode.extend(range(first, first + count))
        self.node.extend(array("i", [NOTHING]) * count)
        self.end.extend(array("i", [FOREVER]) * count)
        self.change += bytes([ADDED]) * count
        self.kind += block.kinds
        self.size = _extended(self.size, block.sizes)
        self.mode = _extended(self.mode, block.modes)
        self.uid = _extended(self.uid, block.uids)
        self.gid = _extended(self.gid, block.gids)
        self.mtime = _extended(self.mtime, block.mtimes)
        self.digest += block.digest_column
        self.link.update((slot, link) for slot, link in enumerate(block.links, first) if link)
        self.xattrs.update((slot, some) for slot, some in enumerate(block.xattrs, first) if some)
        for row, device in block.devices.items():
            self.device[first + row] = device
        return first

    def imagine(self, node: int) -> int:
        """Append a folder that no layer stores: 0755 root:root (FORMATS 5.5)."""
        slot = len(self.kind)
        self.number.append(NOTHING)
        self.inode.append(slot)
        self.node.append(node)
        self.end.append(FOREVER)
        self.change.append(ADDED)
        self.kind.append(Kind.DIR)
        self.size.append(0)
        self.mode.append(0o755)
        self.uid.append(0)
        self.gid.append(0)
        self.mtime.append(0)
        self.digest += NO_DIGEST
        return slot

    def share(self, slot: int, target: int) -> None:
        """Make ``slot``, a hard link, one more name of the inode that ``target`` is a name of.

        All attributes become the inode's, because those in the header of a link are unreliable;
        ``link`` stays the name that the header gives.
        """
        inode = self.inode[target]
        self.inode[slot] = inode
        self.many_names.add(inode)
        for column in (self.kind, self.size, self.mode, self.uid, self.gid, self.mtime):
            column[slot] = column[inode]
        start, source = slot * DIGEST, inode * DIGEST
        self.digest[start : start + DIGEST] = self.digest[source : source + DIGEST]
        self.xattrs.pop(slot, None)
        if inode in self.xattrs:
            self.xattrs[slot] = self.xattrs[inode]
        if inode in self.device:
            self.device[slot] = self.device[inode]

    def digest_of(self, slot: int) -> bytes:
        digest = bytes(self.digest[slot * DIGEST : (slot + 1) * DIGEST])
        return b"" if digest == NO_DIGEST else digest

    def link_of(self, slot: int) -> bytes:
        return self.link.get(slot, b"")

    def target_of(self, slot: int) -> bytes:
        return self.link.get(self.inode[slot], b"")

    def xattrs_of(self, slot: int) -> bytes:
        return self.xattrs.get(slot, b"")

    def device_of(self, slot: int) -> tuple[int, int] | None:
        return self.device.get(slot)


def _extended(column: array[int], values: Sequence[int]) -> array[int]:
    """The column with the values behind, in a wider type if need be; a block has each of its
    columns in the smallest type that holds it."""
    length = len(column)
    try:
        column.extend(_converted(values, column.typecode))
    except OverflowError:
        column = array("q", column[:length])
        column.extend(_converted(values, "q"))
    return column


def _converted(values: Sequence[int], typecode: str) -> array[int]:
    """Many columns hold one number over and over, and repeating it is quickest."""
    if len(values) and values[0] == values[-1] and values.count(values[0]) == len(values):
        return array(typecode, [values[0]]) * len(values)
    return array(typecode, values)
