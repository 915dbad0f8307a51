"""The verify sheet: every blob of the store is read again, and what is wrong is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from layerscope.engine.library.values import Repaired, Verified, size_text
from layerscope.engine.task import Progress
from layerscope.gui import paint, theme
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, plain

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs


class VerifySheet(Sheet):
    """Starts at once; closing it stops the check."""

    def __init__(self, window: QWidget, jobs: Jobs) -> None:
        super().__init__(
            window,
            "shield-check",
            self.tr("Verify store"),
            self.tr("Reads every blob again and compares it with its digest. Nothing is changed."),
            620,
        )
        self.words = plain(self.tr("Starting…"), 13, wrap=True)
        self.bar = _Bar()
        self.banner = Banner()
        self.findings = QPlainTextEdit()
        self.findings.setReadOnly(True)
        self.findings.setTabChangesFocus(True)
        self.findings.setFont(paint.font(12))
        self.findings.setMinimumHeight(180)
        self.findings.setAccessibleName(self.tr("Findings"))
        self.findings.hide()
        for one in (self.words, self.bar, self.banner, self.findings):
            self.body.addWidget(one)
        self.close_button = button(self.tr("Stop"))
        self.close_button.clicked.connect(self.dismiss)
        self.close_button.setFixedHeight(34)
        self.footer.addStretch(1)
        self.footer.addWidget(self.close_button)
        self.first = self.default = self.close_button
        self.repair = button(self.tr("Repair the list of images"), kind="primary")
        self.repair.clicked.connect(self._repair)
        self.repair.setFixedHeight(34)
        self.repair.hide()
        self.footer.addWidget(self.repair)
        self._jobs = jobs
        self._running = False
        self._verify()

    def dismiss(self) -> None:
        if self._running:
            self._running = False
            self._job.cancel()
        super().dismiss()

    def _verify(self) -> None:
        self._job = self._jobs.start("verify")
        self._job.progressed.connect(self._note)
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._fail)
        self._running = True

    def _repair(self) -> None:
        self.repair.hide()
        job = self._jobs.start("repair")
        job.succeeded.connect(self._repaired)
        job.failed.connect(self._fail)

    def _repaired(self, _what: Repaired) -> None:
        for one in (self.banner, self.findings):
            one.hide()
        self.bar.show()
        self._verify()

    def _note(self, progress: Progress) -> None:
        self.words.setText(display(progress.what) or self.tr("Reading…"))
        self.bar.tell(progress.done / progress.total if progress.total else None)

    def _show(self, verified: Verified) -> None:
        self._end()
        read = self.tr("%n blob(s), %1 read.", "", verified.blobs)
        read = read.replace("%1", size_text(verified.bytes))
        self.words.setText(read)
        if not verified.findings:
            self.banner.tell(Notice(self.tr("The store is sound.")), "ok")
        else:
            count = self.tr("%n thing(s) found", "", len(verified.findings))
            self.banner.tell(Notice(count), "warn")
            lines = [
                " ".join(filter(None, (display(one.sentence), display(one.hint))))
                for one in verified.findings[:1000]
            ]
            self.findings.setPlainText("\n\n".join(lines))
            self.findings.show()
        self.repair.setVisible(verified.repairable)
        self.refit()

    def _fail(self, error: Exception) -> None:
        self._end()
        self.banner.tell(notice(error))
        self.refit()

    def _end(self) -> None:
        self._running = False
        self.bar.hide()
        self.close_button.setText(self.tr("Close"))


class _Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(7)
        self._share: float | None = None

    def tell(self, share: float | None) -> None:
        self._share = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        paint.draw_bar(painter, box, self._share or 0, look.acc, look.line2)
        if self._share is None:
            paint.draw_hatch(painter, box, look.acc, 6)
