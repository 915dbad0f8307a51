"""The layout files of the image-spec's own tests; its documents are parsed in tests of theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.task import Task
from support.bad_inputs import Door

IMAGE_SPEC = Path(__file__).parents[2] / "data" / "image-spec"
LAYOUT_FILES = json.loads((IMAGE_SPEC / "cases.json").read_bytes())["tests"]["TestImageLayout"]


@pytest.mark.parametrize("case", LAYOUT_FILES, ids=["image-layout-0", "image-layout-1"])
def test_a_layout_file_of_the_image_spec(door: Door, case: dict[str, Any]) -> None:
    """A store that it stands in is written to only if it is right."""
    marker = door.store / "oci-layout"
    marker.chmod(0o644)
    marker.write_text(case["imageLayout"])
    listing = open_library(door.store, InlinePasses()).images(task=Task())
    assert listing.writable is not case["fail"]
