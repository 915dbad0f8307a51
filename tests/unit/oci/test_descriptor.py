"""A descriptor says what a blob is, and nothing that it is not."""

from __future__ import annotations

import base64
import json

import pytest

from layerscope.engine.errors import MalformedDocument
from layerscope.engine.oci import Descriptor, Digest, Platform, media_types

_DIGEST = "sha256:" + "ab" * 32
_LAYER = {"mediaType": media_types.OCI_LAYER_GZIP, "digest": _DIGEST, "size": 32}


def test_inline_data_is_verified() -> None:
    good = Descriptor("text/plain", Digest.of(b"hi"), 2).to_json()
    encoded = base64.b64encode(b"hi").decode()
    assert Descriptor.parse(good | {"data": encoded}, "d").data == b"hi"
    for bad in ({"data": base64.b64encode(b"ho").decode()}, {"data": "aGk"}, {"data": "a b="}):
        with pytest.raises(MalformedDocument):
            Descriptor.parse(good | bad, "d")
    with pytest.raises(MalformedDocument):
        Descriptor.parse(good | {"data": encoded, "size": 3}, "d")


def test_a_descriptor_is_read_back_as_written() -> None:
    descriptor = Descriptor(
        media_types.OCI_MANIFEST,
        Digest.parse(_DIGEST),
        5,
        {"a": "1", "b": "2"},
        Platform("windows", "arm64", "v8", "10.0.17763.1", ("win32k",)),
        ("https://example.test/x",),
        None,
        "application/x.y",
    )
    assert Descriptor.parse(json.loads(json.dumps(descriptor.to_json())), "d") == descriptor


def test_annotations_cannot_be_changed_from_outside() -> None:
    mine = {"a": "1"}
    descriptor = Descriptor("text/plain", Digest.of(b""), 0, mine)
    mine["a"] = "2"
    assert descriptor.annotations == {"a": "1"}
    with pytest.raises(TypeError):
        descriptor.annotations["a"] = "3"  # type: ignore[index]  # that is the point


@pytest.mark.parametrize("key", ["mediaType", "digest", "size", "annotations", "urls"])
@pytest.mark.parametrize("value", [1.5, True, "\n", [7], {"a": 7}])
def test_a_descriptor_with_a_wrong_value_is_refused(key: str, value: object) -> None:
    with pytest.raises(MalformedDocument, match="Layer 1"):
        Descriptor.parse(_LAYER | {key: value}, "Layer 1")
