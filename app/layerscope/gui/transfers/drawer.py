"""The drawer above the status bar: every transfer of this window, from any section."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from layerscope.engine.errors import SignInNeeded
from layerscope.engine.library.values import Exported, Loaded, Pulled, Saved
from layerscope.gui import explaining, sizes
from layerscope.gui.dialogs.sheet import scrolling
from layerscope.gui.plain import icon_button, plain
from layerscope.gui.transfers.card import TransferCard
from layerscope.gui.transfers.transfers import Transfer, Transfers

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs


class Pruning(Protocol):
    """Whoever can open the prune sheet."""

    def prune(self) -> None: ...


class SignsIn(Protocol):
    """Whoever can ask a person who they are."""

    def sign_in(self, host: str, then: Callable[[], None]) -> None: ...


class Frame(Protocol):
    """What the drawer needs of the window around it."""

    def open_image(self, name: str) -> None: ...

    def show_transfers(self, shown: bool) -> None: ...

    @property
    def changes(self) -> Pruning: ...

    @property
    def shipping(self) -> SignsIn: ...


class TransfersDrawer(QWidget):
    """Newest first.  Closing it hides it; nothing that moves stops."""

    def __init__(self, jobs: Jobs, transfers: Transfers, window: Frame) -> None:
        super().__init__()
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumHeight(120)
        self.setWhatsThis(explaining.words("transfers"))
        self._transfers = transfers
        self._frame = window
        self._cards: dict[Transfer, TransferCard] = {}
        self._lay_out()
        transfers.added.connect(self._add)
        transfers.changed.connect(self._refresh)
        for transfer in reversed(transfers.all):
            self._add(transfer)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(900, 300)

    @property
    def cards(self) -> tuple[TransferCard, ...]:
        return tuple(self._cards[transfer] for transfer in self._transfers.all)

    def _lay_out(self) -> None:
        self.count = plain("", 12, tone="tx2")
        self._clear = icon_button("eraser", self.tr("Forget what has ended"))
        self._clear.clicked.connect(self._transfers.forget_ended)
        close = icon_button("chevron-down", self.tr("Close the drawer"))
        close.clicked.connect(self._close)
        head = QHBoxLayout()
        head.setContentsMargins(sizes.GAP_XL, sizes.GAP_S, sizes.GAP_L, 0)
        head.setSpacing(sizes.GAP_M)
        head.addWidget(plain(self.tr("Transfers"), 14, 600))
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(self._clear)
        head.addWidget(close)
        inner = QWidget()
        inner.setProperty("surface", "surf")
        self._pile = QVBoxLayout(inner)
        self._pile.setContentsMargins(sizes.GAP_L, 2, sizes.GAP_L, sizes.GAP_M)
        self._pile.setSpacing(sizes.GAP_S)
        self.empty = plain(
            self.tr("Nothing is moving. Pulls, pushes, loads and saves appear here."),
            13,
            tone="tx3",
        )
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pile.addWidget(self.empty)
        self._pile.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.GAP_S)
        column.addLayout(head)
        column.addWidget(scrolling(inner), 1)

    def _add(self, transfer: Transfer) -> None:
        card = TransferCard(transfer)
        card.open_wanted.connect(self._open)
        card.forget_wanted.connect(self._transfers.forget)
        card.prune_wanted.connect(self._prune)
        card.sign_in_wanted.connect(self._sign_in)
        card.neighbour_wanted.connect(self._go_to_neighbour)
        for other in self._cards.values():
            other.expand(not other.transfer.over)
        self._cards[transfer] = card
        self._pile.insertWidget(0, card)

    def _refresh(self) -> None:
        present = self._transfers.all
        for transfer in [one for one in self._cards if one not in present]:
            gone = self._cards.pop(transfer)
            gone.hide()  # it may take a moment until it is deleted
            gone.deleteLater()
        active = len(self._transfers.active)
        ended = sum(one.over for one in present)
        words = [self.tr("%n active", "", active)]
        if paused := len(present) - active - ended:
            words.append(self.tr("%n paused", "", paused))
        if ended:
            words.append(self.tr("%n ended", "", ended))
        self.count.setText(" · ".join(words))
        self._clear.setEnabled(ended > 0)
        self.empty.setVisible(not present)

    def _open(self, transfer: Transfer) -> None:
        match transfer.result:
            case Pulled(reference=reference):
                self._frame.open_image(reference)
            case (Loaded() as one, *_):
                self._frame.open_image(one.reference or str(one.digest))
            case Saved(path=path) | Exported(target=path):
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))

    def _go_to_neighbour(self, card: TransferCard, forward: bool) -> None:
        cards = self.cards
        place = cards.index(card) + (1 if forward else -1)
        if 0 <= place < len(cards):
            cards[place].setFocus(Qt.FocusReason.TabFocusReason)

    def _prune(self) -> None:
        self._frame.changes.prune()

    def _sign_in(self, transfer: Transfer) -> None:
        if isinstance(transfer.error, SignInNeeded):
            self._frame.shipping.sign_in(transfer.error.registry, transfer.start)

    def _close(self) -> None:
        self._frame.show_transfers(False)
