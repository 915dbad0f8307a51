"""Documents as builders write them that no set of vectors holds: shown, or refused in words."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.task import Task
from support import archives, tars
from support.archives import OCI_CONFIG, OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST, Layout
from support.bad_inputs import Door, is_one_sentence

EMPTY = "application/vnd.oci.empty.v1+json"
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
LAYER = tars.tar(tars.member(b"f", b"x"))
PACKED = gzip.compress(LAYER, mtime=0)
Make = Callable[[Layout], Mapping[str, Any]]


def manifest(layout: Layout, config: dict[str, Any], layers: list[Any], **more: Any) -> Any:
    document = {"schemaVersion": 2, "config": config, "layers": layers, **more}
    return layout.blob(archives.dumped(document), OCI_MANIFEST)


def config(layout: Layout, **more: Any) -> dict[str, Any]:
    rootfs = {"type": "layers", "diff_ids": [archives.sha256(LAYER)]}
    document = {"architecture": "amd64", "os": "linux", "rootfs": rootfs, **more}
    return layout.blob(archives.dumped(document), OCI_CONFIG)


def layer(layout: Layout, **more: Any) -> dict[str, Any]:
    return layout.blob(PACKED, OCI_LAYER_GZIP, **more)


def with_unknown_fields(layout: Layout) -> Any:
    return manifest(
        layout,
        config(layout, **{"moby.buildkit.cache.v0": "x", "config": {"ArgsEscaped": True}}),
        [layer(layout, annotations={"a": "b"}, newField=[1, {"x": None}])],
        future={"deep": [1, 2]},
        annotations={"org.opencontainers.image.created": "not a time"},
    )


def with_nulls(layout: Layout) -> Any:
    nulls = dict.fromkeys(("config", "history", "created", "author", "os.features", "variant"))
    return manifest(layout, config(layout, **nulls), [layer(layout)], annotations=None)


def in_an_index_of_an_index(layout: Layout) -> Any:
    platform = {"architecture": "amd64", "os": "linux"}
    image = manifest(layout, config(layout), [layer(layout)]) | {"platform": platform}
    return layout.index(layout.index(image))


def beside_an_attestation(layout: Layout) -> Any:
    platform = {"architecture": "amd64", "os": "linux"}
    image = manifest(layout, config(layout), [layer(layout)]) | {"platform": platform}
    statement = layout.blob(b"{}", "application/vnd.in-toto+json")
    about = {"vnd.docker.reference.type": "attestation-manifest",
             "vnd.docker.reference.digest": image["digest"]}  # fmt: skip
    unknown = {"platform": {"architecture": "unknown", "os": "unknown"}, "annotations": about}
    return layout.index(manifest(layout, config(layout), [statement]) | unknown, image)


def the_same_layer_twice(layout: Layout) -> Any:
    twice = [archives.sha256(LAYER)] * 2
    described = config(layout, rootfs={"type": "layers", "diff_ids": twice})
    return manifest(layout, described, [layer(layout), layer(layout)])


def with_an_empty_layer(layout: Layout) -> Any:
    nothing = layout.blob(b"", "application/vnd.oci.image.layer.v1.tar")
    ids = [archives.sha256(LAYER), archives.sha256(b"")]
    described = config(layout, rootfs={"type": "layers", "diff_ids": ids})
    return manifest(layout, described, [layer(layout), nothing])


def with_inline_data(layout: Layout) -> Any:
    return manifest(layout, config(layout), [layer(layout)],
                    subject={"mediaType": OCI_MANIFEST, "digest": f"sha256:{'3' * 64}", "size": 7})  # fmt: skip  # noqa: E501


SHOWN: dict[str, Make] = {
    "unknown-fields": with_unknown_fields,
    "nulls": with_nulls,
    "index-of-an-index": in_an_index_of_an_index,
    "attestation": beside_an_attestation,
    "same-layer-twice": the_same_layer_twice,
    "empty-layer": with_an_empty_layer,
    "subject-that-is-missing": with_inline_data,
}


def an_artifact(layout: Layout) -> Any:
    nothing = layout.blob(b"{}", EMPTY)
    return manifest(layout, nothing, [nothing], artifactType="application/vnd.example")


def a_helm_chart(layout: Layout) -> Any:
    described = layout.blob(b'{"name":"chart"}', "application/vnd.cncf.helm.config.v1+json")
    chart = layout.blob(PACKED, "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
    return manifest(layout, described, [chart])


def schema_1(layout: Layout) -> Any:
    document = {"schemaVersion": 1, "name": "a", "tag": "1", "fsLayers": [], "history": []}
    kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    return layout.blob(archives.dumped(document), kind)


def without_its_foreign_layer(layout: Layout) -> Any:
    absent = {"mediaType": FOREIGN, "digest": f"sha256:{'5' * 64}", "size": 9,
              "urls": ["https://example.invalid/layer"]}  # fmt: skip
    return manifest(layout, config(layout), [absent])


def with_null_diff_ids(layout: Layout) -> Any:
    described = config(layout, rootfs={"type": "layers", "diff_ids": None})
    return manifest(layout, described, [layer(layout)])


def an_empty_index(layout: Layout) -> Any:
    return layout.blob(b'{"schemaVersion":2,"manifests":null}', OCI_INDEX)


REFUSED: dict[str, Make] = {
    "artifact": an_artifact,
    "helm-chart": a_helm_chart,
    "schema-1": schema_1,
    "foreign-layer-missing": without_its_foreign_layer,
    "null-diff-ids": with_null_diff_ids,
    "empty-index": an_empty_index,
}


def planted(door: Door, make: Make) -> str:
    layout = Layout()
    entry = {**make(layout), "annotations": {archives.REF_NAME: "docker.io/library/near:1"}}
    door.write(layout, entry)
    return "near:1"


@pytest.mark.parametrize("make", SHOWN.values(), ids=SHOWN)
def test_an_unusual_image_is_shown(door: Door, make: Make) -> None:
    name = planted(door, make)
    assert door.browse(name).damage == ""
    assert set(door.rows(name)) == {b"f"}
    assert door.library.image(name, task=Task()).warnings == ()
    assert "near:1" in door.names()
    assert door.library.verify(task=Task()).findings == ()


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_what_is_no_file_system_says_so(door: Door, make: Make) -> None:
    name = planted(door, make)
    try:
        said = door.browse(name).damage or "".join(door.library.image(name, task=Task()).warnings)
    except LayerscopeError as error:
        said = f"{error} {error.hint}".strip()
        is_one_sentence(said)
    assert said
    assert door.library.images(task=Task()).images
    door.library.verify(task=Task())
    door.library.plan_prune(all_unused=True, task=Task())
