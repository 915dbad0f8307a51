"""One transfer in the drawer: its line, its layers, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from layerscope.engine.errors import DiskFull, SignInNeeded
from layerscope.gui import icons, paint, sizes, theme
from layerscope.gui.plain import button, display, icon_button, plain, retone
from layerscope.gui.transfers import outcome
from layerscope.gui.transfers.bar import TransferBar
from layerscope.gui.transfers.grid import LayerGrid
from layerscope.gui.transfers.report import report
from layerscope.gui.transfers.transfers import State, Transfer
from layerscope.gui.transfers.words import about, amount, speed


class TransferCard(QWidget):
    """Follows one transfer.  Space pauses and resumes, Del cancels or forgets it, Ctrl+R tries
    again, Enter opens what came, Right and Left show the layers, Up and Down go to its neighbours.
    """

    open_wanted = Signal(object)
    forget_wanted = Signal(object)
    prune_wanted = Signal()
    sign_in_wanted = Signal(object)  #: the transfer, to be started anew then
    neighbour_wanted = Signal(object, bool)  #: the card, and whether the next one is meant

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
        self._about.setText(about(transfer))
        self._bar.show_share(transfer.fraction, transfer.state)
        self._amount.setText(amount(transfer))
        self._speed.setText(speed(transfer))
        failed = transfer.state is State.FAILED
        paused = transfer.state is State.PAUSED
        retone(self._about, "err" if failed else "warn" if paused else "tx2")
        self._cancel.setVisible(not transfer.over)
        self._pause.setVisible(transfer.can_pause or paused)
        self._pause.setIcon(icons.icon("play" if paused else "pause"))
        self._pause.setAccessibleName(self.tr("Resume") if paused else self.tr("Pause"))
        self._pause.setToolTip(self._pause.accessibleName())
        self._prune.setVisible(isinstance(transfer.error, DiskFull))
        self._enter.setVisible(isinstance(transfer.error, SignInNeeded))
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
            case Qt.Key.Key_Delete if not self.transfer.over:
                self.transfer.cancel()
            case Qt.Key.Key_Delete:
                self.forget_wanted.emit(self.transfer)
            case Qt.Key.Key_Space:
                self._pause_or_resume()
            case Qt.Key.Key_R if control and not self.transfer.running:
                self._try_again()
            case Qt.Key.Key_C if control:
                self._copy_name()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self.transfer.state is State.DONE:
                self._ask_open()
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self.neighbour_wanted.emit(self, event.key() == Qt.Key.Key_Down)
            case Qt.Key.Key_Right:
                self.expand(True)
            case Qt.Key.Key_Left:
                self.expand(False)
            case _:
                super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        rect = QRectF(self.rect())
        ring = self.hasFocus()
        line = look.acc if ring else look.line
        paint.draw_round(painter, rect, sizes.RADIUS_CARD, look.surf2, line, 2 if ring else 1)

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
        self._bar = TransferBar()
        self._amount = plain("", 12.5, 600)
        self._speed = plain("", 12, tone="tx2")
        for label in (self._amount, self._speed):
            label.setMinimumWidth(160)
        numbers = QVBoxLayout()
        numbers.setSpacing(1)
        numbers.addWidget(self._amount)
        numbers.addWidget(self._speed)
        self._cancel = icon_button("x", self.tr("Cancel"), "", side=30)
        self._cancel.clicked.connect(self.transfer.cancel)
        self._pause = icon_button("pause", self.tr("Pause"), "", side=30)
        self._pause.clicked.connect(self._pause_or_resume)
        self._prune = button(self.tr("Prune…"), "eraser")
        self._prune.clicked.connect(self.prune_wanted)
        self._enter = button(self.tr("Sign in…"), "key-round")
        self._enter.clicked.connect(lambda: self.sign_in_wanted.emit(self.transfer))
        self._copy = button(self.tr("Copy report"), "copy")
        self._copy.clicked.connect(self._copy_report)
        self._again = button(self.tr("Try again"), "rotate-cw")
        self._again.clicked.connect(self._try_again)
        self._open = button(self.tr("Open"), "package")
        self._open.clicked.connect(self._ask_open)
        row = QHBoxLayout()
        row.setSpacing(sizes.GAP_M)
        row.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(names, 2)
        row.addWidget(self._bar, 1)
        row.addLayout(numbers)
        offers = (self._copy, self._prune, self._enter, self._again, self._open)
        for one in (*offers, self._pause, self._cancel):
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

    def _pause_or_resume(self) -> None:
        if self.transfer.can_pause:
            self.transfer.pause()
        elif self.transfer.state in (State.PAUSED, State.FAILED, State.CANCELLED):
            self._try_again()

    def _copy_name(self) -> None:
        QGuiApplication.clipboard().setText(self.transfer.name)

    def menu(self) -> QMenu:
        """What can be done with the transfer now; the menu deletes itself when it closes."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for shown, icon, text, act in (
            (self._pause, "pause", self._pause.accessibleName(), self._pause_or_resume),
            (self._again, "rotate-cw", self._again.text(), self._try_again),
            (self._open, "package", self._open.text(), self._ask_open),
            (self._cancel, "x", self._cancel.accessibleName(), self.transfer.cancel),
            (self._copy, "copy", self._copy.text(), self._copy_report),
        ):
            if not shown.isHidden():
                menu.addAction(icons.icon(icon), text, act)
        menu.addSeparator()
        menu.addAction(icons.icon("copy"), self.tr("Copy name"), self._copy_name)
        if self.transfer.over:
            forget = self.tr("Remove from the list")
            menu.addAction(icons.icon("eraser"), forget, self._ask_forget)
        return menu

    def _ask_forget(self) -> None:
        self.forget_wanted.emit(self.transfer)

    def _ask_open(self) -> None:
        self.open_wanted.emit(self.transfer)

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(report(self.transfer))
