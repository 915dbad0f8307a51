"""Layouts and archives that skopeo, buildah and podman write are loaded as what they were."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine
from support.far_side import FarSide
from support.real_registry import run, skopeo_copy

IMAGE = "shop/web:1.1"


@pytest.fixture
def original(shell: CommandLine, far: FarSide) -> tuple[str, list[Any]]:
    """The image ID of the image, and its merged files."""
    pulled = shell.json("pull", f"{far.plain.host}/{IMAGE}")
    return pulled["image_id"], files(shell, f"{far.plain.host}/{IMAGE}")


def files(shell: CommandLine, name: str) -> list[Any]:
    return [
        {key: value for key, value in row.items() if key != "digest"}
        for row in shell.json("files", name, "--recursive")
    ]


def by_skopeo_in_zstd(source: str, target: str) -> None:
    skopeo_copy(source, target, "--dest-compress-format", "zstd", "--dest-compress")


def by_buildah(source: str, target: str) -> None:
    _through("buildah", ("pull", "--quiet", source), lambda image: ("push", image, target))


def by_podman(source: str, target: str) -> None:
    transport, _, where = target.partition(":")
    path = where.partition(":")[0]
    format = {"oci": "oci-dir", "dir": "docker-dir"}.get(transport, transport)
    _through(
        "podman",
        ("pull", "--quiet", source),
        lambda image: ("save", "--quiet", "--format", format, "-o", path, image),
    )


def _through(tool: str, first: tuple[str, ...], then: Callable[[str], tuple[str, ...]]) -> None:
    """Into the tool's storage and out again."""
    with tempfile.TemporaryDirectory(prefix="ls-") as short:  # podman takes no long paths
        storage = ("--root", f"{short}/root", "--runroot", f"{short}/run")
        command = (tool, *storage, "--storage-driver", "vfs")
        image = run(*command, *first).strip().splitlines()[-1]
        try:
            run(*command, *then(image))
        finally:
            run(*command, "rmi", "--all", "--force")


WRITERS = {
    "skopeo": skopeo_copy,
    "skopeo-zstd": by_skopeo_in_zstd,
    "buildah": by_buildah,
    "podman": by_podman,
}
FORMATS = ("docker-archive", "oci-archive", "oci")


@pytest.mark.parametrize("tool", WRITERS)
def test_what_a_tool_wrote_is_loaded(
    tool: str, shell: CommandLine, far: FarSide, original: Any, tmp_path: Path
) -> None:
    if shutil.which(tool.partition("-")[0]) is None:
        pytest.skip(f"{tool} is not installed")
    image_id, rows = original
    reader = CommandLine(tmp_path / "reader")
    for format in FORMATS:
        if (tool, format) == ("skopeo-zstd", "docker-archive"):
            continue  # such an archive holds plain tars
        made = tmp_path / format
        name = "other" if tool == "buildah" else "docker.io/library/other:1"
        WRITERS[tool](f"oci:{far.layout(IMAGE)}:made", f"{format}:{made}:{name}")
        (loaded,) = reader.json("load", str(made))
        if tool.startswith("skopeo"):
            assert loaded["image_id"] == image_id
        assert files(reader, loaded["image_id"]) == rows, format
    assert reader.json("verify")["findings"] == []
