"""One transfer in the drawer: its line, its layers, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.library.values import size_text
from layerscope.gui import icons, paint, sizes, theme
from layerscope.gui.notices import notice
from layerscope.gui.plain import button, display, icon_button, plain, retone
from layerscope.gui.transfers import outcome
from layerscope.gui.transfers.grid import LayerGrid
from layerscope.gui.transfers.transfers import State, Transfer


class TransferCard(QWidget):
    """Follows one transfer; Del cancels, Ctrl+R tries again, Right and Left show the layers."""

    open_wanted = Signal(object)

    def __init__(self, transfer: Transfer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.transfer = transfer
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_out()
        theme.changed.connect(self.update)
        transfer.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the newest state."""
        transfer = self.transfer
        self.grid.show_layers(transfer.layers)
        self._name.setText(display(transfer.name))
        self._fold.setVisible(not outcome.writes(transfer))
        self._about.setText(self._about_words())
        self._bar.show_share(transfer.fraction, transfer.state)
        self._amount.setText(self._amount_words())
        self._speed.setText(self._speed_words())
        failed = transfer.state is State.FAILED
        retone(self._about, "err" if failed else "tx2")
        self._cancel.setVisible(transfer.running)
        self._again.setVisible(transfer.state in (State.FAILED, State.CANCELLED))
        resume = transfer.state is State.CANCELLED
        resume = resume and not outcome.writes(transfer)
        self._again.setText(self.tr("Resume") if resume else self.tr("Try again"))
        self._open.setVisible(transfer.state is State.DONE)
        shows = self.tr("Show folder") if outcome.writes(transfer) else self.tr("Open")
        self._open.setText(shows)
        self._copy.setVisible(failed or bool(outcome.report(transfer)))
        self.setAccessibleName(self._name.text())
        self.setAccessibleDescription(f"{self._amount.text()} {self._about.text()}")

    def expand(self, shown: bool) -> None:
        self.grid.setVisible(shown)
        self._fold.setIcon(icons.icon("chevron-down" if shown else "chevron-right"))
        self.updateGeometry()

    # Qt's overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        match event.key():
            case Qt.Key.Key_Delete if self.transfer.running:
                self.transfer.cancel()
            case Qt.Key.Key_Space:  # what has arrived is kept, so this is pause and resume
                self.transfer.cancel() if self.transfer.running else self._resume()
            case Qt.Key.Key_R if control and not self.transfer.running:
                self._try_again()
            case Qt.Key.Key_Right:
                self.expand(True)
            case Qt.Key.Key_Left:
                self.expand(False)
            case _:
                super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        rect = QRectF(self.rect())
        ring = self.hasFocus()
        line = look.acc if ring else look.line
        paint.draw_round(painter, rect, sizes.RADIUS_CARD, look.surf2, line, 2 if ring else 1)

    # Words

    def _about_words(self) -> str:
        transfer = self.transfer
        if transfer.error is not None:
            hint = transfer.error.hint if isinstance(transfer.error, LayerscopeError) else ""
            return display(f"{transfer.error} {hint}".strip())
        if outcome.writes(transfer) and not transfer.running:
            return outcome.words(transfer)
        if transfer.state is State.CANCELLED:
            return self.tr("Cancelled. What has arrived is kept, and the next try goes on from it.")
        parts = []
        if transfer.progress is not None and transfer.progress.platform:
            parts.append(display(transfer.progress.platform))
        if transfer.layers:
            words = self.tr("{0} of {1} layers complete")
            parts.append(words.format(transfer.layers_over, len(transfer.layers)))
        elif transfer.running:
            step = transfer.step.what if transfer.step else ""
            waiting = self.tr("Starting…") if outcome.writes(transfer) else ""
            parts.append(display(step) or waiting or self.tr("Asking the registry…"))
        return " · ".join(parts)

    def _amount_words(self) -> str:
        transfer = self.transfer
        progress = transfer.progress
        if transfer.fraction is None:
            return ""
        share = f"{transfer.fraction * 100:.0f} %"
        if progress is None or not progress.expected:
            return share if transfer.running else self.tr("Done")
        words = self.tr("{0} of {1}")
        amount = words.format(size_text(progress.received), size_text(progress.expected))
        return f"{share}   {amount}" if transfer.running else amount

    def _speed_words(self) -> str:
        transfer = self.transfer
        if not transfer.running or transfer.progress is None:
            return ""
        parts = []
        if transfer.rate.speed >= 1 and transfer.fraction != 1:
            parts.append(f"{size_text(int(transfer.rate.speed))}/s")
        left = transfer.seconds_left
        if left is not None and left > 60:
            parts.append(self.tr("about %n min left", "", round(left / 60)))
        elif left is not None:
            parts.append(self.tr("%n s left", "", max(1, round(left))))
        if transfer.progress.connections:
            parts.append(self.tr("%n connection(s)", "", transfer.progress.connections))
        return " · ".join(parts)

    # Layout

    def _lay_out(self) -> None:
        self._fold = icon_button("chevron-down", self.tr("Show or hide the layers"), side=26)
        self._fold.clicked.connect(self._switch)
        self._name = plain("", 13.5, 600)
        self._about = plain("", 12, tone="tx2", wrap=True)
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addWidget(self._name)
        names.addWidget(self._about)
        self._bar = _Bar()
        self._amount = plain("", 12.5, 600)
        self._speed = plain("", 12, tone="tx2")
        for label in (self._amount, self._speed):
            label.setMinimumWidth(232)
        numbers = QVBoxLayout()
        numbers.setSpacing(1)
        numbers.addWidget(self._amount)
        numbers.addWidget(self._speed)
        self._cancel = icon_button("x", self.tr("Cancel"), "", side=30)
        self._cancel.clicked.connect(self.transfer.cancel)
        self._copy = button(self.tr("Copy report"), "copy")
        self._copy.clicked.connect(self._copy_report)
        self._again = button(self.tr("Try again"), "rotate-cw")
        self._again.clicked.connect(self._try_again)
        self._open = button(self.tr("Open"), "package")
        self._open.clicked.connect(self._ask_open)
        row = QHBoxLayout()
        row.setSpacing(sizes.GAP_M)
        row.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(names, 1)
        row.addWidget(self._bar)
        row.addLayout(numbers)
        for one in (self._copy, self._again, self._open, self._cancel):
            row.addWidget(one)
        self.grid = LayerGrid()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 9, 12, 9)
        column.setSpacing(sizes.GAP_S)
        column.addLayout(row)
        column.addWidget(self.grid)

    def _switch(self) -> None:
        self.expand(self.grid.isHidden())

    def _try_again(self) -> None:
        self.transfer.start()

    def _resume(self) -> None:
        if self.transfer.state in (State.FAILED, State.CANCELLED):
            self._try_again()

    def _ask_open(self) -> None:
        self.open_wanted.emit(self.transfer)

    def _copy_report(self) -> None:
        error = self.transfer.error
        if error is None:
            QGuiApplication.clipboard().setText(outcome.report(self.transfer))
        else:
            told = notice(error)
            lines = (self.transfer.name, told.title, told.text, told.details)
            QGuiApplication.clipboard().setText("\n".join(line for line in lines if line))


class _Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(260, 30)
        self._share: float | None = None
        self._state = State.RUNNING
        theme.changed.connect(self.update)

    def show_share(self, share: float | None, state: State) -> None:
        self._share, self._state = share, state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(0, self.height() / 2 - 3, self.width(), 6)
        ink = {State.FAILED: look.err, State.CANCELLED: look.warn, State.DONE: look.ok}
        paint.draw_bar(painter, box, self._share or 0.0, ink.get(self._state, look.acc), look.line2)
        if self._share is None and self._state is State.RUNNING:
            paint.draw_hatch(painter, box, look.acc)
