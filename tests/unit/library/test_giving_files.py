"""Exported file systems and extracted files: what is in the image, and nothing else."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.content.leaving import Why
from layerscope.engine.errors import (
    BadInput,
    BlobDamaged,
    BlobMissing,
    LayerDamaged,
    NotFound,
    PathNotFound,
)
from layerscope.engine.layers.reading import PlainLayer
from layerscope.engine.library import Library
from layerscope.engine.oci import Digest, Reference, media_types
from layerscope.engine.store import Store
from layerscope.engine.task import Cancelled, Task
from support.stacks import file, folder, hardlink, opaque, symlink, whiteout
from support.stores import config_of, manifest_of, store_image
from support.tars import layer_tar

ME: dict[str, Any] = {"uid": os.geteuid(), "gid": os.getegid()}
LAYERS = (
    [
        folder("bin", **ME),
        file("bin/sh", "shell", mode="4755", **ME),
        hardlink("bin/ash", "bin/sh"),
        symlink("lib", "usr/lib"),
        folder("usr", **ME),
        folder("usr/lib", mode="0555", mtime=1_600_000_000, **ME),
        file("usr/lib/a.so", "a" * 3000, **ME),
        folder("etc", **ME),
        file("etc/passwd", "root", **ME),
        file("etc/gone", "gone", **ME),
        {"path": "dev/null", "type": "char", "major": 1, "minor": 3, "mode": "0666"},
    ],
    [
        whiteout("etc/gone"),
        file("etc/passwd", "root\nuser", xattrs={"user.note": "x"}, uid=1234, gid=1234),
        file("lib/b.so", "b", **ME),
        folder("var", **ME),
        opaque("var"),
        file("etc/empty", "", **ME),
    ],
)
TARS = tuple(layer_tar(layer) for layer in LAYERS)


@pytest.fixture
def image(store: Store) -> str:
    with store.lease() as lease:
        store_image(lease, TARS, "app:1")
    return "app:1"


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): (
            f"-> {os.readlink(path)}"
            if path.is_symlink()
            else "/"
            if path.is_dir()
            else path.read_text()
        )
        for path in folder.rglob("*")
    }


WHOLE = {
    "bin": "/",
    "bin/sh": "shell",
    "bin/ash": "shell",
    "lib": "-> usr/lib",
    "usr": "/",
    "usr/lib": "/",
    "usr/lib/a.so": "a" * 3000,
    "usr/lib/b.so": "b",
    "etc": "/",
    "etc/passwd": "root\nuser",
    "etc/empty": "",
    "var": "/",
    "dev": "/",
}


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


def test_extracted_paths_lie_under_their_last_names(
    image: str, library: Library, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    paths = [b"/etc", b"lib/b.so", b"/bin/../bin/sh"]
    done = library.extract(image, paths, out, keep_owners=False, task=Task())
    assert tree(out) == {
        "etc": "/",
        "etc/passwd": "root\nuser",
        "etc/empty": "",
        "b.so": "b",
        "sh": "shell",
    }
    assert [(each.path, each.to) for each in done.written] == [
        (b"etc", str(out / "etc")),
        (b"usr/lib/b.so", str(out / "b.so")),
        (b"bin/sh", str(out / "sh")),
    ]


def test_two_paths_of_one_last_name_become_two_files(
    image: str, library: Library, tmp_path: Path, store: Store
) -> None:
    with store.lease() as lease:
        stack = [layer_tar([file("a/x", "1", **ME), file("b/x", "2", **ME)])]
        store_image(lease, stack, "twins:1")
    done = library.extract("twins:1", [b"a/x", b"b/x"], tmp_path / "out", task=Task())
    assert tree(tmp_path / "out") == {"x": "1", "x~2": "2"}
    assert [note.path for note in done.notes] == [b"b/x"]


def test_one_layer_can_be_extracted_alone(image: str, library: Library, tmp_path: Path) -> None:
    done = library.extract(image, [b"/"], tmp_path / "out", layer=2, keep_owners=False, task=Task())
    assert tree(tmp_path / "out") == {
        "etc": "/",
        "etc/passwd": "root\nuser",
        "etc/empty": "",
        "usr": "/",
        "usr/lib": "/",
        "usr/lib/b.so": "b",
        "var": "/",
    }
    assert [(note.why, note.path) for note in done.notes if note.why is Why.WHITEOUT] == [
        (Why.WHITEOUT, b"etc/gone")
    ]
    library.extract(image, [b"etc/passwd"], tmp_path / "one", layer=1, task=Task())
    assert tree(tmp_path / "one") == {"passwd": "root"}


def test_a_path_that_is_not_there_stops_it_before_anything_is_written(
    image: str, library: Library, tmp_path: Path
) -> None:
    for paths in ([b"etc/passwd", b"etc/gone"], [b"bin/sh/x"], [b"nul\0"], []):
        with pytest.raises((PathNotFound, BadInput)):
            library.extract(image, paths, tmp_path / "out", task=Task())
    assert not (tmp_path / "out").exists()


def test_a_missing_layer_stops_an_export_but_not_files_below_it(
    image: str, library: Library, store: Store, tmp_path: Path
) -> None:
    store.blob_path(Digest.of(TARS[1])).unlink()
    for target in ("x", "x.tar"):
        with pytest.raises(BlobMissing, match=r"^Layer 2 of app:1 is not stored\.$"):
            library.export(image, tmp_path / target, task=Task())
        assert not (tmp_path / target).exists()
    library.extract(image, [b"etc/gone"], tmp_path / "out", 1, task=Task())
    assert tree(tmp_path / "out") == {"gone": "gone"}


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
