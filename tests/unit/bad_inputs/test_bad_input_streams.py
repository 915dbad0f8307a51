"""Compressed streams that end early, go on too long, or unpack to more than anybody has."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from isal import igzip

from layerscope.engine.errors import LayerDamaged, LayerscopeError, LimitReached
from layerscope.engine.library.values import Settings
from layerscope.engine.task import Task
from support import tars
from support.bad_inputs import Door
from support.peak_memory import cost_of_browsing
from support.tars import header, member, tar

PLAIN = tar(member(b"one.txt", b"one" * 500), member(b"two.txt", b"two" * 500))
GZIP = gzip.compress(PLAIN, mtime=0)
ZSTD = zstandard.ZstdCompressor(write_checksum=True).compress(PLAIN)
ERRORS = Path(__file__).parents[2] / "data/zstd/golden-decompression-errors"
SKIPPABLE = b"\x50\x2a\x4d\x18" + struct.pack("<I", 9) + b"skip this"
BOTH = {b"one.txt", b"two.txt"}
MIB = 1 << 20


def gzip_parts(*parts: bytes) -> bytes:
    return b"".join(gzip.compress(part, mtime=0) for part in parts)


def zstd_parts(*parts: bytes) -> bytes:
    return b"".join(zstandard.compress(part) for part in parts)


def named_gzip(name: bytes) -> bytes:
    """A member whose header holds a file name."""
    return GZIP[:3] + b"\x08" + GZIP[4:10] + name + b"\0" + GZIP[10:]


ACCEPTED = {
    "T10-two-members": (gzip_parts(PLAIN[:700], PLAIN[700:]), ""),
    "T10-a-member-each-100-bytes": (
        gzip_parts(*(PLAIN[place : place + 100] for place in range(0, len(PLAIN), 100))),
        "",
    ),
    "T10-trailing-zeros": (GZIP + bytes(1000), "1000 zero bytes after the end"),
    "T10-trailing-garbage": (GZIP + b"garbage", "7 bytes that are not part of it"),
    "T10-name-of-64-KiB": (named_gzip(b"n" * 65_536), ""),
    "T11-two-frames": (zstd_parts(PLAIN[:700], PLAIN[700:]), ""),
    "T11-skippable-first": (SKIPPABLE + ZSTD, ""),
    "T11-skippable-last": (ZSTD + SKIPPABLE, ""),
    "T11-skippable-between": (zstd_parts(PLAIN[:700]) + SKIPPABLE + zstd_parts(PLAIN[700:]), ""),
    "T11-trailing-garbage": (ZSTD + b"garbage", "7 bytes that are not part of it"),
}


@pytest.mark.parametrize(("layer", "warning"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_stream_is_read_to_its_true_end(door: Door, layer: bytes, warning: str) -> None:
    ids = [f"sha256:{hashlib.sha256(PLAIN).hexdigest()}"]
    (loaded,) = door.library.load(door.offer(layer, diff_ids=ids), task=Task())
    assert loaded.warnings == ()
    assert set(door.rows()) == BOTH
    assert door.read(b"two.txt") == b"two" * 500
    assert warning in door.warnings()


def wide_frame() -> bytes:
    """A frame that asks for a window of 2 GiB."""
    frame = bytearray(zstandard.ZstdCompressor(write_content_size=False).compress(PLAIN))
    frame[5] = (21 << 3) | 0
    return bytes(frame)


def with_dictionary() -> bytes:
    samples: list[bytes | bytearray | memoryview] = [
        PLAIN[place : place + 200] * 3 for place in range(0, 3000, 10)
    ]
    return zstandard.ZstdCompressor(dict_data=zstandard.train_dictionary(1024, samples)).compress(
        PLAIN
    )


REFUSED = {
    "T10-truncated": GZIP[: len(GZIP) // 2],
    "T10-no-trailer": GZIP[:-8],
    "T10-half-a-trailer": GZIP[:-3],
    "T10-bad-crc": GZIP[:-8] + bytes(4) + GZIP[-4:],
    "T10-bad-isize": GZIP[:-4] + bytes(4),
    "T10-second-member-truncated": GZIP + gzip_parts(PLAIN)[:-20],
    "T11-truncated": ZSTD[: len(ZSTD) // 2],
    "T11-without-its-last-byte": ZSTD[:-1],
    "T11-bad-checksum": ZSTD[:-4] + bytes(4),
    "T11-second-frame-truncated": ZSTD + ZSTD[:-9],
    "T11-dictionary": with_dictionary(),
    **{
        f"T11-golden-{path.name}": path.read_bytes()
        for path in sorted(ERRORS.iterdir())
    },
}  # fmt: skip


@pytest.mark.parametrize("layer", REFUSED.values(), ids=REFUSED)
def test_a_damaged_stream_is_an_error_and_never_a_short_layer(door: Door, layer: bytes) -> None:
    ids = [f"sha256:{hashlib.sha256(PLAIN).hexdigest()}"]
    door.load_refused(LayerDamaged, door.offer(layer, diff_ids=ids), "bad:1", "byte", "stream")
    door.plant(layer, PLAIN, diff_ids=ids * 2)
    found = door.browse()
    assert "Layer 1 can't be read past byte" in found.damage
    assert set(door.rows()) == BOTH  # the layer above it is whole


def test_a_window_beyond_the_limit_is_refused_and_names_the_limit(door: Door) -> None:
    """T11"""
    error = door.load_refused(
        LimitReached, door.offer(wide_frame()), "window_bytes (134,217,728)", "window of 2147483648"
    )
    assert error.limit == "window_bytes"


# T12: bombs, measured in a process of their own


def zeros_tar(size: int) -> Iterator[bytes]:
    yield header(b"zeros", size=size)
    for _ in range(size // MIB):
        yield bytes(MIB)
    yield tars.END


def zstd_of(pieces: Iterator[bytes]) -> bytes:
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    return b"".join(packer.compress(piece) for piece in pieces) + packer.flush()


def gzip_of(pieces: Iterator[bytes]) -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    return b"".join(packer.compress(piece) for piece in pieces) + packer.flush()


def quick_gzip_of_zeros(size: int) -> bytes:
    """Members that are all alike, so that the compressor runs only once over zeros."""
    same = igzip.compress(bytes(8 * MIB), 3, mtime=0)
    head, end = gzip_parts(header(b"zeros", size=size)), gzip_parts(tars.END)
    return head + same * (size // (8 * MIB)) + end


def entries(count: int) -> bytes:
    """Empty files; the names repeat."""
    some = b"".join(header(b"file-%04d" % number) for number in range(1000))
    same = igzip.compress(some, 3, mtime=0)
    return same * (count // 1000) + gzip_parts(tars.END)


def sparse_bomb(count: int = 1) -> bytes:
    """Files of 8 EiB minus one that are one hole."""
    records = {
        b"GNU.sparse.major": b"1",
        b"GNU.sparse.minor": b"0",
        b"GNU.sparse.realsize": b"%d" % (2**63 - 1),
    }
    return tar(
        *(
            tars.pax(records | {b"GNU.sparse.name": b"d/hole-%d" % number})
            + member(b"f", tars.padded(b"0\n"))
            for number in range(count)
        )
    )


def long_pax() -> Iterator[bytes]:
    yield header(b"x", type=b"x", size=1 << 30)
    for _ in range(1 << 10):
        yield bytes(MIB)


BOMBS = {
    "T12-1-GiB-of-zeros-in-zstd": (lambda: zstd_of(zeros_tar(1 << 30)), ""),
    "T12-1-GiB-of-zeros-in-gzip": (lambda: quick_gzip_of_zeros(1 << 30), ""),
    "T12-bomb-in-a-sparse-file": (sparse_bomb, ""),
    "T12-many-bombs-in-sparse-files": (lambda: sparse_bomb(50), ""),
    "T06-1-GiB-of-PAX": (lambda: zstd_of(long_pax()), "extension_bytes"),
    "T06-size-of-8-EiB": (
        lambda: gzip_parts(header(b"f", size=2**63 - 1) + b"x"),
        "larger than any layer",
    ),
}


@pytest.mark.parametrize(("made", "said"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_read_in_constant_memory(door: Door, made: object, said: str) -> None:
    assert callable(made)
    door.plant(made(), diff_ids=[f"sha256:{'0' * 64}"])
    cost = cost_of_browsing(door.store, "good:1", "bad:1")
    print(cost)
    assert cost.grown < 64
    assert said in cost.said


def test_a_million_entries_stop_at_the_limit_in_constant_memory(door: Door) -> None:
    """T12: what is there up to the limit can be browsed."""
    layer = entries(1_000_000)
    door.plant(layer, diff_ids=[f"sha256:{'0' * 64}"])
    door.library.change_settings(Settings(limits={"layer_entries": 50_000}), task=Task())
    cost = cost_of_browsing(door.store, "good:1", "bad:1")
    print(cost)
    assert cost.grown < 64
    assert "stopped at limit layer_entries (50,000)" in cost.said
    assert "Raise it with `--limit layer_entries=VALUE`" in cost.said
    assert len(door.rows()) == 1000
    offered = door.offer(layer, name="again:1", diff_ids=[f"sha256:{'0' * 64}"])
    door.load_refused(LimitReached, offered, "again:1", "layer_entries (50,000)")


def test_a_bomb_that_unpacks_far_is_warned_of_and_stopped_by_the_limit(door: Door) -> None:
    """T12"""
    layer = zstd_of(zeros_tar(128 * MIB))
    door.plant(layer, diff_ids=[f"sha256:{'0' * 64}"])
    assert "more than 200 times its size" in door.warnings()
    door.library.change_settings(Settings(limits={"layer_bytes": 10 * MIB}), task=Task())
    offered = door.offer(
        layer[:-1] + layer[-1:] + SKIPPABLE, name="other:1", diff_ids=["sha256:" + "0" * 64]
    )
    door.load_refused(LimitReached, offered, "other:1", f"layer_bytes ({10 * MIB:,})")


def test_an_archive_inside_itself_is_opened_once(door: Door) -> None:
    """T12: a quine unpacks to itself, for whoever unpacks again and again; we never do."""
    inner = GZIP
    for _ in range(20):
        inner = gzip_parts(tar(member(b"again.tar.gz", inner)))
    door.library.load(door.offer(inner), task=Task())
    assert set(door.rows()) == {b"again.tar.gz"}


def test_a_compressed_bomb_instead_of_an_archive_is_stopped(door: Door) -> None:
    """T12"""
    path = door.folder / "bomb.tar.gz"
    path.write_bytes(quick_gzip_of_zeros(64 * MIB))
    door.library.change_settings(Settings(limits={"archive_bytes": 10 * MIB}), task=Task())
    error = door.load_refused(LayerscopeError, path, "bomb.tar.gz")
    assert isinstance(error, LimitReached)
