"""Archives of docker that are broken, or lead outside themselves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from layerscope.engine.errors import (
    BadInput,
    LayerscopeError,
    NotAnArchive,
)
from layerscope.engine.task import Task
from support import archives, tars
from support.archives import Layout, dumped
from support.bad_inputs import Door
from support.far_images import LAYER
from support.tars import member, tar

SAVED = archives.SAVED


def saved(**changes: Any) -> dict[str, bytes]:
    (entry,) = json.loads(SAVED["manifest.json"])
    return SAVED | {"manifest.json": dumped([{**entry, **changes}])}


def without(*names: str) -> dict[str, bytes]:
    return {name: data for name, data in SAVED.items() if name not in names}


ARCHIVES: dict[str, dict[str, bytes]] = {
    "M08-no-manifest": without("manifest.json"),
    "M08-null": SAVED | {"manifest.json": b"null"},
    "M08-empty-list": SAVED | {"manifest.json": b"[]"},
    "M08-no-list": SAVED | {"manifest.json": b"{}"},
    "M08-list-of-null": SAVED | {"manifest.json": b"[null]"},
    "M08-layer-outside": saved(Layers=["../x", "b"]),
    "M08-config-outside": saved(Config="/etc/passwd"),
    "M08-config-missing": saved(Config="gone.json"),
    "M08-layer-missing": saved(Layers=["a/layer.tar", "gone"]),
    "M08-too-few-layers": saved(Layers=["b"]),
    "M08-layers-of-numbers": saved(Layers=[1, 2]),
    "M08-repositories-only": {"repositories": b'{"shop":{"1":"abc"}}', "abc/layer.tar": LAYER,
                              "abc/json": b"{}", "abc/VERSION": b"1.0"},
    "M08-nothing": {},
}  # fmt: skip


@pytest.mark.parametrize("files", ARCHIVES.values(), ids=ARCHIVES)
def test_a_broken_docker_archive_is_refused_with_its_name(
    door: Door, files: dict[str, bytes]
) -> None:
    door.load_refused(BadInput, door.archive(files), "bad.tar")
    assert door.names() == {"good:1"}


def linked(**links: str) -> bytes:
    """The good archive with layers that are links."""
    files = without("a/layer.tar", "b")
    parts = [member(name.encode(), data) for name, data in files.items()]
    for name, target in links.items():
        real = {"a": "a/layer.tar"}.get(name, name)
        parts.append(tars.header(real.encode(), type=b"2", link=target.encode()))
    parts += [member(b"one", archives.LAYERS[0]), member(b"two", archives.LAYERS[1])]
    return tar(*parts)


def test_layers_that_are_links_inside_the_archive_work(door: Door) -> None:
    """M08"""
    path = door.folder / "linked.tar"
    path.write_bytes(linked(a="../one", b="two"))
    door.library.load(path, task=Task())
    assert door.names() == {"good:1", "shop:1"}


LINKS = {
    "M08-link-to-itself": {"a": "layer.tar", "b": "two"},
    "M08-link-in-a-circle": {"a": "../b", "b": "a/layer.tar"},
    "M08-link-to-the-host": {"a": "../one", "b": "/etc/passwd"},
    "M08-link-outside": {"a": "../one", "b": "../../../etc/passwd"},
}


@pytest.mark.parametrize("links", LINKS.values(), ids=LINKS)
def test_links_that_lead_nowhere_inside_are_refused(door: Door, links: dict[str, str]) -> None:
    path = door.folder / "linked.tar"
    path.write_bytes(linked(**links))
    door.load_refused(LayerscopeError, path, "linked.tar")


def test_two_images_and_a_hybrid_are_loaded_whole(door: Door) -> None:
    """M08"""
    other = archives.config([LAYER])
    two = archives.docker_save(
        [
            {
                "config": archives.CONFIG,
                "tags": ["shop:1"],
                "layers": dict(zip(("x", "y"), archives.LAYERS, strict=True)),
            },
            {"config": other, "tags": ["other:1", "Not A Tag"], "layers": {"z": LAYER}},
        ]
    )
    loaded = door.library.load(door.archive(two), task=Task())
    assert {one.reference for one in loaded} == {
        "docker.io/library/shop:1",
        "docker.io/library/other:1",
    }
    assert any("Not A Tag" in warning for one in loaded for warning in one.warnings)
    layout = Layout()
    entry = layout.image("one", "two", annotations={archives.REF_NAME: "hybrid:1"})
    both = layout.whole(entry) | archives.docker_save(
        [{"config": other, "tags": ["hybrid:2"], "layers": {"z": LAYER}}]
    )
    door.library.load(door.archive(both, name="hybrid"), task=Task())
    assert {"hybrid:1", "hybrid:2"} <= door.names()


def test_what_is_no_archive_is_named(door: Door) -> None:
    """M08"""
    made: dict[str, Callable[[], object]] = {
        "text.tar": lambda: (door.folder / "text.tar").write_text("hello"),
        "empty.tar": lambda: (door.folder / "empty.tar").write_bytes(b""),
        "folder": lambda: (door.folder / "folder").mkdir(),
        "pipe": lambda: os.mkfifo(door.folder / "pipe"),
    }
    for name, make in made.items():
        make()
        door.load_refused(NotAnArchive, door.folder / name, name)
    assert "gone.tar" in door.complaint("load", str(door.folder / "gone.tar"))
    assert "/dev/zero" in door.complaint("load", "/dev/zero")
