"""What is known about a layer and its entries, as values without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import IntEnum

from layerscope.engine.content.codecs import Compression
from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest


class Kind(IntEnum):
    """The type of an entry.  OTHER is any type letter that no engine unpacks."""

    FILE = 0
    DIR = 1
    SYMLINK = 2
    HARDLINK = 3
    CHAR = 4
    BLOCK = 5
    FIFO = 6
    OTHER = 7

    @property
    def word(self) -> str:
        """The lower-case word that the command line writes."""
        return self.name.lower()


class Mark(IntEnum):
    """What an entry does to the layers below it (image-spec layer.md, "Whiteouts").

    ENTRY is content.  WHITEOUT removes the path that its own names after ``.wh.``; OPAQUE hides
    all lower children of its folder.  IGNORED does nothing: leftovers of AUFS, whiteouts of no
    name, and entries that would replace the root.
    """

    ENTRY = 0
    WHITEOUT = 1
    OPAQUE = 2
    IGNORED = 3


@dataclass(frozen=True, slots=True)
class Warning:
    """One kind of oddity of a layer: ``count`` times, first at ``offset`` of the tar.

    ``code`` is stable and for programs; codes that begin with ``ambiguous`` mean that another
    reader may see other files here.  ``text`` is a sentence for people.
    """

    code: str
    text: str
    count: int = 1
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Damage:
    """Why the layer could not be read to its end.  ``offset`` is the place in the tar; entries
    before it are there.  ``limit`` names the budget that stopped the reading, if one did, and
    ``value`` is what it was: with a larger one, more might be read."""

    reason: str
    offset: int
    limit: str = ""
    value: int = 0


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """The layer as a whole.

    ``diff_id`` was computed over the whole tar, None where damage or a limit kept it from its end;
    ``matches`` says whether it is the one that the config promises (None where it cannot be
    told).  ``entries`` counts all headers that stand for something, ``files`` the regular files
    among them and ``bytes`` their sizes.
    """

    version: int
    blob: Digest
    diff_id: Digest | None
    matches: bool | None
    compression: Compression
    tar_size: int
    blob_size: int
    entries: int
    files: int
    bytes: int
    warnings: tuple[Warning, ...] = ()
    damage: Damage | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything about one entry; paths, names and links are raw bytes.

    ``path`` is cleaned (b"" is the root), ``name`` is as stored.  ``offset`` is where the content
    begins in the tar and ``header_offset`` its header.  ``digest`` is sha256 of the content, b""
    where there is none.  ``pax`` holds extended records that no engine unpacks.
    """

    number: int
    path: bytes
    name: bytes
    kind: Kind
    mark: Mark
    type_letter: bytes
    size: int
    offset: int
    header_offset: int
    mode: int
    uid: int
    gid: int
    user: bytes
    group: bytes
    mtime_ns: int
    link: bytes
    digest: bytes
    major: int
    minor: int
    xattrs: Mapping[bytes, bytes] = field(default_factory=dict)
    pax: Mapping[bytes, bytes] = field(default_factory=dict)
    sparse: bytes = b""
