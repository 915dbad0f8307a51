"""Compressed streams are read to their true end, and nothing less passes for it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tracemalloc
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.content.codecs import PIECE, Compression, open_tar_stream, sniff
from layerscope.engine.errors import LayerDamaged

DATA = Path(__file__).parents[2] / "data"
GOLDEN = DATA / "zstd"
CONTENT = Random(1).randbytes(70_000) * 9 + b"the end"
SKIPPABLE = b"\x5a\x2a\x4d\x18\x05\0\0\0hello"


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


PACK: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.GZIP: gzip.compress,
    Compression.ZSTD: zstd,
    Compression.BZIP2: bz2.compress,
    Compression.XZ: lzma.compress,
}
PACKED = pytest.mark.parametrize("packing", PACK)


class Dripping:
    """A source that gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self._file = io.BytesIO(data)
        self._step = step

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._step))


def unpacked(data: bytes, window_bytes: int = 128 << 20) -> tuple[bytes, list[str]]:
    stream = open_tar_stream(io.BytesIO(data), window_bytes=window_bytes)
    content = b"".join(stream)
    assert stream.compressed_position == len(data)
    assert stream.position == len(content)
    return content, stream.warnings


def damage(data: bytes, **options: int) -> LayerDamaged:
    with pytest.raises(LayerDamaged) as caught:
        unpacked(data, **options)
    return caught.value


@pytest.mark.parametrize(
    ("head", "packing"),
    [
        (b"\x1f\x8b\x08\0", Compression.GZIP),
        (b"\x28\xb5\x2f\xfd", Compression.ZSTD),
        (b"\x50\x2a\x4d\x18\0\0", Compression.ZSTD),
        (b"\x5f\x2a\x4d\x18\0\0", Compression.ZSTD),
        (b"\x60\x2a\x4d\x18\0\0", Compression.NONE),
        (b"\x1f\x8b\x07\0", Compression.NONE),
        (bz2.compress(b""), Compression.BZIP2),
        (bz2.compress(b"x"), Compression.BZIP2),
        (b"BZh9.txt", Compression.NONE),
        (b"\xfd7zXZ\0", Compression.XZ),
        (b"etc/hosts", Compression.NONE),
        (b"", Compression.NONE),
    ],
)
def test_the_first_bytes_tell_the_compression(head: bytes, packing: Compression) -> None:
    assert sniff(head) == packing


@PACKED
def test_a_stream_gives_back_what_was_packed(packing: Compression) -> None:
    assert unpacked(PACK[packing](CONTENT)) == (CONTENT, [])


@PACKED
def test_streams_one_after_another_are_read_as_one(packing: Compression) -> None:
    pack = PACK[packing]
    assert unpacked(pack(b"one") + pack(b"") + pack(CONTENT)) == (b"one" + CONTENT, [])


@PACKED
@pytest.mark.parametrize("kept", [0.01, 0.5, 0.99])
def test_a_truncated_stream_is_damaged(packing: Compression, kept: float) -> None:
    data = PACK[packing](CONTENT)
    damage(data[: max(8, int(len(data) * kept))])


@PACKED
def test_a_stream_without_its_last_byte_is_damaged_after_all_its_content(
    packing: Compression,
) -> None:
    assert damage(PACK[packing](CONTENT)[:-1]).offset == len(CONTENT)


@PACKED
@pytest.mark.parametrize("rest", [bytes(700), b"x", b"not a stream at all" * 40])
def test_what_follows_the_end_is_told_and_not_read(packing: Compression, rest: bytes) -> None:
    content, warnings = unpacked(PACK[packing](CONTENT) + rest)
    assert content == CONTENT
    kind = "zero bytes" if not any(rest) else "bytes that are not part of it"
    assert warnings == [f"{len(rest)} {kind} after the end of the {packing} stream"]


@PACKED
@given(step=st.integers(1, 40_000))
def test_the_size_of_reads_changes_nothing(packing: Compression, step: int) -> None:
    data = PACK[packing](CONTENT[-5000:]) * 2 + b"rest"
    step = max(step, len(data) // 400)
    stream = open_tar_stream(Dripping(data, step))
    assert b"".join(stream) == CONTENT[-5000:] * 2
    assert len(stream.warnings) == 1


@pytest.mark.parametrize("from_end", [8, 5, 4, 1], ids=["crc", "crc", "length", "length"])
def test_a_gzip_member_must_have_its_crc_and_length(from_end: int) -> None:
    data = bytearray(gzip.compress(CONTENT))
    data[-from_end] ^= 1
    assert "checksum" in str(damage(bytes(data)))


def test_a_gzip_header_may_hold_a_name_of_64_kib() -> None:
    plain = gzip.compress(CONTENT)
    named = plain[:3] + b"\x08" + plain[4:10] + b"n" * 65_536 + b"\0" + plain[10:]
    assert unpacked(named) == (CONTENT, [])


@PACKED
@pytest.mark.parametrize("left", range(1, 8))
def test_a_cut_second_part_is_damage_however_little_of_it_is_left(
    packing: Compression, left: int
) -> None:
    packed = PACK[packing](CONTENT)
    assert damage(packed + packed[:left]).offset == len(CONTENT)


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (GOLDEN / "golden-decompression").iterdir())
)
def test_golden_zstd_frames_are_read(name: str) -> None:
    expected = json.loads((GOLDEN / "expected.json").read_text())["golden-decompression"][name]
    content, warnings = unpacked((GOLDEN / "golden-decompression" / name).read_bytes())
    assert len(content) == expected["size"]
    assert sha256(content).hexdigest().startswith(expected.get("sha256_prefix", ""))
    assert warnings == []


