"""What is given back is taken by the tools that people use: skopeo, umoci, buildah and, where they
are installed, podman and dockerd."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine
from support.far_side import IMAGES, FarSide
from support.real_registry import run

_QUIET = ("--quiet", "--insecure-policy")
_FORMATS = ("docker-archive", "oci-archive", "oci-dir")
_ROOT = os.geteuid() == 0
_PODMAN = ["podman"] if shutil.which("podman") and _ROOT else []
_DOCKERD = ["docker"] if shutil.which("dockerd") and shutil.which("docker") and _ROOT else []
Trees = dict[str, tuple[object, ...]]


@pytest.fixture
def pulled(shell: CommandLine, far: FarSide) -> dict[str, Any]:
    """shop/web:1.0 and :1.1, which share layers, as web:1 and web:2."""
    for number, tag in enumerate(("1.0", "1.1"), 1):
        name = f"{far.plain.host}/shop/web:{tag}"
        shell.json("pull", name, "--platform", "linux/amd64")
        shell.json("tag", name, f"web:{number}")
    return {reference: image for image in shell.json("images") for reference in image["references"]}


def scanned(folder: Path, *, owners: bool = _ROOT) -> Trees:
    """Everything below a folder: kind, mode, owner, time, content, names of the same file."""
    found: Trees = {}
    top = os.fsencode(folder)
    for above, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = os.path.join(above, name)
            about = os.lstat(path)
            kind = stat.S_IFMT(about.st_mode)
            what: object = b""
            if kind == stat.S_IFREG:
                with open(path, "rb") as file:
                    what = hashlib.file_digest(file, "sha256").hexdigest(), about.st_nlink
            elif kind == stat.S_IFLNK:
                what = os.readlink(path)
            found[os.fsdecode(os.path.relpath(path, top))] = (
                kind,
                0 if kind == stat.S_IFLNK else stat.S_IMODE(about.st_mode),
                (about.st_uid, about.st_gid) if owners else None,
                about.st_mtime_ns // 10**9,
                what,
            )
    return found


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
        run("skopeo", "copy", *_QUIET, source.format(out), f"dir:{copied}")
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
    assert _files(shell, "imported:1") == _files(shell, "web:2")


def _files(shell: CommandLine, name: str) -> list[tuple[object, ...]]:
    rows = shell.json("files", name, "--recursive")
    keys = ("path", "type", "mode", "uid", "gid", "size", "link", "sha256")
    return [tuple(row.get(key) for key in keys) for row in rows if row["type"] != "hardlink"]


@pytest.mark.parametrize("image", IMAGES)
def test_an_export_is_what_umoci_unpacks(
    image: str, shell: CommandLine, far: FarSide, tmp_path: Path
) -> None:
    """The folder, and the tar after GNU tar has unpacked it, to the last time of a folder."""
    shell.json("pull", f"{far.plain.host}/{image}", "--platform", "linux/amd64")
    shell.json("tag", f"{far.plain.host}/{image}", "x:me")
    shell.json("save", "x:me", "-o", str(tmp_path / "oci"), "--format", "oci-dir")
    source = f"{tmp_path / 'oci'}:me"
    if image.startswith(
        "shop/zstd"
    ):  # umoci 0.4 cannot unpack it; a docker archive holds plain tars
        shell.json("save", "x:me", "-o", str(tmp_path / "x.tar"))
        plain = f"oci:{tmp_path / 'plain'}:me"
        run("skopeo", "copy", *_QUIET, f"oci-archive:{tmp_path / 'x.tar'}:me", plain)
        source = f"{tmp_path / 'plain'}:me"
    rootless = [] if _ROOT else ["--rootless"]
    run("umoci", "unpack", *rootless, "--image", source, str(tmp_path / "bundle"))
    theirs = scanned(tmp_path / "bundle/rootfs")
    folder = shell.json("export", "x:me", "--to", str(tmp_path / "ours"), "--keep-setuid")
    assert folder["missed"] == 0
    ours = scanned(tmp_path / "ours")
    assert ours == {p: each for p, each in theirs.items() if not _is_device(each[0])}
    shell.json("export", "x:me", "--to", str(tmp_path / "x2.tar"))
    (tmp_path / "untarred").mkdir()
    devices = [] if _ROOT else ["--exclude=dev/*"]
    run("tar", "-C", str(tmp_path / "untarred"), "-xpf", str(tmp_path / "x2.tar"), *devices)
    if _ROOT:
        assert scanned(tmp_path / "untarred") == theirs


def _is_device(kind: object) -> bool:
    return kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO)


def test_an_import_is_an_image_for_skopeo_and_umoci(
    shell: CommandLine, pulled: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    shell.json("export", "web:2", "--to", str(tmp_path / "root.tar"))
    done = shell.json("import", str(tmp_path / "root.tar"), "flat:1", "-c", 'CMD ["sh"]')
    shell.json("save", "flat:1", "-o", str(tmp_path / "oci"), "--format", "oci-dir")
    told = json.loads(run("skopeo", "inspect", f"oci:{tmp_path / 'oci'}:1"))
    assert told["Created"] == "2023-11-14T22:13:20Z"
    assert told["Layers"] == [done["layer"]]
    config = json.loads(run("skopeo", "inspect", "--config", f"oci:{tmp_path / 'oci'}:1"))
    assert config["config"]["Cmd"] == ["sh"]
    assert config["rootfs"]["diff_ids"] == [done["diff_id"]]
    rootless = [] if _ROOT else ["--rootless"]
    run("umoci", "unpack", *rootless, "--image", f"{tmp_path / 'oci'}:1", str(tmp_path / "bundle"))
    assert _files(shell, "flat:1") == _files(shell, "web:2")


def test_files_and_folders_come_out_where_they_were_asked_for(
    shell: CommandLine, pulled: dict[str, Any], tmp_path: Path
) -> None:
    rows = shell.json("files", "web:2", "--recursive")
    some = next(row for row in rows if row["type"] == "file" and "/" in row["path"])
    out = tmp_path / "out"
    done = shell.json("extract", "web:2", some["path"], "--to", str(out))
    (written,) = done["written"]
    assert hashlib.sha256(Path(written["to"]).read_bytes()).hexdigest() == some["sha256"]
    again = shell.run("extract", "web:2", some["path"], "--to", str(out), "--json", status=1)[0]
    assert json.loads(again)["counts"] == {"exists": 1}
    shell.json("extract", "web:2", some["path"], "--to", str(out), "--overwrite")
    assert "no layer 99" in shell.refused(
        "extract", "web:2", "/", "--to", str(out), "--layer", "99"
    )


def test_layers_come_out_as_tar_and_as_stored(
    shell: CommandLine, pulled: dict[str, Any], tmp_path: Path
) -> None:
    for layer in shell.json("layers", "web:1"):
        number = str(layer["number"])
        raw, _ = shell.run("export", "web:1", "--layer", number, "--raw", "--to", "-")
        assert f"sha256:{hashlib.sha256(raw).hexdigest()}" == layer["digest"]
        plain, _ = shell.run("export", "web:1", "--layer", number, "--to", "-")
        assert f"sha256:{hashlib.sha256(plain).hexdigest()}" == layer["diff_id"]
    assert "--layer" in shell.refused("export", "web:1", "--raw", "--to", "x.tar", status=2)
