"""What a timeline answers: frozen values that the window and the command line show.

Layers are numbered from the bottom, starting at 1; sizes are bytes; times are nanoseconds since
1970; names and paths are bytes without a leading slash, exactly as the layer wrote them after
cleaning; nodes are numbers that mean something only within one timeline file.
"""

from __future__ import annotations

from enum import Enum, StrEnum

from layerscope.engine.dataclass import dataclass
from layerscope.engine.layers import Kind, Mark

__all__ = [
    "ROOT",
    "Badge",
    "Change",
    "ChangeCounts",
    "Kind",
    "LayerTotals",
    "Mark",
    "Matches",
    "Remark",
    "Row",
    "Sort",
    "TimelineSummary",
    "TraceEntry",
    "TraceStep",
    "View",
]

ROOT = 0  #: the node of the root folder, in every timeline


class Change(StrEnum):
    """What a layer did to a path, against the merged view of the layers below (FORMATS 6.4)."""

    ADDED = "added"  #: was not there
    MODIFIED = "modified"  #: other type, bytes, link target or device numbers
    METADATA = "metadata"  #: other mode, owner, xattrs, or (not for folders) time only
    REWRITTEN = "rewritten"  #: stored again with nothing new: pure waste
    TOUCHED = "touched"  #: a folder's entry with nothing new, or only its time
    DELETED = "deleted"


class Badge(StrEnum):
    """How a path differs from the baseline; the letters of the window (UX 3.3)."""

    NONE = ""
    ADDED = "A"
    MODIFIED = "M"
    PROPERTIES = "P"
    DELETED = "D"
    OPAQUE = "O"


class Sort(Enum):
    """Orders of the rows of one folder.

    ``NAME`` compares names case-folded, then by their bytes.  All others fall back to it.
    ``SIZE`` takes folders by all that is visible inside them.
    """

    NAME = "name"
    SIZE = "size"
    MTIME = "mtime"
    ORIGIN = "origin"
    CHANGE = "change"
    MODE = "mode"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class View:
    """Which state of the stack is looked at.

    ``as_of``: the merged view of layers 1 to ``as_of``; more than there are means all of them.
    ``baseline``: badges compare with the merged view of layers 1 to ``baseline``; 0 is nothing.
    ``show_deleted``: paths that a layer above the baseline deleted are listed as ghosts.
    ``layer``: only what this one layer stores, whiteouts included; the other fields then do not
    matter.
    """

    as_of: int
    baseline: int = 0
    show_deleted: bool = False
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One path in one view.

    ``origin`` is the layer that wrote what is visible (a folder: its last explicit entry);
    ``change`` is what that layer did to the path, None for what nobody stored (``implicit``).
    ``size`` of a folder is all that is visible inside, hard-linked bytes counted once; of a
    deleted path, what it had when it was deleted.  ``composition`` (folders only) splits the size
    by the layer that stores the bytes, lowest layer first.  ``shadowed`` are the other layers up
    to the view's that store the path, lowest first.

    ``entry`` says where the bytes are: (layer, number in that layer's index), None for implicit
    folders.  It differs from ``origin`` for hard links to lower layers.  ``kind`` is ``HARDLINK``
    only for a broken link, and for every hard link in a "this layer only" view.  ``link`` is the
    target as written, of symlinks, broken links and, in "this layer only", of hard links.
    """

    node: int
    parent: int
    depth: int  #: 0 is the root, 1 what lies in it
    name: bytes
    kind: Kind
    size: int
    mode: int
    uid: int
    gid: int
    mtime_ns: int
    link: bytes
    origin: int
    change: Change | None
    badge: Badge = Badge.NONE
    inside_changed: bool = False  #: folders: something inside differs from the baseline
    shadowed: tuple[int, ...] = ()
    composition: tuple[tuple[int, int], ...] = ()
    children: int = 0  #: rows that ``children`` would list, ghosts included if the view has them
    files: int = 0  #: folders: everything visible below that is not a folder
    deleted: bool = False  #: a ghost, or a whiteout in "this layer only"
    deleted_in: int = 0  #: the layer that deleted it
    opaque: bool = False  #: a layer up to the view's hides everything below this folder
    links: int = 1  #: visible names of the same inode
    implicit: bool = False  #: a folder that exists only because something is in it
    xattrs: bytes = b""  #: as in the layer index
    digest: bytes = b""  #: SHA-256 of the content, 32 bytes; empty if not a file
    device: tuple[int, int] | None = None  #: major and minor, of devices only
    entry: tuple[int, int] | None = None


class TraceEntry(StrEnum):
    """What one layer has for a path."""

    NONE = "none"
    PRESENT = "present"
    WHITEOUT = "whiteout"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One layer's word on one path.

    ``visible``: this is what a process sees.  ``by`` is the path whose whiteout, opaque mark or
    replacement in this layer took the traced path away, b"" when that is the path itself or
    nothing did.  The fields after ``entry`` are None unless it is ``present``, but ``change``.
    """

    layer: int
    entry: TraceEntry
    kind: Kind | None = None
    size: int | None = None
    mode: int | None = None
    change: Change | None = None
    visible: bool = False
    entry_number: int | None = None
    uid: int | None = None
    gid: int | None = None
    mtime_ns: int | None = None
    link: bytes = b""
    digest: bytes = b""
    xattrs: bytes = b""
    content: tuple[int, int] | None = None  #: (layer, entry number) of the bytes, as ``Row.entry``
    by: bytes = b""


@dataclass(frozen=True, slots=True)
class Matches:
    """What a query found.  ``rows`` are the first matching rows in tree order, each preceded by
    those of its ancestors that were not listed yet (the root excepted); ``found`` are the nodes
    of ``rows`` that match themselves; ``total`` counts all matches."""

    total: int
    rows: tuple[Row, ...]
    found: frozenset[int]


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """Paths by badge, folders and everything inside deleted folders included."""

    added: int = 0
    modified: int = 0
    metadata: int = 0
    deleted: int = 0
    opaque: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd that the merge met ``count`` times in one layer.

    ``code`` is stable; ``path`` is the first path it was met at; ``text`` is a sentence about
    that path for people.
    """

    layer: int
    code: str
    count: int
    path: bytes
    text: str


@dataclass(frozen=True, slots=True)
class LayerTotals:
    """One layer of the stack: its entries, whiteouts included, and what they did.

    ``deleted`` counts every path that vanished, not only the tops.  ``bytes`` is the content
    that the layer stores, ``visible`` the number of paths in the merged view up to this layer
    and ``visible_bytes`` their content.
    """

    number: int
    entries: int
    added: int
    modified: int
    metadata: int
    deleted: int
    rewritten: int
    touched: int
    opaque: int
    bytes: int
    visible: int
    visible_bytes: int
    warnings: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineSummary:
    """What building a timeline came to."""

    layers: tuple[LayerTotals, ...]
    nodes: int
    versions: int
    warnings: tuple[Remark, ...]
