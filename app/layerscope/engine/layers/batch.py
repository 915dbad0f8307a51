"""Turns runs of raw headers into columns, a few thousand at a time.

Nearly all headers of real layers are plain: ASCII, octal, no extension.  A run of those is
converted column by column; a run with anything else in it goes header by header through
``header.parse``, which alone decides what is damaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from struct import Struct
from typing import TYPE_CHECKING
from zlib import adler32

from layerscope.engine.dataclass import dataclass
from layerscope.engine.layers import header, names
from layerscope.engine.layers.columns import Rows
from layerscope.engine.layers.header import HeaderDamaged
from layerscope.engine.layers.values import Kind

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

_COLUMNS = Struct("100s24s12x12s8sc100s255s")
_TAIL = Struct("8s32s32s16s155s12s")
_USTAR = b"ustar\x0000"
_REMEMBERED = 1 << 16

#: Kinds by type letter; a NUL is a file, unless the name of the entry ends with a slash.
KINDS = bytes(
    {
        0: Kind.FILE,
        ord("0"): Kind.FILE,
        ord("7"): Kind.FILE,
        ord("S"): Kind.FILE,
        ord("1"): Kind.HARDLINK,
        ord("2"): Kind.SYMLINK,
        ord("3"): Kind.CHAR,
        ord("4"): Kind.BLOCK,
        ord("5"): Kind.DIR,
        ord("6"): Kind.FIFO,
    }.get(letter, Kind.OTHER)
    for letter in range(256)
)


@dataclass(slots=True)
class Patch:
    """What extensions change in one row; None where they change nothing."""

    kind: Kind | None = None
    name: bytes | None = None
    link: bytes | None = None
    user: bytes | None = None
    group: bytes | None = None
    uid: int | None = None
    gid: int | None = None
    mtime_ns: int | None = None
    xattrs: bytes = b""
    pax: bytes = b""
    sparse: bytes = b""

    def __bool__(self) -> bool:
        return self != _NOTHING

    @property
    def length(self) -> int:
        """Bytes that it holds, roughly."""
        texts = (self.name, self.link, self.user, self.group)
        return (
            len(self.xattrs)
            + len(self.pax)
            + len(self.sparse)
            + sum(len(text) for text in texts if text)
        )


_NOTHING = Patch()


@dataclass(slots=True)
class Run:
    """Headers of entries as the walker met them; lists have the same length.

    ``hashing`` are the hashes of contents that are finished on another thread.
    """

    first_header: int = 0
    headers: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    patches: dict[int, Patch] = field(default_factory=dict)
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    hashing: dict[int, Hash] = field(default_factory=dict)

    def cut(self, length: int) -> None:
        """Forget the rows from ``length`` on."""
        for column in (self.headers, self.sizes, self.digests):
            del column[length:]
        for values in (self.patches, self.places):
            for row in [row for row in values if row >= length]:
                del values[row]


class Columnist:
    """Converts runs; remembers the fields it has read, of which real layers have few."""

    def __init__(self) -> None:
        self._ids = _Remembered(_parsed_ids)
        self._times = _Remembered(header.time_of)
        self._sums = _Remembered(_parsed_sum)
        self._tails = _Remembered(_parsed_tail)

    def rows(self, run: Run) -> tuple[Rows, HeaderDamaged | None]:
        """The columns of a run, up to its first damaged header if it has one."""
        rows = Rows()
        damage = None
        try:
            raw_names = self._plain(run, rows)
        except HeaderDamaged:
            raw_names = None
        if raw_names is None:
            rows = Rows()
            raw_names, damage = _one_by_one(run, rows)
        rows.kinds = rows.letters.translate(KINDS)
        rows.sizes, rows.digests = run.sizes, run.digests
        rows.first_header, rows.places = run.first_header, run.places
        _apply(run.patches, rows, raw_names)
        rows.paths, rows.styles = names.clean_all(raw_names)
        if names.ODD in rows.styles:
            rows.odd_names = {
                row: raw_names[row] for row, style in enumerate(rows.styles) if style == names.ODD
            }
        rows.marks = _marks(rows.paths)
        return rows, damage

    def _plain(self, run: Run, rows: Rows) -> list[bytes] | None:
        """Convert a run of plain headers; None or HeaderDamaged if it is not one."""
        headers = run.headers
        if not b"".join(headers).isascii():
            return None
        raw_names, ids, times, sums, letters, links, tails = zip(
            *map(_COLUMNS.unpack, headers), strict=True
        )
        rows.letters = b"".join(letters)
        if b"3" in rows.letters or b"4" in rows.letters:
            return None
        expected = list(map(self._sums.__getitem__, sums))
        if [total & 0xFFFF for total in map(adler32, headers)] != expected:
            return None
        cut_names = [name.rstrip(b"\0") for name in raw_names]
        if b"\0".join(cut_names).count(b"\0") != len(headers) - 1:
            return None
        rows.links = [link.rstrip(b"\0") if link[0] else b"" for link in links]
        if b"\0".join(rows.links).count(b"\0") != len(headers) - 1:
            return None
        users, groups, prefixes = zip(*map(self._tails.__getitem__, tails), strict=True)
        if any(prefixes):
            cut_names = [
                b"%b/%b" % (prefix, name) if prefix else name
                for prefix, name in zip(prefixes, cut_names, strict=True)
            ]
        rows.users, rows.groups = list(users), list(groups)
        rows.modes, rows.uids, rows.gids = map(
            list, zip(*map(self._ids.__getitem__, ids), strict=True)
        )
        rows.seconds = list(map(self._times.__getitem__, times))
        return cut_names


class _Remembered(dict):  # type: ignore[type-arg]  # a cache, filled by __missing__
    def __init__(self, parse) -> None:  # type: ignore[no-untyped-def]  # any function of bytes
        super().__init__()
        self._parse = parse

    def __missing__(self, key: bytes):  # type: ignore[no-untyped-def]  # what it returns
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[key] = self._parse(key)
        return value


def _parsed_ids(field_: bytes) -> tuple[int, int, int]:
    mode = header.number(field_[:8], "mode") & 0o7777
    return mode, header.number(field_[8:16], "owner"), header.number(field_[16:], "group")


def _parsed_sum(field_: bytes) -> int:
    """What adler32 leaves in its lower half for a header with this checksum."""
    return (header.number(field_, "checksum") + sum(field_) - 256 + 1) % 65521


def _parsed_tail(field_: bytes) -> tuple[bytes, bytes, bytes]:
    """User, group and prefix from what stands behind the link."""
    magic, user, group, devices, prefix, rest = _TAIL.unpack(field_)
    if magic not in (_USTAR, header.GNU) or rest.strip(b"\0"):
        raise HeaderDamaged("not a plain header")
    if magic == header.GNU and prefix.strip(b"\0"):
        raise HeaderDamaged("not a plain header")
    for device in (devices[:8], devices[8:]):
        header.number(device, "device")
    return header.text(user), header.text(group), header.text(prefix)


def _one_by_one(run: Run, rows: Rows) -> tuple[list[bytes], HeaderDamaged | None]:
    raw_names: list[bytes] = []
    letters = bytearray()
    for row, block in enumerate(run.headers):
        try:
            parsed = header.parse(block)
        except HeaderDamaged as damage:
            run.cut(row)
            rows.letters = bytes(letters)
            return raw_names, damage
        raw_names.append(parsed.name)
        rows.links.append(parsed.link)
        letters.append(parsed.type)
        rows.modes.append(parsed.mode)
        rows.uids.append(parsed.uid)
        rows.gids.append(parsed.gid)
        rows.seconds.append(parsed.mtime)
        rows.users.append(parsed.user)
        rows.groups.append(parsed.group)
        if parsed.type in b"34" and parsed.type:
            rows.devices[row] = parsed.major, parsed.minor
    rows.letters = bytes(letters)
    return raw_names, None


def _apply(patches: dict[int, Patch], rows: Rows, raw_names: list[bytes]) -> None:
    for row, patch in patches.items():
        if row >= len(raw_names):
            break
        if patch.kind is not None:
            rows.kinds = rows.kinds[:row] + bytes([patch.kind]) + rows.kinds[row + 1 :]
        if patch.name is not None:
            raw_names[row] = patch.name
        if patch.link is not None:
            rows.links[row] = patch.link
        if patch.user is not None:
            rows.users[row] = patch.user
        if patch.group is not None:
            rows.groups[row] = patch.group
        if patch.uid is not None:
            rows.uids[row] = patch.uid
        if patch.gid is not None:
            rows.gids[row] = patch.gid
        if patch.mtime_ns is not None:
            rows.seconds[row], rows.nanos[row] = divmod(patch.mtime_ns, 1_000_000_000)
        if patch.xattrs:
            rows.xattrs[row] = patch.xattrs
        if patch.pax:
            rows.pax[row] = patch.pax
        if patch.sparse:
            rows.sparse[row] = patch.sparse


def _marks(paths: Sequence[bytes]) -> bytes:
    joined = b"/" + b"\0/".join(paths)
    if joined.find(b"/.wh.") < 0:
        return bytes(len(paths))
    return bytes(names.mark(path) if b".wh." in path else 0 for path in paths)
