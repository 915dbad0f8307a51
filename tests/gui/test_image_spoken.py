"""What a screen reader gets from the painted lists, asked for as it asks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.rootfs import Timeline, View
from layerscope.gui.image.files_view import FilesView
from layerscope.gui.image.files_words import tip
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.lookup import stations
from layerscope.gui.image.stack_plan import Shown
from layerscope.gui.image.stack_view import StackView
from layerscope.gui.image.track import Track
from support.fake_images import shop_web
from support.shop_stack import shop_timeline


def spoken(widget: QWidget, role: QAccessible.Role) -> list[str]:
    """The names of all parts of one role."""
    root = QAccessible.queryAccessibleInterface(widget)
    parts = [root.child(number) for number in range(root.childCount())]
    name = QAccessible.Text.Name
    return [part.text(name) for part in parts if part and part.role() == role]


def test_a_row_of_the_files_is_one_sentence(qtbot: QtBot, tmp_path: Path) -> None:
    timeline = shop_timeline(tmp_path)
    view = FilesView()
    qtbot.addWidget(view)
    view.files.open(timeline, None, View(3, 1))
    view.choose(timeline.find(b"etc/passwd", View(3)).node)  # type: ignore[union-attr]  # it is there
    said = spoken(view, QAccessible.Role.Cell)
    assert "passwd, file, level 2, from layer 2, modified, 21 B, older copy in layer 1" in said
    assert any(words.startswith("etc, folder, expanded, level 1") for words in said)
    timeline.close()


def test_a_folder_that_is_merged_is_not_said_to_have_an_older_copy(
    qtbot: QtBot, tmp_path: Path
) -> None:
    timeline = shop_timeline(tmp_path)
    row = timeline.find(b"etc", View(3))
    assert row is not None
    assert row.shadowed
    assert "lder copy" not in tip(row, b"etc")
    view = FilesView()
    qtbot.addWidget(view)
    view.files.open(timeline, None, View(3, 1))
    said = [one for one in spoken(view, QAccessible.Role.Cell) if one.startswith("etc")]
    assert said
    assert "older copy" not in said[0]
    timeline.close()


def test_a_card_of_the_stack_is_one_sentence(qtbot: QtBot) -> None:
    view = StackView()
    qtbot.addWidget(view)
    detail = shop_web()
    top = len(detail.layers)
    view.show_stack(replace(detail), Shown(top), Hues(), top)
    said = spoken(view, QAccessible.Role.ListItem)
    assert said[0] == "Container layer, writable, nothing staged"
    assert any(words.startswith(f"Layer {top} of {top}, COPY") for words in said)
    assert all(said)


def test_a_station_of_the_lookup_is_one_sentence(qtbot: QtBot, tmp_path: Path) -> None:
    timeline = shop_timeline(tmp_path)
    said = spoken_of(qtbot, timeline, b"etc/passwd")
    assert said[0] == "Container layer, not written"
    assert said[2].endswith("21 B, this is what a process sees")
    assert said[3].endswith("11 B, older copy, still stored")
    assert spoken_of(qtbot, timeline, b"etc")[-1].endswith("its content is merged in")
    timeline.close()


def spoken_of(qtbot: QtBot, timeline: Timeline, path: bytes) -> list[str]:
    track = Track()
    qtbot.addWidget(track)
    folder = path == b"etc"
    layers = shop_web().layers[:3]
    track.show_stations(stations(timeline.trace(path), 3), layers, Hues(), folder)
    return spoken(track, QAccessible.Role.ListItem)
