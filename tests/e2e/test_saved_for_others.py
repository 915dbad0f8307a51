"""What is saved is taken by the tools that people use: skopeo, buildah and, where they are
installed, podman and dockerd."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine
from support.far_side import IMAGES, FarSide
from support.real_registry import run, skopeo_copy

_FORMATS = ("docker-archive", "oci-archive", "oci-dir")
_ROOT = os.geteuid() == 0
_PODMAN = ["podman"] if shutil.which("podman") and _ROOT else []
_DOCKERD = ["docker"] if shutil.which("dockerd") and shutil.which("docker") and _ROOT else []


def config_digest(layout: Path) -> str:
    """The image ID of what skopeo has copied to a ``dir:``."""
    digest: str = json.loads((layout / "manifest.json").read_bytes())["config"]["digest"]
    return digest


@pytest.mark.parametrize("image", IMAGES)
def test_a_save_of_any_image_is_read_by_skopeo(
    image: str, shell: CommandLine, far: FarSide, tmp_path: Path
) -> None:
    shell.json("pull", f"{far.plain.host}/{image}", "--platform", "linux/amd64")
    shell.json("tag", f"{far.plain.host}/{image}", "saved:1")
    (row,) = shell.json("images")
    for format, source in (
        ("docker-archive", "docker-archive:{}:docker.io/library/saved:1"),
        ("docker-archive", "oci-archive:{}:1"),
        ("oci-archive", "oci-archive:{}:1"),
        ("oci-dir", "oci:{}:1"),
    ):
        out = tmp_path / f"{format}-{source[:3]}"
        shell.json("save", "saved:1", "-o", str(out), "--format", format)
        copied = tmp_path / f"copied-{out.name}"
        skopeo_copy(source.format(out), f"dir:{copied}")
        assert config_digest(copied) == row["image_id"]


@pytest.mark.parametrize("format", _FORMATS)
def test_what_we_saved_loads_here_with_the_same_digests(
    format: str, shell: CommandLine, pulled: dict[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    saved = shell.json("save", "web:1", "web:2", "-o", str(out), "--format", format)
    assert saved["references"] == ["web:1", "web:2"]
    other = CommandLine(tmp_path / "other")
    loaded = {one["reference"]: one for one in other.json("load", str(out))}
    for name in ("docker.io/library/web:1", "docker.io/library/web:2"):
        assert loaded[name]["image_id"] == pulled[name]["image_id"]
        assert loaded[name]["digest"] == pulled[name]["digest"]
    assert other.json("verify")["findings"] == []


def test_a_save_to_standard_output_is_the_file(
    shell: CommandLine, pulled: dict[str, Any], tmp_path: Path
) -> None:
    shell.json("save", "web:1", "-o", str(tmp_path / "x.tar"))
    out, _ = shell.run("save", "web:1", "-o", "-")
    assert out == (tmp_path / "x.tar").read_bytes()
    assert "exclude each other" in shell.refused("save", "web:1", "-o", "-", "--json", status=2)


@pytest.mark.parametrize("transport", ["docker-archive", "oci-archive"])
def test_buildah_takes_both_archives(
    transport: str, shell: CommandLine, pulled: dict[str, Any], tmp_path: Path
) -> None:
    shell.json("save", "web:1", "-o", str(tmp_path / "x.tar"), "--format", transport)
    storage = ("--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run"))
    rootless = () if _ROOT else ("--storage-opt", "ignore_chown_errors=true")
    options = (*storage, "--storage-driver", "vfs", *rootless)
    image_id = run("buildah", *options, "pull", "--quiet", f"{transport}:{tmp_path / 'x.tar'}")
    try:
        assert f"sha256:{image_id.strip()}" == pulled["docker.io/library/web:1"]["image_id"]
    finally:
        run("buildah", *options, "rmi", "--all", "--force")


@pytest.mark.parametrize("podman", _PODMAN)
@pytest.mark.parametrize(
    ("format", "names"),
    [
        ("docker-archive", ["web:1", "web:2"]),
        ("docker-archive", ["web:1"]),
        ("oci-archive", ["web:1"]),
        ("oci-dir", ["web:1"]),
    ],
)
def test_podman_loads_what_we_saved(
    podman: str,
    format: str,
    names: list[str],
    shell: CommandLine,
    pulled: dict[str, Any],
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    shell.json("save", *names, "-o", str(out), "--format", format)
    with tempfile.TemporaryDirectory(prefix="ls-") as short:  # it takes no path of 50 characters
        storage = ("--root", str(tmp_path / "root"), "--runroot", short)
        command = (podman, *storage, "--storage-driver", "vfs")
        run(*command, "load", "--quiet", "-i", str(out))
        for name in names:
            whole = f"docker.io/library/{name}"
            if format == "oci-dir":  # podman names what it loads from a folder after the folder
                assert pulled[whole]["image_id"] in run(*command, "images", "-q", "--no-trunc")
                continue
            found = run(*command, "image", "inspect", whole, "--format", "{{.Id}}")
            assert f"sha256:{found.strip()}" == pulled[whole]["image_id"]


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[list[str]]:
    """The command of a docker with a daemon of its own, without network."""
    socket = f"unix://{tmp_path}/docker.sock"
    options = ["--data-root", tmp_path / "data", "--exec-root", tmp_path / "exec"]
    network = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"]
    with (tmp_path / "log").open("wb") as log:
        daemon = subprocess.Popen(
            ["dockerd", *map(str, options), *network, "-H", socket, "-p", str(tmp_path / "pid")],
            stdout=log,
            stderr=log,
        )
    try:
        end = time.monotonic() + 60
        # Asking takes a moment each time: the client looks for the socket.
        while subprocess.run(["docker", "-H", socket, "info"], capture_output=True).returncode:
            assert daemon.poll() is None, (tmp_path / "log").read_text()[-2000:]
            assert time.monotonic() < end
        yield ["docker", "-H", socket]
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(30)


@pytest.mark.parametrize("program", _DOCKERD)
def test_docker_loads_what_we_saved_and_imports_what_we_exported(
    program: str,
    docker: list[str],
    shell: CommandLine,
    pulled: dict[str, Any],
    far: FarSide,
    tmp_path: Path,
) -> None:
    shell.json("pull", f"{far.plain.host}/shop/zstd:1.1", "--platform", "linux/amd64")
    shell.json("tag", f"{far.plain.host}/shop/zstd:1.1", "zstd:1")
    shell.json("save", "web:1", "web:2", "zstd:1", "-o", str(tmp_path / "x.tar"))
    run(*docker, "load", "-i", str(tmp_path / "x.tar"))
    ours = {r: i["image_id"] for i in shell.json("images") for r in i["references"]}
    for name in ("web:1", "web:2", "zstd:1"):
        found = run(*docker, "image", "inspect", name, "--format", "{{.Id}}").strip()
        assert found == ours[f"docker.io/library/{name}"]
    shell.json("export", "web:2", "--to", str(tmp_path / "root.tar"))
    run(*docker, "import", str(tmp_path / "root.tar"), "imported:1")
    run(*docker, "save", "imported:1", "-o", str(tmp_path / "imported.tar"))
    shell.json("load", str(tmp_path / "imported.tar"))
    assert shell.tree("imported:1") == shell.tree("web:2")
