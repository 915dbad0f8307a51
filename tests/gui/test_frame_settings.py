"""Settings survive restarts, damage and newer versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from layerscope.gui.settings import Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def test_what_is_put_comes_back_after_a_restart(qtbot: QtBot, path: Path) -> None:
    first = Settings(path)
    first.put("look.theme", "dark")
    first.put("sidebar.shown", False)
    first.put("splitter.sidebar", [240, 900])
    first.flush()
    again = Settings(path)
    assert again.value("look.theme", "system") == "dark"
    assert again.value("sidebar.shown", True) is False
    assert again.value("splitter.sidebar", list[int]()) == [240, 900]
    assert again.trouble == ""


def test_a_value_of_another_type_is_not_believed(qtbot: QtBot, path: Path) -> None:
    settings = Settings(path)
    settings.put("look.theme", 7)
    assert settings.value("look.theme", "system") == "system"
    assert settings.value("look.theme", True) is True


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"version": "1", "values": {}}', b"[" * 100_000],
    ids=["empty", "cut", "list", "binary", "typed", "deep"],
)
def test_a_damaged_file_is_set_aside_and_said(qtbot: QtBot, path: Path, damage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    settings = Settings(path)
    assert "damaged" in settings.trouble
    assert path.with_name("settings.json.damaged").read_bytes() == damage
    settings.put("look.theme", "dark")
    settings.flush()
    assert Settings(path).value("look.theme", "") == "dark"


def test_a_file_from_the_future_is_read_and_left_alone(qtbot: QtBot, path: Path) -> None:
    path.parent.mkdir()
    text = json.dumps({"version": 99, "values": {"look.theme": "dark", "new": {"a": 1}}})
    path.write_text(text)
    settings = Settings(path)
    assert settings.value("look.theme", "system") == "dark"
    settings.put("look.theme", "light")
    settings.flush()
    assert path.read_text() == text
    assert "newer" in settings.trouble


def test_settings_that_cannot_be_written_stop_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where a folder should be")
    settings = Settings(tmp_path / "config" / "settings.json")
    settings.put("look.theme", "dark")
    settings.flush()
    assert settings.value("look.theme", "") == "dark"
    assert settings.trouble


def test_settings_are_written_by_themselves_a_moment_later(qtbot: QtBot, path: Path) -> None:
    settings = Settings(path)
    settings.put("look.theme", "dark")
    qtbot.waitUntil(path.exists)
