"""One tar header block: strict reading of its fields, as Go's archive/tar reads them.

Sources: POSIX pax (ustar), GNU tar manual "Basic Tar Format", Go archive/tar strconv.go.
"""

from __future__ import annotations

from struct import Struct
from zlib import adler32

from layerscope.engine.dataclass import dataclass

BLOCK = 512
ZERO = bytes(BLOCK)
USTAR = b"ustar\x00"
GNU = b"ustar  \x00"

#: Type letters without content, whatever their size field says (Go: isHeaderOnlyType).
HEADER_ONLY = frozenset(b"123456")

_FIELDS = Struct("100s8s8s8s12s12s8sc100s8s32s32s8s8s155s12s")
#: The name of the limit of what must be held in memory to understand an entry.
EXTENSION_BYTES = "extension_bytes"

LARGEST = 2**63 - 1
#: Seconds whose nanoseconds fit into 64 bits: the years 1678 to 2262.
LATEST = LARGEST // 10**9


class HeaderDamaged(Exception):
    """These 512 bytes are no tar header; the text is the reason, for people.  ``limit`` names the
    budget that keeps us from reading it, if that is the reason."""

    def __init__(self, reason: str, limit: str = "") -> None:
        super().__init__(reason)
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of a header as they stand, before any extension is applied to them.

    ``mtime`` is in seconds; ``type`` is the letter; ``mode`` is masked to its twelve bits.
    """

    name: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    type: int
    link: bytes
    user: bytes
    group: bytes
    major: int
    minor: int
    gnu: bool


def parse(block: bytes) -> Header:
    """Read all fields; HeaderDamaged if the checksum or any number is wrong."""
    check_sum(block)
    (
        name,
        mode,
        uid,
        gid,
        size,
        mtime,
        _,
        type_,
        link,
        magic,
        user,
        group,
        major,
        minor,
        prefix,
        trailer,
    ) = _FIELDS.unpack(block)
    name = text(name)
    gnu = magic == GNU
    ustar = magic.startswith(USTAR)
    if ustar and trailer.endswith(b"tar\0"):  # of Schily's star, whose prefix is shorter
        for times in (prefix[131:143], prefix[143:]):
            time_of(times)
        prefix = prefix[:131]
    if gnu and not _looks_like_times(prefix):
        # Go before 1.8 wrote such headers (its vector invalid-go17.tar).
        ustar = text(prefix).isascii()
    if ustar and prefix[:1] != b"\0":
        name = text(prefix) + b"/" + name
    modern = ustar or gnu
    return Header(
        name=name,
        mode=number(mode, "mode") & 0o7777,
        uid=number(uid, "owner"),
        gid=number(gid, "group"),
        size=size_of(size, type_[0]),
        mtime=time_of(mtime),
        type=type_[0],
        link=text(link),
        user=text(user) if modern else b"",
        group=text(group) if modern else b"",
        major=number(major, "device") if modern else 0,
        minor=number(minor, "device") if modern else 0,
        gnu=gnu,
    )


def check_sum(block: bytes) -> None:
    """Raise HeaderDamaged unless the bytes add up, as unsigned or as signed ones.

    adler32 adds them up in C, modulo 65521; the sum of 512 ASCII bytes is always below that.
    """
    field = block[148:156]
    try:
        stored = number(field, "checksum")
    except HeaderDamaged as error:
        raise HeaderDamaged("not a tar header: its checksum is not a number") from error
    blanks = 256 - sum(field)
    if block.isascii():
        if (adler32(block) & 0xFFFF) - 1 + blanks == stored:
            return
    else:
        total = sum(block) + blanks
        high = sum(byte > 127 for byte in block[:148]) + sum(byte > 127 for byte in block[156:])
        signed = total - 256 * high
        if stored in (total, signed):
            return
    raise HeaderDamaged("not a tar header: its checksum is wrong")


def number(field: bytes, what: str) -> int:
    """An octal or base-256 number field; an empty one is 0."""
    if field[0] & 0x80:
        value = _binary(field)
        if not -LARGEST - 1 <= value <= LARGEST:
            raise HeaderDamaged(f"the {what} in a header does not fit into 64 bits")
        return value
    digits = field.strip(b" \0").split(b"\0", 1)[0]
    if not digits:
        return 0
    if not digits.isdigit():
        raise HeaderDamaged(f"the {what} in a header is not a number")
    try:
        return int(digits, 8)
    except ValueError as error:
        raise HeaderDamaged(f"the {what} in a header is not an octal number") from error


def _binary(field: bytes) -> int:
    """Base-256: two's complement below the topmost bit."""
    bits = 8 * len(field) - 1
    value = int.from_bytes(field, "big") & ((1 << bits) - 1)
    return value - (1 << bits) if field[0] & 0x40 else value


def size_of(field: bytes, letter: int) -> int:
    """The size in a header of this type; no more than 0 counts where there can be no content."""
    size = number(field, "size")
    if size < 0 and letter in HEADER_ONLY:
        return 0
    if size < 0:
        raise HeaderDamaged(f"the size in a header is negative: {size}")
    return size


def time_of(field: bytes) -> int:
    """Seconds since 1970; times that no file system can hold become the nearest one it can."""
    if field[0] & 0x80:
        return max(-LATEST, min(_binary(field), LATEST))
    return min(number(field, "time"), LATEST)


def text(field: bytes) -> bytes:
    return field.split(b"\0", 1)[0]


def _looks_like_times(prefix: bytes) -> bool:
    """Whether the fields of GNU's access and change times hold numbers or nothing."""
    try:
        for field in (prefix[:12], prefix[12:24]):
            if field[0]:
                number(field, "time")
    except HeaderDamaged:
        return False
    return True
