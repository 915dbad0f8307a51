"""The only writer of odd tars: any header bytes, and the layers of the overlay vectors."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

BLOCK = 512
END = bytes(2 * BLOCK)
USTAR = b"ustar\x0000"
GNU = b"ustar  \x00"
V7 = bytes(8)

_TYPES = {
    "file": b"0",
    "hardlink": b"1",
    "symlink": b"2",
    "char": b"3",
    "block": b"4",
    "dir": b"5",
    "fifo": b"6",
}


def header(
    name: bytes,
    *,
    type: bytes = b"0",
    size: int | bytes = 0,
    mode: int | bytes = 0o644,
    uid: int | bytes = 0,
    gid: int | bytes = 0,
    mtime: int | bytes = 1_700_000_000,
    link: bytes = b"",
    magic: bytes = USTAR,
    uname: bytes = b"",
    gname: bytes = b"",
    major: int | bytes = 0,
    minor: int | bytes = 0,
    prefix: bytes = b"",
    checksum: bytes | None = None,
    signed: bool = False,
) -> bytes:
    """One header block.  Numbers given as bytes are written as they are; ``checksum`` too.

    ``signed`` sums the bytes as signed chars, as some old tars did.
    """
    front = b"".join(
        (
            name[:100].ljust(100, b"\0"),
            number(mode, 8),
            number(uid, 8),
            number(gid, 8),
            number(size, 12),
            number(mtime, 12),
        )
    )
    back = b"".join(
        (
            type,
            link[:100].ljust(100, b"\0"),
            magic,
            uname[:32].ljust(32, b"\0"),
            gname[:32].ljust(32, b"\0"),
            number(major, 8),
            number(minor, 8),
            prefix.ljust(167, b"\0"),
        )
    )
    if checksum is None:
        summed = front + b" " * 8 + back
        total = sum(summed)
        if signed:
            total -= 256 * sum(byte > 127 for byte in summed)
        checksum = b"%06o\0 " % total
    return front + checksum.ljust(8, b"\0") + back


def rechecked(block: bytes) -> bytes:
    """The same header block with a right checksum; for tests that poke bytes into one."""
    blank = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % sum(blank) + block[156:]


def number(value: int | bytes, width: int) -> bytes:
    """Octal where it fits, base-256 where it does not (GNU), raw where bytes are given."""
    if isinstance(value, bytes):
        return value.ljust(width, b"\0")[:width]
    if 0 <= value < 8 ** (width - 1):
        return b"%0*o\0" % (width - 1, value)
    return base256(value, width)


def base256(value: int, width: int) -> bytes:
    """The binary form of a number field: the top bit set, two's complement below it."""
    if value < 0:
        return b"\xff" + value.to_bytes(width - 1, "big", signed=True)
    return b"\x80" + value.to_bytes(width - 1, "big")


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def member(name: bytes, content: bytes = b"", **fields: Any) -> bytes:
    """A header with its content; ``size`` may be given to lie about it."""
    fields.setdefault("size", len(content))
    return header(name, **fields) + padded(content)


def record(key: bytes, value: bytes) -> bytes:
    """One PAX record, whose length counts its own digits."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest)
    while length != len(rest) + len(b"%d" % length):
        length = len(rest) + len(b"%d" % length)
    return b"%d" % length + rest


def pax(
    records: Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]], type: bytes = b"x"
) -> bytes:
    """An extended header (``type`` g: a global one); pairs may repeat a key."""
    pairs = records.items() if isinstance(records, Mapping) else records
    body = b"".join(record(key, value) for key, value in pairs)
    return member(b"PaxHeaders/x", body, type=type)


def gnu_long(text: bytes, type: bytes = b"L") -> bytes:
    """A GNU long name (L) or long link (K) record."""
    return member(b"././@LongLink", text + b"\0", type=type, magic=GNU, mtime=0)


def tar(*parts: bytes, end: bytes = END) -> bytes:
    return b"".join(parts) + end


def packed(text: str) -> bytes:
    """A layer of one file, ``file.txt`` with this text, as gzip."""
    return gzip.compress(tar(member(b"file.txt", text.encode())), mtime=0)


def layer_tar(entries: Sequence[Mapping[str, Any]]) -> bytes:
    """The layer of an overlay vector: entries have path (or path_b64), type, mode and the like."""
    return tar(*(_vector_entry(entry) for entry in entries))


def _vector_entry(entry: Mapping[str, Any]) -> bytes:
    name = (
        base64.b64decode(entry["path_b64"])
        if "path_b64" in entry
        else str(entry["path"]).encode("utf-8", "surrogateescape")
    )
    link = str(entry.get("linkname", "")).encode("utf-8", "surrogateescape")
    content = (
        base64.b64decode(entry["content_b64"])
        if "content_b64" in entry
        else str(entry.get("content", "")).encode("utf-8", "surrogateescape")
    )
    records: dict[bytes, bytes] = {}
    if len(name) > 100:
        records[b"path"] = name
    if len(link) > 100:
        records[b"linkpath"] = link
    for key, value in entry.get("xattrs", {}).items():
        records[b"SCHILY.xattr." + key.encode()] = value.encode("utf-8", "surrogateescape")
    mtime = entry.get("mtime", 1_700_000_000)
    if mtime != int(mtime):
        records[b"mtime"] = str(mtime).encode()
    body = member(
        name,
        content,
        type=_TYPES[entry["type"]],
        mode=int(str(entry.get("mode", "0644")), 8),
        uid=entry.get("uid", 0),
        gid=entry.get("gid", 0),
        mtime=int(mtime),
        link=link,
        major=entry.get("major", 0),
        minor=entry.get("minor", 0),
    )
    return (pax(records) if records else b"") + body
