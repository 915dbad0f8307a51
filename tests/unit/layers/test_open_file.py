"""The bytes of one file come out of a compressed layer, quickly and from anywhere in it."""

from __future__ import annotations

import bz2
import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerscope.engine.errors import BlobDamaged, BlobMissing, LayerDamaged, PathNotFound
from layerscope.engine.layers import LayerIndex, open_file
from layerscope.engine.layers.reading import PlainLayer
from support.layer_indexes import Indexed
from support.tars import header, member, tar

Pack = Callable[[bytes], bytes]


def texts(size: int, seed: int = 1) -> bytes:
    random = Random(seed)
    words = [random.randbytes(random.randint(2, 9)) for _ in range(5000)]
    return b" ".join(random.choices(words, k=size // 6))[:size]


def members_of_gzip(data: bytes) -> bytes:
    """As eStargz and bgzip do: a member every so often."""
    return b"".join(
        gzip.compress(data[start : start + 700_000]) for start in range(0, len(data), 700_000)
    )


def frames_of_zstd(data: bytes) -> bytes:
    packer = zstandard.ZstdCompressor()
    return b"".join(
        packer.compress(data[start : start + 700_000]) for start in range(0, len(data), 700_000)
    )


PACKERS: dict[str, Pack] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip members": members_of_gzip,
    "zstd": zstandard.compress,
    "zstd frames": frames_of_zstd,
}
CONTENTS = [
    texts(9 << 20),
    b"",
    b"small",
    Random(2).randbytes(2 << 20),
    texts(5 << 20, 2),
    texts(20_000, 3),
    texts(3 << 20, 4),
]
TAR = tar(*(member(b"f%d" % number, content) for number, content in enumerate(CONTENTS)))


@pytest.fixture(scope="module", params=PACKERS)
def layer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    return Indexed(tmp_path_factory.mktemp("layer"), TAR, PACKERS[request.param])


def test_every_file_can_be_read_whole(layer: Indexed) -> None:
    with layer.open() as index:
        for number in (5, 0, 3, 6, 1, 4, 2):
            with open_file(layer.blob, index, number) as file:
                assert file.read() == CONTENTS[number]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)
@given(data=st.data())
def test_any_part_of_a_file_can_be_read(layer: Indexed, data: st.DataObject) -> None:
    number = data.draw(st.sampled_from([0, 3, 4, 5]))
    content = CONTENTS[number]
    with layer.open() as index, open_file(layer.blob, index, number) as file:
        for _ in range(3):
            start = data.draw(st.integers(0, len(content) + 10))
            length = data.draw(st.integers(0, 100_000))
            assert file.seek(start) == start
            assert file.read(length) == content[start : start + length]
        assert file.seek(-10, io.SEEK_END) == len(content) - 10
        assert file.read() == content[-10:]


@pytest.mark.parametrize("name", ["gzip", "gzip members", "zstd frames", "plain"])
def test_little_of_a_large_blob_is_touched(name: str, tmp_path: Path) -> None:
    contents = [texts(4 << 20, seed) for seed in range(6)]
    small = texts(20_000, 99)
    contents.insert(4, small)
    archive = tar(*(member(b"f%d" % number, data) for number, data in enumerate(contents)))
    layer = Indexed(tmp_path, archive, PACKERS[name])
    with layer.open() as index, layer.blob.open("rb") as blob:
        entry = index.entry(4)
        plain = PlainLayer(blob, index)
        buffer = bytearray(20_000)
        done = 0
        while done < len(buffer):
            done += plain.read_into(memoryview(buffer)[done:], entry.offset + done)
        assert bytes(buffer) == small
        assert plain.bytes_read <= 2_000_000


def test_reading_on_does_not_start_again(tmp_path: Path) -> None:
    layer = Indexed(tmp_path, TAR)
    with layer.open() as index, layer.blob.open("rb") as blob:
        entry = index.entry(0)
        plain = PlainLayer(blob, index)
        buffer = bytearray(50_000)
        for position in range(0, entry.size - 50_000, 50_000):
            plain.read_into(memoryview(buffer), entry.offset + position)
        assert plain.bytes_read <= layer.summary.blob_size


def test_bzip2_is_read_from_its_beginning(tmp_path: Path) -> None:
    layer = Indexed(
        tmp_path, tar(member(b"a", b"1" * 1000), member(b"b", b"2" * 1000)), bz2.compress
    )
    with layer.open() as index, open_file(layer.blob, index, 1) as file:
        assert file.read() == b"2" * 1000


@pytest.mark.parametrize("kind", [b"5", b"2", b"1", b"3"])
def test_only_files_have_content(kind: bytes, tmp_path: Path) -> None:
    layer = Indexed(tmp_path, tar(header(b"x", type=kind, link=b"y")))
    with layer.open() as index, pytest.raises(PathNotFound, match="not a file"):
        open_file(layer.blob, index, 0)


def test_a_blob_of_another_size_is_not_read(tmp_path: Path) -> None:
    layer = Indexed(tmp_path, TAR)
    os.truncate(layer.blob, layer.blob.stat().st_size - 1)
    with layer.open() as index, pytest.raises(BlobDamaged) as caught:
        open_file(layer.blob, index, 0)
    assert caught.value.hint


def test_a_blob_that_is_gone_is_told(tmp_path: Path) -> None:
    layer = Indexed(tmp_path, TAR)
    layer.blob.unlink()
    with layer.open() as index, pytest.raises((BlobMissing, FileNotFoundError)):
        open_file(layer.blob, index, 0)


@pytest.mark.parametrize("name", PACKERS)
def test_content_that_changed_since_is_noticed_when_read_to_the_end(
    name: str, tmp_path: Path
) -> None:
    layer = Indexed(tmp_path, TAR, PACKERS[name])
    data = bytearray(layer.blob.read_bytes())
    for position in range(1000, len(data), 5000):
        data[position] ^= 0x55
    layer.blob.write_bytes(data)
    with (
        layer.open() as index,
        open_file(layer.blob, index, 0) as file,
        pytest.raises(LayerDamaged),
    ):
        file.read()


def test_an_entry_that_is_cut_off_gives_what_is_there_and_then_the_reason(tmp_path: Path) -> None:
    layer = Indexed(tmp_path, member(b"f", b"x" * 5000)[:3000])
    with layer.open() as index, open_file(layer.blob, index, 0) as file:
        assert file.read(1000) == b"x" * 1000
        with pytest.raises(LayerDamaged, match="ends after 2488 of 5000 bytes"):
            file.read()


def test_two_files_of_one_layer_can_be_open_at_once(tmp_path: Path) -> None:
    layer = Indexed(tmp_path, TAR)
    with (
        LayerIndex.open(layer.path) as index,
        open_file(layer.blob, index, 0) as one,
        open_file(layer.blob, index, 4) as two,
    ):
        for start in range(0, 1 << 20, 100_000):
            assert one.read(100_000) == CONTENTS[0][start : start + 100_000]
            assert two.read(100_000) == CONTENTS[4][start : start + 100_000]
