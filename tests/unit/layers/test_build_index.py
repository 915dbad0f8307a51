"""One pass checks everything that can be checked, and leaves an index or nothing."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import tarfile
import threading
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import BlobDamaged
from layerscope.engine.layers import INDEX_VERSION, build_index
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.oci.media_types import DOCKER_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD
from layerscope.engine.task import Progress, Task
from support.cancels import seconds_to_end
from support.layer_indexes import Indexed
from support.tars import header, member, tar

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
TAR = tar(
    header(b"d/", type=b"5"),
    *(member(b"d/%d" % number, b"%d," % number * 50) for number in range(300)),
    member(b"large", bytes(range(256)) * 1000),
)


@pytest.mark.parametrize("packing", PACKERS)
def test_the_summary_tells_what_the_layer_is(packing: str, tmp_path: Path) -> None:
    indexed = Indexed(tmp_path, TAR, PACKERS[packing])
    summary = indexed.summary
    assert summary.version == INDEX_VERSION
    assert summary.compression == packing
    assert (summary.diff_id, summary.matches) == (Digest.of(TAR), True)
    assert (summary.blob, summary.blob_size) == (
        indexed.descriptor.digest,
        indexed.blob.stat().st_size,
    )
    assert (summary.tar_size, summary.entries, summary.files) == (len(TAR), 302, 301)
    assert summary.bytes == 256_000 + sum(len(b"%d," % number * 50) for number in range(300))
    assert summary.damage is None
    with indexed.open() as index:
        assert index.summary == summary


def test_the_diff_id_covers_what_follows_the_end_of_the_tar(tmp_path: Path) -> None:
    long = TAR + b"not in the tar" * 100
    assert Indexed(tmp_path, long).summary.diff_id == Digest.of(long)


def test_a_diff_id_that_differs_is_a_finding_and_no_error(tmp_path: Path) -> None:
    indexed = Indexed(tmp_path, TAR, diff_id=Digest.of(b"something else"))
    assert indexed.summary.matches is False
    assert indexed.summary.diff_id == Digest.of(TAR)
    assert "diff-id" in {warning.code for warning in indexed.summary.warnings}
    assert len(indexed.entries) == 302


def test_a_diff_id_of_sha512_is_checked_as_well(tmp_path: Path) -> None:
    wanted = Digest("sha512", hashlib.sha512(TAR).hexdigest())
    assert Indexed(tmp_path, TAR, diff_id=wanted).summary.matches is True


@pytest.mark.parametrize("change", ["flip", "cut", "longer"])
@pytest.mark.parametrize("packing", PACKERS)
def test_a_blob_that_is_not_what_its_digest_says_leaves_no_index(
    packing: str, change: str, tmp_path: Path
) -> None:
    data = PACKERS[packing](TAR)
    middle = len(data) // 2
    changed = {
        "flip": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "cut": data[:-1],
        "longer": data + b"x",
    }[change]
    blob, target = tmp_path / "blob", tmp_path / "index"
    blob.write_bytes(changed)
    descriptor = Descriptor(OCI_LAYER_GZIP, Digest.of(data), len(data))
    with pytest.raises(BlobDamaged) as caught:
        build_index(blob, descriptor, None, target, Limits(), Task())
    assert descriptor.digest.short in str(caught.value)
    assert caught.value.hint
    assert sorted(tmp_path.iterdir()) == [blob]


@pytest.mark.parametrize("packing", ["gzip", "zstd", "bzip2", "xz"])
def test_an_honest_blob_with_a_cut_stream_can_be_browsed_up_to_there(
    packing: str, tmp_path: Path
) -> None:
    data = PACKERS[packing](TAR)
    indexed = Indexed(tmp_path, TAR, lambda _: data[:-1])
    damage = indexed.summary.damage
    assert damage is not None
    assert f"{packing} stream is damaged" in damage.reason
    assert (indexed.summary.diff_id, indexed.summary.matches) == (None, None)
    assert indexed.summary.entries > 0
    assert len(indexed.entries) == indexed.summary.entries


def test_damage_in_the_tar_keeps_the_diff_id_and_the_entries_before(tmp_path: Path) -> None:
    broken = TAR[: 512 * 11] + b"x" * 512 + TAR[512 * 11 :]
    summary = Indexed(tmp_path, broken).summary
    assert summary.damage is not None
    assert summary.damage.offset == 512 * 11
    assert summary.entries == 6
    assert summary.diff_id == Digest.of(broken)


def test_a_limit_of_bytes_stops_and_says_how_to_go_on(tmp_path: Path) -> None:
    bomb = member(b"before", b"x") + member(b"zeros", bytes(40 << 20))
    indexed = Indexed(tmp_path, bomb, limits=Limits(layer_bytes=5 << 20))
    damage = indexed.summary.damage
    assert damage is not None
    assert damage.limit == "layer_bytes"
    assert f"layer_bytes ({5 << 20:,})" in damage.reason
    assert [entry.path for entry in indexed.entries] == [b"before", b"zeros"]


def test_a_layer_that_unpacks_to_very_much_is_told(tmp_path: Path) -> None:
    limits = Limits(warn_ratio_from=1 << 20)
    summary = Indexed(tmp_path, tar(member(b"z", bytes(4 << 20))), limits=limits).summary
    assert summary.damage is None
    assert "ratio" in {warning.code for warning in summary.warnings}


def test_garbage_after_the_gzip_stream_is_told(tmp_path: Path) -> None:
    summary = Indexed(tmp_path, TAR, lambda data: gzip.compress(data) + b"garbage").summary
    [warning] = [warning for warning in summary.warnings if warning.code == "compression"]
    assert "7 bytes" in warning.text
    assert summary.damage is None


@pytest.mark.parametrize(
    ("media_type", "packing", "told"),
    [
        (OCI_LAYER_GZIP, "gzip", False),
        (OCI_LAYER_GZIP, "zstd", True),
        (OCI_LAYER_GZIP, "none", True),
        (OCI_LAYER_ZSTD, "zstd", False),
        (DOCKER_LAYER, "gzip", False),
        (DOCKER_LAYER + ".gzip", "gzip", False),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "gzip", False),
        ("application/vnd.oci.image.layer.v1.tar", "none", False),
        ("application/vnd.oci.image.layer.v1.tar", "gzip", True),
    ],
)
def test_a_label_that_does_not_fit_is_told(
    media_type: str, packing: str, told: bool, tmp_path: Path
) -> None:
    data = PACKERS[packing](TAR)
    blob = tmp_path / "blob"
    blob.write_bytes(data)
    descriptor = Descriptor(media_type, Digest.of(data), len(data))
    summary = build_index(blob, descriptor, None, tmp_path / "index", Limits(), Task())
    assert ("label" in {warning.code for warning in summary.warnings}) == told
    assert summary.matches is None


def test_progress_is_told_in_compressed_bytes(tmp_path: Path) -> None:
    heard: list[Progress] = []
    data = gzip.compress(TAR)
    blob = tmp_path / "blob"
    blob.write_bytes(data)
    descriptor = Descriptor(OCI_LAYER_GZIP, Digest.of(data), len(data))
    task = Task(lambda news: heard.append(news) if isinstance(news, Progress) else None)
    build_index(blob, descriptor, None, tmp_path / "index", Limits(), task)
    assert heard[-1].done == heard[-1].total == len(data)
    done: list[int] = []
    build_index(blob, descriptor, None, tmp_path / "index", Limits(), Task(), report=done.append)
    assert done == sorted(done)
    assert done[-1] == len(data)


@pytest.mark.parametrize("packing", ["gzip", "zstd", "none"])
def test_cancelling_answers_at_once_and_leaves_nothing(packing: str, tmp_path: Path) -> None:
    """A bomb: very much comes out of each read, so reads alone would answer too late."""
    data = PACKERS[packing](bytes(200 << 20))
    blob, target = tmp_path / "blob", tmp_path / "index"
    blob.write_bytes(data)
    descriptor = Descriptor(OCI_LAYER_GZIP, Digest.of(data), len(data))
    asked = threading.Event()
    task = Task(lambda news: asked.set())
    build = partial(build_index, blob, descriptor, None, target, Limits(), task)
    assert seconds_to_end(build, asked, task) < 0.25
    assert sorted(tmp_path.iterdir()) == [blob]
    assert "hashing" not in {thread.name for thread in threading.enumerate()}


def test_an_index_is_replaced_as_a_whole(tmp_path: Path) -> None:
    first = Indexed(tmp_path, TAR)
    with first.open() as old:
        Indexed(tmp_path, tar(member(b"other")))
        assert len(next(iter(old.blocks())).paths) == 302
    with first.open() as new:
        assert [block.paths for block in new.blocks()] == [[b"other"]]


@st.composite
def tarfile_members(draw: st.DrawFn) -> list[tuple[tarfile.TarInfo, bytes]]:
    name = st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1, max_size=60
    )
    members = []
    for _ in range(draw(st.integers(0, 12))):
        info = tarfile.TarInfo("/".join(draw(st.lists(name, min_size=1, max_size=6))))
        info.type = draw(st.sampled_from([b"0", b"1", b"2", b"5", b"6", b"3"]))
        info.mode = draw(st.integers(0, 0o7777))
        info.uid, info.gid = draw(st.integers(0, 2**40)), draw(st.integers(0, 2**31))
        info.uname, info.gname = draw(st.text("abcü", max_size=20)), "group"
        info.mtime = draw(st.integers(-(2**32), 2**32))
        if info.type in (b"1", b"2"):
            info.linkname = "/".join(draw(st.lists(name, min_size=1, max_size=6)))
        content = draw(st.binary(max_size=1500)) if info.type == b"0" else b""
        info.size = len(content)
        members.append((info, content))
    return members


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members=tarfile_members(), form=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
def test_what_tarfile_writes_is_read_as_it_reads_it(
    tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]], form: int
) -> None:
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as writer:
        for info, content in members:
            writer.addfile(info, BytesIO(content))
    indexed = Indexed(tmp_path, buffer.getvalue())
    assert indexed.summary.damage is None
    entries = indexed.entries
    buffer.seek(0)
    with tarfile.open(fileobj=buffer) as reader:
        for entry, info in zip(entries, reader.getmembers(), strict=True):
            raw = info.name.encode("utf-8", "surrogateescape")
            assert entry.name.rstrip(b"/") == raw.rstrip(b"/")
            assert (entry.mode, entry.uid, entry.gid) == (info.mode, info.uid, info.gid)
            assert entry.mtime_ns == int(info.mtime) * 10**9
            assert entry.size == info.size
            assert entry.link == info.linkname.encode("utf-8", "surrogateescape")
            assert entry.user.decode() == info.uname
            if info.isfile():
                file = reader.extractfile(info)
                assert file is not None
                assert entry.digest == hashlib.sha256(file.read()).digest()
                assert entry.offset == info.offset_data
            else:
                assert entry.digest == b""
