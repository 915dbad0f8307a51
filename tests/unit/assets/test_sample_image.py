"""The bundled sample is what its script makes, and shows every kind of change."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import sys
import tarfile
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "sample_image", ROOT / "packaging" / "sample_image.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bundled() -> dict[str, bytes]:
    data = files("layerscope_assets").joinpath("sample/sample.oci.tar").read_bytes()
    assert len(data) < 300_000
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]  # all are files


def configs(members: dict[str, bytes]) -> dict[str, dict[str, object]]:
    """The config of each name in the archive; its DiffIDs stand for all content of the layers."""
    index = json.loads(members["index.json"])
    found = {}
    for entry in index["manifests"]:
        manifest = json.loads(members["blobs/sha256/" + entry["digest"].removeprefix("sha256:")])
        config = members["blobs/sha256/" + manifest["config"]["digest"].removeprefix("sha256:")]
        found[entry["annotations"]["org.opencontainers.image.ref.name"]] = json.loads(config)
    return found


def test_the_committed_sample_is_what_the_script_makes(
    script: ModuleType, bundled: dict[str, bytes]
) -> None:
    assert configs(bundled) == configs(script.sample())


def test_the_sample_shows_every_kind_of_change(bundled: dict[str, bytes]) -> None:
    entries = []
    for name, data in bundled.items():
        if name.startswith("blobs/") and data[:2] == b"\x1f\x8b":
            with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as tar:
                entries.extend(tar.getmembers())
    names = [entry.name for entry in entries]
    assert names.count("etc/passwd") == 2  # changed
    modes = {entry.mode for entry in entries if entry.name == "usr/bin/greet"}
    assert modes == {0o644, 0o755}  # chmod
    assert "app/.wh..env" in names  # deleted
    assert "var/cache/packages/.wh..wh..opq" in names  # opaque
    assert any(entry.islnk() for entry in entries)
    assert any(entry.issym() for entry in entries)


def test_the_two_versions_share_their_first_layers(bundled: dict[str, bytes]) -> None:
    diff_ids = [config["rootfs"]["diff_ids"] for config in configs(bundled).values()]  # type: ignore[index]
    new, latest, old = diff_ids
    assert new == latest
    assert old[:3] == new[:3]
    assert old[3] != new[3]
