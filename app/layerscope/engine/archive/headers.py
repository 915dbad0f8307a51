"""The headers of the tar that an archive is, read strictly and within bounds.

Only what archives of images need: files and links, their names (ustar, GNU long names, PAX path
and linkpath) and where their bytes lie.  Layers are tars too, but are read by another walker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from layerscope.engine.content.limits import Limits, raising, reached
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import LimitReached, MalformedDocument
from layerscope.engine.task import Task

BLOCK = 512
_LONGEST_NAME = 512
_REGULAR = b"0\x007"
_HARD_LINK = b"1"
_SYMLINK = b"2"
_WITHOUT_DATA = b"123456"
_LONG_NAME = b"L"
_LONG_LINK = b"K"
_PAX = b"x"
_PAX_GLOBAL = b"g"
_SPARSE = b"S"
_PAX_KEYS = (b"path", b"linkpath", b"size")


@dataclass(frozen=True, slots=True)
class Member:
    """A file (``link`` None) or link of the tar.  ``link`` is the cleaned name of its target, ""
    if that lies outside; ``size`` and ``offset`` are bytes in the tar."""

    name: str
    offset: int
    size: int
    link: str | None = None


def walk(file: BinaryIO, size: int, what: str, task: Task, limits: Limits) -> Iterator[Member]:
    """The files and links of a tar of ``size`` bytes, in its order; names that lead outside,
    folders, devices and sparse files are passed over.

    ``what`` names the archive in errors.  Raises MalformedDocument where the tar is damaged,
    LimitReached where it exceeds ``archive_members`` or ``extension_bytes``.
    """
    tar = _Tar(file, size, what)
    extensions = _Extensions()
    count = 0
    while tar.position < size:
        header = tar.read(BLOCK)
        if not any(header):
            return
        if len(header) < BLOCK:
            raise tar.damaged("it ends in the middle of a header")
        if not _checksum_fits(header):
            raise tar.damaged("the checksum of a header is wrong")
        count += 1
        if count > limits.archive_members:
            raise tar.stopped("archive_members", limits.archive_members)
        if count % 256 == 1:
            task.checkpoint()
        kind = header[156:157]
        if kind in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL):
            data = _extension(tar, _number(tar, header[124:136]), limits.extension_bytes)
            _extend(tar, extensions, kind, data)
            continue
        length = extensions.size if extensions.size is not None else _number(tar, header[124:136])
        if kind in _WITHOUT_DATA:
            length = 0
        tar.position += BLOCK
        if kind == _SPARSE:
            _skip_sparse_map(tar, more=header[482])
        if tar.position + length > size:
            raise tar.damaged(f"{length:,} bytes should follow, {size - tar.position:,} are there")
        member = _member(header, kind, extensions, tar.position, length)
        if member is not None:
            yield member
        tar.position += _padded(length)
        extensions = _Extensions()


def looks_like_tar(head: bytes) -> bool:
    """Whether these 512 bytes are a header."""
    return len(head) == BLOCK and any(head) and _checksum_fits(head)


def cleaned(name: str, folder: str = "") -> str | None:
    """``name`` without empty and "." parts, seen from ``folder``; None if it leads outside."""
    parts = [] if name.startswith("/") else [part for part in folder.split("/") if part]
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


@dataclass(slots=True)
class _Extensions:
    """What extension headers say about the next real member."""

    long_name: bytes | None = None
    long_link: bytes | None = None
    path: bytes | None = None
    linkpath: bytes | None = None
    size: int | None = None
    sparse: bool = False


class _Tar:
    """The file being walked over, and the complaints about it."""

    def __init__(self, file: BinaryIO, size: int, what: str) -> None:
        self.file = file
        self.size = size
        self.what = what
        self.position = 0

    def read(self, size: int) -> bytes:
        self.file.seek(self.position)
        return self.file.read(size)

    def damaged(self, reason: str) -> MalformedDocument:
        return MalformedDocument(
            f"{self.what} cannot be read past byte {self.position:,}: {reason}.",
            hint="Save or copy the archive again.",
        )

    def stopped(self, limit: str, value: int) -> LimitReached:
        return LimitReached(
            f"Reading {self.what} past byte {self.position:,} was {reached(limit, value)}.",
            hint=raising(limit),
            limit=limit,
            value=value,
        )


def _member(
    header: bytes, kind: bytes, extensions: _Extensions, offset: int, size: int
) -> Member | None:
    """The member as it is kept, or None: folders, devices, sparse files, names from outside."""
    name = cleaned(_text(_first(extensions.path, extensions.long_name, _ustar_name(header))))
    if not name or len(name) > _LONGEST_NAME or extensions.sparse:
        return None
    if kind in _REGULAR:
        return Member(name, offset, size)
    target = _text(_first(extensions.linkpath, extensions.long_link, _until_nul(header[157:257])))
    if kind == _SYMLINK:
        inside = cleaned(target, name.rpartition("/")[0])
    elif kind == _HARD_LINK:
        inside = cleaned(target)
    else:
        return None
    return Member(name, 0, 0, inside if inside and len(inside) <= _LONGEST_NAME else "")


def _extension(tar: _Tar, size: int, most: int) -> bytes:
    """The content of an extension header; the position moves behind it."""
    if tar.position + BLOCK + size > tar.size:
        raise tar.damaged("it ends in the middle of an extension header")
    if size > most:
        raise tar.stopped("extension_bytes", most)
    tar.position += BLOCK
    data = tar.read(size)
    tar.position += _padded(size)
    return data


def _skip_sparse_map(tar: _Tar, more: int) -> None:
    """Old GNU sparse files have blocks of their map between header and data."""
    while more:
        block = tar.read(BLOCK)
        if len(block) < BLOCK:
            raise tar.damaged("it ends in the middle of a sparse file")
        tar.position += BLOCK
        more = block[504]


def _extend(tar: _Tar, extensions: _Extensions, kind: bytes, data: bytes) -> None:
    """Note what an extension header says; global ones say nothing that we may believe."""
    if kind == _LONG_NAME:
        extensions.long_name = _until_nul(data)
    elif kind == _LONG_LINK:
        extensions.long_link = _until_nul(data)
    elif kind == _PAX:
        for key, value in _pax_records(tar, data):
            if key == b"path":
                extensions.path = value
            elif key == b"linkpath":
                extensions.linkpath = value
            elif key == b"size":
                extensions.size = _decimal(tar, value)
            elif key.startswith(b"GNU.sparse."):
                extensions.sparse = True


def _pax_records(tar: _Tar, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each record "length key=value\\n"."""
    position = 0
    while position < len(data):
        space = data.find(b" ", position, position + 20)
        length = _decimal(tar, data[position:space]) if space > 0 else 0
        record = data[position : position + length]
        if not record.endswith(b"\n") or position + length > len(data):
            raise tar.damaged("a PAX header is malformed")
        key, equals, value = record[space - position + 1 : -1].partition(b"=")
        if not equals or (key in _PAX_KEYS and b"\0" in value):
            raise tar.damaged("a PAX header is malformed")
        yield key, value
        position += length


def _decimal(tar: _Tar, digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 19:
        raise tar.damaged("a PAX header is malformed")
    return int(digits)


def _number(tar: _Tar, field: bytes) -> int:
    """A size: octal digits, or big-endian with the first bit set (GNU)."""
    if field[0] & 0x80:
        value = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        if field[0] & 0x40 or value >= 2**63:
            raise tar.damaged("a header has an impossible size")
        return value
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        raise tar.damaged("a header has a malformed size")
    return int(digits or b"0", 8)


def _checksum_fits(header: bytes) -> bool:
    digits = header[148:156].strip(b" \0")
    if not digits.isdigit() or digits.strip(b"01234567"):
        return False
    rest = header[:148] + b" " * 8 + header[156:]
    missing = sum(rest) - int(digits, 8)
    # Some old programs summed the bytes as signed numbers.
    return not missing or missing == 256 * sum(byte > 127 for byte in rest)


def _ustar_name(header: bytes) -> bytes:
    name = _until_nul(header[:100])
    prefix = _until_nul(header[345:500]) if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _first(*candidates: bytes | None) -> bytes:
    return next((candidate for candidate in candidates if candidate is not None), b"")


def _until_nul(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
