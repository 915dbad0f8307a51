"""Small tars that no builder writes, each from its number; what Go reads in them is recorded.

python -m support.odd_tars FOLDER      writes them, for tests/data/odd-tars/reader.go
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from support import tars

COUNT = 500
_NAMES = (b"a", b"b/c", b"d/", b"./x", b"/abs", b"\xff\xfe", b"n" * 100, b"../up", b"e//f", b"",
          b"g/./h")  # fmt: skip
_TYPES = b"0000000\x00125346718SVMDNXA"
_MAGICS = (tars.USTAR, tars.USTAR, tars.GNU, tars.GNU, tars.V7, b"ustar\0  ", b"ustar  0",
           b"ustar\x0001")  # fmt: skip
_KEYS = (b"path", b"linkpath", b"size", b"uid", b"gid", b"mtime", b"atime", b"uname", b"gname",
         b"SCHILY.xattr.user.a", b"LIBARCHIVE.xattr.b", b"comment", b"hdrcharset",
         b"GNU.sparse.major", b"GNU.sparse.minor", b"GNU.sparse.name", b"GNU.sparse.realsize",
         b"GNU.sparse.size", b"GNU.sparse.map", b"GNU.sparse.numblocks", b"GNU.sparse.offset",
         b"GNU.sparse.numbytes", b"SCHILY.realsize")  # fmt: skip
_VALUES = (b"", b"p/q", b"1", b"600", b"0", b"-1", b"1.5", b"-1.5", b"1e5", b"+3", b" 4", b"0x5",
           b"0,1", b"0,0", b"9" * 19, b"\0", b"a\0b", b"a\nb", b"BINARY", b"1.123456789123", b"1.",
           b".5", b"08", b"1_0")  # fmt: skip
_ENDS = (tars.END, tars.END, b"", bytes(512), bytes(10240), tars.END + b"junk")


def odd_tar(number: int) -> bytes:
    """One to five things that may stand in a tar, most of them in order."""
    dice = random.Random(number)
    parts = [_part(dice) for _ in range(dice.randrange(1, 6))]
    return tars.tar(*parts, end=dice.choice(_ENDS))


def _part(dice: random.Random) -> bytes:
    match dice.randrange(12):
        case 0 | 1:
            records = [(dice.choice(_KEYS), dice.choice(_VALUES))]
            records += [
                (dice.choice(_KEYS), dice.choice(_VALUES)) for _ in range(dice.randrange(2))
            ]
            return tars.pax(records, type=dice.choice([b"x", b"x", b"x", b"g"]))
        case 2:
            text = dice.choice([b"long" * 60, b"s", b"", b"a\0b", b"dir/"])
            return tars.gnu_long(text, type=dice.choice([b"L", b"K"]))
        case 3 if dice.randrange(4) == 0:
            return bytes(512)
        case 4:
            return _sparse(dice)
    return _entry(dice)


def _entry(dice: random.Random) -> bytes:
    letter = bytes([dice.choice(_TYPES)])
    body = dice.choice([b"", b"x", b"y" * 600]) if letter in b"0\x007SVMDNXA" else b""
    fields: dict[str, object] = {}
    for key, width in (
        ("mode", 8), ("uid", 8), ("gid", 8), ("mtime", 12), ("major", 8), ("minor", 8),
    ):  # fmt: skip
        if dice.randrange(9) == 0:
            fields[key] = _number(dice, width)
    if dice.randrange(12) == 0:
        fields["size"] = _number(dice, 12)
    if dice.randrange(20) == 0:
        fields["checksum"] = dice.choice([b"", b"1 "])
    if dice.randrange(8) == 0:
        fields["prefix"] = dice.choice([b"pre", b"pre/fix", b"\xff"])
    if dice.randrange(4) == 0:
        fields["signed"] = True
    name, magic = dice.choice(_NAMES), dice.choice(_MAGICS)
    link = dice.choice([b"", b"t", b"/t/u", b"../t"])
    return tars.member(name, body, type=letter, magic=magic, link=link, **fields)


def _sparse(dice: random.Random) -> bytes:
    """A sparse file in one of the forms of PAX, some with a map that does not fit."""
    pairs = dice.choice([[(0, 4)], [(0, 1), (5, 3)], [], [(3, 3), (0, 1)], [(0, 2), (1, 2)],
                         [(9, 4)], [(0, 4), (4, 0)], [(0, -4)]])  # fmt: skip
    content = b"data"[: max(0, sum(length for _, length in pairs))]
    size = dice.choice([10, 10, 10, 4, 0, 13])
    numbers = [b"%d" % number for pair in pairs for number in pair]
    form = dice.randrange(3)
    records: list[tuple[bytes, bytes]] = []
    if form == 0:
        records = [
            (b"GNU.sparse.size", b"%d" % size),
            (b"GNU.sparse.numblocks", b"%d" % len(pairs)),
        ]
        for offset, length in pairs:
            records += [(b"GNU.sparse.offset", b"%d" % offset)]
            records += [(b"GNU.sparse.numbytes", b"%d" % length)]
    elif form == 1:
        count = len(pairs) + dice.choice([0, 0, 0, 1])
        records = [(b"GNU.sparse.size", b"%d" % size), (b"GNU.sparse.numblocks", b"%d" % count),
                   (b"GNU.sparse.map", b",".join(numbers)), (b"GNU.sparse.name", b"holes")]  # fmt: skip  # noqa: E501
    else:
        records = [(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"),
                   (b"GNU.sparse.realsize", b"%d" % size), (b"GNU.sparse.name", b"h")]  # fmt: skip
        text = b"\n".join([b"%d" % len(pairs), *numbers]) + dice.choice([b"\n", b"\n", b"\n", b""])
        content = tars.padded(text) + content
    return tars.pax(records) + tars.member(
        b"packed", content, type=dice.choice([b"0", b"0", b"\0"])
    )


def _number(dice: random.Random, width: int) -> int | bytes:
    numbers: list[int | bytes] = (
        [0, 1, 0o644, 0o7777, 0o100644, 1000, 2**21, 2**31, -1, b" 644 \0", b"0000644\0",
         b"  1750 ", b"", b" " * width, b"\0" * width, b"7" * width, b"+1", b"8", b"1 2",
         b"1\0 9", b"\x80" + bytes(width - 2) + b"\x05", b"\xff" * width]
    )  # fmt: skip
    return dice.choice(numbers)


if __name__ == "__main__":
    for number in range(COUNT):
        Path(sys.argv[1], f"{number}.tar").write_bytes(odd_tar(number))
