"""The only place where compressed bytes become plain ones, in pieces of bounded size.

The decoders of the libraries hide what matters here: python-zstandard ends a truncated stream
without a word, zlib stops after the first gzip member.  So each class below follows the framing
itself and a stream that ends early, or ends in the middle of something, is an error.
"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import IO, Protocol, cast

import zstandard
from isal import igzip_lib

from layerscope.engine.content import zstd_frames
from layerscope.engine.content.deflate_starts import Start, StartFinder
from layerscope.engine.errors import LayerDamaged

#: Large enough that the work per piece does not count, small enough to stay in the processor's
#: cache while it is inflated, hashed and walked.
PIECE = 1 << 20
READ = 1 << 18
_GZIP = b"\x1f\x8b"
_BZIP2 = b"BZh"
_BZIP2_BLOCKS = (b"1A", b"\x17r")  #: how a block begins, or the end; a name in a tar may be BZh1
_XZ = b"\xfd7zXZ\x00"
_WINDOW = "window_bytes"  #: the name of the limit
_TOO_WIDE_FOR_XZ = "Memory usage limit exceeded"
_GZIP_ERROR: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # stub: an instance


class Source(Protocol):
    """Where compressed bytes are read from; a short read means the end only if it is empty."""

    def read(self, size: int, /) -> bytes: ...


class Compression(StrEnum):
    """How a blob is packed, in the words of the index file and the settings."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    BZIP2 = "bzip2"
    XZ = "xz"


def sniff(head: bytes) -> Compression:
    """Decide by the magic bytes alone (FORMATS.md 2.7); six bytes are enough, and what is not
    recognised is a plain tar.  The media type is a hint that is often wrong."""
    if head.startswith(_GZIP + b"\x08"):
        return Compression.GZIP
    if head.startswith(zstd_frames.MAGIC) or zstd_frames.is_skippable(head):
        return Compression.ZSTD
    if head.startswith(_BZIP2) and head[4:6] in _BZIP2_BLOCKS:
        return Compression.BZIP2
    if head.startswith(_XZ):
        return Compression.XZ
    return Compression.NONE


