"""A disk that is really full, from the last byte on: one sentence, and nothing lost."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from layerscope.engine.errors import DiskFull
from layerscope.engine.store import Store
from support import library_faults
from support.bad_inputs import is_one_sentence
from support.library_faults import perform
from support.store_faults import OPERATIONS, State, rehearsed, require_sound
from support.sweeps import sweep

SIZE = 4 << 20
PAGE = 4096
#: Pages that are left on the disk; the largest operation needs about 100.
LEFT = [*range(24), *range(24, 128, 8)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(mount)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("nothing may be mounted here")
    try:
        yield mount
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


@pytest.mark.parametrize("operation", [*OPERATIONS, *library_faults.OPERATIONS])
def test_on_a_full_disk_an_operation_happens_or_says_so(
    operation: str, prepared: Path, work: Path, given: Path, disk: Path
) -> None:
    before, after, _ = rehearsed(prepared, work, lambda store: perform(operation, store, given))
    needed = 0

    def fill(left: int) -> None:
        nonlocal needed
        path, rest = disk / "store", disk / "rest"
        shutil.rmtree(path, ignore_errors=True)
        rest.unlink(missing_ok=True)
        shutil.copytree(prepared, path)
        _fill(rest, left)
        try:
            perform(operation, path, given)
        except DiskFull as error:
            needed = max(needed, left + 1)
            require_told(error, disk)
            assert State.of(path) == before
            assert Store.open(path).verify().damage == ()
            rest.unlink()
            perform(operation, path, given)
        rest.unlink(missing_ok=True)
        assert State.of(path) == after
        require_sound(path, "afterwards")

    sweep(f"{operation}: full disk", LEFT, 3, fill, at_once=1)
    print(f"{operation} needs {needed} pages of {PAGE} bytes")
    assert needed < LEFT[-1], "this operation has never had enough room"


@pytest.mark.parametrize("left", range(2))
def test_a_prune_makes_its_own_room_on_a_full_disk(left: int, prepared: Path, disk: Path) -> None:
    """What can be made or downloaded again gives way to it, and the trash gives the room back."""
    path = disk / "store"
    shutil.copytree(prepared, path)
    store = Store.open(path)
    store.cache_path("views", "old").write_bytes(b"x" * 64 * PAGE)
    _fill(disk / "rest", left)
    plan = store.plan(remove=[entry.descriptor.digest for entry in store.entries()], orphans=True)
    change = store.apply(plan)
    assert change.reclaimed == plan.reclaimed > 0
    assert not store.cache_path("views", "old").exists()
    store.undo()
    assert store.verify().damage == ()


@pytest.mark.parametrize("left", range(3))
def test_the_trash_is_emptied_on_a_full_disk(left: int, prepared: Path, disk: Path) -> None:
    path = disk / "store"
    shutil.copytree(prepared, path)
    store = Store.open(path)
    held = sum(item.size for item in store.trash())
    _fill(disk / "rest", left)
    assert store.empty_trash() == held > 0
    assert shutil.disk_usage(disk).free >= held


def test_a_folder_is_loaded_where_no_temporary_file_can_be_made(
    prepared: Path, work: Path, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python tries the usual places by writing to them."""

    def nowhere() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    shutil.copytree(prepared, work / "store")
    perform("load", work / "store", given)
    assert library_faults.seen("load", work / "store")


def require_told(error: DiskFull, disk: Path) -> None:
    is_one_sentence(f"{error} {error.hint}")
    assert str(disk) in str(error)


def _fill(rest: Path, left: int) -> None:
    """Take all pages of the disk but ``left``."""
    with rest.open("wb", buffering=0) as file:
        with suppress(OSError):
            while file.write(bytes(PAGE)) == PAGE:
                pass
        file.truncate(max(0, file.tell() - left * PAGE))
