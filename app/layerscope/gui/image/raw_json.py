"""The documents of an image byte for byte, with the proof that they are what their digest says."""

from __future__ import annotations

import json
import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QSyntaxHighlighter, QTextCharFormat, QTextOption
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from layerscope.engine.library.values import Document, ImageDetail
from layerscope.gui import explaining
from layerscope.gui.image.copying import CopyButton
from layerscope.gui.image.decoding import decode
from layerscope.gui.image.notice_box import NoticeBox
from layerscope.gui.image.segmented import Segmented
from layerscope.gui.image.text_view import TextView
from layerscope.gui.jobs import Job, Jobs
from layerscope.gui.panes import Line
from layerscope.gui.plain import plain, retone

LINE = 200_000  #: characters of one line that are shown
_DIGEST = re.compile(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})")


class RawTab(QWidget):
    """``digest_clicked`` tells the text of a digest that is none of the documents."""

    digest_clicked = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("pane", True)
        self.setWhatsThis(explaining.words("raw"))
        self._jobs = jobs
        self._job: Job | None = None
        self._name = ""
        self._detail: ImageDetail | None = None
        self._documents: dict[str, Document] = {}
        self._which = "manifest"
        self.switch = Segmented(self.tr("Document"), ("manifest", "config"))
        self.pretty = QCheckBox(self.tr("Indent for reading"))
        self.proof = plain("", 12, tone="tx2")
        self._copy = CopyButton(self.tr("Copy the document"))
        self.text = JsonText(self.tr("Document"))
        self.notice = NoticeBox()
        self._body = QStackedWidget()
        self._lay_out()
        self.switch.chosen.connect(self._choose)
        self.pretty.toggled.connect(self._refresh)
        self.text.digest_clicked.connect(self._follow)

    def show_image(self, detail: ImageDetail, name: str) -> None:
        """Takes effect when the tab is seen."""
        if self._detail is not None and self._detail.row.digest == detail.row.digest:
            self._name = name
            return
        self._detail = detail
        self._name = name
        self._documents = {}
        wanted = [one for one in ("index", "manifest", "config") if one in detail.documents]
        names = tuple(wanted) or ("manifest",)
        current = names.index("manifest") if "manifest" in names else 0
        self.switch.set_parts(names, current)
        self._which = names[current]
        if self.isVisible():
            self.read()

    def read(self) -> None:
        """Ask for the chosen document, if it is not here yet."""
        if self._which in self._documents:
            self._refresh()
            return
        if self._job is not None:
            self._job.cancel()
        job = self._jobs.start("document", self._name, self._which)
        self._job = job
        job.succeeded.connect(self._arrived)
        job.failed.connect(self._failed)

    # Inside

    def _choose(self, part: int) -> None:
        self._which = self.switch.parts[part]
        self.read()

    def _arrived(self, document: object) -> None:
        if isinstance(document, Document) and self.sender() is self._job:
            self._documents[document.which] = document
            self._job = None
            self._refresh()

    def _failed(self, error: object) -> None:
        if self.sender() is self._job:
            self._job = None
            hint = getattr(error, "hint", "")
            self.notice.tell(str(error), hint, icon="triangle-alert", tone="err")
            self._body.setCurrentWidget(self.notice)
            self.proof.setText("")

    def _refresh(self) -> None:
        document = self._documents.get(self._which)
        if document is None:
            return
        raw = document.raw
        if self.pretty.isChecked():
            raw = _indented(raw)
        self.text.show_lines(tuple(line for line in decode(raw, LINE).lines))
        self._copy.offer(document.raw.decode("utf-8", "replace"))
        count = f"{len(document.raw):,}"
        algorithm = document.digest.algorithm
        words = self.tr("{algorithm} of these {count} bytes = {hex}  {verdict}")
        if self.pretty.isChecked():
            words = self.tr("{algorithm} of the {count} bytes as stored = {hex}  {verdict}")
        verdict = self.tr("matches") if document.matches else self.tr("does not match")
        shown = words.format(
            algorithm=algorithm, count=count, hex=document.digest.hex, verdict=verdict
        )
        self.proof.setText(shown)
        retone(self.proof, "ok" if document.matches else "err")
        self._body.setCurrentWidget(self.text)

    def _follow(self, digest: str) -> None:
        detail = self._detail
        if detail is None:
            return
        known = {str(detail.row.image_id): "config", str(detail.row.digest): "manifest"}
        which = known.get(digest)
        if which in self.switch.parts:
            self.switch.choose(self.switch.parts.index(which))
        else:
            self.digest_clicked.emit(digest)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(24, 10, 16, 10)
        head.setSpacing(12)
        head.addWidget(self.switch)
        head.addWidget(self.pretty)
        head.addStretch(1)
        head.addWidget(self._copy)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 6, 16, 8)
        self.proof.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.proof.setMinimumWidth(10)
        foot.addWidget(self.proof, 1)
        self._body.addWidget(self.text)
        self._body.addWidget(self.notice)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addLayout(head)
        lines.addWidget(Line(horizontal=True))
        lines.addWidget(self._body, 1)
        lines.addWidget(Line(horizontal=True))
        lines.addLayout(foot)


class JsonText(TextView):
    """Text in which digests are underlined and can be clicked."""

    digest_clicked = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.viewport().setMouseTracking(True)
        self._marks = _Digests(self.document())

    def digest_at(self, event: QMouseEvent) -> str:
        cursor = self.cursorForPosition(event.position().toPoint())
        text, at = cursor.block().text(), cursor.positionInBlock()
        start = max(0, at - 140)
        for match in _DIGEST.finditer(text, start, min(len(text), at + 140)):
            if match.start() <= at <= match.end():
                return match[0]
        return ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = bool(self.digest_at(event))
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        digest = self.digest_at(event)
        if digest and not self.textCursor().hasSelection():
            self.digest_clicked.emit(digest)


class _Digests(QSyntaxHighlighter):
    def highlightBlock(self, text: str) -> None:
        form = QTextCharFormat()
        form.setFontUnderline(True)
        for match in _DIGEST.finditer(text[:LINE]):
            self.setFormat(match.start(), match.end() - match.start(), form)


def _indented(raw: bytes) -> bytes:
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return raw
