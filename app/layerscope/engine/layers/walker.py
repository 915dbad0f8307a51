"""Walks the headers of a tar that arrives in pieces, and hashes what lies between them.

Rules: FORMATS.md 5 and Go's archive/tar, which all engines use.  The walker itself stores
nothing: finished columns go to a callback.  It never trusts a size: content is hashed as it comes
by, and what must be held in memory (extended headers, sparse maps) is capped.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable
from functools import partial
from itertools import compress
from struct import Struct

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import header, names, pax, sparse
from layerscope.engine.layers.batch import KINDS, Columnist, Patch, Run
from layerscope.engine.layers.columns import Rows, starts
from layerscope.engine.layers.hashing import HashThread
from layerscope.engine.layers.header import BLOCK, ZERO, HeaderDamaged
from layerscope.engine.layers.notes import Notes
from layerscope.engine.layers.values import Damage, Kind, Mark

ROWS = 4096
#: Bytes of long names, attributes and maps after which a run is closed early.
_RARE_BYTES = 4 << 20

_FILE = ord("0")
_PLAIN_KINDS = frozenset(b"125")
_IS_FILE = bytes(kind == Kind.FILE for kind in range(256))
_CLIMBING = 'Names hold ".."; they are shown as if inside the root.'
_NAMELESS = "A whiteout names nothing that could be removed; it is ignored."
_LONG = "Paths are longer or deeper than file systems allow."
_SLASHED_FILE = "A file has a name that ends like a folder's. Other readers may see other files."
_ROOT = "An entry would replace the root, or has no name; it is ignored."
_EXTENSIONS = frozenset(b"xgLK")
_NO_SIZE = (b"00000000000", bytes(11))
_ENDS = (b"\0", b" ")
#: Content from this size on is hashed on the other thread.
_LARGE = 1 << 16
_sha256 = hashlib.sha256
#: Of a header: the digits of the size, what ends them, the type letter.
_EXTENT = Struct("124x11sc20xB")


class Walker:
    """``feed`` it all plain bytes of a layer, then ``close`` it.

    ``damage`` is set once something cannot be read; what comes after is not looked at.
    """

    def __init__(
        self, emit: Callable[[Rows], None], limits: Limits, notes: Notes, hashes: HashThread
    ) -> None:
        self.damage: Damage | None = None
        self.entries = 0
        self.files = 0
        self.bytes = 0
        self._emit = emit
        self._hashes = hashes
        self._limits = limits
        self._notes = notes
        self._columnist = Columnist()
        self._run = Run()
        self._rare = 0
        self._base = 0
        self._carry = b""
        # Content that goes on in the next piece
        self._size = 0
        self._left = 0
        self._padding = 0
        self._update: Callable[[memoryview], object] | None = None
        self._finish: Callable[[], None] | None = None
        # What was read before the header of an entry
        self._careful = False
        self._zeros = 0
        self._over = False
        self._extension: pax.Extension | None = None
        self._long_name: bytes | None = None
        self._long_link: bytes | None = None
        self._before_entry = 0
        self._hole_bytes = limits.hole_bytes
        self._extending: _OldSparse | None = None

    def feed(self, piece: bytes) -> None:
        """The next bytes of the tar, as many as there are."""
        if self.damage is None:
            try:
                self._feed(piece)
            except HeaderDamaged as damage:
                self._stop(str(damage), self._before_entry)
        self._base += len(piece)

    def close(self) -> None:
        """The tar is over; decide whether it may end here."""
        if self.damage is None:
            where = self._base - len(self._carry)
            if self._over:
                self._after_the_end(self._carry)
            elif self._left:
                self._cut_off(where)
            elif self._carry:
                self._stop("the tar ends in the middle of a header", where)
            elif self._extending:
                self._stop("the tar ends in the middle of a sparse map", where)
            elif not self._zeros:
                if self._pending:
                    self._lost_extension(where)
                self._notes.add("no-end", "The tar has no end mark.", where)
        self._flush()

    def stop(self, reason: str, limit: str = "") -> None:
        """Make this the end, for a reason outside the tar."""
        self._flush()
        if self.damage is None:
            self.damage = Damage(reason, self._base, limit)

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
        """Read headers until fewer than 512 bytes are left; where that is."""
        length = len(piece)
        position = self._content(view, position)
        if self._careful:
            position = self._carefully(piece, view, position)
        run = self._run
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
                    position = self._content(view, start)
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
                run = self._run
                continue
            if len(run.headers) >= ROWS and not self._left:
                self._flush()
                run = self._run
        return min(position, length)

    def _bad_size(self, offset: int) -> HeaderDamaged:
        self._before_entry = offset
        return HeaderDamaged("the size in a header is not an octal number")

    # Content

    def _expect(
        self,
        size: int,
        update: Callable[[memoryview], object] | None,
        finish: Callable[[], None] | None,
    ) -> None:
        self._size = self._left = size
        self._padding = -size % BLOCK
        self._update = update
        self._finish = finish

    def _expect_file(self, size: int) -> None:
        """Expect content that is hashed as it is, for the last row."""
        hasher = _sha256()
        if size < _LARGE:
            self._expect(size, hasher.update, partial(self._hashed, hasher))
        else:
            self._expect(size, partial(self._hashes.submit, hasher.update), None)
            self._run.hashing[len(self._run.digests) - 1] = hasher

    def _content(self, view: memoryview, position: int) -> int:
        """Pass over what is left of the current content and its padding."""
        while self._left or self._finish:
            if self._left:
                part = view[position : position + self._left]
                if not part:
                    return position
                if self._update:
                    self._update(part)
                position += len(part)
                self._left -= len(part)
            if not self._left and self._finish:
                finish, self._finish = self._finish, None
                finish()
        if self._padding:
            step = min(self._padding, len(view) - position)
            self._padding -= step
            position += step
        return position

    def _hashed(self, hasher: sparse.ExpandedHash | hashlib._Hash) -> None:
        self._run.digests[-1] = hasher.digest()

    # Anything but a plain header

    def _carefully(self, piece: bytes, view: memoryview, position: int) -> int:
        """Read headers one by one until nothing before the next one can change its meaning."""
        while len(piece) - position >= BLOCK:
            if self._over:
                self._after_the_end(piece[position:])
                return len(piece)
            block = piece[position : position + BLOCK]
            here = self._base + position
            if not self._pending:
                self._before_entry = here
            if self._extending:
                self._more_sparse(block, here)
            elif block == ZERO:
                self._zero(here)
            else:
                self._header(block, here)
            self._careful = True
            position = self._content(view, position + BLOCK)
            self._careful = bool(self._left or self._padding or self._zeros or self._pending)
            if not self._careful:
                break
        return position

    @property
    def _pending(self) -> bool:
        """Whether something was read that belongs to the header after it."""
        return (
            self._extension is not None
            or self._long_name is not None
            or self._long_link is not None
            or self._extending is not None
        )

    def _zero(self, here: int) -> None:
        self._zeros += 1
        self._over = self._zeros == 2
        if self._pending:
            self._lost_extension(here)

    def _lost_extension(self, here: int) -> None:
        self._notes.add("lost-extension", "An extended header stands before no entry.", here)
        self._forget_extensions()

    def _after_the_end(self, rest: bytes) -> None:
        if rest.strip(b"\0"):
            self._notes.add("after-end", "There are bytes after the end of the tar.", self._base)

    def _header(self, block: bytes, here: int) -> None:
        parsed = header.parse(block)
        if self._zeros:
            self._zeros = 0
            self._notes.add(
                "lone-zero-block",
                "A block of zeros stands between two entries; engines refuse this layer.",
                here,
            )
        if parsed.type in _EXTENSIONS:
            self._extended(parsed, here)
        else:
            self._entry(block, parsed, here)

    def _extended(self, parsed: header.Header, here: int) -> None:
        if parsed.size > self._limits.extension_bytes:
            raise HeaderDamaged(
                f"an extended header of {parsed.size} bytes is larger than the limit of "
                f"{self._limits.extension_bytes}"
            )
        body = bytearray()
        self._expect(
            parsed.size, body.extend, partial(self._extended_read, parsed.type, body, here)
        )

    def _extended_read(self, letter: int, body: bytearray, here: int) -> None:
        content = bytes(body)
        match chr(letter):
            case "x":
                if self._extension:
                    self._ambiguous("Two PAX headers stand before one entry.", here)
                self._extension = pax.parse(content)
                for key in self._extension.doubled:
                    self._ambiguous(f"A PAX header says {_shown(key)} twice.", here)
            case "g":
                self._global(content, here)
            case "L":
                if self._long_name is not None and self._long_name != header.text(content):
                    self._ambiguous("Two long names stand before one entry.", here)
                self._long_name = header.text(content)
            case _:
                if self._long_link is not None and self._long_link != header.text(content):
                    self._ambiguous("Two long link targets stand before one entry.", here)
                self._long_link = header.text(content)

    def _global(self, content: bytes, here: int) -> None:
        """Engines skip global headers, and with them whatever stood before (FORMATS.md 5.2)."""
        said = pax.parse(content)
        if any(value is not None for value in (said.path, said.link, said.size)):
            self._ambiguous(
                "A global PAX header names a path, link or size; engines skip it.", here
            )
        if self._pending:
            self._ambiguous("A global PAX header stands between an entry and its extension.", here)
        self._forget_extensions()

    def _forget_extensions(self) -> None:
        self._extension = self._long_name = self._long_link = None

    def _ambiguous(self, text: str, here: int) -> None:
        self._notes.add("ambiguous", f"{text} Other readers may see other files.", here)

    def _entry(self, block: bytes, parsed: header.Header, here: int) -> None:
        """The header of an entry, with what extensions say about it."""
        extension = self._extension or pax.Extension()
        patch = Patch(
            user=extension.user,
            group=extension.group,
            uid=extension.uid,
            gid=extension.gid,
            mtime_ns=extension.mtime_ns,
            xattrs=pax.encoded(extension.xattrs),
            pax=pax.encoded(extension.others),
        )
        name, size = parsed.name, parsed.size
        if extension.path is not None:
            name = patch.name = extension.path
        if extension.link is not None:
            patch.link = extension.link
        if extension.size is not None:
            if parsed.size not in (0, extension.size) and extension.size < 8**11:
                self._ambiguous("A PAX header and a tar header give different sizes.", here)
            size = extension.size
        if self._long_name:
            if extension.path is not None and extension.path != self._long_name:
                self._ambiguous("A PAX header and a GNU header give different names.", here)
            name = patch.name = self._long_name
        if self._long_link:
            if extension.link is not None and extension.link != self._long_link:
                self._ambiguous("A PAX header and a GNU header give different links.", here)
            patch.link = self._long_link
        self._forget_extensions()
        kind = Kind(KINDS[parsed.type])
        if parsed.type == 0 and name.endswith(b"/"):
            kind = patch.kind = Kind.DIR
        self._refused_types(parsed.type, kind, here)
        if size and (parsed.type in header.HEADER_ONLY or (parsed.type == 0 and kind == Kind.DIR)):
            self._ambiguous(f"A {kind.word} claims to have content.", here)
            size = 0
        self._row(block, kind, size, here, patch)
        if parsed.type == ord("S"):
            self._extending = _OldSparse(size, sparse.old_gnu_size(block), patch)
            self._extended_by(block, True, here)
        elif extension.sparse:
            self._sparse(extension.sparse, size, patch, here)
        elif kind == Kind.FILE:
            self._expect_file(size)
        else:
            self._expect(size if kind == Kind.OTHER else 0, None, None)

    def _row(self, block: bytes, kind: Kind, size: int, here: int, patch: Patch) -> None:
        """Note an entry, so that the content after it can be read."""
        rare = len(patch.xattrs) + len(patch.pax) + len(patch.name or b"") + len(patch.link or b"")
        self._rare += rare
        if len(self._run.headers) >= ROWS or self._rare > _RARE_BYTES:
            self._flush()
            self._rare = rare
        run = self._run
        if patch != Patch():
            run.patches[len(run.headers)] = patch
        if not run.headers:
            run.first_header = here
        run.headers.append(block)
        run.sizes.append(size)
        run.digests.append(b"")
        self._place(here + BLOCK, size if kind in (Kind.FILE, Kind.OTHER) else 0)

    def _place(self, start: int, stored: int) -> None:
        """Say where the content of the last row lies, and how long it is in the tar."""
        self._run.places[len(self._run.headers) - 1] = start, start + stored + -stored % BLOCK

    def _refused_types(self, letter: int, kind: Kind, here: int) -> None:
        if letter in b"7S" and letter:
            self._notes.add(
                "refused-type", f"Engines refuse entries of type {chr(letter)!r}.", here
            )
        elif kind == Kind.OTHER:
            self._notes.add(
                "unknown-type", f"No engine knows the type {chr(letter)!r} of an entry.", here
            )

    # Sparse files

    def _extended_by(self, block: bytes, first: bool, here: int) -> None:
        assert self._extending is not None
        pairs, more = sparse.old_gnu_pairs(block, first)
        self._extending.pairs.extend(pairs)
        if len(self._extending.pairs) * 12 > self._limits.extension_bytes:
            raise HeaderDamaged("a sparse map is larger than the limit")
        if not more:
            old, self._extending = self._extending, None
            map_ = sparse.SparseMap(array("q", old.pairs), old.real_size)
            self._place(here + BLOCK, old.packed)
            self._hash_sparse(map_, old.packed, old.patch, here)

    def _more_sparse(self, block: bytes, here: int) -> None:
        self._extended_by(block, False, here)

    def _sparse(self, records: dict[bytes, bytes], size: int, patch: Patch, here: int) -> None:
        version_1 = sparse.is_version_1(records)
        name = records.get(b"GNU.sparse.name")
        if version_1 is None:
            self._ambiguous("A sparse file is of an unknown format.", here)
            self._expect_file(size)
            return
        if name:
            patch.name = name
        self._run.patches[len(self._run.headers) - 1] = patch
        real = sparse.real_size(records, size)
        if real < 0:
            raise HeaderDamaged("the size of a sparse file is negative")
        if version_1:
            reader = _MapFirst(self, size, real, patch, here)
            self._expect(size, reader.update, reader.finish)
        else:
            self._hash_sparse(sparse.from_records(records, real), size, patch, here)

    def _hash_sparse(
        self, map_: sparse.SparseMap, packed: int, patch: Patch, here: int
    ) -> sparse.ExpandedHash | None:
        """Expect the packed content of a sparse file whose map is known."""
        if map_.packed != packed:
            raise HeaderDamaged(
                f"a sparse map speaks of {map_.packed} bytes, the archive holds {packed}"
            )
        patch.sparse = map_.packed_bytes()
        self._rare += len(patch.sparse)
        self._run.sizes[-1] = map_.size
        self._run.patches[len(self._run.headers) - 1] = patch
        holes = map_.size - map_.packed
        if holes > self._hole_bytes:
            self._notes.add(
                "holes", "The holes of a sparse file are too large to hash its content.", here
            )
            self._expect(packed, None, None)
            return None
        self._hole_bytes -= holes
        hasher = sparse.ExpandedHash(map_)
        self._expect(packed, hasher.update, partial(self._hashed, hasher))
        return hasher

    # Ends

    def _flush(self) -> None:
        """Hand over the rows so far; a damaged header among them ends the walk there."""
        run, self._run, self._rare = self._run, Run(), 0
        if not run.headers:
            return
        if run.hashing:
            self._hashes.drain()
            if self._left:
                run.hashing.pop(len(run.digests) - 1, None)
            for row, hasher in run.hashing.items():
                run.digests[row] = hasher.digest()
        rows, damage = self._columnist.rows(run)
        if damage is not None:
            where = self._header_of(rows, len(rows.paths))
            self.damage = Damage(str(damage), where)
        room = self._limits.layer_entries - self.entries
        if len(rows.paths) > room:
            self.damage = Damage(
                f"stopped at limit layer_entries = {self._limits.layer_entries}",
                self._header_of(rows, room),
                "layer_entries",
            )
            run.cut(room)
            rows, _ = self._columnist.rows(run)
        self._judge(rows)
        self.entries += len(rows.paths)
        self.files += rows.kinds.count(Kind.FILE)
        self.bytes += sum(compress(rows.sizes, rows.kinds.translate(_IS_FILE)))
        self._emit(rows)

    def _header_of(self, rows: Rows, row: int) -> int:
        """Where the header of a row is in the tar, or of the one after the last."""
        kinds = rows.kinds[:row] + bytes([Kind.FILE])
        return starts(kinds, [*rows.sizes[:row], 0], rows.first_header, rows.places)[row] - BLOCK

    def _judge(self, rows: Rows) -> None:
        """Take note of names that mean trouble, and keep them from doing any."""
        for row, raw in rows.odd_names.items():
            if names.climbs(raw):
                self._note_row("climbing-name", _CLIMBING, rows, row)
        slashed = rows.styles.count(names.SLASHED) + rows.styles.count(names.DOTTED_SLASHED)
        if slashed > rows.kinds.count(Kind.DIR):
            for row, style in enumerate(rows.styles):
                if style in (names.SLASHED, names.DOTTED_SLASHED) and rows.kinds[row] == Kind.FILE:
                    self._note_row("ambiguous", _SLASHED_FILE, rows, row)
        if max(map(len, rows.paths)) > self._limits.component_bytes:
            for row, path in enumerate(rows.paths):
                if len(path) > self._limits.component_bytes:
                    self._judge_length(path, rows, row)
        if Mark.IGNORED in rows.marks:
            for row, path in enumerate(rows.paths):
                if rows.marks[row] == Mark.IGNORED and names.is_nameless_whiteout(path):
                    self._note_row("nameless-whiteout", _NAMELESS, rows, row)
        if b"" in rows.paths:
            marks = bytearray(rows.marks)
            for row, path in enumerate(rows.paths):
                if not path and (rows.kinds[row] != Kind.DIR or rows.odd_names.get(row) == b""):
                    marks[row] = Mark.IGNORED
                    self._note_row("root-replaced", _ROOT, rows, row)
            rows.marks = bytes(marks)

    def _judge_length(self, path: bytes, rows: Rows, row: int) -> None:
        parts = path.split(b"/")
        if (
            len(path) > self._limits.path_bytes
            or len(parts) > self._limits.depth
            or max(map(len, parts)) > self._limits.component_bytes
        ):
            self._note_row("long-path", _LONG, rows, row)

    def _note_row(self, code: str, text: str, rows: Rows, row: int) -> None:
        if self._notes.knows(code, text):
            self._notes.add(code, text)
        else:
            self._notes.add(code, text, self._header_of(rows, row))

    def _stop(self, reason: str, offset: int) -> None:
        self._flush()
        if self.damage is None:
            self.damage = Damage(reason, offset)

    def _cut_off(self, where: int) -> None:
        self._stop(
            f"the content of an entry ends after {self._size - self._left} of {self._size} bytes",
            where,
        )


class _OldSparse:
    """An ``S`` header whose map goes on in the blocks after it."""

    def __init__(self, packed: int, real_size: int, patch: Patch) -> None:
        self.packed = packed
        self.real_size = real_size
        self.patch = patch
        self.pairs: list[int] = []


class _MapFirst:
    """The content of a sparse file of format 1.0: a map in text, padded, then the data."""

    def __init__(self, walker: Walker, size: int, real: int, patch: Patch, here: int) -> None:
        self._walker = walker
        self._size = size
        self._real = real
        self._patch = patch
        self._here = here
        self._content = here + BLOCK
        self._text = bytearray()
        self._map: sparse.SparseMap | None = None
        self._hasher: sparse.ExpandedHash | None = None

    def update(self, data: memoryview) -> None:
        while data and self._map is None:
            step = BLOCK - len(self._text) % BLOCK
            self._text += data[:step]
            data = data[step:]
            if len(self._text) % BLOCK == 0:
                self._read_map()
        if data and self._hasher:
            self._hasher.update(data)

    def finish(self) -> None:
        if self._map is None:
            raise HeaderDamaged("a sparse file ends before its map does")
        if self._hasher:
            self._walker._hashed(self._hasher)

    def _read_map(self) -> None:
        walker = self._walker
        if len(self._text) > walker._limits.extension_bytes:
            raise HeaderDamaged("a sparse map is larger than the limit")
        self._map = sparse.from_text(self._text, self._real)
        if self._map is not None:
            left, padding = walker._left, walker._padding
            self._hasher = walker._hash_sparse(
                self._map, self._size - len(self._text), self._patch, self._here
            )
            walker._left, walker._padding = left, padding
            walker._update, walker._finish = self.update, self.finish
            walker._place(self._content + len(self._text), self._size - len(self._text))


def _shown(key: bytes) -> str:
    return key.decode("ascii", "backslashreplace")
