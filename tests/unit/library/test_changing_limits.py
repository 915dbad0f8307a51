"""Limits are changed alone: nothing else of the settings, whoever writes those meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import BadInput
from layerscope.engine.library import Library, locations, open_library
from layerscope.engine.library.settings import read_settings, write_settings
from layerscope.engine.library.values import Settings
from layerscope.engine.task import Task


def written() -> Settings:
    return read_settings(locations.settings_file())[0]


def test_a_limit_is_written_beside_what_another_process_wrote_just_now(
    library: Library, tmp_path: Path
) -> None:
    library.limits(task=Task())
    open_library(tmp_path / "other").configure_registry("reg.example", task=Task())
    told = library.change_limits({"layer_entries": 77}, task=Task())
    assert {each.name: each.value for each in told}["layer_entries"] == 77
    assert "reg.example" in written().registries
    assert written().limits == {"layer_entries": 77}
    assert told == library.limits(task=Task())


def test_a_default_leaves_nothing_in_the_file_and_other_limits_stay(library: Library) -> None:
    limits = {"depth": 9, "layer_entries": 77, "of_a_later_version": 5}
    write_settings(locations.settings_file(), Settings(limits=limits))
    library.change_limits({"depth": Limits().depth, "path_bytes": 4096}, task=Task())
    assert written().limits == {
        "layer_entries": 77,
        "of_a_later_version": 5,
        "path_bytes": 4096,
    }


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"layer_entries": 5, "entries": 1}, "No limit is named 'entries'."),
        ({"layer_entries": 5, "depth": -1}, "depth is a number from 0 to "),
        ({"layer_entries": 5, "window_bytes": 2**31 + 1}, "window_bytes is a number from 0 to "),
    ],
)
def test_what_no_limit_may_be_changes_nothing(
    library: Library, values: dict[str, int], words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        library.change_limits(values, task=Task())
    assert str(caught.value).startswith(words)
    assert caught.value.hint
    assert written().limits == {}


def test_limits_and_registries_changed_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    first, second = open_library(tmp_path / "first"), open_library(tmp_path / "second")
    names = [each.name for each in Limits().described()]
    start = threading.Barrier(2)

    def limit() -> None:
        start.wait(10)
        for number, name in enumerate(names):
            first.change_limits({name: 1_000 + number}, task=Task())

    def register() -> None:
        start.wait(10)
        for number in range(len(names)):
            second.configure_registry(f"r{number}.example", task=Task())

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(limit), pool.submit(register)]:
            done.result()
    assert written().limits == {name: 1_000 + number for number, name in enumerate(names)}
    assert {f"r{number}.example" for number in range(len(names))} <= {*written().registries}
