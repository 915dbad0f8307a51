"""Content codings undone by hand, lazily, so that a few bytes cannot become gigabytes at once."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import zstandard

_PIECE = 1 << 18
KNOWN = frozenset({"gzip", "x-gzip", "deflate", "zstd"})


class Undecodable(Exception):
    """The bytes are not in the coding that their header names."""


def decoded(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """One coding undone, in pieces of at most 256 KiB; ``coding`` is one of KNOWN."""
    try:
        if coding == "zstd":
            yield from _unzstd(chunks)
        else:
            yield from _inflated(chunks, 15 if coding == "deflate" else 31)
    except (zlib.error, zstandard.ZstdError) as error:
        raise Undecodable(str(error)) from error


def _inflated(chunks: Iterable[bytes], bits: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(bits)
    begun = False
    for chunk in chunks:
        data = chunk
        while data or (begun and not stream.eof):
            piece = stream.decompress(data, _PIECE)
            begun = True
            if piece:
                yield piece
            if stream.eof:
                data, stream, begun = stream.unused_data, zlib.decompressobj(bits), False
            else:
                data = stream.unconsumed_tail
                if len(piece) < _PIECE and not data:
                    break  # all that this chunk can give
    if begun:
        raise Undecodable("it ends too early")


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    source = _Source(chunks)
    with decompressor.stream_reader(source, read_across_frames=True) as reader:  # type: ignore[arg-type]  # it only ever calls read
        while piece := reader.read(_PIECE):
            yield piece


class _Source:
    """Chunks, read like a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def read(self, size: int) -> bytes:
        if not self._rest:
            self._rest = next(self._chunks, b"")
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece
