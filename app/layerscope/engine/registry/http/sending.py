"""A request body that is read while it is sent, in small pieces, and read anew for each try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from layerscope.engine.errors import BlobDamaged
from layerscope.engine.oci import Digest

#: Small, because a socket's time-out covers the whole of a piece: 20 s are 1.6 KB a second.
PIECE = 1 << 15

#: The blob, opened at an offset in bytes.
Source = Callable[[int], BinaryIO]


class Sending:
    """``size`` bytes of blob ``digest`` from ``offset`` on; ``sent`` hears of each piece that went.
    Reading it raises BlobDamaged if the blob ends early.

    It has a length and no ``read``, so that it goes out with a Content-Length and in our pieces,
    not in those of http.client."""

    def __init__(
        self,
        digest: Digest,
        source: Source,
        offset: int,
        size: int,
        sent: Callable[[int], None] | None = None,
    ) -> None:
        self._digest = digest
        self._source = source
        self._offset = offset
        self._size = size
        self._sent = sent

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        left = self._size
        with self._source(self._offset) as file:
            while left:
                piece = file.read(min(PIECE, left))
                if not piece:
                    raise BlobDamaged(
                        f"{self._digest} ends too early in the store.",
                        hint="Pull its image again to replace it.",
                        digest=str(self._digest),
                    )
                yield piece
                left -= len(piece)
                if self._sent is not None:
                    self._sent(len(piece))
