"""The command line with a real registry, filled by skopeo, and read back by skopeo and umoci."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import archives, tars
from support.command_line import CommandLine
from support.real_registry import RealRegistry, real_registry, run, skopeo_copy


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    """Of a user who knows no registry yet."""
    return CommandLine(tmp_path)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    """Holds team/app:1, and :2 with a layer more, which changes, deletes and replaces."""
    folder = tmp_path_factory.mktemp("registry")
    with real_registry(folder / "server") as running:
        base = tars.tar(
            tars.member(b"etc/", type=b"5", mode=0o755),
            tars.member(b"etc/passwd", b"root:x:0:0\n"),
            tars.member(b"etc/motd", b"hello\n"),
            tars.member(b"doc/", type=b"5", mode=0o755),
            tars.member(b"doc/readme", b"read me\n"),
            tars.member(b"data/", type=b"5", mode=0o755),
            tars.member(b"data/old", b"old\n"),
        )
        top = tars.tar(
            tars.member(b"etc/", type=b"5", mode=0o755),
            tars.member(b"etc/passwd", b"root:x:0:0\napp:x:1:1\n"),
            tars.member(b"etc/.wh.motd"),
            tars.member(b".wh.doc"),
            tars.member(b"data/", type=b"5", mode=0o755),
            tars.member(b"data/.wh..wh..opq"),
            tars.member(b"data/new", b"new\n"),
        )
        for tag, layers in (("1", [base]), ("2", [base, top])):
            layout = archives.as_folder(archives.layout_of(*layers, name="x"), folder / tag)
            running.push(f"oci:{layout}:x", f"team/app:{tag}")
        yield running


def test_search_pull_and_look(shell: CommandLine, registry: RealRegistry) -> None:
    found = shell.json("search", "app", "--registry", registry.host)
    assert [row["name"] for row in found] == [f"{registry.host}/team/app"]
    assert shell.json("tags", f"{registry.host}/team/app") == [{"tag": "1"}, {"tag": "2"}]
    first = shell.json("pull", f"{registry.host}/team/app:1")
    assert [layer["status"] for layer in first["layers"]] == ["pulled"]
    second = shell.json("pull", f"{registry.host}/team/app:2")
    assert [layer["status"] for layer in second["layers"]] == ["exists", "pulled"]
    assert second["downloaded"] == second["layers"][1]["size"]
    assert set(second) >= {"reference", "digest", "image_id", "downloaded", "layers"}

    name = f"{registry.host}/team/app:2"
    files = {row["path"]: row for row in shell.json("files", name, "--recursive")}
    assert {path: row["origin"] for path, row in files.items()} == {
        "data": 2,
        "data/new": 2,
        "etc": 2,
        "etc/passwd": 2,
    }
    assert files["etc/passwd"]["change"] == "modified"
    assert files["etc/passwd"]["shadowed"] == [1]
    assert shell.run("cat", name, "/etc/passwd")[0] == b"root:x:0:0\napp:x:1:1\n"
    assert shell.run("cat", name, "etc/passwd", "--layer", "1")[0] == b"root:x:0:0\n"
    below = [row["path"] for row in shell.json("files", name, "--as-of", "1", "--recursive")]
    assert "doc/readme" in below
    steps = shell.json("trace", name, "/etc/motd")
    assert [(step["layer"], step["entry"]) for step in steps] == [(2, "whiteout"), (1, "present")]
    layers = shell.json("layers", name)
    assert [(row["number"], row["added"], row["deleted"]) for row in layers] == [
        (1, 7, 0),
        (2, 1, 4),
    ]
    assert layers[0]["shared_by"] == [f"{registry.host}/team/app:1"]


def test_other_tools_read_the_store_and_agree(
    shell: CommandLine, registry: RealRegistry, tmp_path: Path
) -> None:
    name = f"{registry.host}/team/app:2"
    shell.run("pull", name)
    shell.run("tag", name, "app:two")
    copied = tmp_path / "copied"
    skopeo_copy(f"oci:{shell.store}:docker.io/library/app:two", f"dir:{copied}")
    digest = shell.json("images")[0]["digest"]
    assert (
        shell.run("inspect", "app:two", "--raw", "manifest")[0]
        == (copied / "manifest.json").read_bytes()
    )
    assert digest == f"sha256:{_sha256(copied / 'manifest.json')}"
    bundle = tmp_path / "bundle"
    run(
        "umoci",
        "unpack",
        "--rootless",
        "--image",
        f"{shell.store}:docker.io/library/app:two",
        str(bundle),
    )
    root = bundle / "rootfs"
    unpacked = {str(path.relative_to(root)) for path in root.rglob("*")}
    assert unpacked == {row["path"] for row in shell.json("files", "app:two", "--recursive")}
    assert (root / "etc/passwd").read_bytes() == shell.run("cat", "app:two", "etc/passwd")[0]


def test_removing_and_taking_back(shell: CommandLine, registry: RealRegistry) -> None:
    one, two = f"{registry.host}/team/app:1", f"{registry.host}/team/app:2"
    shell.run("pull", one)
    shell.run("pull", two)
    images = {row["references"][0]: row for row in shell.json("images")}
    removed = shell.json("rmi", two)
    assert removed["untagged"] == [two]
    assert removed["reclaimed"] == images[two]["unique"]
    assert len(shell.json("images")) == 1
    back = shell.json("undo")
    assert back["restored"] == [two]
    assert {row["references"][0]: row for row in shell.json("images")} == images
    again = shell.json("redo")
    assert {**again, "restored": [], "brought_back": []} == {
        **removed, "restored": [], "brought_back": []}  # fmt: skip
    assert len(shell.json("images")) == 1
    shell.json("undo")
    assert shell.json("verify")["findings"] == []


def test_an_id_with_two_names_needs_force(shell: CommandLine, registry: RealRegistry) -> None:
    name = f"{registry.host}/team/app:1"
    shell.run("pull", name)
    shell.run("tag", name, "app:one")
    identity = shell.run("images", "-q")[0].decode().split()[0]
    assert "2 names" in shell.refused("rmi", identity)
    assert shell.json("rmi", "app:one") == {
        "untagged": ["docker.io/library/app:one"],
        "deleted": [],
        "reclaimed": 0,
    }
    shell.run("tag", name, "app:one")
    shell.run("rmi", "-f", identity)
    assert shell.json("images") == []


def test_prune_shows_the_bytes_asks_and_frees_exactly_these(
    shell: CommandLine, registry: RealRegistry
) -> None:
    one, two = f"{registry.host}/team/app:1", f"{registry.host}/team/app:2"
    shell.run("pull", one)
    shell.run("pull", two)
    shell.run("tag", one, two)  # leaves the second image untagged
    (dangling,) = [row for row in shell.json("images") if row["dangling"]]
    plan = shell.json("prune", "--dry-run")
    assert plan["reclaimed"] == dangling["unique"]
    assert "--yes" in shell.refused("prune", status=2)
    before = shell.json("df")["on_disk"]
    done = shell.json("prune", "--yes")
    assert (done["reclaimed"], sorted(done["deleted"])) == (
        plan["reclaimed"],
        sorted(plan["deleted"]),
    )
    assert before - shell.json("df")["on_disk"] == done["reclaimed"]
    assert shell.json("prune", "--yes") == {"untagged": [], "deleted": [], "reclaimed": 0}


@pytest.mark.parametrize("how", ["docker-archive", "oci-archive", "oci"])
def test_archives_of_other_tools_are_loaded(
    shell: CommandLine, registry: RealRegistry, tmp_path: Path, how: str
) -> None:
    path = tmp_path / "saved"
    skopeo_copy(
        f"docker://{registry.host}/team/app:2",
        f"{how}:{path}:docker.io/library/app:saved",
        "--src-tls-verify=false",
    )
    (loaded,) = shell.json("load", str(path))
    assert loaded["reference"] == "docker.io/library/app:saved"
    paths = [row["path"] for row in shell.json("files", "app:saved", "--recursive")]
    assert paths == ["data", "data/new", "etc", "etc/passwd"]


def test_a_plain_http_host_is_allowed_for_one_call(
    shell: CommandLine, registry: RealRegistry
) -> None:
    pulled = shell.json("--plain-http", registry.host, "pull", f"{registry.host}/team/app:1")
    assert pulled["reference"] == f"{registry.host}/team/app:1"


def test_all_tags(shell: CommandLine, registry: RealRegistry) -> None:
    pulled = shell.json("pull", "-a", f"{registry.host}/team/app")
    assert [each["reference"] for each in pulled] == [
        f"{registry.host}/team/app:1",
        f"{registry.host}/team/app:2",
    ]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