@pytest.mark.parametrize(
    "path", sorted((GOLDEN / "golden-decompression-errors").iterdir()), ids=lambda path: path.name
)
def test_golden_zstd_errors_are_refused(path: Path) -> None:
    damage(path.read_bytes())


@pytest.mark.parametrize(
    "path", sorted((GOLDEN / "golden-compression").iterdir()), ids=lambda path: path.name
)
@pytest.mark.parametrize("level", [-5, 1, 3, 9, 19])
def test_golden_contents_survive_every_kind_of_frame(path: Path, level: int) -> None:
    content = path.read_bytes()
    for sized, checked in ((True, False), (False, False), (True, True)):
        packer = zstandard.ZstdCompressor(
            level=level, write_content_size=sized, write_checksum=checked
        )
        packed = packer.compress(content)
        assert unpacked(packed + SKIPPABLE + packed) == (content * 2, [])


def test_skippable_frames_may_stand_anywhere() -> None:
    frame = zstd(CONTENT)
    empty = b"\x50\x2a\x4d\x18\0\0\0\0"
    data = empty + SKIPPABLE + frame + SKIPPABLE + empty + frame + SKIPPABLE + empty
    assert unpacked(data) == (CONTENT * 2, [])


@pytest.mark.parametrize("cut", range(1, len(SKIPPABLE)))
def test_a_cut_skippable_frame_is_damage(cut: int) -> None:
    damage(zstd(CONTENT) + SKIPPABLE[:-cut])


def test_frames_that_start_anew_are_listed_with_their_places() -> None:
    """Not all of them: there may be one for each small file."""
    content = Random(2).randbytes(200_000)
    frame = zstd(content)
    stream = open_tar_stream(io.BytesIO(frame + SKIPPABLE + frame * 4))
    for _ in stream:
        pass
    start = 2 * len(frame) + len(SKIPPABLE)
    assert stream.frames == [(0, 0), (start, 400_000), (start + 2 * len(frame), 800_000)]


def test_a_zstd_window_above_the_limit_is_refused_in_words() -> None:
    # Window_Descriptor 0xa8: exponent 21, a window of 2 GiB; then an empty last raw block.
    frame = b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"
    assert "needs a window of 2147483648 bytes, more than 134217728" in str(damage(frame))


def test_a_zstd_content_that_is_its_own_window_counts_as_window() -> None:
    packed = zstandard.ZstdCompressor().compress(bytes(300_000))
    assert unpacked(packed, 300_000)[0] == bytes(300_000)
    assert "window" in str(damage(packed, window_bytes=299_999))


def test_a_zstd_dictionary_is_refused_in_words() -> None:
    dictionary = zstandard.ZstdCompressionDict(b"some words " * 100, zstandard.DICT_TYPE_AUTO)
    trained = zstandard.train_dictionary(2000, [b"%d words" % i * 20 for i in range(500)])
    assert unpacked(zstandard.ZstdCompressor(dict_data=dictionary).compress(b"x"))[0] == b"x"
    packed = zstandard.ZstdCompressor(dict_data=trained).compress(b"words")
    assert "dictionary" in str(damage(packed))


def test_ggcr_content_is_the_same_packed_and_plain() -> None:
    plain = (DATA / "ggcr-crane" / "content.tar").read_bytes()
    assert unpacked((DATA / "ggcr-crane" / "content.tar.zst").read_bytes()) == (plain, [])


@pytest.mark.parametrize("packing", [Compression.GZIP, Compression.ZSTD])
def test_a_bomb_streams_in_small_pieces(packing: Compression) -> None:
    size = 200 << 20
    if packing == Compression.GZIP:
        packer = zlib.compressobj(9, wbits=31)
        data = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    else:
        writer = zstandard.ZstdCompressor(19).compressobj(size=size)
        data = b"".join(writer.compress(bytes(1 << 20)) for _ in range(200)) + writer.flush()
    tracemalloc.start()
    seen = 0
    for piece in open_tar_stream(io.BytesIO(data)):
        seen += len(piece)
        assert len(piece) <= 2 * PIECE
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == size
    assert peak < 16 << 20


def test_many_tiny_members_come_out_in_larger_pieces() -> None:
    data = gzip.compress(b"0123456789") * 20_000
    pieces = list(open_tar_stream(io.BytesIO(data)))
    assert sum(map(len, pieces)) == 200_000
    assert len(pieces) <= 3


def test_millions_of_empty_members_cost_no_memory() -> None:
    data = gzip.compress(b"") * 100_000
    tracemalloc.start()
    stream = open_tar_stream(io.BytesIO(data))
    assert list(stream) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(stream.frames) <= len(data) // (1 << 18) + 1
    assert peak < 3 << 20


@PACKED
@given(st.data())
def test_flipped_bits_never_raise_anything_but_damage(
    packing: Compression, data: st.DataObject
) -> None:
    packed = bytearray(PACK[packing](b"some content " * 50) + PACK[packing](b"more"))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    size = 0
    try:
        for piece in open_tar_stream(io.BytesIO(bytes(packed)), packing):
            size += len(piece)
            assert size < 64 << 20
    except LayerDamaged:
        pass
