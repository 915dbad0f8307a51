"""Hostile text is shown literally, wherever it comes from."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

import layerscope.gui
from layerscope.gui import plain

GUI = Path(layerscope.gui.__file__).parent


def test_a_label_never_reads_markup(qapp: QApplication) -> None:
    label = plain.plain("<b>bold</b> & <img src=/dev/zero>")
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == "<b>bold</b> & <img src=/dev/zero>"


def test_a_tooltip_escapes_what_looks_like_markup() -> None:
    assert plain.tooltip("<img src=x>\nnext") == "<span>&lt;img src=x&gt;<br>next</span>"
    assert plain.tooltip("") == ""


def test_an_ampersand_in_a_menu_is_an_ampersand() -> None:
    assert plain.in_menu("a&b") == "a&&b"


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[31mb", "a\u202eb", "a\u200bb", b"\xff\xfe"])
def test_a_name_shows_its_odd_characters(text: str | bytes) -> None:
    shown = plain.display(text)
    assert shown.isprintable()
    assert shown != text
    assert shown.startswith("a") or isinstance(text, bytes)


def _calls(names: set[str]) -> list[str]:
    found = []
    for file in GUI.rglob("*.py"):
        if file.name in ("plain.py",):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                found.append(f"{file.relative_to(GUI)}:{node.lineno} {name}")
    return found


def test_labels_come_from_one_factory() -> None:
    assert _calls({"QLabel", "QMessageBox"}) == []


def test_nothing_sets_html_or_resizes_columns_to_contents() -> None:
    forbidden = {"setHtml", "setMarkdown", "setOpenExternalLinks", "resizeColumnToContents"}
    assert _calls(forbidden) == []


def test_no_sort_or_filter_goes_through_a_proxy() -> None:
    assert _calls({"QSortFilterProxyModel"}) == []


def test_colours_are_written_in_the_tokens_only() -> None:
    found = []
    for file in GUI.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if text.startswith("#") and len(text) in (7, 9) and text[1:].isalnum():
                    found.append(f"{file.relative_to(GUI)}:{node.lineno} {text}")
    assert sorted(one.partition(":")[0] for one in found) == ["paint.py", "paint.py"]
