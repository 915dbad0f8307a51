"""What the frame shows of running transfers, and the question when the window closes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from layerscope.engine.errors import MalformedReference
from layerscope.engine.library.values import Loaded, Pulled, size_text
from layerscope.engine.oci import Reference
from layerscope.gui.notices import notice
from layerscope.gui.plain import display
from layerscope.gui.transfers.transfers import State, Transfer, Transfers

if TYPE_CHECKING:
    from layerscope.gui.rail import Rail
    from layerscope.gui.statusbar import StatusBar
    from layerscope.gui.window import MainWindow

_EVERY = 500  # the status bar changes twice a second


class Moving(QObject):
    """Badge on the rail, line in the status bar, toasts at the end of a transfer."""

    def __init__(
        self, transfers: Transfers, rail: Rail, status: StatusBar, window: MainWindow
    ) -> None:
        super().__init__(window)
        self.leaving = False
        self._transfers = transfers
        self._rail = rail
        self._status = status
        self._window = window
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._show)
        transfers.changed.connect(self._note)
        transfers.added.connect(self._show)
        transfers.ended.connect(self._tell_end)

    def ask_to_leave(self, running: int, leave: Callable[[], object]) -> None:
        from layerscope.gui.dialogs.leave import LeaveSheet

        def go() -> None:
            self.leaving = True
            leave()

        LeaveSheet(self._window, running, go).appear()

    def _note(self) -> None:
        if not self._soon.isActive():
            self._soon.start(_EVERY)

    def _show(self) -> None:
        active = self._transfers.active
        self._rail.show_active(len(active))
        if not active:
            self._status.activity.tell("", None, "")
            return
        newest = active[0]
        title = name_of(newest)
        if newest.layers:
            over = self.tr("%1 of %2 layers")
            over = over.replace("%1", str(newest.layers_over))
            title += "  " + over.replace("%2", str(len(newest.layers)))
        detail = []
        if newest.fraction is not None:
            detail.append(f"{newest.fraction * 100:.0f} %")
        if newest.rate.speed:
            detail.append(f"{size_text(int(newest.rate.speed))}/s")
        if newest.seconds_left is not None:
            detail.append(self.tr("%n s left", "", int(newest.seconds_left)))
        self._status.activity.tell(title, newest.fraction, " · ".join(detail))

    def _tell_end(self, transfer: Transfer) -> None:
        self._show()
        window, name = self._window, name_of(transfer)
        if transfer.state is State.DONE:
            opens = _opens(transfer)
            window.toast(
                self._done_words(transfer.operation) % name,
                action=self.tr("Open") if opens else "",
                act=(lambda: window.open_image(opens)) if opens else None,
            )
        elif transfer.state is State.FAILED and transfer.error is not None:
            told = notice(transfer.error)
            window.toast(
                f"{told.title} {told.text}".strip(),
                action=self.tr("Show"),
                act=lambda: window.show_transfers(True),
                tone="err",
            )
        elif transfer.progress is not None and transfer.progress.received:
            kept = size_text(transfer.progress.received)
            words = self.tr("Cancelled. %s kept so that the next pull can continue.")
            if transfer.operation == "push":
                words = self.tr("Cancelled. %s arrived; whole layers are not sent again.")
            window.toast(words % kept, tone="")

    def _done_words(self, operation: str) -> str:
        return {
            "load": self.tr("Loaded %s."),
            "push": self.tr("Pushed %s."),
            "save": self.tr("Saved %s."),
            "export": self.tr("Exported %s."),
            "export_layer": self.tr("Exported %s."),
            "extract": self.tr("Extracted to %s."),
        }.get(operation, self.tr("Pulled %s."))


#: Operations whose name is a path on the disk.
OF_FILES = ("load", "save", "export", "export_layer", "extract")


def name_of(transfer: Transfer) -> str:
    """A transfer's reference as people write it, or the name of the file."""
    if transfer.operation in OF_FILES:
        return display(transfer.name.rstrip("/").rpartition("/")[2])
    try:
        return display(Reference.parse(transfer.name).familiar)
    except MalformedReference:
        return display(transfer.name)


def _opens(transfer: Transfer) -> str:
    match transfer.result:
        case Pulled(reference=reference):
            return reference
        case (Loaded() as one, *_):
            return one.reference or str(one.digest)
    return ""
