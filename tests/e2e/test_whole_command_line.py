"""The same story on the command line: every command once, and exactly the keys that it promises."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from support.command_line import CommandLine
from support.far_side import NOT_UTF8, STEERING, FarSide
from support.real_registry import skopeo_copy

REFERENCE = {"registry", "repository", "tag", "digest", "canonical", "familiar"}
FOUND = {"name", "description", "stars", "pulls", "official"}
PULLED = {
    "reference", "digest", "image_id", "downloaded", "resumed", "downloaded_twice", "layers",
}  # fmt: skip
IMAGE = {
    "image_id", "digest", "references", "created", "size", "compressed", "unique", "shared",
    "layers", "dangling", "missing",
}  # fmt: skip
LAYER = {
    "number", "digest", "diff_id", "media_type", "compressed", "size", "created", "created_by",
    "comment", "entries", "added", "modified", "metadata", "deleted", "shared_by", "warnings",
}  # fmt: skip
FILE = {
    "path", "type", "size", "mode", "uid", "gid", "mtime", "link", "origin", "change", "shadowed",
    "xattrs",
}  # fmt: skip
STEP = {"layer", "entry", "type", "size", "mode", "change", "visible"}
TRASH = {"operation", "what", "references", "removed", "until", "blobs", "bytes", "restorable"}
CHANGE = {"untagged", "deleted", "reclaimed"}
#: What answers may say besides; see cli/answers.py.
MORE = {
    "pull": {"warnings", "from_mirrors", "tag_from"},
    "images": {"platform", "invalid_name", "unreadable"},
    "layers": {"chain_id", "stored"},
    "files": {"device", "deleted", "opaque", "implicit", "sha256"},
    "trace": {"by"},
    "tag": {"tagged", "digest", "moved_from"},
    "prune": {"images", "dry_run"},
    "undo": {"restored", "brought_back"},
    "redo": {"restored", "brought_back"},
    "tags": {"size", "digest", "updated", "platforms"},
}


def _has(answer: dict[str, Any], keys: set[str], command: str = "") -> None:
    """All of the promised keys, and no other but those that the command may add."""
    assert keys <= set(answer) <= keys | MORE.get(command, set())


def test_names_and_registries(shell: CommandLine, far: FarSide) -> None:
    host = far.plain.host
    taken_apart = shell.json("reference", f"{host}/shop/web")
    _has(taken_apart, REFERENCE)
    assert (taken_apart["tag"], taken_apart["digest"]) == ("latest", None)
    found = shell.json("search", "shop", "--registry", host)
    assert {row["name"] for row in found} == {
        f"{host}/shop/{name}" for name in ("web", "docker", "zstd")
    }
    for row in found:
        _has(row, FOUND)
    tags = shell.json("tags", f"{host}/shop/web")
    assert [row["tag"] for row in tags] == ["1.0", "1.1", "latest"]
    for row in tags:
        _has(row, {"tag"}, "tags")
    assert shell.json("search", "multi", "--registry", far.protected.host)


def test_an_image_from_pull_to_bytes(shell: CommandLine, far: FarSide) -> None:
    name = f"{far.plain.host}/shop/web:latest"
    pulled = shell.json("pull", name)
    _has(pulled, PULLED, "pull")
    assert [set(layer) for layer in pulled["layers"]] == [{"digest", "size", "status"}] * 4
    assert pulled["downloaded"] == sum(layer["size"] for layer in pulled["layers"])
    (image,) = shell.json("images", "-a")
    _has(image, IMAGE, "images")
    layers = shell.json("layers", name)
    assert [layer["number"] for layer in layers] == [1, 2, 3, 4]
    for layer in layers:
        _has(layer, LAYER, "layers")
    assert layers[1]["deleted"] == 42  # a folder of 40 pages, and the file beside it
    history = shell.json("history", name)
    assert history[0]["created_by"].startswith("RUN rm -rf /usr/share/doc")
    manifest, _ = shell.run("inspect", name, "--raw", "manifest")
    assert f"sha256:{hashlib.sha256(manifest).hexdigest()}" == pulled["digest"]
    config, _ = shell.run("inspect", name, "--raw", "config")
    assert f"sha256:{hashlib.sha256(config).hexdigest()}" == pulled["image_id"]
    files = {row["path"]: row for row in shell.json("files", name, "--recursive")}
    for row in files.values():
        _has(row, FILE, "files")
    assert (files["bin/tool"]["mode"], files["bin/tool"]["origin"]) == ("4755", 2)
    assert files["bin/tool"]["change"] == "metadata"
    assert files["etc/passwd"]["shadowed"] == [1]
    assert "var/cache/lists/list-00" not in files
    odd = {path.encode("utf-8", "surrogateescape") for path in files}
    assert {b"app/" + NOT_UTF8, b"app/" + STEERING} <= odd
    for row in shell.json("files", name, "/usr", "--layer", "4", "--recursive"):
        _has(row, FILE, "files")
    steps = shell.json("trace", name, "/var/cache/lists/list-00")
    for step in steps:
        _has(step, STEP, "trace")
    assert [step["entry"] for step in steps] == ["opaque", "none", "none", "present"]
    assert shell.run("cat", name, "/etc/motd")[0] == b"Welcome, all.\n"
    assert shell.run("cat", name, "/etc/motd", "--layer", "1")[0] == b"Welcome.\n"


def test_the_other_platform_and_all_tags(shell: CommandLine, far: FarSide) -> None:
    name = f"{far.protected.host}/multi/app:1"
    pulled = shell.json("pull", name, "--platform", "linux/arm64")
    assert shell.run("cat", name, "/arch")[0] == b"arm64\n"
    index, _ = shell.run("inspect", name, "--raw", "index")
    assert pulled["digest"].encode() in index
    everything = shell.json("pull", "-a", f"{far.plain.host}/shop/web")
    assert [one["reference"].rpartition(":")[2] for one in everything] == ["1.0", "1.1", "latest"]


def test_changes_and_the_way_back(shell: CommandLine, far: FarSide) -> None:
    one, two = (f"{far.plain.host}/shop/web:{tag}" for tag in ("1.0", "1.1"))
    shell.json("pull", one)
    shell.json("pull", two)
    _has(shell.json("tag", two, "shop:stable"), CHANGE, "tag")
    removed = shell.json("rmi", two, "shop:stable")
    _has(removed, CHANGE)
    _has(shell.json("undo"), CHANGE, "undo")
    _has(shell.json("redo"), CHANGE, "redo")
    shell.json("undo")
    shell.json("tag", one, two)
    shell.json("rmi", "shop:stable")
    plan = shell.json("prune", "-a", "--dry-run")
    _has(plan, CHANGE, "prune")
    done = shell.json("prune", "-a", "--yes")
    _has(done, CHANGE, "prune")
    assert (done["reclaimed"], sorted(done["deleted"])) == (
        plan["reclaimed"],
        sorted(plan["deleted"]),
    )
    pruned, *older = shell.json("trash")
    assert set(pruned) == TRASH
    assert pruned["bytes"] == done["reclaimed"] == plan["reclaimed"]
    _has(shell.json("trash", "--restore", pruned["operation"]), CHANGE, "undo")
    assert shell.json("trash") == older
    shell.json("redo")
    assert "nobody can be asked" in shell.refused("trash", "--empty", status=2).lower()
    held = {row["operation"]: row["bytes"] for row in shell.json("trash")}
    emptied = shell.json("trash", "--empty", "--yes")
    assert (set(emptied["operations"]), emptied["bytes"]) == (set(held), sum(held.values()))
    assert shell.json("trash") == []
    assert "trash holds nothing of" in shell.refused("trash", "--empty", "../x", "--yes")
    assert shell.json("verify")["findings"] == []
    assert set(shell.json("df")) >= {"on_disk", "images", "layers", "trash"}


def test_an_archive_is_loaded(shell: CommandLine, far: FarSide, tmp_path: Path) -> None:
    path = tmp_path / "saved.tar"
    source = f"docker://{far.plain.host}/shop/docker:latest"
    skopeo_copy(source, f"docker-archive:{path}:shop:saved", "--src-tls-verify=false")
    (loaded,) = shell.json("load", str(path))
    assert set(loaded) == {"reference", "image_id", "digest"}
    assert loaded["reference"] == "docker.io/library/shop:saved"
    assert shell.run("images", "-q")[0].decode().strip() in loaded["image_id"]
