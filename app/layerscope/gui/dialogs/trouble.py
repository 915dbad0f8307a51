"""The one error panel: what nobody caught, and a report to copy."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from layerscope.gui import paint
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import surroundings
from layerscope.gui.plain import button, plain


class TroublePanel(Sheet):
    """The one error panel: what happened, and a report to copy."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(
            window,
            "bug",
            self.tr("Something went wrong inside Layerscope"),
            self.tr("Nothing in the store was changed by this. You can go on working."),
            640,
        )
        self._reports: list[str] = []
        self._line = plain("", 13, 500, wrap=True)
        self.body.addWidget(self._line)
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        self.report.setFont(paint.font(11.5, mono=True))
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.report.setMinimumHeight(240)
        self.report.setTabChangesFocus(True)
        self.report.setAccessibleName(self.tr("Report"))
        self.body.addWidget(self.report)
        self.footer.addStretch(1)
        copy = button(self.tr("Copy report"), "copy")
        copy.clicked.connect(self._copy)
        self.footer.addWidget(copy)
        self.default = button(self.tr("Close"), kind="primary")
        self.default.clicked.connect(self.dismiss)
        self.footer.addWidget(self.default)

    @property
    def words(self) -> str:
        return self._line.text()

    def add(self, line: str, report: str) -> None:
        """Another error; the same one again is only counted."""
        self._reports.append(report)
        count = len(self._reports)
        more = self.tr("%n error(s)", "", count) if count > 1 else ""
        self._line.setText(f"{line}  ({more})" if more else line)
        unlike = list(dict.fromkeys(self._reports))[:20]
        self.report.setPlainText("\n\n".join([surroundings(), *unlike]))
        self.refit()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
