"""skopeo and umoci on the same store: they read ours and agree with our view, we read theirs."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.command_line import CommandLine
from support.far_side import IMAGES, FarSide
from support.person import Person
from support.real_registry import run, skopeo_copy


@dataclass(frozen=True)
class Seen:
    """One path as a tool shows it; hard links are files."""

    type: str
    mode: str
    size: int
    link: str
    digest: str


def unpacked(bundle: Path) -> dict[str, Seen]:
    """What umoci has put on the disk."""
    root = os.fsencode(bundle / "rootfs")
    found = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            about = os.lstat(path)
            found[os.fsdecode(os.path.relpath(path, root))] = _on_disk(path, about)
    return found


def _on_disk(path: bytes, about: os.stat_result) -> Seen:
    mode = f"{stat.S_IMODE(about.st_mode):04o}"
    if stat.S_ISDIR(about.st_mode):
        return Seen("dir", mode, 0, "", "")
    if stat.S_ISLNK(about.st_mode):
        return Seen("symlink", "", 0, os.fsdecode(os.readlink(path)), "")
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Seen("file", mode, about.st_size, "", digest)


def ours(shell: CommandLine, name: str) -> dict[str, Seen]:
    """What ``layerscope files`` says of the merged view."""
    rows = {row["path"]: row for row in shell.json("files", name, "--recursive")}
    return {path: _told(row, rows) for path, row in rows.items()}


def _told(row: dict[str, object], rows: dict[str, dict[str, object]]) -> Seen:
    match row["type"]:
        case "dir":
            return Seen("dir", str(row["mode"]), 0, "", "")
        case "symlink":
            return Seen("symlink", "", 0, str(row["link"]), "")
        case "hardlink":
            return _told(rows[str(row["link"]).strip("/")], rows)
    empty = hashlib.sha256().hexdigest()
    size = row["size"]
    assert isinstance(size, int)
    return Seen("file", str(row["mode"]), size, "", str(row.get("sha256", empty)))


@pytest.mark.parametrize("image", IMAGES)
def test_umoci_unpacks_what_we_show(
    image: str, shell: CommandLine, far: FarSide, tmp_path: Path
) -> None:
    shell.json("pull", f"{far.plain.host}/{image}", "--platform", "linux/amd64")
    # umoci takes what stands after the last colon of its argument for the name.
    shell.json("tag", f"{far.plain.host}/{image}", "unpack:me")
    if image.startswith(("shop/docker", "shop/zstd")):
        _translate(f"docker://{far.plain.host}/{image}", tmp_path / "plain")
        source = f"{tmp_path / 'plain'}:me"
    else:
        source = f"{shell.store}:docker.io/library/unpack:me"
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    run("umoci", "unpack", *rootless, "--image", source, str(tmp_path / "bundle"))
    assert ours(shell, "unpack:me") == unpacked(tmp_path / "bundle")


def _translate(source: str, layout: Path) -> None:
    """umoci 0.4 reads neither Docker's media types nor zstd, and skopeo finds no image of Docker's
    type in a layout, whoever wrote it."""
    options = ("--src-tls-verify=false", "--format", "oci", "--dest-decompress")
    skopeo_copy(source, f"dir:{layout}.dir", *options)
    compress = ("--dest-compress", "--dest-compress-format", "gzip")
    skopeo_copy(f"dir:{layout}.dir", f"oci:{layout}:me", *compress)


def test_an_image_of_dockers_type_hides_no_other_from_skopeo(
    shell: CommandLine, far: FarSide, tmp_path: Path
) -> None:
    for image in ("shop/docker:latest", "multi/app:1"):
        shell.json("pull", f"{far.plain.host}/{image}")
    source = f"oci:{shell.store}:{far.plain.host}/multi/app:1"
    skopeo_copy(source, f"dir:{tmp_path / 'copied'}")


def test_skopeo_reads_the_store_while_the_window_is_open(
    person: Person, shell: CommandLine, far: FarSide, tmp_path: Path
) -> None:
    name = f"{far.plain.host}/shop/web:1.1"
    person.presses("Ctrl+P")
    person.fills("Search a registry", name)
    person.clicks(f"Pull {name}")
    person.sees("3 of 3 layers complete")
    skopeo_copy(f"oci:{shell.store}:{name}", f"dir:{tmp_path / 'copied'}")
    manifest = (tmp_path / "copied" / "manifest.json").read_bytes()
    assert shell.run("inspect", name, "--raw", "manifest")[0] == manifest
    assert f"sha256:{hashlib.sha256(manifest).hexdigest()}" == shell.json("images")[0]["digest"]


@pytest.fixture
def foreign(shell: CommandLine, far: FarSide) -> Path:
    """A store that skopeo and umoci have written: by us there is nothing in it."""
    layout = shell.store
    made = far.layout("shop/web:1.1")
    skopeo_copy(f"oci:{made}:made", f"oci:{layout}:docker.io/library/web:1")
    run("umoci", "tag", "--image", f"{layout}:docker.io/library/web:1", "web-two")
    return layout


def test_what_other_tools_wrote_is_read(foreign: Path, shell: CommandLine) -> None:
    (image,) = shell.json("images")
    assert "docker.io/library/web:1" in image["references"]
    assert ours(shell, "web:1")["bin/tool"].mode == "4755"
    assert shell.json("verify")["findings"] == []


def test_the_window_shows_at_once_what_another_tool_adds(
    foreign: Path, person: Person, far: FarSide
) -> None:
    person.waits(lambda: "web:1" in person.rows("Images"), "the first image")
    made = far.layout("multi/app:1")
    target = f"oci:{foreign}:docker.io/library/late:1"
    skopeo_copy(f"oci:{made}:made", target)
    person.waits(lambda: "late:1" in person.rows("Images"), "the second image")
    names = {
        entry["annotations"]["org.opencontainers.image.ref.name"]
        for entry in json.loads((foreign / "index.json").read_bytes())["manifests"]
    }
    assert "docker.io/library/late:1" in names
