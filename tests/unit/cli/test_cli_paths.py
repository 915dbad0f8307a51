"""Paths on the command line: links in them, slashes after them, and what is no file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.cli.main import main
from support import archives, tars

Shell = Callable[..., tuple[str, str]]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command line in this process, with app:1 in its store."""
    layer = tars.tar(
        tars.member(b"usr/", type=b"5", mode=0o755),
        tars.member(b"usr/bin/", type=b"5", mode=0o755),
        tars.member(b"usr/bin/sh", b"#!"),
        tars.member(b"bin", type=b"2", link=b"usr/bin"),
        tars.member(b"null", type=b"3"),
        tars.member(b"pipe", type=b"6"),
        tars.member(b"gone", type=b"1", link=b"nowhere"),
    )
    config = archives.config([layer])
    saved = archives.docker_save([{"config": config, "tags": ["app:1"], "layers": {"a": layer}}])
    archive = tmp_path / "app.tar"
    archive.write_bytes(tars.tar(*(tars.member(k.encode(), v) for k, v in saved.items())))

    def run(*arguments: str, status: int = 0) -> tuple[str, str]:
        assert main(_no_window, ["--store", str(tmp_path / "store"), *arguments]) == status
        return capsys.readouterr()

    run("load", str(archive))
    return run


def _no_window(store: Path | None) -> int:
    raise AssertionError("a command does not open the window")


def test_a_link_is_listed_as_itself_and_followed_with_a_slash_after_it(shell: Shell) -> None:
    itself, _ = shell("files", "app:1", "/bin")
    inside, _ = shell("files", "app:1", "/bin/")

    assert itself.splitlines()[-1].endswith("bin -> usr/bin")
    assert inside.splitlines()[-1].endswith("usr/bin/sh")


def test_a_path_that_is_not_there_is_told_as_it_can_be_seen(shell: Shell) -> None:
    out, complaint = shell("files", "app:1", "/\udcff\x1b[31m", status=1)

    assert out == ""
    assert complaint.startswith(r"layerscope: app:1 has no '\xff\x1b[31m'.")


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/usr", "a folder"),
        ("/null", "a character device"),
        ("/pipe", "a named pipe"),
        ("/gone", "a hard link to what is not there"),
    ],
)
def test_what_has_no_bytes_says_what_it_is(shell: Shell, path: str, what: str) -> None:
    out, complaint = shell("cat", "app:1", path, status=1)

    assert out == ""
    assert f"is {what}, not a file" in complaint


def test_one_image_is_not_called_several(shell: Shell) -> None:
    out, _ = shell("df")

    assert out.startswith("1 image with 1 layer in ")
