"""PAX extended headers: strict reading of their records, and what the keys mean.

Sources: POSIX pax "pax Extended Header", Go archive/tar reader.go and strconv.go.
"""

from __future__ import annotations

import re
from dataclasses import field

from layerscope.engine.dataclass import dataclass
from layerscope.engine.layers.header import LATEST, HeaderDamaged

_XATTR = b"SCHILY.xattr."
_TEXTS = frozenset({b"path", b"linkpath", b"uname", b"gname"})
_KNOWN = _TEXTS | {b"size", b"uid", b"gid", b"mtime", b"atime", b"ctime"}
_INTEGER = re.compile(rb"([+-]?)0*([0-9]{1,19})")
_TIME = re.compile(rb"([+-]?)([0-9]+)(?:\.([0-9]*))?")
_FAR_TIME = re.compile(rb"(-?)[0-9](?:\.[0-9]+)?e\+?[0-9]{2,3}")
_LARGEST = 2**63 - 1
_SECONDS = 1_000_000_000
_LATEST = LATEST * _SECONDS


@dataclass(slots=True)
class Extension:
    """What one extended header says about the entry after it; None where it says nothing."""

    path: bytes | None = None
    link: bytes | None = None
    user: bytes | None = None
    group: bytes | None = None
    size: int | None = None
    uid: int | None = None
    gid: int | None = None
    mtime_ns: int | None = None
    xattrs: dict[bytes, bytes] = field(default_factory=dict)
    sparse: dict[bytes, bytes] = field(default_factory=dict)
    others: dict[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one extended header by their keys, not yet understood; ``doubled`` are keys
    that occur more than once with different values."""

    values: dict[bytes, bytes]
    doubled: tuple[bytes, ...] = ()


def parse(body: bytes) -> Records:
    """Read the body of an extended header; HeaderDamaged if any record breaks a rule of the form.

    What the values mean shows when there is an entry that they belong to (``understood``): nobody
    minds a wrong number in a header that is for no entry (Go: mergePAX).
    """
    records: dict[bytes, bytes] = {}
    doubled: list[bytes] = []
    old_map: list[bytes] = []
    position, end = 0, len(body)
    while position < end:
        key, value, position = _record(body, position, end)
        if key == b"GNU.sparse.offset" or key == b"GNU.sparse.numbytes":
            if (key == b"GNU.sparse.offset") != (len(old_map) % 2 == 0) or b"," in value:
                raise HeaderDamaged("a PAX header has a sparse map out of order")
            old_map.append(value)
            continue
        if records.get(key, value) != value:
            doubled.append(key)
        records[key] = value
    if old_map:
        records[b"GNU.sparse.map"] = b",".join(old_map)
    return Records(records, tuple(doubled))


def understood(records: dict[bytes, bytes]) -> Extension:
    """What the records say; HeaderDamaged if one says what cannot be."""
    extension = Extension()
    for key, value in records.items():
        if key.startswith(_XATTR):
            if value:  # an empty one takes the record back, so that Go sets nothing
                extension.xattrs[key[len(_XATTR) :]] = value
        elif key.startswith(b"GNU.sparse."):
            extension.sparse[key] = value
        elif key not in _KNOWN:
            extension.others[key] = value
        elif not value:
            continue  # as in Go: the field of the header stays
        elif key == b"path":
            extension.path = value
        elif key == b"linkpath":
            extension.link = value
        elif key == b"uname":
            extension.user = value
        elif key == b"gname":
            extension.group = value
        elif key == b"mtime":
            extension.mtime_ns = nanoseconds(value)
        elif key in (b"atime", b"ctime"):
            nanoseconds(value)
            extension.others[key] = value
        elif key == b"size":
            extension.size = integer(value, "size")
            if extension.size < 0:
                raise HeaderDamaged(f"the size in a PAX header is negative: {extension.size}")
        elif key == b"uid":
            extension.uid = integer(value, "owner")
        else:
            extension.gid = integer(value, "group")
    return extension


def encoded(records: dict[bytes, bytes]) -> bytes:
    """Records in order of their keys, as one value that is equal when they are equal."""
    return b"".join(
        b"%d %d %b%b" % (len(key), len(records[key]), key, records[key]) for key in sorted(records)
    )


def decoded(data: bytes) -> dict[bytes, bytes]:
    """What ``encoded`` wrote."""
    records: dict[bytes, bytes] = {}
    position = 0
    while position < len(data):
        first = data.index(b" ", position)
        second = data.index(b" ", first + 1)
        start = second + 1
        middle = start + int(data[position:first])
        position = middle + int(data[first + 1 : second])
        records[data[start:middle]] = data[middle:position]
    return records


def _record(body: bytes, position: int, end: int) -> tuple[bytes, bytes, int]:
    """Key, value and the end of the record ``"<length> key=value\\n"`` at ``position``."""
    space = body.find(b" ", position, position + 20)
    digits = body[position:space] if space > 0 else b""
    if not digits.isdigit():
        raise HeaderDamaged("a PAX record does not begin with its length")
    stop = position + int(digits)
    if int(digits) < 5 or stop > end or body[stop - 1 : stop] != b"\n":
        raise HeaderDamaged("the length of a PAX record is wrong")
    equals = body.find(b"=", space + 1, stop - 1)
    if equals < 0:
        raise HeaderDamaged("a PAX record has no key")
    key, value = body[space + 1 : equals], body[equals + 1 : stop - 1]
    if not key or b"\0" in key or (key in _TEXTS and b"\0" in value):
        raise HeaderDamaged("a PAX record has a zero byte where none may be")
    return key, value, stop


def integer(value: bytes, what: str) -> int:
    """A decimal number of 64 bits."""
    match = _INTEGER.fullmatch(value)
    if match is None:
        raise HeaderDamaged(f"the {what} in a PAX header is not a number of 64 bits")
    number = int(b"".join(match.groups()))
    if not -_LARGEST - 1 <= number <= _LARGEST:
        raise HeaderDamaged(f"the {what} in a PAX header does not fit into 64 bits")
    return number


def nanoseconds(value: bytes) -> int:
    """A time with up to nine places that count (Go: parsePAXTime), in nanoseconds.

    Times that do not fit become the nearest that do; Python's tarfile writes those as 1e+30.
    """
    far = _FAR_TIME.fullmatch(value)
    if far is not None:
        return -_LATEST if far.group(1) else _LATEST
    match = _TIME.fullmatch(value)
    if match is None or len(value) > 4000:
        raise HeaderDamaged("a time in a PAX header is not a number")
    sign, whole, part = match.groups()
    total = int(whole) * _SECONDS + int((part or b"")[:9].ljust(9, b"0"))
    return max(-_LATEST, min(-total if sign == b"-" else total, _LATEST))
