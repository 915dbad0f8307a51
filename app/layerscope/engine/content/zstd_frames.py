"""The only reader of zstd framing: finds where frames begin and end without decoding them.

Source: RFC 8878, sections 3.1.1 (frames and blocks) and 3.1.2 (skippable frames).
"""

from __future__ import annotations

from collections.abc import Callable

MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
_DICTIONARY_ID_BYTES = (0, 1, 2, 4)
#: Compressed bytes between two places where decoding can start, at least.
STRETCH = 1 << 18
_RAW, _RLE, _COMPRESSED, _RESERVED = range(4)


def is_skippable(head: bytes) -> bool:
    """Whether a skippable frame starts here: 5? 2a 4d 18."""
    return head[1:4] == _SKIPPABLE and 0x50 <= head[0] <= 0x5F


def is_cut(head: bytes) -> bool:
    """Whether these few bytes are all that is left of a frame."""
    return MAGIC.startswith(head) or is_skippable(head + _SKIPPABLE[len(head) - 1 :])


class FrameScanner:
    """Follows frames through pieces of input of any size, keeping none of it.

    ``at_start``: what was consumed ends where a frame ends (or nothing was consumed yet).
    ``over``: what comes next is not a frame.  ``refusal``: why the next frame cannot be decoded
    here, or empty; ``too_wide`` if that is for the memory that it would take.
    """

    def __init__(self, window_bytes: int) -> None:
        self.over = False
        self.refusal = ""
        self.too_wide = False
        self.skippable = False
        self._window_bytes = window_bytes
        self._skip = 0
        self._in_frame = False
        self._closing = False
        self._checksum_bytes = 0

    @property
    def at_start(self) -> bool:
        return not self._in_frame and not self._skip

    def feed(self, data: bytes, position: int) -> int:
        """The end of the bytes from ``position`` on that belong to the current frame.

        It never lies beyond the end of that frame.  Where it lies before the end of ``data`` and
        the scanner is neither over nor refusing nor at the start of a frame, the few bytes left
        must be fed again with what follows them.  ``skippable`` says what kind of frame it is.
        """
        while True:
            step = min(self._skip, len(data) - position)
            position += step
            self._skip -= step
            if self._skip:
                return position
            if self._closing:
                self._closing = self._in_frame = False
                return position
            step = self._block(data, position) if self._in_frame else self._frame(data, position)
            if not step:
                return position
            position += step

    def _frame(self, data: bytes, position: int) -> int:
        head = data[position : position + 18]
        if len(head) < 8:
            return 0  # no whole frame is shorter
        if is_skippable(head):
            self._skip = int.from_bytes(head[4:8], "little")
            self.skippable = self._in_frame = self._closing = True
            return 8
        if not head.startswith(MAGIC):
            self.over = True
            return 0
        flags = head[4]
        single_segment = flags >> 5 & 1
        id_bytes = _DICTIONARY_ID_BYTES[flags & 3]
        size_bytes = (single_segment, 2, 4, 8)[flags >> 6]
        length = 5 + (not single_segment) + id_bytes + size_bytes
        if len(head) < length:
            return 0
        id_start = 5 + (not single_segment)
        content = int.from_bytes(head[length - size_bytes : length], "little")
        window = content + 256 * (size_bytes == 2)
        if not single_segment:
            exponent, mantissa = head[5] >> 3, head[5] & 7
            window = (1 << (10 + exponent)) * (8 + mantissa) // 8
        if flags & 8:
            self.refusal = "a frame uses a reserved bit"
        elif any(head[id_start : id_start + id_bytes]):
            self.refusal = "a frame needs a dictionary that is not part of it"
        elif window > self._window_bytes:
            self.too_wide = True
            self.refusal = (
                f"a frame needs a window of {window} bytes, more than {self._window_bytes}"
            )
        if self.refusal:
            return 0
        self._checksum_bytes = flags & 4
        self._in_frame = True
        self.skippable = False
        return length

    def _block(self, data: bytes, position: int) -> int:
        if len(data) - position < 3:
            return 0
        bits = int.from_bytes(data[position : position + 3], "little")
        kind = bits >> 1 & 3
        if kind == _RESERVED:
            self.refusal = "a block has a reserved type"
            return 0
        self._skip = 1 if kind == _RLE else bits >> 3
        if bits & 1:
            self._skip += self._checksum_bytes
            self._closing = True
        return 3


class FrameSource:
    """A file for python-zstandard that ends where a frame ends: the first one to do so after
    ``STRETCH`` bytes, because there may be a frame for each small file.

    The scanner sees every byte before the library does, so that the end of a frame, its window
    and its dictionary are known from the bytes and not from what the library says about them.
    """

    def __init__(self, read: Callable[[int], bytes], size: int, window_bytes: int) -> None:
        self.complete = True
        self._scanner = FrameScanner(window_bytes)
        self._read = read
        self._size = size
        self._data = b""
        self._start = 0
        self._left = 0
        self._sources_end = False

    @property
    def rest(self) -> bytes:
        """What was read and does not belong to the frames so far."""
        return self._data[self._start :]

    @property
    def refusal(self) -> str:
        return self._scanner.refusal

    @property
    def too_wide(self) -> bool:
        return self._scanner.too_wide

    def begins_frame(self) -> bool:
        """Whether another frame follows, as far as its first bytes tell."""
        while len(self._data) - self._start < 4 and not self._sources_end:
            self._fill()
        self.complete = not self._is_frame()
        self._left = STRETCH
        return not self.complete

    def read(self, size: int) -> bytes:
        """Bytes of frames, without skippable ones; b"" where the last frame is complete, where
        it is refused, or where the source ends, which may be in its middle."""
        first = self._start
        while not self.complete and not self.refusal:
            start, self._start = self._start, self._scanner.feed(self._data, self._start)
            self._left -= self._start - start
            if self._start > start and self._scanner.at_start:
                self.complete = self._left <= 0 or not self._is_frame()
            if self._scanner.skippable and self._start > start:
                if start > first:
                    return self._data[first:start]
                first = self._start
            elif self._start == start or self.complete:
                if start > first or self._start > first:
                    return self._data[first : self._start]
                if self._sources_end:
                    break
                self._fill()
                first = self._start
        return b""

    def _is_frame(self) -> bool:
        head = self._data[self._start : self._start + 4]
        return head == MAGIC or is_skippable(head)

    def _fill(self) -> None:
        more = self._read(self._size)
        self._sources_end = not more
        self._data, self._start = self.rest + more, 0
