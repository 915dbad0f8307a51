"""Frames and contents of zstd's own tests, as layers of an image."""

from __future__ import annotations

from pathlib import Path

import pytest
import zstandard

from support import tars
from support.bad_inputs import Door

ZSTD = Path(__file__).parents[2] / "data" / "zstd"
FRAMES = sorted((ZSTD / "golden-decompression-errors").iterdir())


@pytest.mark.parametrize("path", FRAMES, ids=[path.name for path in FRAMES])
def test_a_wrong_zstd_frame_as_a_layer_is_damage(door: Door, path: Path) -> None:
    door.plant(path.read_bytes(), types=["application/vnd.oci.image.layer.v1.tar+zstd"])
    assert door.browse().damage.startswith("Layer 1 ")
    assert door.rows() == {}


CONTENTS = sorted((ZSTD / "golden-compression").iterdir())


@pytest.mark.parametrize("path", CONTENTS, ids=[path.name for path in CONTENTS])
def test_a_golden_content_is_read_back_from_a_zstd_layer(door: Door, path: Path) -> None:
    content = path.read_bytes()
    layer = zstandard.ZstdCompressor(19).compress(tars.tar(tars.member(b"f", content)))
    door.plant(layer)
    assert door.browse().damage == ""
    assert door.read(b"f", length=1 << 24) == content
