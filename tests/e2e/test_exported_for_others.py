"""What is written to the disk or to a tar is what umoci, skopeo and GNU tar make of the image."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine
from support.far_side import IMAGES, FarSide
from support.real_registry import run, skopeo_copy

_ROOT = os.geteuid() == 0
Trees = dict[str, tuple[object, ...]]


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


@pytest.mark.parametrize("image", IMAGES)
def test_an_export_is_what_umoci_unpacks(
    image: str, shell: CommandLine, far: FarSide, tmp_path: Path
) -> None:
    """The folder, and the tar after GNU tar has unpacked it, to the last time of a folder."""
    shell.json("pull", f"{far.plain.host}/{image}", "--platform", "linux/amd64")
    shell.json("tag", f"{far.plain.host}/{image}", "x:me")
    shell.json("save", "x:me", "-o", str(tmp_path / "oci"), "--format", "oci-dir")
    source = f"{tmp_path / 'oci'}:me"
    if image.startswith("shop/zstd"):
        # umoci 0.4 cannot unpack it; a docker archive holds plain tars.
        shell.json("save", "x:me", "-o", str(tmp_path / "x.tar"))
        plain = f"oci:{tmp_path / 'plain'}:me"
        skopeo_copy(f"oci-archive:{tmp_path / 'x.tar'}:me", plain)
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
    assert shell.tree("flat:1") == shell.tree("web:2")


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
