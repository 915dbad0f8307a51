"""Manifests, indexes, configs and archives that contradict themselves or want too much."""

from __future__ import annotations

from typing import Any

import pytest

from layerscope.engine.errors import (
    AmbiguousDocument,
    BadInput,
    LayerscopeError,
    MalformedDocument,
    RegistryError,
)
from layerscope.engine.task import Task
from support import archives
from support.archives import OCI_INDEX, OCI_MANIFEST, dumped
from support.far_images import LAYER, FarManifest
from support.replies import Reply, bearer

MIB = 1 << 20


def test_a_document_of_two_kinds_is_refused(image_far: FarManifest) -> None:
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
    image_far: FarManifest, inside: str, outside: str
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
    image_far: FarManifest, digest: str, where: str
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


def test_sha512_is_as_good(image_far: FarManifest) -> None:
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
    image_far: FarManifest, how: dict[str, Any], limit: str
) -> None:
    image_far.says(**how)
    image_far.refused(LayerscopeError, "app:1", limit)
    image_far.works()


def test_a_config_beyond_its_limit_is_not_fetched(image_far: FarManifest) -> None:
    """M03"""
    config = {**image_far.manifest["config"], "size": 100 * MIB}
    image_far.says({**image_far.manifest, "config": config})
    image_far.refused(RegistryError, "app", "at most 16,777,216")
    image_far.works()


def test_an_endless_config_is_cut_off(image_far: FarManifest) -> None:
    """M03: it says that it is small and is not."""
    path = f"/v2/app/blobs/{image_far.manifest['config']['digest']}"
    image_far.registry.on("GET", path, Reply(body=b" " * 65_536, endless=True, chunked=True))
    image_far.says(image_far.manifest)
    image_far.refused(RegistryError, image_far.registry.host, "received more")


def test_an_endless_error_is_cut_off(image_far: FarManifest) -> None:
    """M03"""
    body = b'{"errors":[{"code":"X","message":"' + b"m" * 65_536
    for name in ("GET", "HEAD"):
        reply = Reply(403, body=body, endless=True, chunked=True)
        image_far.registry.on(name, "/v2/app/manifests/1", reply)
    image_far.refused(RegistryError, "app")


def test_an_endless_token_is_cut_off(image_far: FarManifest) -> None:
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
def test_odd_json_is_no_manifest(image_far: FarManifest, document: bytes) -> None:
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
def test_a_size_must_be_a_size(image_far: FarManifest, size: str) -> None:
    layer = {**image_far.manifest["layers"][0], "size": "HERE"}
    text = dumped({**image_far.manifest, "layers": [layer]}).replace(b'"HERE"', size.encode())
    image_far.says(text)
    image_far.refused(BadInput, "app:1")


def test_a_key_that_is_said_twice_is_refused(image_far: FarManifest) -> None:
    """M04: another reader may take the other one."""
    good = image_far.manifest["layers"][0]["digest"]
    twice = dumped(image_far.manifest).replace(
        f'"digest": "{good}"'.encode(),
        f'"digest": "{good}", "digest": "sha256:{"0" * 64}"'.encode(),
    )
    assert twice != dumped(image_far.manifest)
    image_far.says(twice)
    image_far.refused(BadInput, "app:1")
