"""A long-lived process obeys what another one writes into the settings."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from layerscope.engine.library import Library, locations, open_library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.settings import read_settings, write_settings
from layerscope.engine.library.values import Settings
from layerscope.engine.task import Task

FILE = locations.settings_file


def other(tmp_path: Path) -> Library:
    """Another process, as far as settings go."""
    return open_library(tmp_path / "other")


def hosts(library: Library) -> list[str]:
    return [row.host for row in library.registries(task=Task())]


def test_what_another_process_changes_is_obeyed_from_then_on(
    library: Library, ground: Ground, tmp_path: Path
) -> None:
    assert "reg.example" not in hosts(library)
    other(tmp_path).configure_registry("reg.example", plain_http=True, task=Task())
    assert "reg.example" in hosts(library)
    assert "reg.example" in ground.plain_http
    write_settings(FILE(), replace(Settings(), limits={"layer_entries": 77}))
    assert ground.limits.layer_entries == 77
    assert library.settings(task=Task()).limits == {"layer_entries": 77}


def test_registries_are_made_anew_with_new_settings_and_only_then(
    ground: Ground, tmp_path: Path
) -> None:
    before = ground.registries
    assert ground.registries is before
    other(tmp_path).configure_registry("reg.example", plain_http=True, task=Task())
    assert ground.registries is not before
    assert ground.registries is ground.registries


def test_a_file_that_is_half_written_changes_nothing_and_stays(
    library: Library, tmp_path: Path
) -> None:
    other(tmp_path).configure_registry("reg.example", task=Task())
    assert "reg.example" in library.settings(task=Task()).registries
    whole = FILE().read_bytes()
    for text in (whole[: len(whole) // 2], b"", b'{"registries": 5}'):
        FILE().write_bytes(text)
        assert "reg.example" in library.settings(task=Task()).registries
        assert FILE().read_bytes() == text
    FILE().write_bytes(whole.replace(b"reg.example", b"new.example"))
    assert "new.example" in library.settings(task=Task()).registries


def test_a_file_that_is_taken_away_changes_nothing(library: Library, tmp_path: Path) -> None:
    other(tmp_path).configure_registry("reg.example", task=Task())
    assert "reg.example" in library.settings(task=Task()).registries
    FILE().unlink()
    assert "reg.example" in library.settings(task=Task()).registries


def test_changes_of_two_processes_are_both_kept(library: Library, tmp_path: Path) -> None:
    second = other(tmp_path)
    for number in range(4):
        library.configure_registry(f"a{number}.example", task=Task())
        second.configure_registry(f"b{number}.example", task=Task())
        limits = {"layer_entries": 100 + number}
        library.change_settings(replace(library.settings(task=Task()), limits=limits), task=Task())
    kept, _ = read_settings(FILE())
    assert {f"{who}{number}.example" for who in "ab" for number in range(4)} <= {*kept.registries}
    assert kept.limits == {"layer_entries": 103}
    assert second.settings(task=Task()) == library.settings(task=Task()) == kept


def test_changes_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    libraries = [open_library(tmp_path / f"store{number}") for number in range(4)]
    start = threading.Barrier(len(libraries))

    def change(who: int) -> None:
        start.wait(10)
        for number in range(6):
            libraries[who].configure_registry(f"r{who}-{number}.example", task=Task())

    with ThreadPoolExecutor(len(libraries)) as pool:
        list(pool.map(change, range(len(libraries))))
    kept, _ = read_settings(FILE())
    assert {f"r{who}-{number}.example" for who in range(4) for number in range(6)} <= {
        *kept.registries
    }
