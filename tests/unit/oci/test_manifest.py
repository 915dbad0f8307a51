"""A document is one thing or it is refused; its bytes stay what they were."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.errors import (
    AmbiguousDocument,
    LimitReached,
    MalformedDocument,
    UnsupportedMediaType,
)
from layerscope.engine.oci import (
    Descriptor,
    Digest,
    ImageConfig,
    Index,
    Manifest,
    media_types,
    parse_document,
    strict_json,
)
from support.differences import differences

_CASES = json.loads(
    (Path(__file__).parents[2] / "data" / "image-spec" / "cases.json").read_text("utf-8")
)["tests"]
_KINDER = differences("image-spec")  # so that odd images can be looked at
_DIGEST = "sha256:" + "ab" * 32
_CONFIG = {"mediaType": media_types.OCI_CONFIG, "digest": _DIGEST, "size": 7}
_LAYER = {"mediaType": media_types.OCI_LAYER_GZIP, "digest": _DIGEST, "size": 32}
_MANIFEST: dict[str, Any] = {"schemaVersion": 2, "config": _CONFIG, "layers": [_LAYER]}
_INDEX: dict[str, Any] = {
    "schemaVersion": 2,
    "manifests": [{"mediaType": media_types.OCI_MANIFEST, "digest": _DIGEST, "size": 9}],
}


def _parse(document: object, media_type: str | None = None) -> Manifest | Index:
    return parse_document(json.dumps(document).encode(), media_type, "The manifest of app:1")


def _cases() -> list[Any]:
    return [
        pytest.param(name, case, f"{name}-{number}" in _KINDER, id=f"{name}-{number}")
        for name, cases in _CASES.items()
        for number, case in enumerate(cases)
        if name != "TestImageLayout"
    ]


@pytest.mark.parametrize(("name", "case", "kinder"), _cases())
def test_the_specifications_own_cases(name: str, case: dict[str, Any], kinder: bool) -> None:
    key = next(key for key in case if key not in ("fail", "digest"))
    data = case[key].encode()

    def read() -> object:
        if key == "config":
            return ImageConfig.parse(data, name)
        if key == "descriptor":
            return Descriptor.parse(strict_json.loads(data, name), name)
        return parse_document(data, None, name)

    assert not kinder or case["fail"], "no difference any more"
    if case.get("fail") and not kinder:
        with pytest.raises(MalformedDocument):
            read()
        return
    document = read()
    if "digest" in case:
        assert isinstance(document, Manifest | Index | ImageConfig)
        digest = document.image_id if isinstance(document, ImageConfig) else document.digest
        assert str(digest) == case["digest"]


def test_the_bytes_are_kept_and_describe_themselves() -> None:
    data = b' {"schemaVersion" : 2,\n"config":%s, "layers":[], "x": {"y": 1}}\n' % (
        json.dumps(_CONFIG).encode()
    )
    manifest = parse_document(data, media_types.OCI_MANIFEST, "m")
    assert manifest.raw == data
    assert manifest.descriptor() == Descriptor(media_types.OCI_MANIFEST, Digest.of(data), len(data))


@pytest.mark.parametrize(
    ("document", "media_type"),
    [
        (_MANIFEST | _INDEX, None),
        (_MANIFEST | {"manifests": []}, None),
        (_INDEX | {"layers": []}, None),
        (_INDEX | {"config": _CONFIG}, media_types.OCI_INDEX),
        (_MANIFEST | {"fsLayers": []}, None),
        (_INDEX | {"Layers": [_LAYER]}, None),
        (_MANIFEST | {"Manifests": []}, None),
        (_MANIFEST | {"LAYERS": []}, None),
        (_MANIFEST | {"layer\u017f": []}, None),  # the long s folds to s in Go
        ({"schemaVersion": 2, "config": _CONFIG, "Layers": [_LAYER]}, None),
        (_MANIFEST | {"config": _CONFIG | {"Digest": _DIGEST}}, None),
        (_MANIFEST | {"mediaType": media_types.DOCKER_MANIFEST}, media_types.OCI_MANIFEST),
        (_MANIFEST | {"mediaType": media_types.OCI_INDEX}, None),
        (_INDEX | {"mediaType": media_types.OCI_MANIFEST}, None),
        (_MANIFEST, media_types.OCI_INDEX),
        (_INDEX, media_types.DOCKER_MANIFEST + "; charset=utf-8"),
    ],
)
def test_what_reads_as_two_things_is_refused(document: object, media_type: str | None) -> None:
    with pytest.raises(AmbiguousDocument) as refusal:
        _parse(document, media_type)
    assert "app:1" in str(refusal.value)


@pytest.mark.parametrize(
    "document",
    [
        {"schemaVersion": 1, "name": "a", "tag": "b", "fsLayers": [{"blobSum": _DIGEST}]},
        {"schemaVersion": 1},
        {"mediaType": media_types.DOCKER_SCHEMA1_SIGNED},
    ],
)
def test_schema_1_is_named(document: object) -> None:
    with pytest.raises(UnsupportedMediaType, match="schema 1") as refusal:
        _parse(document)
    assert media_types.is_schema1(refusal.value.media_type)
    assert "newer builder" in refusal.value.hint


@pytest.mark.parametrize(
    "document",
    [
        [],
        None,
        "text",
        {},
        {"schemaVersion": 2},
        {"schemaVersion": 2, "layers": [_LAYER]},
        {"schemaVersion": 2, "config": None, "layers": [_LAYER]},
        _MANIFEST | {"schemaVersion": 3},
        _MANIFEST | {"schemaVersion": 2.0},
        _MANIFEST | {"schemaVersion": "2"},
        _MANIFEST | {"schemaVersion": True},
        _MANIFEST | {"layers": {}},
        _MANIFEST | {"layers": [None]},
        _MANIFEST | {"mediaType": 7},
        _MANIFEST | {"annotations": []},
        _MANIFEST | {"annotations": {"a": 1}},
        _INDEX | {"manifests": [{}]},
        _INDEX | {"manifests": ["x"]},
    ],
)
def test_other_nonsense_is_refused_in_words(document: object) -> None:
    with pytest.raises(MalformedDocument) as refusal:
        _parse(document)
    assert str(refusal.value).endswith(".")
    assert "app:1" in str(refusal.value)


@pytest.mark.parametrize("size", [1000.0, True, -1, "7", None, [], 2**63])
def test_a_size_is_a_whole_number_of_bytes(size: object) -> None:
    with pytest.raises(MalformedDocument):
        _parse(_MANIFEST | {"layers": [_LAYER | {"size": size}]})


@pytest.mark.parametrize(
    "digest",
    ["sha256:../../x", _DIGEST.upper(), _DIGEST[:-1], _DIGEST + "\n", "sha256:" + "\0" * 64, "", 7],
)
def test_a_digest_is_checked_before_anything_is_built_from_it(digest: object) -> None:
    with pytest.raises(MalformedDocument, match="Layer 2 of the manifest of app:1"):
        _parse(_MANIFEST | {"layers": [_LAYER, _LAYER | {"digest": digest}]})


def test_other_kinds_of_documents_say_what_they_are() -> None:
    with pytest.raises(UnsupportedMediaType) as refusal:
        _parse({"mediaType": media_types.OCI_ARTIFACT, "blobs": []})
    assert refusal.value.media_type == media_types.OCI_ARTIFACT
    chart = "application/vnd.cncf.helm.config.v1+json"
    artifact = _parse(_MANIFEST | {"config": _CONFIG | {"mediaType": chart}})
    assert isinstance(artifact, Manifest)
    assert not artifact.is_image
    with pytest.raises(UnsupportedMediaType) as refusal:
        artifact.refuse_artifact()
    assert refusal.value.media_type == chart
    assert chart in refusal.value.hint


@pytest.mark.parametrize(
    ("config", "layers", "is_image"),
    [
        (media_types.OCI_CONFIG, [], True),
        (media_types.DOCKER_CONFIG, [media_types.DOCKER_LAYER_GZIP], True),
        (media_types.OCI_CONFIG, ["application/tar+gzip"], True),
        (media_types.OCI_CONFIG, [media_types.OCI_LAYER_GZIP + "+encrypted"], True),
        (media_types.OCI_CONFIG, [media_types.IN_TOTO, media_types.IN_TOTO], False),
        (media_types.OCI_EMPTY, [media_types.OCI_LAYER], False),
    ],
)
def test_an_image_has_a_config_and_layers_of_files(
    config: str, layers: list[str], is_image: bool
) -> None:
    manifest = _parse(
        _MANIFEST
        | {
            "config": _CONFIG | {"mediaType": config},
            "layers": [_LAYER | {"mediaType": kind} for kind in layers],
        }
    )
    assert isinstance(manifest, Manifest)
    assert manifest.is_image == is_image


def test_a_descriptor_that_was_verified_may_name_the_same_kind_differently() -> None:
    data = json.dumps(_MANIFEST | {"mediaType": media_types.DOCKER_MANIFEST}).encode()
    manifest = parse_document(data, media_types.OCI_MANIFEST, "m", verified=True)
    assert manifest.media_type == media_types.OCI_MANIFEST
    with pytest.raises(AmbiguousDocument):
        parse_document(data, media_types.OCI_INDEX, "m", verified=True)


def test_types_that_promise_nothing_are_ignored() -> None:
    assert _parse(_MANIFEST, "text/plain").media_type == media_types.OCI_MANIFEST
    assert _parse(_MANIFEST, "application/json").media_type == media_types.OCI_MANIFEST
    docker = media_types.DOCKER_MANIFEST
    assert _parse(_MANIFEST, docker.upper() + " ; charset=utf-8").media_type == docker
    assert _parse(_INDEX, media_types.DOCKER_LIST).media_type == media_types.DOCKER_LIST


def test_null_lists_are_empty() -> None:
    index = _parse({"schemaVersion": 2, "manifests": None}, media_types.OCI_INDEX)
    assert isinstance(index, Index)
    assert index.manifests == ()
    manifest = _parse(_MANIFEST | {"layers": None, "annotations": None, "subject": None})
    assert isinstance(manifest, Manifest)
    assert manifest.layers == ()


def test_too_large_a_manifest_is_cut() -> None:
    with pytest.raises(LimitReached):
        parse_document(b" " * (5 * 1024 * 1024), None, "m")


def test_values_are_hashable_and_travel_between_processes() -> None:
    for document in (_parse(_MANIFEST | {"annotations": {"a": "b"}}), _parse(_INDEX)):
        again = pickle.loads(pickle.dumps(document))
        assert again == document
        assert hash(again) == hash(document)
    assert "raw" not in repr(_parse(_MANIFEST))


@pytest.mark.parametrize("count", [10_000])
def test_large_indexes_are_read(count: int) -> None:
    index = _parse(_INDEX | {"manifests": _INDEX["manifests"] * count})
    assert isinstance(index, Index)
    assert len(index.manifests) == count


def test_the_accept_header_is_complete() -> None:
    assert media_types.MANIFEST_ACCEPT == (
        "application/vnd.oci.image.index.v1+json, "
        "application/vnd.docker.distribution.manifest.list.v2+json, "
        "application/vnd.oci.image.manifest.v1+json, "
        "application/vnd.docker.distribution.manifest.v2+json, "
        "application/vnd.oci.artifact.manifest.v1+json"
    )
