"""A disk that says no, and the sentence in which that is told."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.engine.errors import DiskFull, LayerscopeError, StoreError
from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.task import Task
from support.bad_inputs import Door, is_one_sentence, leftovers, standing
from support.programs import environment
from support.tars import member, tar

LAYER = tar(member(b"f", b"x" * 3000))
ERRORS = {
    "ENOSPC": DiskFull,
    "EDQUOT": DiskFull,
    "EFBIG": DiskFull,
    "EIO": StoreError,
    "EROFS": StoreError,
    "EMFILE": LayerscopeError,
}
FAULTS = [("fsync", "EIO"), ("fsync", "ENOSPC"), ("rename", "EIO"), ("rename", "ENOSPC"),
          ("rename", "EROFS"), ("open", "EMFILE"), ("open", "EROFS"), ("open", "ENOSPC"),
          ("mkdir", "ENOSPC"), ("link", "EIO")]  # fmt: skip


class FaultyDisk:
    """Refuses one kind of call from a certain one on, for paths inside the store."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: Path, call: str, error: str) -> None:
        self.left = 1 << 30  #: calls that still work
        self.refused = 0
        self.seen = 0
        names = {"rename": ("replace", "rename"), "open": ("open",)}.get(call, (call,))
        code = getattr(errno, error)
        for name in names:
            real = getattr(os, name)

            def faulty(*args: object, real: Callable[..., object] = real, **more: object) -> object:
                changes = call != "open" or (len(args) > 1 and int(str(args[1])) & os.O_CREAT)
                if changes and (call == "fsync" or str(store) in str(args[0])):
                    self.seen += 1
                    self.left -= 1
                    if self.left < 0:
                        self.refused += 1
                        raise OSError(code, os.strerror(code), str(args[0]))
                return real(*args, **more)

            monkeypatch.setattr(os, name, faulty)


@pytest.mark.parametrize(("call", "error"), FAULTS, ids=[f"S02-{c}-{e}" for c, e in FAULTS])
def test_a_disk_that_says_no_changes_nothing_and_is_named(
    door: Door, call: str, error: str
) -> None:
    """At every call of a kind in turn: the load either works or leaves all as it was."""
    counted = 0
    with pytest.MonkeyPatch.context() as patch:
        shutil.copytree(door.store, door.folder / "kept")
        disk = FaultyDisk(patch, door.store, call, error)
        offered = door.offer(LAYER)
        door.library.load(offered, task=Task())
        counted = disk.seen
    assert counted or call in ("mkdir", "link")
    points = sorted({0, 1, counted // 2, counted - 1} & set(range(counted)))
    for point in points:
        shutil.rmtree(door.store)
        shutil.copytree(door.folder / "kept", door.store)
        library = open_library(door.store, InlinePasses())
        before = standing(door.store)
        with pytest.MonkeyPatch.context() as patch:
            disk = FaultyDisk(patch, door.store, call, error)
            disk.left = point
            failure = failure_of(lambda library=library: library.load(offered, task=Task()))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        assert disk.refused or failure is None
        if failure is not None:
            assert isinstance(failure, ERRORS[error]), f"{call} {point}: {failure!r}"
            is_one_sentence(str(failure))
            if error in ("ENOSPC", "EDQUOT", "EFBIG"):
                assert str(door.store) in f"{failure} {failure.hint}"
        fresh = Door(door.folder, open_library(door.store, InlinePasses()), door.capture)
        if failure is None:
            assert fresh.library.verify(task=Task()).findings == ()
        elif "bad:1" not in fresh.names():
            after = standing(door.store)
            assert {path: after.get(path) for path in before} == before
        assert set(fresh.rows("good:1")) == {b"good.txt", b"more"}
        fresh.library.load(offered, task=Task())
        assert set(fresh.rows()) == {b"f"}
        assert leftovers(door.store) == []


def failure_of(work: Callable[[], object]) -> LayerscopeError | None:
    try:
        work()
    except LayerscopeError as failure:
        return failure
    return None


def test_a_file_that_may_not_grow_is_told_in_a_sentence(door: Door) -> None:
    """S02: EFBIG by the limit of a process, as on a disk with a quota."""
    big = door.offer(tar(member(b"big", os.urandom(300_000))))
    before = standing(door.store)
    command = [sys.executable, "-m", "layerscope", "--store", str(door.store), "load", str(big)]
    script = "import os,resource,sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000));"
    script += "os.execv(sys.argv[1], sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", script, *command],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("layerscope: ")]
    assert (done.returncode, done.stdout, len(lines)) == (1, "", 1), done.stderr
    assert "Traceback" not in done.stderr
    assert str(door.store) in lines[0]
    door.unharmed(before)
    door.library.load(big, task=Task())
    assert set(door.rows()) == {b"big"}
