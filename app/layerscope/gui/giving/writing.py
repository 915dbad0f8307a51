"""The sheet that all sheets are that write something to one destination."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from layerscope.gui.dialogs.choices import ChoiceCard
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.giving.destination import Destination
from layerscope.gui.notices import Banner, notice
from layerscope.gui.plain import button
from layerscope.gui.settings import Settings
from layerscope.gui.transfers.transfers import Order, Transfers


class WritingSheet(Sheet):
    """Fill ``body``, call ``finish`` for what is the same in all, and give ``order``."""

    def __init__(
        self,
        window: QWidget,
        transfers: Transfers,
        settings: Settings,
        icon: str,
        title: str,
        subtitle: str,
    ) -> None:
        super().__init__(window, icon, title, subtitle, 640)
        self._transfers = transfers
        self.banner = Banner()
        self.destination = Destination(settings, self.tr("Write to"))
        self.accept = button(self.tr("Write"), icon, "primary")
        self.cancel = button(self.tr("Cancel"))

    def finish(self, verb: str) -> None:
        self.accept.setText(verb)
        self.accept.clicked.connect(self._begin)
        self.cancel.clicked.connect(self.dismiss)
        self.footer.addStretch(1)
        for one in (self.cancel, self.accept):
            one.setFixedHeight(34)
            one.setMinimumWidth(98)
            self.footer.addWidget(one)
        self.first, self.default = self.destination.field, self.accept
        self.destination.changed.connect(self.judge)

    def ready(self) -> bool:
        """Whether everything but the destination is decided."""
        return True

    def order(self) -> Order:
        raise NotImplementedError

    def judge(self) -> None:
        self.accept.setEnabled(self.destination.usable and self.ready())

    def complain(self, error: Exception) -> None:
        self.banner.tell(notice(error))
        self.refit()

    def _begin(self) -> None:
        self.destination.remember()
        self._transfers.start(self.order())
        self.dismiss()


def choose(cards: tuple[ChoiceCard, ...], chosen: object) -> None:
    """Have one of several cards checked."""
    for card in cards:
        card.setChecked(card is chosen)
