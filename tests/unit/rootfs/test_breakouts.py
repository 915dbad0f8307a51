"""Whatever an image holds, giving it back changes nothing outside of the folder that was named."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerscope.engine.content.extraction import Extracted, Rules
from support.breakouts import Surroundings, cases
from support.giving import NOBODY, Given, as_user

NAMES = sorted(cases(Path("/victim")))
WHO = [0, NOBODY] if os.geteuid() == 0 else [os.geteuid()]


@pytest.fixture
def around() -> Iterator[Surroundings]:
    """Not in tmp_path, whose parents are closed to other users."""
    base = Path(tempfile.mkdtemp(prefix="layerscope-breakouts-"))
    try:
        base.chmod(0o755)
        yield Surroundings.made(base / "around")
    finally:
        subprocess.run(["rm", "-rf", str(base)], check=True)


def found(target: Path) -> Iterator[tuple[str, int, bytes]]:
    """Type, mode and path of all that is there; ``find`` minds no depth and no length."""
    command = ["find", str(target), "-mindepth", "1", "-printf", "%y %m %P\\0"]
    listed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    for line in listed.split(b"\0")[:-1]:
        kind, mode, path = line.split(b" ", 2)
        yield kind.decode(), int(mode, 8), path


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("again", [False, True], ids=["once", "again with overwriting"])
def test_nothing_outside_is_touched(name: str, who: int, again: bool, around: Surroundings) -> None:
    given = Given.made(around.base.parent / "stack", cases(around.victim)[name])
    before = around.state()

    def work() -> Extracted:
        done = given.to_folder(around.target)
        return given.to_folder(around.target, Rules(overwrite=True)) if again else done

    as_user(work, who)
    assert around.state() == before
    for kind, mode, path in found(around.target):
        assert kind in "fdl", path
        assert kind == "l" or not mode & 0o6000, path


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_outside_is_touched_when_the_folder_is_full_of_traps(
    name: str, who: int, around: Surroundings
) -> None:
    """Links that lead out stand where the image has folders and files."""
    given = Given.made(around.base.parent / "stack", cases(around.victim)[name])
    around.target.mkdir()
    around.target.chmod(0o777)
    for trap in ("a", "d", "in", "out", "dev", "shut", "victim", "escape", "x", "f", "su"):
        (around.target / trap).symlink_to(around.victim)
    for trap in ("y", "me", "h", "z", "s", "esc\x1b[31m"):
        (around.target / trap).symlink_to(around.victim / "sentinel")
    before = around.state()
    for rules in (Rules(), Rules(overwrite=True, keep_setuid=True)):
        as_user(lambda rules=rules: given.to_folder(around.target, rules), who)  # type: ignore[misc]
        assert around.state() == before


@pytest.mark.parametrize("name", NAMES)
def test_single_layers_cannot_break_out_either(name: str, around: Surroundings) -> None:
    layers = cases(around.victim)[name]
    given = Given.made(around.base.parent / "stack", layers)
    before = around.state()
    for number in range(1, len(layers) + 1):
        given.to_folder(around.target / str(number), layer=number)
    assert around.state() == before


def test_paths_longer_than_any_system_call_takes_are_written(around: Surroundings) -> None:
    layers = cases(around.victim)["a path that is too long"]
    done = Given.made(around.base.parent / "stack", layers).to_folder(around.target)
    assert (done.files, done.folders, done.left_out) == (1, 40, 0)
    deepest = max(found(around.target), key=lambda each: len(each[2]))
    assert deepest[0] == "f"
    assert len(deepest[2]) > 8000