class TarStream:
    """The plain bytes of a source, in order, as pieces of at most ``PIECE`` bytes.

    Iterating raises LayerDamaged, with ``offset`` the plain bytes that came out before, when the
    source is truncated, corrupt, or asks for more memory than ``window_bytes``.  ``warnings``
    is complete once the iteration has ended; ``compressed_position`` counts bytes read and
    ``position`` plain bytes made.  ``frames`` lists (compressed offset, plain offset) of places
    some way apart where decoding can start afresh; ``on_start`` is told each place inside gzip
    members where it can start with a window.
    """

    def __init__(
        self,
        source: Source,
        compression: Compression,
        window_bytes: int,
        on_start: Callable[[Start], None] | None = None,
    ) -> None:
        self.compression = compression
        self.warnings: list[str] = []
        self.frames: list[tuple[int, int]] = []
        self.compressed_position = 0
        self.position = 0
        self._source = source
        self._window_bytes = window_bytes
        self._on_start = on_start
        self._head = b""

    def __iter__(self) -> Iterator[bytes]:
        pieces = {
            Compression.NONE: self._plain,
            Compression.GZIP: self._gzip,
            Compression.ZSTD: self._zstd,
            Compression.BZIP2: self._bzip2,
            Compression.XZ: self._xz,
        }[self.compression]
        yield from _joined(self._counted(pieces()))

    def pushed_back(self, head: bytes) -> TarStream:
        """The same stream, with ``head`` to be read before the rest of its source."""
        self._head = head
        return self

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.position += len(piece)
            yield piece

    def _read(self, size: int) -> bytes:
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
        else:
            data = self._source.read(size)
        self.compressed_position += len(data)
        return data

    def _topped_up(self, data: bytes, length: int) -> bytes:
        """``data`` and what follows it, at least ``length`` bytes unless the source ends."""
        while len(data) < length and (more := self._read(READ)):
            data += more
        return data

    def _damaged(self, reason: str, limit: str = "") -> LayerDamaged:
        return LayerDamaged(
            f"The {self.compression} stream is damaged: {reason}.",
            layer="",
            offset=self.position,
            reason=reason,
            limit=limit,
            compressed_offset=self.compressed_position,
        )

    def _plain(self) -> Iterator[bytes]:
        while piece := self._read(PIECE):
            yield piece

    def _gzip(self) -> Iterator[bytes]:
        """Members one after another (RFC 1952); each checks its CRC and length."""
        data = self._read(READ)
        finder = StartFinder() if self._on_start else None
        while True:
            member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            here = self.compressed_position - len(data)
            if not self.frames or here - self.frames[-1][0] >= zstd_frames.STRETCH:
                self.frames.append((here, self.position))
            while not member.eof:
                if member.needs_input and not data:
                    data = self._read(READ)
                    if not data:
                        raise self._damaged("it ends in the middle of a gzip member")
                try:
                    piece, data = self._gzip_piece(member, data, finder)
                except _GZIP_ERROR as error:
                    raise self._damaged(str(error)) from error
                if piece:
                    yield piece
            data = self._topped_up(member.unused_data + data, 2)
            if not data.startswith(_GZIP):
                if data == _GZIP[:1]:
                    raise self._damaged("it ends in the middle of a gzip member")
                self._after_the_end(data)
                return

    def _gzip_piece(
        self, member: igzip_lib.IgzipDecompressor, data: bytes, finder: StartFinder | None
    ) -> tuple[bytes, bytes]:
        """Some output, and the input that the member has not seen yet."""
        compressed = self.compressed_position - len(data)
        if finder is None or not data or not finder.wanted(compressed, self.position):
            piece = member.decompress(data, PIECE)
            if finder is not None:
                finder.passed(piece)
            return piece, b""
        piece, rest, start = finder.search(member, data, compressed, self.position)
        if start is not None and self._on_start is not None:
            self._on_start(start)
        return piece, rest

    def _after_the_end(self, data: bytes) -> None:
        """What follows the last member is no content; engines refuse it, we accept and say so."""
        length, zeros = 0, True
        while data:
            length += len(data)
            zeros = zeros and not data.strip(b"\0")
            data = self._read(READ)
        if length:
            kind = "zero bytes" if zeros else "bytes that are not part of it"
            self.warnings.append(f"{length} {kind} after the end of the {self.compression} stream")

    def _zstd(self) -> Iterator[bytes]:
        """Frames one after another (RFC 8878), skippable ones passed over."""
        source = zstd_frames.FrameSource(self._read, READ, self._window_bytes)
        file = cast(IO[bytes], source)  # only its read method is called
        decoder = zstandard.ZstdDecompressor(max_window_size=self._window_bytes)
        while source.begins_frame():
            start = self.compressed_position - len(source.rest), self.position
            with decoder.stream_reader(file, read_size=READ, read_across_frames=True) as reader:
                try:
                    while piece := reader.read(PIECE):
                        yield piece
                except zstandard.ZstdError as error:
                    raise self._damaged(str(error)) from error
            if self.position > start[1]:
                self.frames.append(start)
            if not source.complete:
                reason = source.refusal or "it ends in the middle of a zstd frame"
                raise self._damaged(reason, _WINDOW if source.too_wide else "")
        if 0 < len(source.rest) < 4 and zstd_frames.is_cut(source.rest):
            raise self._damaged("it ends in the middle of a zstd frame")
        self._after_the_end(source.rest)

    def _bzip2(self) -> Iterator[bytes]:
        data = self._read(READ)
        while True:
            stream = bz2.BZ2Decompressor()
            while not stream.eof:
                if stream.needs_input and not data:
                    data = self._read(READ)
                    if not data:
                        raise self._damaged("it ends in the middle of a bzip2 stream")
                try:
                    piece = stream.decompress(data, PIECE)
                except OSError as error:
                    raise self._damaged(str(error)) from error
                data = b""
                if piece:
                    yield piece
            data = self._topped_up(stream.unused_data, 3)
            if not data.startswith(_BZIP2):
                if data and _BZIP2.startswith(data):
                    raise self._damaged("it ends in the middle of a bzip2 stream")
                self._after_the_end(data)
                return

    def _xz(self) -> Iterator[bytes]:
        data = self._read(READ)
        while True:
            stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=self._window_bytes)
            while not stream.eof:
                if stream.needs_input and not data:
                    data = self._read(READ)
                    if not data:
                        raise self._damaged("it ends in the middle of an xz stream")
                try:
                    piece = stream.decompress(data, PIECE)
                except lzma.LZMAError as error:
                    limit = _WINDOW if str(error) == _TOO_WIDE_FOR_XZ else ""
                    raise self._damaged(str(error), limit) from error
                data = b""
                if piece:
                    yield piece
            data = self._topped_up(stream.unused_data, 6)
            if not data.startswith(_XZ):
                if data and _XZ.startswith(data):
                    raise self._damaged("it ends in the middle of an xz stream")
                self._after_the_end(data)
                return


def open_tar_stream(
    source: Source,
    compression: Compression | None = None,
    *,
    window_bytes: int = 128 << 20,
    on_start: Callable[[Start], None] | None = None,
) -> TarStream:
    """The plain bytes of ``source``, whose compression is sniffed unless it is given."""
    if compression is not None:
        return TarStream(source, compression, window_bytes, on_start)
    head = b""
    while len(head) < 6 and (more := source.read(6 - len(head))):
        head += more
    return TarStream(source, sniff(head), window_bytes, on_start).pushed_back(head)


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Small pieces made into larger ones; what came before damage is still handed out."""
    waiting: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            if not waiting and len(piece) >= READ:
                yield piece
                continue
            waiting.append(piece)
            size += len(piece)
            if size >= READ:
                yield b"".join(waiting)
                waiting, size = [], 0
    except LayerDamaged:
        if waiting:
            yield b"".join(waiting)
        raise
    if waiting:
        yield b"".join(waiting)
