"""What docker save, commit and export have written (tests/data/docker-save) is read as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.engine.rootfs import Kind
from layerscope.engine.task import Task
from support.bad_inputs import Door

ARCHIVES = Path(__file__).parents[2] / "data" / "docker-save"
IMAGE_ID = "sha256:e6fb4c7ae579d8df54caef1e33750d7b7d67fc21711e480bd15b6ec5598e419d"
FILES = {b"bin", b"bin/tool", b"etc", b"etc/motd", b"link", "ünï".encode()}


@pytest.mark.parametrize(
    ("name", "references"),
    [
        ("two-names", ["docker.io/library/shop:1", "docker.io/library/shop:2"]),
        ("by-id", [""]),
    ],
)
def test_a_saved_image_is_the_one_it_was(door: Door, name: str, references: list[str]) -> None:
    loaded = door.library.load(ARCHIVES / f"{name}.tar.gz", task=Task())
    assert sorted(each.reference for each in loaded) == references
    assert {str(each.image_id) for each in loaded} == {IMAGE_ID}
    image = loaded[0].reference or str(loaded[0].digest)
    rows = door.rows(image)
    assert set(rows) == FILES
    assert rows[b"bin/tool"].mode == 0o4755
    assert (rows[b"link"].kind, rows[b"link"].link) == (Kind.SYMLINK, b"etc/motd")
    assert door.read(b"etc/motd", image) == b"changed\n"
    assert rows[b"etc/motd"].origin == 2
    assert set(door.rows(image, as_of=1)) == {b"bin", b"bin/tool", b"etc", b"etc/motd", b"gone"}
    detail = door.library.image(image, task=Task())
    assert [step.layer for step in detail.steps] == [2, 1]
    assert door.library.verify(task=Task()).findings == ()


def test_a_committed_container_is_an_image(door: Door) -> None:
    (loaded,) = door.library.load(ARCHIVES / "committed.tar.gz", task=Task())
    assert loaded.reference == "docker.io/library/shop:commit"
    assert set(door.rows("shop:commit")) >= FILES
    assert door.browse("shop:commit").damage == ""


def test_an_exported_container_is_imported_as_one_layer(door: Door) -> None:
    door.library.import_tar(ARCHIVES / "exported.tar.gz", "flat:1", task=Task())
    rows = door.rows("flat:1")
    assert set(rows) >= FILES | {b".dockerenv", b"etc/hostname", b"proc"}
    assert rows[b"bin/tool"].mode == 0o4755
