"""Text and bytes of files: decoding, long lines, hostile characters, any size."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from layerscope.gui.image.config import ConfigTab
from layerscope.gui.image.decoding import LINE, decode, looks_binary
from layerscope.gui.image.hex_view import CHUNK, COLUMNS, HexView
from layerscope.gui.image.history import HistoryTab
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.text_view import TextView
from support.fake_images import shop_web


@pytest.mark.parametrize(
    ("data", "lines", "encoding"),
    [
        (b"one\ntwo\n", ("one", "two"), "utf-8"),
        (b"one\r\ntwo", ("one", "two"), "utf-8"),
        (b"\xef\xbb\xbfmark", ("mark",), "utf-8"),
        ("h\u00e9".encode("latin-1"), ("h\u00e9",), "latin-1"),
        ("\ufeffwide".encode("utf-16-le"), ("wide",), "utf-16-le"),
        (
            "plainly wide".encode("utf-16-be"),
            ("plainly wide",),
            "utf-16-be",
        ),
        (b"", ("",), "utf-8"),
    ],
)
def test_the_encoding_is_recognised(data: bytes, lines: tuple[str, ...], encoding: str) -> None:
    decoded = decode(data)
    assert (decoded.lines, decoded.encoding) == (lines, encoding)


def test_a_character_cut_at_the_end_of_a_piece_waits_for_the_next() -> None:
    cut = "caf\u00e9".encode()[:-1]
    assert decode(cut, whole=False).lines == ("caf",)
    assert decode(cut, whole=False).encoding == "utf-8"
    assert decode(cut, whole=True).encoding == "latin-1"


@given(st.binary(max_size=2_000))
def test_any_bytes_can_be_shown(data: bytes) -> None:
    for line in decode(data).lines:
        assert len(line) <= 6 * LINE
        assert not any(ord(letter) < 32 and letter != "\t" for letter in line)
        assert "\u202e" not in line


def test_terminal_and_direction_characters_become_signs() -> None:
    line = decode("\x1b[31m\u202egpj.exe\0".encode()).lines[0]
    assert line == "\u241b[31m\\u202egpj.exe\u2400"


def test_long_lines_are_cut_and_counted() -> None:
    decoded = decode(b"x" * 1_000_000 + b"\nshort")
    assert decoded.cut == 1
    assert decoded.lines[0] == "x" * LINE + "\N{HORIZONTAL ELLIPSIS}"
    assert decoded.lines[1] == "short"


def test_binary_is_told_from_text() -> None:
    assert looks_binary(b"\x7fELF\0\0\0")
    assert not looks_binary(b"plain\n\ttext")
    assert not looks_binary("\ufeffwide".encode("utf-16-le"))


def test_a_megabyte_on_one_line_is_shown_quickly(qtbot: QtBot) -> None:
    view = TextView("Text")
    qtbot.addWidget(view)
    view.resize(340, 400)
    view.show()
    start = time.monotonic()
    view.show_lines(decode(b"{" * (1 << 20)).lines)
    view.grab()
    assert time.monotonic() - start < 1.0


def test_markup_in_a_file_stays_text(qtbot: QtBot) -> None:
    view = TextView("Text")
    qtbot.addWidget(view)
    view.show_lines(("<img src=/dev/zero><b>x</b>",))
    assert view.toPlainText() == "<img src=/dev/zero><b>x</b>"
    assert isinstance(view.document(), QTextDocument)


class Pieces:
    """Answers when the test says so."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.asked: list[tuple[int, int, Callable[[int, bytes], None]]] = []

    def __call__(self, offset: int, length: int, answer: Callable[[int, bytes], None]) -> None:
        self.asked.append((offset, length, answer))

    def answer(self) -> None:
        for offset, length, answer in self.asked:
            answer(offset, bytes(n % 256 for n in range(offset, min(self.size, offset + length))))
        self.asked.clear()


def test_only_the_bytes_that_are_seen_are_read(qtbot: QtBot) -> None:
    view, pieces = HexView(), Pieces(5_000_000_000)
    qtbot.addWidget(view)
    view.resize(600, 300)
    view.show()
    view.show_bytes(pieces.size, pieces)
    view.grab()
    assert [offset for offset, _, _ in pieces.asked] == [0]
    pieces.answer()
    assert view.row(1) == bytes(range(16, 32))
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    view.grab()
    assert pieces.asked
    assert all(offset > 4_999_000_000 - CHUNK for offset, _, _ in pieces.asked)


def test_pieces_of_another_file_are_not_shown(qtbot: QtBot) -> None:
    view, first = HexView(), Pieces(100)
    qtbot.addWidget(view)
    view.show_bytes(first.size, first)
    assert view.row(0) is None
    view.show_bytes(3 * COLUMNS, Pieces(3 * COLUMNS))
    first.answer()
    assert view.row(0) is None


def test_hostile_config_and_history_stay_quick(qtbot: QtBot) -> None:
    """Row M06 of the bad inputs: ten megabytes on one line, markup, escape codes."""
    detail = shop_web()
    huge = "<img src=/dev/zero>\x1b[31m\u202e" + "A" * 10_000_000
    run = replace(detail.run, env=(f"BIG={huge}",), labels={"label": huge})
    step = replace(detail.steps[0], command=huge, created_by=huge, comment=huge)
    detail = replace(detail, run=run, steps=(step,))
    config, history = ConfigTab(), HistoryTab()
    for tab in (config, history):
        qtbot.addWidget(tab)
        tab.resize(900, 600)
        tab.show()
    start = time.monotonic()
    config.show_image(detail)
    history.show_image(detail, Hues())
    config.grab()
    history.grab()
    assert time.monotonic() - start < 2.0
