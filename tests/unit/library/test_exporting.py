"""Exported file systems and layers: what is in the image, and nothing else."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
from collections import defaultdict
from pathlib import Path

import pytest

from layerscope.engine.content.leaving import Why
from layerscope.engine.errors import BlobDamaged, LayerDamaged, NotFound
from layerscope.engine.layers.reading import PlainLayer
from layerscope.engine.library import Library
from layerscope.engine.oci import Digest, Reference, media_types
from layerscope.engine.store import Store
from layerscope.engine.task import Cancelled, Task
from support.full_image import ME, TARS, WHOLE, tree
from support.stacks import file
from support.stores import config_of, manifest_of, store_image
from support.tars import layer_tar


def test_an_exported_folder_is_the_merged_view(
    image: str, library: Library, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = library.export(image, out, keep_owners=False, task=Task())
    assert tree(out) == WHOLE
    assert (out / "bin/sh").samefile(out / "bin/ash")
    assert stat.S_IMODE((out / "bin/sh").stat().st_mode) == 0o755
    assert stat.S_IMODE((out / "usr/lib").stat().st_mode) == 0o555
    assert (out / "usr/lib").stat().st_mtime == 1_600_000_000
    assert dict(done.counts) == {
        Why.SETUID: 1,
        Why.OWNER: 1 + 2 * (os.geteuid() != 0),
        Why.DEVICE: 1,
    }
    assert (done.left_out, done.missed) == (1, 0)


def test_an_exported_tar_holds_everything_in_an_order_that_loads(
    image: str, library: Library, tmp_path: Path
) -> None:
    library.export(image, tmp_path / "out.tar", task=Task())
    with tarfile.open(tmp_path / "out.tar") as tar:
        members = tar.getmembers()
    assert {member.name for member in members} == {*WHOLE, "dev/null"}
    seen: set[str] = set()
    for member in members:
        above = os.path.dirname(member.name)
        assert not above or above in seen
        assert member.name not in seen
        if member.islnk():
            assert member.linkname in seen
        seen.add(member.name)
    by_name = {member.name: member for member in members}
    assert by_name["bin/ash"].isreg()
    assert by_name["bin/sh"].linkname == "bin/ash"
    assert by_name["bin/ash"].mode == 0o4755
    assert by_name["dev/null"].ischr()
    assert (by_name["dev/null"].devmajor, by_name["dev/null"].devminor) == (1, 3)
    assert by_name["etc/passwd"].pax_headers == {"SCHILY.xattr.user.note": "x"}
    assert (by_name["etc/passwd"].uid, by_name["lib"].linkname) == (1234, "usr/lib")
    assert library.export_stream(image, io.BytesIO().write, task=Task()).files == 6 - 1


def test_as_of_shows_an_older_state(image: str, library: Library, tmp_path: Path) -> None:
    library.export(image, tmp_path / "old", 1, keep_owners=False, task=Task())
    assert tree(tmp_path / "old")["etc/gone"] == "gone"
    assert tree(tmp_path / "old")["etc/passwd"] == "root"
    for bad in (0, 3):
        with pytest.raises(NotFound, match="has no layer"):
            library.export(image, tmp_path / "x", bad, task=Task())
    assert not (tmp_path / "x").exists()


def test_an_exported_tar_is_the_same_every_time(
    image: str, library: Library, tmp_path: Path
) -> None:
    for name in ("a.tar", "b.tar", "c.tar.gz"):
        library.export(image, tmp_path / name, task=Task())
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    assert (
        gzip.decompress((tmp_path / "c.tar.gz").read_bytes()) == (tmp_path / "a.tar").read_bytes()
    )
    plan = library.plan_export(image, task=Task())
    assert plan.bytes == 3000 + 5 + 9 + 1


def test_a_plan_tells_owners_that_cannot_be_kept(
    image: str, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    plan = library.plan_export(image, task=Task())
    assert plan.owners_lost == sum(each.paths for each in plan.owners)
    assert (plan.files, plan.hard_links, plan.symlinks, plan.devices) == (5, 1, 1, 1)
    assert (plan.setuid, plan.xattrs, plan.layers) == (1, 1, 2)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert library.plan_export(image, task=Task()).owners_lost == 0
    (tmp_path / "there").mkdir()
    (tmp_path / "there/etc").mkdir()
    assert library.plan_export(image, None, str(tmp_path / "there"), task=Task()).conflicts == (
        "etc",
    )


def test_a_layer_is_exported_as_tar_or_as_it_is_stored(
    store: Store, library: Library, tmp_path: Path
) -> None:
    with store.lease() as lease:
        blob = lease.put(gzip.compress(TARS[0]), media_types.OCI_LAYER_GZIP)
        config = lease.put(config_of([Digest.of(TARS[0])]), media_types.OCI_CONFIG)
        manifest = lease.put(manifest_of(config, [blob]), media_types.OCI_MANIFEST)
        lease.publish(manifest, [Reference.parse("gz:1")])
    library.export_layer("gz:1", 1, tmp_path / "plain.tar", task=Task())
    library.export_layer("gz:1", 1, tmp_path / "raw.tar", True, task=Task())
    assert (tmp_path / "plain.tar").read_bytes() == TARS[0]
    assert (tmp_path / "raw.tar").read_bytes() == gzip.compress(TARS[0])
    path = store.blob_path(blob.digest)
    path.chmod(0o644)
    path.write_bytes(gzip.compress(TARS[0], 1)[: blob.size].ljust(blob.size, b"x"))
    for raw, error in ((True, BlobDamaged), (False, (BlobDamaged, LayerDamaged))):
        with pytest.raises(error):
            library.export_layer("gz:1", 1, tmp_path / "bad.tar", raw, task=Task())
    assert not (tmp_path / "bad.tar").exists()


def test_a_layer_damaged_after_it_was_indexed_is_noticed(
    image: str, library: Library, store: Store, tmp_path: Path
) -> None:
    library.browse(image, task=Task())
    path = store.blob_path(Digest.of(TARS[0]))
    path.chmod(0o644)
    path.write_bytes(TARS[0].replace(b"a" * 3000, b"a" * 2999 + b"!"))
    for target in ("x", "x.tar"):
        with pytest.raises(LayerDamaged, match=r"/usr/lib/a\.so in the layer") as caught:
            library.export(image, tmp_path / target, task=Task())
    assert not (tmp_path / "x.tar").exists()
    assert not (tmp_path / "x/usr/lib/a.so").exists()
    assert caught.value.hint


def test_a_cancel_is_heard_in_the_middle(image: str, library: Library, tmp_path: Path) -> None:
    library.browse(image, task=Task())
    for target in ("x", "x.tar"):
        tasks: list[Task] = []
        tasks.append(Task(lambda news, tasks=tasks: tasks[0].cancel()))  # type: ignore[misc]
        with pytest.raises(Cancelled):
            library.export(image, tmp_path / target, keep_owners=False, task=tasks[0])
    assert not (tmp_path / "x.tar").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_layer_out_of_order_is_read_once_and_from_front_to_back(
    store: Store, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [file(f"{n:03}", f"{n}" * 5000, **ME) for n in range(200)]
    with store.lease() as lease:
        shuffled = sorted(entries, key=lambda entry: str(entry["path"])[::-1])
        store_image(lease, [layer_tar(shuffled), layer_tar(entries[::-3])], "mixed:1")
    positions: defaultdict[int, list[int]] = defaultdict(list)
    plain = PlainLayer.read_into

    def watched(self: PlainLayer, target: memoryview, position: int) -> int:
        positions[id(self)].append(position)
        return plain(self, target, position)

    monkeypatch.setattr(PlainLayer, "read_into", watched)
    library.export("mixed:1", tmp_path / "x.tar", task=Task())
    assert len(positions) == 2
    assert all(each == sorted(each) for each in positions.values())
    with tarfile.open(tmp_path / "x.tar") as tar:
        for number, member in enumerate(tar):
            assert member.name == f"{number:03}"
            assert tar.extractfile(member).read() == f"{number}".encode() * 5000  # type: ignore[union-attr]
