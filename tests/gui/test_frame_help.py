"""Explanations of the panes, the size of everything, and remarks that pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWhatsThis, QWidget
from pytestqt.qtbot import QtBot

from layerscope.gui import sizes, zoom
from layerscope.gui.settings import Settings
from layerscope.gui.trail import Section
from support.windows import Open


@pytest.fixture
def explained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []

    def show(_where: QPoint, words: str, _pane: QWidget) -> None:
        said.append(words)

    monkeypatch.setattr(QWhatsThis, "showText", show)
    return said


def test_the_pane_with_the_focus_is_explained(open_window: Open, explained: list[str]) -> None:
    window = open_window()
    window.library.table.setFocus()
    window.actions_["help.explain"].trigger()
    window.rail.button(Section.SEARCH).setFocus()
    window.actions_["help.explain"].trigger()
    assert "All images of this store" in explained[0]
    assert "The sections of Layerscope" in explained[1]


@pytest.mark.parametrize("section", [Section.LIBRARY, Section.SEARCH])
def test_without_a_focus_the_page_is_explained(
    open_window: Open, explained: list[str], section: Section
) -> None:
    window = open_window()
    window.open_section(section)
    focus = window.focusWidget()
    if focus is not None:
        focus.clearFocus()
    window.actions_["help.explain"].trigger()
    assert len(explained) == 1


def test_larger_and_smaller_stay_within_bounds_and_are_kept(open_window: Open) -> None:
    settings = Settings(None)
    window = open_window(settings=settings)
    window.actions_["view.larger"].trigger()
    assert settings.value("look.zoom", 100) == 110
    for _ in range(9):
        window.actions_["view.larger"].trigger()
    assert settings.value("look.zoom", 100) == 200
    window.actions_["view.smaller"].trigger()
    assert settings.value("look.zoom", 100) == 175
    window.actions_["view.actual-size"].trigger()
    assert settings.value("look.zoom", 0) == 100


@pytest.mark.parametrize(
    ("document", "factor"),
    [
        ({"values": {"look.zoom": 150}}, "1.5"),
        ({"values": {"look.zoom": 100}}, None),
        ({"values": {"look.zoom": 4000}}, None),
        ({"values": {"look.zoom": "150"}}, None),
        ({"values": []}, None),
        ([], None),
    ],
)
def test_the_kept_size_is_told_to_qt(tmp_path: Path, document: object, factor: str | None) -> None:
    path = tmp_path / "window.json"
    path.write_text(json.dumps(document))
    environment: dict[str, str] = {}
    zoom.use_kept(path, environment)
    assert environment.get("QT_SCALE_FACTOR") == factor


def test_a_size_of_the_environment_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "window.json"
    path.write_text(json.dumps({"values": {"look.zoom": 150}}))
    environment = {"QT_SCALE_FACTOR": "3"}
    zoom.use_kept(path, environment)
    assert environment == {"QT_SCALE_FACTOR": "3"}
    zoom.use_kept(tmp_path / "missing.json", environment)


def test_a_remark_passes_and_the_counts_come_back(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "TOAST", 1)
    window = open_window()
    counts = window.status._counts
    window.status.remark("Copied this.")
    assert not counts.isVisible()
    qtbot.waitUntil(counts.isVisible)
    assert window.status._message.text() == ""
