"""The command line with a real registry, filled by skopeo, and read back by skopeo and umoci."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import archives, tars
from support.command_line import CommandLine
from support.hostile_registry import HostileRegistry
from support.real_registry import RealRegistry, real_registry, run
from support.replies import Reply


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
            layout = archives.as_folder(_layout(layers), folder / tag)
            running.push(f"oci:{layout}:x", f"team/app:{tag}")
        yield running


def _layout(layers: list[bytes]) -> dict[str, bytes]:
    made = archives.Layout()
    manifest = {
        "schemaVersion": 2,
        "mediaType": archives.OCI_MANIFEST,
        "config": made.blob(archives.config(layers), archives.OCI_CONFIG),
        "layers": [
            made.blob(gzip.compress(data, mtime=0), archives.OCI_LAYER_GZIP) for data in layers
        ],
    }
    entry = made.blob(
        archives.dumped(manifest),
        archives.OCI_MANIFEST,
        annotations={"org.opencontainers.image.ref.name": "x"},
    )
    return made.whole(entry)


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
    run(
        "skopeo",
        "copy",
        "--quiet",
        "--insecure-policy",
        f"oci:{shell.store}:docker.io/library/app:two",
        f"dir:{copied}",
    )
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
    run(
        "skopeo",
        "copy",
        "--quiet",
        "--insecure-policy",
        "--src-tls-verify=false",
        f"docker://{registry.host}/team/app:2",
        f"{how}:{path}:docker.io/library/app:saved",
    )
    (loaded,) = shell.json("load", str(path))
    assert loaded["reference"] == "docker.io/library/app:saved"
    paths = [row["path"] for row in shell.json("files", "app:saved", "--recursive")]
    assert paths == ["data", "data/new", "etc", "etc/passwd"]


def test_a_killed_pull_goes_on_where_it_stopped(shell: CommandLine) -> None:
    noise = tars.tar(tars.member(b"noise", bytes(range(256)) * 8000))
    blob = gzip.compress(noise, 0, mtime=0)
    with HostileRegistry() as far:
        far.serve_image("app", "1", [blob])
        digest = far.serve_blob("app", blob, Reply(body=blob, ranges=True, stall=1_500_000))
        process = shell.start("pull", f"{far.host}/app:1")
        partial = shell.store / ".layerscope" / "partial"
        _until(lambda: _largest(partial) > 1_000_000)
        process.kill()
        process.communicate(timeout=20)
        assert shell.json("images") == []
        far.serve_blob("app", blob)
        pulled = shell.json("pull", f"{far.host}/app:1")
        assert pulled["downloaded"] < 1_100_000
        last = far.asked("GET", f"/v2/app/blobs/{digest}")[-1]
        assert int(last.headers["range"].removeprefix("bytes=").rstrip("-")) > 1_000_000
    assert shell.json("verify")["findings"] == []


def test_ctrl_c_ends_a_pull_quickly_and_keeps_what_came(shell: CommandLine) -> None:
    blob = gzip.compress(tars.tar(tars.member(b"noise", bytes(range(256)) * 8000)), 0, mtime=0)
    with HostileRegistry() as far:
        far.serve_image("app", "1", [blob])
        far.serve_blob("app", blob, Reply(body=blob, ranges=True, stall=1_500_000))
        process = shell.start("pull", f"{far.host}/app:1")
        partial = shell.store / ".layerscope" / "partial"
        _until(lambda: _largest(partial) > 1_000_000)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=20)
        assert time.monotonic() - begin < 2
        assert process.returncode == 130
        assert "Traceback" not in complaint.decode()
        assert shell.json("df")["partial"] > 1_000_000


def test_a_reader_that_goes_away_is_no_error(shell: CommandLine, tmp_path: Path) -> None:
    entries = [tars.member(b"file%06d" % number) for number in range(5000)]
    files = _layout([tars.tar(*entries)])
    shell.run("load", str(archives.as_folder(files, tmp_path / "many")))
    (image,) = shell.json("images")
    process = shell.start("files", image["image_id"], "--recursive", "--json")
    assert process.stdout is not None
    process.stdout.read(100)
    process.stdout.close()
    assert process.stderr is not None
    complaint = process.stderr.read().decode()
    process.wait(30)
    process.stderr.close()
    assert "Traceback" not in complaint
    assert "Error" not in complaint


def test_complaints_are_one_sentence_with_the_right_status(shell: CommandLine) -> None:
    assert "nothing-here" in shell.refused("layers", "nothing-here")
    assert "lower case" in shell.refused("reference", "Upper/Case")
    assert "127.0.0.1" in shell.refused("pull", "127.0.0.1:1/app")
    assert "--help" in shell.refused("bogus", status=2)
    assert "--help" in shell.refused("images", "--bogus", status=2)
    assert "not a number" in shell.refused("files", "x", "--as-of", "0", status=2)
    assert "no file" in shell.refused("load", "/nonexistent/x.tar")
    assert "nothing to undo" in shell.refused("undo").lower()


def test_help_and_version_need_no_store(shell: CommandLine) -> None:
    out, _ = shell.run("--help")
    assert all(word in out.decode() for word in ("pull", "trace", "prune"))
    assert shell.run("--version")[0].startswith(b"layerscope ")
    assert not shell.store.exists()


def test_a_store_whose_list_is_no_file_is_looked_at_and_told_of(shell: CommandLine) -> None:
    (shell.store / "index.json").mkdir(parents=True)
    (shell.store / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    assert shell.json("images") == []
    _, complaint = shell.run("images")
    assert complaint.count("\n") == 1
    assert "index.json" in complaint


def test_names_that_steer_terminals_are_shown_harmless(shell: CommandLine, tmp_path: Path) -> None:
    evil = b"evil\x1b[31m\n\xe2\x80\xaename\xff"
    files = _layout([tars.tar(tars.member(evil, b"x"))])
    shell.run("load", str(archives.as_folder(files, tmp_path / "evil")))
    identity = shell.run("images", "-q")[0].decode().strip()
    out, _ = shell.run("files", identity)
    assert b"\x1b" not in out
    assert len(out.splitlines()) == 2
    (row,) = shell.json("files", identity)
    assert row["path"].encode("utf-8", "surrogateescape") == evil
    assert shell.run("cat", identity, os.fsdecode(evil))[0] == b"x"


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


def test_the_command_line_brings_no_qt(shell: CommandLine) -> None:
    code = (
        "import sys; from layerscope.cli.main import main; "
        "status = main(lambda store: 9, ['images', '--json']); "
        "print(status, [name for name in sys.modules if name.startswith('PySide6')], "
        "'requests' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**shell.environment, "XDG_DATA_HOME": str(shell.home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert out.stdout.splitlines()[-1] == "0 [] False"


def _largest(folder: Path) -> int:
    """The size of the largest file in a folder where files come and go."""
    sizes = [0]
    for path in folder.glob("*"):
        with contextlib.suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return max(sizes)


def _until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        os.sched_yield()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
