"""About the program: its version, and the licences of what it brings along."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from layerscope.gui import paint
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import surroundings
from layerscope.gui.plain import button, plain


class AboutSheet(Sheet):
    def __init__(self, window: QWidget) -> None:
        super().__init__(
            window,
            "layers",
            "Layerscope",
            self.tr("A desktop window onto container images, without a daemon."),
            640,
        )
        self.body.addWidget(plain(surroundings(), 12, tone="tx2"))
        self.body.addWidget(plain(self.tr("Licences of what Layerscope brings along"), 12, 600))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(paint.font(11.5, mono=True))
        self.text.setMinimumHeight(280)
        self.text.setAccessibleName(self.tr("Licences"))
        self.text.setPlainText("\n\n\n".join(_licences()))
        self.body.addWidget(self.text)
        close = button(self.tr("Close"), kind="primary")
        close.clicked.connect(self.dismiss)
        self.footer.addStretch(1)
        self.footer.addWidget(close)
        self.default = self.first = close


def _licences() -> list[str]:
    folder = files("layerscope_assets") / "licences"
    found = sorted(
        (one for one in folder.iterdir() if one.name.endswith(".txt")), key=lambda one: one.name
    )
    return [f"{one.name}\n\n{one.read_text('utf-8')}" for one in found]
