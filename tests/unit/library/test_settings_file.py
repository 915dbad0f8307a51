"""Settings survive damage, and what other versions wrote survives us."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.library.settings import read_settings, write_settings
from layerscope.engine.library.values import Settings


def test_what_is_written_is_read(tmp_path: Path) -> None:
    settings = Settings(
        ("a.example",), ("localhost:1",), {"a.example": "/ca.pem"}, {"layer_bytes": 5}, 2
    )
    write_settings(tmp_path / "deep" / "settings.json", settings)
    assert read_settings(tmp_path / "deep" / "settings.json") == (settings, "")


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.json") == (Settings(), "")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"downloads": "4"}', '{"registries": 5}', '{"limits": {"x": -1}}']
)
def test_a_damaged_file_is_set_aside_and_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    settings, notice = read_settings(path)
    assert settings == Settings()
    assert "damaged" in notice
    assert (tmp_path / "settings.json.damaged").read_text() == text
    assert read_settings(path) == (Settings(), "")


@given(st.binary(max_size=300))
def test_no_bytes_can_break_it(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.json"
    path.write_bytes(data)
    read_settings(path)


def test_fields_of_a_later_version_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"colour": "blue", "downloads": 3}')
    settings, _ = read_settings(path)
    write_settings(path, settings)
    assert json.loads(path.read_text())["colour"] == "blue"
