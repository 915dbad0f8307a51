"""The question when the window closes while transfers run."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.plain import button


class LeaveSheet(Sheet):
    def __init__(self, window: QWidget, running: int, leave: Callable[[], object]) -> None:
        super().__init__(
            window,
            "arrow-down-up",
            self.tr("%n transfer(s) running", "", running),
            self.tr("What has arrived is kept, and the next pull continues from there."),
            480,
        )
        self._leave = leave
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.dismiss)
        self.quit = button(self.tr("Pause and quit"), "log-out", "primary")
        self.quit.clicked.connect(self._go)
        self.footer.addStretch(1)
        for one in (self.cancel, self.quit):
            one.setFixedHeight(34)
            one.setMinimumWidth(88)
            self.footer.addWidget(one)
        self.default = self.first = self.cancel

    def _go(self) -> None:
        self.dismiss()
        self._leave()
