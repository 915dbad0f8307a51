"""What is in a file: text, bytes and metadata of the chosen version."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from layerscope.engine.library.values import size_text
from layerscope.gui.image.counting import counted
from layerscope.gui.image.decoding import decode, looks_binary
from layerscope.gui.image.facts_table import Fact, FactsTable
from layerscope.gui.image.file_bytes import FileBytes, Version
from layerscope.gui.image.find_bar import FindBar
from layerscope.gui.image.hex_view import HexView
from layerscope.gui.image.notice_box import NoticeBox
from layerscope.gui.image.tabs import Tabs
from layerscope.gui.image.text_view import TextView
from layerscope.gui.jobs import Jobs
from layerscope.gui.panes import Line
from layerscope.gui.plain import button, plain

PIECE = 1 << 20  #: bytes of text that are read at once
_LEAST = 40  #: height of the content; Qt would ask for more than there may be
TEXT, HEX, METADATA = range(3)


class Preview(QWidget):
    """``show_version`` starts reading; a later one makes answers to it go unheard."""

    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._bytes: FileBytes | None = None
        self._read = b""
        self.tabs = Tabs(
            self.tr("Preview"),
            (self.tr("Text"), self.tr("Hex"), self.tr("Metadata")),
            px=12,
            gap=20,
        )
        self.text = TextView(self.tr("Text of the file"))
        self.find_bar = FindBar(self.text)
        self.hex = HexView()
        self.metadata = FactsTable(86, 12)
        self.notice = NoticeBox()
        self.status = plain("", 11.5, tone="tx3")
        self.more = button(self.tr("Load more"), kind="link")
        self._body = QStackedWidget()
        self._lay_out()
        self.tabs.currentChanged.connect(self._tab_changed)
        self.more.clicked.connect(self._load_more)

    def show_nothing(self, words: str = "", facts: tuple[Fact, ...] = ()) -> None:
        """No content, for folders and links; ``words`` say why."""
        self._close()
        self.metadata.show_facts(facts)
        self.hex.show_bytes(0, None)
        self.status.setText("")
        self.more.hide()
        self.notice.tell(words)
        self._body.setCurrentWidget(self._empty)
        self._tab_changed()

    def show_version(self, version: Version, facts: tuple[Fact, ...]) -> None:
        if self._bytes is not None and self._bytes.version == version:
            self.metadata.show_facts(facts)
            return
        self._close()
        self._bytes = FileBytes(self._jobs, version, self)
        self._bytes.failed.connect(self._complain)
        self._read = b""
        self.metadata.show_facts(facts)
        self.hex.show_bytes(version.size, self._bytes.ask)
        self.text.show_lines(())
        self.status.setText("")
        self.more.hide()
        if version.size == 0:
            self.notice.tell(self.tr("This file is empty."))
        self._tab_changed()
        if version.size:
            self._bytes.ask(0, PIECE, self._arrived)

    def begin_find(self) -> None:
        """Find words in the text, if there is any."""
        if self._size and self._read:
            self.tabs.setCurrentIndex(TEXT)
            self.find_bar.begin()

    def next_tab(self, step: int) -> None:
        """Turn ``step`` tabs on, round and round."""
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + step) % self.tabs.count())

    # Inside

    @property
    def _size(self) -> int:
        return self._bytes.version.size if self._bytes is not None else 0

    def _arrived(self, _offset: int, data: bytes) -> None:
        first = not self._read
        self._read += data
        decoded = decode(self._read, whole=len(self._read) >= self._size)
        self.text.show_lines(decoded.lines)
        if first and looks_binary(self._read) and self.tabs.currentIndex() == TEXT:
            self.tabs.setCurrentIndex(HEX)
        elif first and not looks_binary(self._read) and self.tabs.currentIndex() == HEX:
            self.tabs.setCurrentIndex(TEXT)
        words = [counted(len(decoded.lines), self.tr("1 line"), self.tr("{count} lines"))]
        words.append(decoded.encoding.upper())
        if decoded.cut:
            cut = counted(
                decoded.cut, self.tr("1 long line cut"), self.tr("{count} long lines cut")
            )
            words.append(cut)
        rest = len(self._read) < self._size
        if rest:
            shown = self.tr("first {part} of {whole}")
            words[0] = shown.format(part=size_text(len(self._read)), whole=size_text(self._size))
        self.status.setText(" · ".join(words))
        self.more.setVisible(rest and len(data) > 0)
        self._tab_changed()

    def _load_more(self) -> None:
        if self._bytes is not None:
            self.more.hide()
            self._bytes.ask(len(self._read), PIECE, self._arrived)

    def _tab_changed(self) -> None:
        tab = self.tabs.currentIndex()
        if tab != TEXT or not self._size:
            self.find_bar.hide()
        self._footer.setVisible(tab == TEXT and bool(self._read))
        if tab == METADATA:
            self._body.setCurrentWidget(self._facts)
        elif self._bytes is None or self._size == 0:
            self._body.setCurrentWidget(self._empty)
        else:
            self._body.setCurrentWidget(self.text if tab == TEXT else self.hex)

    def _complain(self, error: object) -> None:
        hint = getattr(error, "hint", "")
        self._close()
        self.notice.tell(str(error), hint, icon="triangle-alert", tone="err")
        self._tab_changed()
        self.failed.emit(error)

    def _close(self) -> None:
        self._read = b""
        if self._bytes is not None:
            self._bytes.close()
            self._bytes = None

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setProperty("surface", "surf")
        inner.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        padded = QVBoxLayout(inner)
        padded.setContentsMargins(16, 12, 12, 12)
        padded.addWidget(self.metadata)
        padded.addStretch(1)
        self._facts = QScrollArea()
        self._facts.setFrameShape(QFrame.Shape.NoFrame)
        self._facts.setWidgetResizable(True)
        self._facts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._facts.setAccessibleName(self.tr("Metadata"))
        self._facts.setWidget(inner)
        self._empty = self.notice
        for one in (self.text, self.hex, self._facts, self._empty):
            self._body.addWidget(one)
        self._footer = QWidget()
        foot = QHBoxLayout(self._footer)
        foot.setContentsMargins(16, 4, 12, 6)
        foot.addWidget(self.status, 1)
        foot.addWidget(self.more)
        self.more.hide()
        head = QHBoxLayout()
        head.setContentsMargins(16, 2, 8, 0)
        head.addWidget(self.tabs)
        head.addStretch(1)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addLayout(head)
        lines.addWidget(Line(horizontal=True))
        self._body.setMinimumHeight(_LEAST)
        lines.addWidget(self.find_bar)
        lines.addWidget(self._body, 1)
        lines.addWidget(self._footer)
        for keys, act in (
            ("F3", self.find_bar.go_on),
            ("Shift+F3", self.find_bar.go_back),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
