"""Writes tars: the same entries always give the same bytes.

Plain ustar where it fits, PAX records where it does not (POSIX pax "ustar Interchange Format" and
"pax Extended Header"); never GNU's own types, which no engine unpacks in a layer (FORMATS.md 5.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from layerscope.engine.content.dressing import Attributes

BLOCK = 512
_RECORD = 20 * BLOCK  #: GNU tar and docker pad the end to this
_NANO = 1_000_000_000
_ZEROS = bytes(1 << 16)
_XATTR = b"SCHILY.xattr."
_NAME, _PREFIX, _LINK = 100, 155, 100
_HIGHEST_ID = 8**7 - 1
_HIGHEST = 8**11 - 1
_ROOT = Attributes(0o644, 0, 0, 0)

FILE, HARDLINK, SYMLINK, CHAR, BLOCKS, DIR, FIFO = b"0", b"1", b"2", b"3", b"4", b"5", b"6"
_EXTENDED = b"x"

Write = Callable[[bytes | memoryview], object]


class TarWriter:
    """Sends a tar to ``write``.  Names are bytes, as they are; those of folders get their slash.

    After ``begin`` of a file with content, send exactly its bytes with ``content``.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._left = 0
        self._padding = 0
        self.position = 0

    def begin(
        self,
        type: bytes,
        name: bytes,
        attributes: Attributes = _ROOT,
        size: int = 0,
        link: bytes = b"",
        device: tuple[int, int] = (0, 0),
        records: Mapping[bytes, bytes] | None = None,
    ) -> None:
        """One entry; ``size`` bytes of content follow.  ``records`` are further PAX records."""
        if self._left:
            raise ValueError(f"{self._left} bytes of the entry before are missing")
        if type == DIR and not name.endswith(b"/"):
            name += b"/"
        pax = dict(records or {})
        fields = _fields(name, attributes, size, link, pax)
        for key, value in attributes.xattrs.items():
            if b"=" not in key and b"\0" not in key:  # no reader takes those
                pax[_XATTR + key] = value
        if pax:
            if any(_not_text(pax.get(key, b"")) for key in (b"path", b"linkpath")):
                pax = {b"hdrcharset": b"BINARY", **pax}
            body = b"".join(_record(key, pax[key]) for key in sorted(pax, key=_order))
            short = b"PaxHeaders.0/" + name.rstrip(b"/").rpartition(b"/")[2][:80]
            self._send(_header(_EXTENDED, short, b"", _ROOT, len(body), b"", (0, 0)))
            self._send(body + bytes(-len(body) % BLOCK))
        self._send(_header(type, *fields, device))
        self._left = size
        self._padding = -size % BLOCK
        self._pad()

    def sparse(
        self,
        name: bytes,
        attributes: Attributes,
        size: int,
        data: Sequence[tuple[int, int]],
        runs: Iterable[tuple[int, bytes | memoryview]],
    ) -> None:
        """A file with holes, as GNU's PAX format 1.0, which all engines read.  ``data`` says in
        advance where its content lies (offset, length); ``runs`` bring that, in order."""
        pieces = _whole_blocks(data, size)
        pairs = [(start, end - start) for start, end in pieces]
        if not pairs or sum(pairs[-1]) < size:
            pairs.append((size, 0))  # GNU tar takes the end of the last pair for that of the file
        text = b"%d\n" % len(pairs) + b"".join(b"%d\n%d\n" % pair for pair in pairs)
        map_ = text + bytes(-len(text) % BLOCK)
        folder, slash, last = name.rpartition(b"/")
        records = {
            b"GNU.sparse.major": b"1",
            b"GNU.sparse.minor": b"0",
            b"GNU.sparse.name": name,
            b"GNU.sparse.realsize": b"%d" % size,
        }
        stored = folder + slash + b"GNUSparseFile.0/" + last
        packed = len(map_) + sum(length for _, length in pairs)
        self.begin(FILE, stored, attributes, packed, records=records)
        self.content(map_)
        self._filled(pieces, runs)

    def _filled(
        self,
        pieces: Sequence[tuple[int, int]],
        runs: Iterable[tuple[int, bytes | memoryview]],
    ) -> None:
        """Send the pieces, with zeros where they hold more than the runs bring."""
        which = position = 0
        for offset, run in runs:
            while offset >= pieces[which][1]:
                self._zeros(pieces[which][1] - max(position, pieces[which][0]))
                which += 1
            self._zeros(offset - max(position, pieces[which][0]))
            self.content(run)
            position = offset + len(run)
        for start, end in pieces[which:]:
            self._zeros(end - max(position, start))

    def _zeros(self, count: int) -> None:
        while count > 0:
            step = min(count, len(_ZEROS))
            self.content(_ZEROS[:step])
            count -= step

    def content(self, data: bytes | memoryview) -> None:
        """The next bytes of the entry that was begun; ValueError beyond its size."""
        if len(data) > self._left:
            raise ValueError(f"{len(data) - self._left} bytes more than the entry has")
        self._send(data)
        self._left -= len(data)
        self._pad()

    def close(self) -> None:
        """The end of the tar; nothing may follow."""
        if self._left:
            raise ValueError(f"{self._left} bytes of the last entry are missing")
        end = 2 * BLOCK
        self._send(bytes(end + -(self.position + end) % _RECORD))

    def _pad(self) -> None:
        if not self._left and self._padding:
            self._send(bytes(self._padding))
            self._padding = 0

    def _send(self, data: bytes | memoryview) -> None:
        self._write(data)
        self.position += len(data)


def _whole_blocks(data: Sequence[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """Start and end of pieces of whole blocks that hold the data.  GNU tar begins each piece at a
    block of the archive and Go does not, so only pieces of whole blocks mean the same to both."""
    pieces: list[tuple[int, int]] = []
    for offset, length in data:
        if length:
            start, end = offset // BLOCK * BLOCK, -(-(offset + length) // BLOCK) * BLOCK
            if pieces and start <= pieces[-1][1]:
                start = pieces.pop()[0]
            pieces.append((start, min(end, size)))
    return pieces


def _fields(
    name: bytes, attributes: Attributes, size: int, link: bytes, pax: dict[bytes, bytes]
) -> tuple[bytes, bytes, Attributes, int, bytes]:
    """What stands in the header: name, prefix, attributes, size and link; what does not fit goes to
    ``pax``."""
    last, prefix = _split(name)
    if last is None:
        pax[b"path"] = name
        last = name[:_NAME]
    if len(link) > _LINK:
        pax[b"linkpath"] = link
        link = link[:_LINK]
    if size > _HIGHEST:
        pax[b"size"] = b"%d" % size
        size = 0
    ids = []
    for key, value in ((b"uid", attributes.uid), (b"gid", attributes.gid)):
        if not 0 <= value <= _HIGHEST_ID:
            pax[key] = b"%d" % value
            value = 0
        ids.append(value)
    seconds, nanos = divmod(attributes.mtime_ns, _NANO)
    if nanos or not 0 <= seconds <= _HIGHEST:
        pax[b"mtime"] = _time(attributes.mtime_ns)
        seconds = max(0, min(seconds, _HIGHEST))
    plain = Attributes(attributes.mode & 0o7777, ids[0], ids[1], seconds * _NANO)
    return last, prefix, plain, size, link


def _split(name: bytes) -> tuple[bytes | None, bytes]:
    """Name and prefix as ustar has them; None if the name does not fit into the two."""
    if len(name) <= _NAME:
        return name, b""
    at = name.rfind(b"/", 0, _PREFIX + 1)
    while at > 0 and len(name) - at - 1 <= _NAME:
        if name[at + 1 :]:
            return name[at + 1 :], name[:at]
        at = name.rfind(b"/", 0, at)
    return None, b""


def _header(
    type: bytes,
    name: bytes,
    prefix: bytes,
    attributes: Attributes,
    size: int,
    link: bytes,
    device: tuple[int, int],
) -> bytes:
    front = b"%b%07o\0%07o\0%07o\0%011o\0%011o\0" % (
        name.ljust(_NAME, b"\0"),
        attributes.mode,
        attributes.uid,
        attributes.gid,
        size,
        attributes.mtime_ns // _NANO,
    )
    numbers = b"%07o\0%07o\0" % device if type in (CHAR, BLOCKS) else bytes(16)
    back = b"%b%bustar\x0000%b%b%b" % (
        type,
        link.ljust(_LINK, b"\0"),
        bytes(64),
        numbers,
        prefix.ljust(_PREFIX + 12, b"\0"),
    )
    total = sum(front) + 8 * 32 + sum(back)
    return b"%b%06o\0 %b" % (front, total, back)


def _record(key: bytes, value: bytes) -> bytes:
    """``"<length> key=value\\n"``, whose length counts its own digits."""
    rest = b" %b=%b\n" % (key, value)
    length = len(rest) + len(b"%d" % len(rest))
    if len(b"%d" % length) + len(rest) != length:
        length += 1
    return b"%d%b" % (length, rest)


def _order(key: bytes) -> tuple[bool, bytes]:
    """The charset must stand before the names that it is about."""
    return key != b"hdrcharset", key


def _time(ns: int) -> bytes:
    sign, ns = (b"-", -ns) if ns < 0 else (b"", ns)
    seconds, nanos = divmod(ns, _NANO)
    part = b".%09d" % nanos if nanos else b""
    return sign + b"%d" % seconds + part.rstrip(b"0")


def _not_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return True
    return False
