"""Manifests, indexes, configs and archives that contradict themselves or want too much."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from layerscope.engine.errors import (
    AmbiguousDocument,
    BadInput,
    LayerscopeError,
    MalformedDocument,
    NotAnArchive,
    RegistryError,
)
from layerscope.engine.oci import Platform
from layerscope.engine.task import Task
from support import archives, tars
from support.archives import OCI_INDEX, OCI_MANIFEST, Layout, dumped
from support.bad_inputs import Door, image
from support.hostile_registry import HostileRegistry
from support.replies import Reply, bearer
from support.tars import member, tar

LAYER = tar(member(b"f", b"x"))
MIB = 1 << 20


class Far:
    """One image, app:1, whose manifest is what the test says."""

    def __init__(self, door: Door, registry: HostileRegistry) -> None:
        self.door = door
        self.registry = registry
        self.reference = f"{registry.host}/app:1"
        self.layout = Layout()
        entry = image(self.layout, [LAYER])
        self.manifest: dict[str, Any] = json.loads(
            self.layout.files[f"blobs/{entry['digest'].replace(':', '/')}"]
        )
        for path, data in self.layout.files.items():
            if path.startswith("blobs/"):
                registry.serve_blob("app", data)

    def says(self, document: bytes | dict[str, Any], kind: str = OCI_MANIFEST, **how: Any) -> str:
        """Serve a manifest; its digest."""
        body = document if isinstance(document, bytes) else dumped(document)
        digest = archives.sha256(body)
        for name in ("1", digest):
            reply = Reply(headers={"Content-Type": kind}, body=body, **how)
            self.registry.on("GET", f"/v2/app/manifests/{name}", reply)
        return digest

    def refused(self, kind: type[LayerscopeError], *names: str) -> None:
        self.door.refused(kind, lambda: self.door.library.pull(self.reference, task=Task()), *names)
        self.door.complaint("pull", self.reference)
        assert self.reference not in self.door.names()

    def works(self) -> None:
        """The same call, once the registry has come to its senses."""
        self.says(self.manifest)
        self.door.library.pull(self.reference, task=Task())
        assert set(self.door.rows(self.reference)) == {b"f"}


@pytest.fixture
def image_far(door: Door, far: HostileRegistry) -> Far:
    return Far(door, far)


def test_a_document_of_two_kinds_is_refused(image_far: Far) -> None:
    """M01"""
    image_far.says({**image_far.manifest, "manifests": []})
    image_far.refused(AmbiguousDocument, "app:1")
    image_far.works()


KINDS = {
    "M01-media-type-and-header-differ": (OCI_MANIFEST, "vnd.docker.distribution.manifest.v2+json"),
    "M01-index-served-as-manifest": (OCI_INDEX, "vnd.oci.image.manifest.v1+json"),
}


@pytest.mark.parametrize(("inside", "outside"), KINDS.values(), ids=KINDS)
def test_a_document_served_under_another_type_is_refused(
    image_far: Far, inside: str, outside: str
) -> None:
    document = (
        {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
        if inside == OCI_INDEX
        else image_far.manifest
    )
    image_far.says(document, f"application/{outside}")
    image_far.refused(MalformedDocument, "app:1")
    image_far.works()


DIGESTS = {
    "M02-path": "sha256:../../../../etc/passwd",
    "M02-upper-case": f"sha256:{'A' * 64}",
    "M02-63-digits": f"sha256:{'a' * 63}",
    "M02-md5": f"md5:{'a' * 32}",
    "M02-unknown": f"whirl+pool:{'a' * 64}",
    "M02-nul": f"sha256:{'a' * 63}\0",
    "M02-newline": f"sha256:{'a' * 64}\n",
    "M02-url": f"sha256:{'a' * 60}?x=1",
    "M02-empty": "",
}


@pytest.mark.parametrize("digest", DIGESTS.values(), ids=DIGESTS)
@pytest.mark.parametrize("where", ["config", "layer"])
def test_a_digest_that_is_none_never_becomes_a_path_or_url(
    image_far: Far, digest: str, where: str
) -> None:
    manifest = image_far.manifest
    part = manifest["config"] if where == "config" else manifest["layers"][0]
    image_far.says({**manifest, where if where == "config" else "layers":
                    {**part, "digest": digest} if where == "config"
                    else [{**part, "digest": digest}]})  # fmt: skip
    image_far.refused(BadInput, "app:1")
    asked = {seen.path for seen in image_far.registry.requests}
    assert not [path for path in asked if "/blobs/" in path]
    layout = image_far.layout
    entry = layout.blob(dumped({**manifest, "config": {**part, "digest": digest}}), OCI_MANIFEST)
    offered = image_far.door.archive(layout, entry)
    image_far.door.load_refused(BadInput, offered)
    assert image_far.door.complaint("inspect", f"app@{digest}") if "\0" not in digest else True


def test_sha512_is_as_good(image_far: Far) -> None:
    """M02"""
    import hashlib

    digest = f"sha512:{hashlib.sha512(LAYER).hexdigest()}"
    image_far.manifest["layers"][0]["digest"] = digest
    path = f"/v2/app/blobs/{digest}"
    image_far.registry.on("GET", path, Reply(body=LAYER, ranges=True))
    image_far.works()
    assert image_far.door.library.verify(task=Task()).findings == ()


SIZES: dict[str, tuple[dict[str, Any], str]] = {
    "M03-manifest-of-5-MB": ({"document": b" " * (5 * MIB)}, "4,194,304 bytes"),
    "M03-manifest-that-says-4-GB": (
        {"document": b" " * 65_536, "endless": True, "length": 4 << 30},
        "4,194,304 bytes",
    ),
    "M03-endless-manifest": (
        {"document": b" " * 65_536, "endless": True, "chunked": True},
        "4,194,304 bytes",
    ),
}


@pytest.mark.parametrize(("how", "limit"), SIZES.values(), ids=SIZES)
def test_a_manifest_beyond_its_limit_is_cut_off(
    image_far: Far, how: dict[str, Any], limit: str
) -> None:
    image_far.says(**how)
    image_far.refused(LayerscopeError, "app:1", limit)
    image_far.works()


def test_a_config_beyond_its_limit_is_not_fetched(image_far: Far) -> None:
    """M03"""
    config = {**image_far.manifest["config"], "size": 100 * MIB}
    image_far.says({**image_far.manifest, "config": config})
    image_far.refused(RegistryError, "app", "at most 16,777,216")
    image_far.works()


def test_an_endless_config_is_cut_off(image_far: Far) -> None:
    """M03: it says that it is small and is not."""
    path = f"/v2/app/blobs/{image_far.manifest['config']['digest']}"
    image_far.registry.on("GET", path, Reply(body=b" " * 65_536, endless=True, chunked=True))
    image_far.says(image_far.manifest)
    image_far.refused(RegistryError, image_far.registry.host, "received more")


def test_an_endless_error_is_cut_off(image_far: Far) -> None:
    """M03"""
    body = b'{"errors":[{"code":"X","message":"' + b"m" * 65_536
    for name in ("GET", "HEAD"):
        reply = Reply(403, body=body, endless=True, chunked=True)
        image_far.registry.on(name, "/v2/app/manifests/1", reply)
    image_far.refused(RegistryError, "app")


def test_an_endless_token_is_cut_off(image_far: Far) -> None:
    """M03"""
    far = image_far.registry
    challenge = bearer(f"{far.url}/token", scope="repository:app:pull")
    far.on("GET", "/v2/", Reply(401, challenges=[challenge]))
    far.on("GET", "/v2/app/manifests/1", Reply(401, challenges=[challenge]))
    far.on("GET", "/token", Reply(body=b'{"token":"' + b"t" * 65_536, endless=True, chunked=True))
    image_far.refused(RegistryError, far.host)


ODD_JSON = {
    "M04-100k-arrays": b"[" * 100_000,
    "M04-nested-in-annotations": b'{"schemaVersion":2,"annotations":' + b'{"a":' * 50_000,
    "M04-million-digits": b'{"schemaVersion":' + b"1" * 1_000_000 + b"}",
    "M04-nan": b'{"schemaVersion":NaN}',
    "M04-infinity": b'{"schemaVersion":-Infinity}',
    "M04-bom": b'\xef\xbb\xbf{"schemaVersion":2}',
    "M04-not-utf-8": b'{"schemaVersion":2,"x":"\xff"}',
    "M04-surrogate": b'{"schemaVersion":2,"annotations":{"x":"\\ud800"}}',
    "M04-garbage-after": b'{"schemaVersion":2} x',
    "M04-nothing": b"",
    "M04-list": b"[]",
    "M04-text": b'"text"',
    "M04-nul": b"\0\0\0\0",
}


@pytest.mark.parametrize("document", ODD_JSON.values(), ids=ODD_JSON)
def test_odd_json_is_no_manifest(image_far: Far, document: bytes) -> None:
    image_far.says(document)
    image_far.refused(LayerscopeError, "app:1")
    index = image_far.layout.files | {"index.json": document}
    image_far.door.load_refused(BadInput, archives.as_folder(index, image_far.door.folder / "odd"))
    image_far.works()


SIZE_TEXTS = {
    "M04-size-1e3": "1e3",
    "M04-size-true": "true",
    "M04-size-negative": "-1",
    "M04-size-text": '"7"',
    "M04-size-2^63": str(2**63),
    "M04-size-float": "7.0",
    "M04-size-null": "null",
}


@pytest.mark.parametrize("size", SIZE_TEXTS.values(), ids=SIZE_TEXTS)
def test_a_size_must_be_a_size(image_far: Far, size: str) -> None:
    layer = {**image_far.manifest["layers"][0], "size": "HERE"}
    text = dumped({**image_far.manifest, "layers": [layer]}).replace(b'"HERE"', size.encode())
    image_far.says(text)
    image_far.refused(BadInput, "app:1")


def test_a_key_that_is_said_twice_is_refused(image_far: Far) -> None:
    """M04: another reader may take the other one."""
    good = image_far.manifest["layers"][0]["digest"]
    twice = dumped(image_far.manifest).replace(
        f'"digest": "{good}"'.encode(),
        f'"digest": "{good}", "digest": "sha256:{"0" * 64}"'.encode(),
    )
    assert twice != dumped(image_far.manifest)
    image_far.says(twice)
    image_far.refused(BadInput, "app:1")


# M05


def index_of(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)}


def here(digest: str, size: int, kind: str = OCI_MANIFEST, **more: Any) -> dict[str, Any]:
    platform = {"os": "linux", "architecture": Platform.host().architecture}
    return {"mediaType": kind, "digest": digest, "size": size, "platform": platform, **more}


def test_an_index_that_contains_itself_ends(image_far: Far) -> None:
    """M05: a registry serves it whatever digest is asked for."""
    body = dumped(index_of(here(f"sha256:{'5' * 64}", 300, OCI_INDEX)))
    image_far.says(body, OCI_INDEX)
    reply = Reply(headers={"Content-Type": OCI_INDEX}, body=body)
    image_far.registry.on("GET", f"/v2/app/manifests/sha256:{'5' * 64}", reply)
    image_far.refused(LayerscopeError)
    image_far.works()


def test_indexes_nested_a_hundred_deep_end(image_far: Far) -> None:
    """M05: from a registry, from an archive, and in the store."""
    layout = image_far.layout
    entry = image(layout, [LAYER])
    for _ in range(100):
        entry = layout.index({**entry, "platform": here("", 0)["platform"]})
        data = layout.files[f"blobs/{entry['digest'].replace(':', '/')}"]
        image_far.says(data, OCI_INDEX)
    image_far.refused(MalformedDocument, "without end")
    door = image_far.door
    door.load_refused(BadInput, door.archive(layout, entry))
    named = {**entry, "annotations": {archives.REF_NAME: "docker.io/library/deep:1"}}
    door.write(layout, named)
    assert "deep:1" in door.names()
    door.complaint("files", "deep:1")
    assert set(door.rows("good:1")) == {b"good.txt", b"more"}


def test_an_index_of_very_many_entries_is_read_in_bounds(image_far: Far) -> None:
    """M05"""
    good = dumped(image_far.manifest)
    image_far.says(good)
    entries = [here(f"sha256:{number:064x}", 7) for number in range(9_999)]
    for entry in entries:
        entry["platform"] = {"os": "plan9", "architecture": "mips"}
    image_far.says(dumped(index_of(*entries, here(archives.sha256(good), len(good)))), OCI_INDEX)
    # says() has put the index in the place of tag 1 only
    reply = Reply(headers={"Content-Type": OCI_MANIFEST}, body=good)
    image_far.registry.on("GET", f"/v2/app/manifests/{archives.sha256(good)}", reply)
    image_far.door.library.pull(image_far.reference, task=Task())
    assert set(image_far.door.rows(image_far.reference)) == {b"f"}


def test_the_same_digest_twice_is_one_image(image_far: Far) -> None:
    """M05"""
    good = dumped(image_far.manifest)
    digest = image_far.says(good)
    twice = here(digest, len(good))
    image_far.registry.on(
        "GET",
        "/v2/app/manifests/1",
        Reply(headers={"Content-Type": OCI_INDEX}, body=dumped(index_of(twice, twice))),
    )
    image_far.door.library.pull(image_far.reference, task=Task())
    assert image_far.door.names() == {"good:1", image_far.reference}


def test_an_entry_of_another_size_is_refused(image_far: Far) -> None:
    """M05"""
    good = dumped(image_far.manifest)
    digest = image_far.says(good)
    entry = here(digest, len(good) + 1)
    image_far.registry.on(
        "GET",
        "/v2/app/manifests/1",
        Reply(headers={"Content-Type": OCI_INDEX}, body=dumped(index_of(entry))),
    )
    image_far.refused(LayerscopeError, archives.sha256(good), "bytes instead of")


DATA = {"M05-data-of-other-bytes": "b3RoZXI=", "M05-data-no-base64": "***", "M05-data-number": 7}


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_embedded_data_is_verified_before_it_is_used(image_far: Far, data: object) -> None:
    config = {**image_far.manifest["config"], "data": data}
    image_far.says({**image_far.manifest, "config": config})
    image_far.refused(BadInput, "app:1")
    image_far.works()


# M06, M07: configs

NASTY = "<img src=/dev/zero>\x1b[31m\u202egpj\u200b\0&\n"


def test_nasty_texts_of_a_config_reach_no_terminal(door: Door) -> None:
    """M06"""
    config = {
        "created": "2026-01-01T00:00:00Z",
        "author": NASTY,
        "config": {
            "Env": [f"A={NASTY}", "LONG=" + "v" * (10 * MIB)],
            "Labels": {NASTY: NASTY},
            "Cmd": [NASTY],
        },
        "history": [{"created_by": f"RUN {NASTY}", "comment": NASTY, "author": NASTY}],
    }
    door.library.load(door.offer(LAYER, config=config), task=Task())
    for command in ("inspect", "history", "layers", "images", "files"):
        arguments = [command] if command == "images" else [command, "bad:1"]
        status, out, err = door.run(*arguments)
        assert (status, err) == (0, ""), command
        assert not any(mark in out for mark in "\x1b\u202e\u200b\0"), command
    detail = door.library.image("bad:1", task=Task())
    assert detail.run.labels[NASTY] == NASTY
    assert len(detail.run.env[1]) == 10 * MIB + 5


NAMES = {
    "M07-path": "../../x",
    "M07-space": "a b",
    "M07-300-KB": "n" * 300_000,
    "M07-upper-case": "Shop:1",
    "M07-escapes": "\x1b[31m\u202e",
    "M07-option": "--help",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_that_is_none_is_a_row_and_nothing_more(door: Door, name: str) -> None:
    before = sorted(path.name for path in door.folder.iterdir())
    layout = Layout()
    entry = image(layout, [LAYER], annotations={archives.REF_NAME: name, archives.IMAGE_NAME: name})
    door.write(layout, entry)
    (row,) = (row for row in door.library.images(task=Task()).images if not row.familiar)
    assert row.invalid_name
    assert not row.dangling
    assert set(door.rows(row.digest.hex[:12])) == {b"f"}
    status, out, err = door.run("images")
    assert (status, err) == (0, "")
    assert not any(mark in out for mark in "\x1b\u202e")
    assert max(map(len, out.splitlines())) < 1200
    door.answer("images")
    assert door.library.plan_prune(task=Task()).images == ()
    assert sorted(path.name for path in door.folder.iterdir()) == before
    (loaded,) = door.library.load(door.archive(layout, entry), task=Task())
    assert loaded.reference == ""


CONFIGS: dict[str, dict[str, Any]] = {
    "M07-created-nonsense": {"created": "9999-99-99"},
    "M07-created-number": {"created": 7},
    "M07-architecture-empty": {"architecture": ""},
    "M07-architecture-null": {"architecture": None},
    "M07-os-path": {"os": "../../etc"},
    "M07-own-labels": {"config": {"Labels": {
        "dev.layerscope.index.digest": f"sha256:{'0' * 64}", "dev.layerscope.delete": "yes"}}},
    "M07-null-fields": {"config": None, "history": None},
}  # fmt: skip


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_facts_of_a_config_are_data_only(door: Door, config: dict[str, Any]) -> None:
    """Whoever takes it, takes it everywhere; whoever refuses it says so."""
    door.plant(LAYER, config=config)
    (row,) = (row for row in door.library.images(task=Task()).images if row.familiar == ("bad:1",))
    for command in ("images", "layers", "history", "inspect", "files"):
        status, _out, err = door.run(*([command] if command == "images" else [command, "bad:1"]))
        assert status == 0, err
    assert door.run("inspect", "bad:1", "--raw", "config")[0] == 0
    if row.unreadable:
        door.load_refused(BadInput, door.offer(LAYER, name="again:1", config=config))
    else:
        door.library.load(door.offer(LAYER, name="again:1", config=config), task=Task())
    assert set(door.rows()) == {b"f"}
    assert not door.library.plan_prune(task=Task()).images


def test_notes_of_ours_in_foreign_annotations_are_not_believed(image_far: Far) -> None:
    """M07: what names things here comes from us."""
    notes = {
        "dev.layerscope.index.digest": f"sha256:{'0' * 64}",
        "dev.layerscope.index.size": "5",
        archives.REF_NAME: "docker.io/library/good:1",
        archives.IMAGE_NAME: "docker.io/library/good:1",
    }
    good = dumped(image_far.manifest)
    digest = image_far.says(good)
    body = dumped({**index_of(here(digest, len(good), annotations=notes)), "annotations": notes})
    reply = Reply(headers={"Content-Type": OCI_INDEX}, body=body)
    image_far.registry.on("GET", "/v2/app/manifests/1", reply)
    image_far.door.library.pull(image_far.reference, task=Task())
    assert image_far.door.names() == {"good:1", image_far.reference}
    assert set(image_far.door.rows("good:1")) == {b"good.txt", b"more"}
    index = image_far.door.library.document(image_far.reference, "index", task=Task())
    assert index.raw == body


# M08: docker-archives

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
