"""The only place where plain bytes become compressed ones: the same bytes give the same bytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import zstandard
from isal import isal_zlib

from layerscope.engine.content.codecs import Compression
from layerscope.engine.errors import BadInput

_GZIP = 31  #: a window of 32 KiB, and the gzip framing with time 0
_ISAL_LEVEL = 2
_ZSTD_LEVEL = 3
_ENDINGS = {
    ".gz": Compression.GZIP,
    ".tgz": Compression.GZIP,
    ".zst": Compression.ZSTD,
    ".tzst": Compression.ZSTD,
}
_OTHER_ENDINGS = (".xz", ".txz", ".bz2", ".tbz", ".tbz2", ".lz4", ".zip", ".7z")

Write = Callable[[bytes | memoryview], object]


class Compressor(Protocol):
    def compress(self, data: bytes | memoryview, /) -> bytes: ...
    def flush(self) -> bytes: ...


class Packer:
    """Sends what is written to it on to ``write``, compressed; ``close`` ends the stream."""

    def __init__(self, write: Write, compression: Compression) -> None:
        self._write = write
        self._compressor = _compressor(compression)

    def write(self, data: bytes | memoryview) -> None:
        """Raises what the sink raises."""
        if packed := self._compressor.compress(data):
            self._write(packed)

    def close(self) -> None:
        """Write the end of the compressed stream; what it is written to stays open."""
        if packed := self._compressor.flush():
            self._write(packed)


def compression_of(path: Path) -> Compression:
    """What the ending of a file's name asks for.  Raises BadInput for one that is not written."""
    ending = path.suffix.lower()
    if ending in _OTHER_ENDINGS:
        raise BadInput(
            f"{path.name} would have to be packed as {ending[1:]}, which is not written.",
            hint="Call it .tar, .tar.gz or .tar.zst.",
        )
    return _ENDINGS.get(ending, Compression.NONE)


def _compressor(compression: Compression) -> Compressor:
    match compression:
        case Compression.NONE:
            return _Plain()
        case Compression.GZIP:
            return isal_zlib.compressobj(_ISAL_LEVEL, zlib.DEFLATED, _GZIP)
        case Compression.ZSTD:
            return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
    raise BadInput(f"Nothing is packed as {compression} here.", hint="Take gzip or zstd.")


class _Plain:
    def compress(self, data: bytes | memoryview, /) -> bytes:
        return bytes(data)

    def flush(self) -> bytes:
        return b""
