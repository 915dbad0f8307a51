"""Walks the headers of a tar that arrives in pieces, and hashes what lies between them.

Rules: FORMATS.md 5 and Go's archive/tar, which all engines use.  The walker never trusts a size:
content is hashed as it comes by, and what must be held in memory (extended headers, sparse maps)
is capped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from struct import Struct

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import extensions, header, sparse
from layerscope.engine.layers.batch import KINDS
from layerscope.engine.layers.collecting import ROWS, Collector, stopped
from layerscope.engine.layers.columns import Rows
from layerscope.engine.layers.hashing import HashThread
from layerscope.engine.layers.header import BLOCK, EXTENSION_BYTES, LARGEST, ZERO, HeaderDamaged
from layerscope.engine.layers.notes import Notes
from layerscope.engine.layers.payload import Payload
from layerscope.engine.layers.sparse_content import SparseContent
from layerscope.engine.layers.values import Damage, Kind

_FILE = ord("0")
_OLD_SPARSE = ord("S")
_PLAIN_KINDS = frozenset(b"125")
_NO_SIZE = (b"00000000000", bytes(11))
_ENDS = (b"\0", b" ")
#: Of a header: the digits of the size, what ends them, the type letter.
_EXTENT = Struct("124x11sc20xB")
#: Content from this size on is hashed on the other thread.
_LARGE = 1 << 16
_sha256 = hashlib.sha256


class Walker:
    """``feed`` it all plain bytes of a layer, then ``close`` it.

    ``damage`` is set once something cannot be read; what comes after is not looked at.
    """

    def __init__(
        self, emit: Callable[[Rows], None], limits: Limits, notes: Notes, hashes: HashThread
    ) -> None:
        self._rows = Collector(emit, limits, notes, hashes)
        self._hashes = hashes
        self._limits = limits
        self._notes = notes
        self._base = 0
        self._carry = b""
        self._payload = Payload()
        # What was read before the header of an entry
        self._careful = False
        self._zeros = 0
        self._detached = False
        self._over = False
        self._before_entry = 0
        self._extensions = extensions.Extensions(notes)
        self._sparse = SparseContent(self._rows, self._payload, limits, notes)

    @property
    def damage(self) -> Damage | None:
        return self._rows.damage

    @property
    def totals(self) -> tuple[int, int, int]:
        """Entries, regular files, and the bytes of those."""
        return self._rows.entries, self._rows.files, self._rows.bytes

    def feed(self, piece: bytes) -> None:
        """The next bytes of the tar, as many as there are."""
        if self.damage is None:
            try:
                self._feed(piece)
            except HeaderDamaged as damage:
                self._stop(str(damage), self._before_entry, damage.limit)
        self._base += len(piece)

    def close(self) -> None:
        """The tar is over; decide whether it may end here."""
        payload = self._payload
        if self.damage is None:
            where = self._base - len(self._carry)
            if self._over:
                self._after_the_end(self._carry)
            elif payload.left:
                done = payload.size - payload.left
                reason = f"the content of an entry ends after {done} of {payload.size} bytes"
                self._stop(reason, where)
            elif self._carry:
                self._stop("the tar ends in the middle of a header", where)
            elif self._sparse.unfinished:
                self._stop("the tar ends in the middle of a sparse map", where)
            elif not self._zeros:
                if self._extensions:
                    self._extensions.lost(where)
                self._notes.add("no-end", "The tar has no end mark.", where)
        self._rows.flush()

    def stop(self, reason: str, limit: str = "") -> None:
        """Make this the end, for a reason outside the tar; ``limit`` if a budget is used up."""
        self._stop(reason, self._base, limit)

    # Pieces

    def _feed(self, piece: bytes) -> None:
        view = memoryview(piece)
        position = 0
        if self._carry:
            position = BLOCK - len(self._carry)
            whole = self._carry + piece[:position]
            if len(whole) < BLOCK:
                self._carry = whole
                return
            self._base -= len(self._carry)
            carried, self._carry = len(self._carry), b""
            self._walk(whole, memoryview(whole), 0)
            self._base += carried
        position = self._walk(piece, view, position)
        self._carry = piece[position:]

    def _walk(self, piece: bytes, view: memoryview, position: int) -> int:
        """Read headers until fewer than 512 bytes are left; where that is.

        What is not plain is left to ``_carefully``; whether a plain header is damaged shows when
        its run is converted.
        """
        length = len(piece)
        position = self._payload.passed(view, position)
        if self._careful:
            position = self._carefully(piece, view, position)
        rows, payload = self._rows, self._payload
        run = rows.run
        extent = _EXTENT.unpack_from
        last = length - BLOCK
        while position <= last:
            digits, end, letter = extent(piece, position)
            if letter == _FILE and digits.isdigit() and end in _ENDS:
                try:
                    size = int(digits, 8)
                except ValueError:
                    raise self._bad_size(self._base + position) from None
                if not run.headers:
                    run.first_header = self._base + position
                start = position + BLOCK
                run.headers.append(piece[position:start])
                run.sizes.append(size)
                position = start + (size + 511 & ~511)
                if position <= length and size < _LARGE:
                    run.digests.append(_sha256(view[start : start + size]).digest())
                else:
                    run.digests.append(b"")
                    self._expect_file(size)
                    position = self._payload.passed(view, start)
            elif letter in _PLAIN_KINDS and digits in _NO_SIZE and end in _ENDS:
                if not run.headers:
                    run.first_header = self._base + position
                start = position + BLOCK
                run.headers.append(piece[position:start])
                run.sizes.append(0)
                run.digests.append(b"")
                position = start
            else:
                position = self._carefully(piece, view, position)
                run = rows.run
                continue
            if len(run.headers) >= ROWS and not payload.left:
                rows.flush()
                run = rows.run
        return min(position, length)

    def _bad_size(self, offset: int) -> HeaderDamaged:
        self._before_entry = offset
        return HeaderDamaged("the size in a header is not an octal number")

    # Content

    def _expect_file(self, size: int) -> None:
        """Expect content that is hashed as it is, for the last row."""
        hasher = _sha256()
        if size < _LARGE:
            self._payload.expect(size, hasher.update, partial(self._rows.hashed, hasher))
        else:
            self._payload.expect(size, partial(self._hashes.submit, hasher.update), None)
            self._rows.run.hashing[len(self._rows.run.digests) - 1] = hasher

    # Anything but a plain header

    def _carefully(self, piece: bytes, view: memoryview, position: int) -> int:
        """Read headers one by one until nothing before the next one can change its meaning."""
        while len(piece) - position >= BLOCK:
            if self._over:
                self._after_the_end(piece[position:])
                return len(piece)
            block = piece[position : position + BLOCK]
            here = self._base + position
            if not self._extensions and not self._sparse.unfinished:
                self._before_entry = here
            if self._sparse.unfinished:
                self._sparse.go_on(block, here)
            elif block == ZERO:
                self._zero(here)
            else:
                self._header(block, here)
            self._careful = True
            position = self._payload.passed(view, position + BLOCK)
            self._careful = bool(
                self._payload
                or self._zeros
                or self._detached
                or self._extensions
                or self._sparse.unfinished
            )
            if not self._careful:
                break
        return position

    def _zero(self, here: int) -> None:
        self._zeros += 1
        self._over = self._zeros == 2
        if self._extensions:
            self._extensions.lost(here)

    def _after_the_end(self, rest: bytes) -> None:
        if rest.strip(b"\0"):
            self._notes.add("after-end", "There are bytes after the end of the tar.", self._base)

    def _header(self, block: bytes, here: int) -> None:
        parsed = header.parse(block)
        if self._zeros:
            self._zeros = 0
            text = "A block of zeros stands between two entries; engines refuse this layer."
            self._notes.add("lone-zero-block", text, here)
        if parsed.type not in extensions.LETTERS:
            self._entry(block, parsed, here)
            return
        if parsed.size > self._limits.extension_bytes:
            raise HeaderDamaged(f"an extended header has {parsed.size} bytes", EXTENSION_BYTES)
        # The next row does not follow the row before it, so its place must be kept.
        self._detached = True
        body = bytearray()
        self._payload.expect(
            parsed.size,
            body.extend,
            lambda: self._extensions.read(parsed.type, bytes(body), here),
        )

    def _entry(self, block: bytes, parsed: header.Header, here: int) -> None:
        self._detached = False
        patch, name, size, records = self._extensions.applied(parsed, here)
        kind = Kind(KINDS[parsed.type])
        if parsed.type == 0 and name.endswith(b"/"):
            kind = patch.kind = Kind.DIR
        if parsed.type in b"7S" and parsed.type:
            text = f"Engines refuse entries of type {chr(parsed.type)!r}."
            self._notes.add("refused-type", text, here)
        elif kind == Kind.OTHER:
            text = f"No engine knows the type {chr(parsed.type)!r} of an entry."
            self._notes.add("unknown-type", text, here)
        has_content = kind in (Kind.FILE, Kind.OTHER)
        if size and not has_content:
            self._extensions.ambiguous(f"A {kind.word} claims to have content.", here)
            size = 0
        if size > LARGEST - here - 2 * BLOCK:
            raise HeaderDamaged(f"the size of an entry is larger than any layer: {size}")
        if parsed.type == _OLD_SPARSE and not parsed.gnu:
            raise HeaderDamaged("a sparse file of GNU tar has a header of another tar")
        if records and not has_content and sparse.is_version_1(records) is not None:
            raise HeaderDamaged(f"a {kind.word} has a sparse map")
        self._rows.add(block, size, here, patch)
        self._rows.place(here + BLOCK, size)
        if parsed.type == _OLD_SPARSE:
            self._sparse.begin_old(block, size, patch, here)
        elif records and kind == Kind.FILE:
            if not self._sparse.begin(records, size, patch, here):
                self._extensions.ambiguous("A sparse file is of an unknown format.", here)
                self._expect_file(size)
        elif kind == Kind.FILE:
            self._expect_file(size)
        else:
            self._payload.expect(size, None, None)

    def _stop(self, reason: str, offset: int, limit: str = "") -> None:
        """Hand over what was read before; what was damaged there comes first."""
        if self._sparse.without_map:
            self._rows.drop_last()
        self._rows.flush(unfinished=self._payload.left > 0)
        if self.damage is None:
            self._rows.damage = (
                stopped(self._limits, limit, offset, reason) if limit else Damage(reason, offset)
            )
