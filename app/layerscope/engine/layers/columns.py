"""Columns of entries: how many entries at a time are held, packed and read, without objects."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from itertools import compress

import zstandard

from layerscope.engine.dataclass import dataclass
from layerscope.engine.layers import names, packing
from layerscope.engine.layers.header import BLOCK
from layerscope.engine.layers.values import Kind

_DIGEST = 32
_SECOND = 1_000_000_000


@dataclass(slots=True)
class Rows:
    """Entries in tar order while they are collected; all lists have the same length.

    The dicts are for what few entries have, by row.  ``places`` are the offsets in the tar where
    the content of a row begins and, padded, ends; it has those rows that do not simply follow the
    row before.  ``first_header`` is where the header of the first row begins.
    """

    paths: list[bytes] = field(default_factory=list)
    styles: bytes = b""
    kinds: bytes = b""
    marks: bytes = b""
    letters: bytes = b""
    sizes: list[int] = field(default_factory=list)
    first_header: int = 0
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    modes: list[int] = field(default_factory=list)
    uids: list[int] = field(default_factory=list)
    gids: list[int] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)
    nanos: dict[int, int] = field(default_factory=dict)
    users: list[bytes] = field(default_factory=list)
    groups: list[bytes] = field(default_factory=list)
    links: list[bytes] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    devices: dict[int, tuple[int, int]] = field(default_factory=dict)
    odd_names: dict[int, bytes] = field(default_factory=dict)
    xattrs: dict[int, bytes] = field(default_factory=dict)
    pax: dict[int, bytes] = field(default_factory=dict)
    sparse: dict[int, bytes] = field(default_factory=dict)


#: The parts of a block, each compressed on its own so that a reader pays for what it reads.
PARTS = ("paths", "numbers", "places", "links", "digests", "owners", "rare")


def packed(rows: Rows, compressor: zstandard.ZstdCompressor) -> dict[str, bytes]:
    """The parts of a block."""
    places = rows.places.values()
    plain = {
        "paths": packing.texts(rows.paths)
        + packing.run(rows.styles)
        + packing.rare(rows.odd_names),
        "numbers": b"".join(
            (
                packing.run(rows.kinds),
                packing.run(rows.marks),
                packing.run(rows.letters),
                packing.ints(rows.sizes),
                packing.ints(rows.modes),
                packing.ints(rows.uids),
                packing.ints(rows.gids),
                packing.ints(rows.seconds),
                packing.ints(list(rows.nanos)),
                packing.ints(list(rows.nanos.values())),
                packing.ints(list(rows.devices)),
                packing.ints([major for major, _ in rows.devices.values()]),
                packing.ints([minor for _, minor in rows.devices.values()]),
            )
        ),
        "places": b"".join(
            (
                packing.ints(list(rows.places)),
                packing.ints([start for start, _ in places]),
                packing.ints([end for _, end in places]),
            )
        ),
        "links": packing.texts(rows.links),
        "owners": packing.texts(rows.users) + packing.texts(rows.groups),
        "rare": packing.rare(rows.xattrs) + packing.rare(rows.pax) + packing.rare(rows.sparse),
    }
    parts = {name: compressor.compress(part) for name, part in plain.items()}
    # Hashes do not compress; which rows have one does.
    known = bytes(map(bool, rows.digests))
    flags = compressor.compress(known)
    parts["digests"] = len(flags).to_bytes(4, "little") + flags + b"".join(rows.digests)
    return parts


class Block:
    """Some thousand entries in tar order, as parallel columns that are unpacked when asked for.

    ``first`` is the number of the first entry; ``first_header`` where its header is in the tar.
    Columns have ``len(block)`` items; see ``Entry`` for what each means.
    """

    def __init__(
        self, first: int, count: int, first_header: int, part: Callable[[str], bytes]
    ) -> None:
        self.first = first
        self.first_header = first_header
        self._count = count
        self._part = part

    def __len__(self) -> int:
        return self._count

    @cached_property
    def paths(self) -> list[bytes]:
        """Cleaned: no leading slash, no ``.`` or ``..``; b"" is the root."""
        return packing.Reader(self._paths).texts(self._count)

    @cached_property
    def names(self) -> list[bytes]:
        """As stored in the tar."""
        reader = packing.Reader(self._paths)
        reader.texts(self._count)
        styles = reader.run()
        odd = reader.rare()
        return [
            path if not style else odd[row] if style == names.ODD else names.restored(path, style)
            for row, (path, style) in enumerate(zip(self.paths, styles, strict=True))
        ]

    @cached_property
    def kinds(self) -> bytes:
        """Values of Kind."""
        return self._numbers[0]

    @cached_property
    def marks(self) -> bytes:
        """Values of Mark."""
        return self._numbers[1]

    @cached_property
    def letters(self) -> bytes:
        """The type letters of the headers."""
        return self._numbers[2]

    @property
    def sizes(self) -> Sequence[int]:
        """In bytes, as the header says; with the holes for sparse files."""
        return self._columns[0]

    @property
    def modes(self) -> Sequence[int]:
        """Mode fields as the tar has them, one for each entry."""
        return self._columns[1]

    @property
    def uids(self) -> Sequence[int]:
        """Numeric owners, one for each entry."""
        return self._columns[2]

    @property
    def gids(self) -> Sequence[int]:
        """Numeric groups, one for each entry."""
        return self._columns[3]

    @cached_property
    def mtimes(self) -> Sequence[int]:
        """Nanoseconds since 1970."""
        times = [second * _SECOND for second in self._columns[4]]
        for row, nanos in zip(self._columns[5], self._columns[6], strict=True):
            times[row] += nanos
        return times

    @cached_property
    def devices(self) -> dict[int, tuple[int, int]]:
        """Major and minor number by row, for the rows that are devices."""
        rows, majors, minors = self._columns[7:]
        return dict(zip(rows, zip(majors, minors, strict=True), strict=True))

    @cached_property
    def links(self) -> list[bytes]:
        """Targets as stored, not cleaned; b"" where there is none."""
        return packing.Reader(self._unpacked("links")).texts(self._count)

    @cached_property
    def digests(self) -> list[bytes]:
        """sha256 of the content, 32 bytes, or b"": only regular files have one."""
        known, packed = self._digests
        digests = [b""] * self._count
        rows = compress(range(self._count), known)
        for row, start in zip(rows, range(0, len(packed), _DIGEST), strict=True):
            digests[row] = packed[start : start + _DIGEST]
        return digests

    @property
    def digest_column(self) -> bytes:
        """The same in one piece, 32 zero bytes where there is none."""
        return packing.spread(*self._digests, _DIGEST)

    @cached_property
    def users(self) -> list[bytes]:
        """Owner names as the tar has them, raw; b"" where it has none."""
        return packing.Reader(self._unpacked("owners")).texts(self._count)

    @cached_property
    def groups(self) -> list[bytes]:
        """Group names as the tar has them, raw; b"" where it has none."""
        reader = packing.Reader(self._unpacked("owners"))
        reader.texts(self._count)
        return reader.texts(self._count)

    @cached_property
    def offsets(self) -> list[int]:
        """Where the content begins in the tar, even where there is none."""
        reader = packing.Reader(self._unpacked("places"))
        places = dict(
            zip(reader.ints(), zip(reader.ints(), reader.ints(), strict=True), strict=True)
        )
        return starts(self.kinds, self.sizes, self.first_header, places)

    @cached_property
    def xattrs(self) -> list[bytes]:
        """Extended attributes, encoded so that equal ones are equal bytes (``pax.decoded`` reads
        them); b"" where there are none."""
        return self._spread(0)

    @cached_property
    def pax(self) -> list[bytes]:
        """Further PAX records, encoded like ``xattrs``."""
        return self._spread(1)

    @cached_property
    def sparse(self) -> list[bytes]:
        """Sparse maps (``sparse.SparseMap.unpacked`` reads them); b"" for ordinary files."""
        return self._spread(2)

    def _spread(self, which: int) -> list[bytes]:
        reader = packing.Reader(self._unpacked("rare"))
        values = [b""] * self._count
        for _ in range(which):
            reader.rare()
        for row, value in reader.rare().items():
            values[row] = value
        return values

    @property
    def _digests(self) -> tuple[bytes, bytes]:
        """Which rows have one, and those one after another."""
        part = self._part("digests")
        end = 4 + int.from_bytes(part[:4], "little")
        return zstandard.ZstdDecompressor().decompress(part[4:end]), part[end:]

    @cached_property
    def _paths(self) -> bytes:
        return self._unpacked("paths")

    @cached_property
    def _all_numbers(self) -> tuple[list[bytes], list[array[int]]]:
        reader = packing.Reader(self._unpacked("numbers"))
        return [reader.run() for _ in range(3)], [reader.ints() for _ in range(10)]

    @property
    def _numbers(self) -> list[bytes]:
        return self._all_numbers[0]

    @property
    def _columns(self) -> list[array[int]]:
        return self._all_numbers[1]

    def _unpacked(self, part: str) -> bytes:
        return zstandard.ZstdDecompressor().decompress(self._part(part))


def starts(
    kinds: bytes,
    sizes: Sequence[int],
    first_header: int,
    places: Mapping[int, tuple[int, int]],
) -> list[int]:
    """Where the content of each row begins: after its header, which follows the row before."""
    found = []
    position = first_header
    for row, (kind, size) in enumerate(zip(kinds, sizes, strict=True)):
        if row in places:
            start, position = places[row]
        else:
            start = position + BLOCK
            position = start + (size + BLOCK - 1) // BLOCK * BLOCK if kind == Kind.FILE else start
        found.append(start)
    return found
