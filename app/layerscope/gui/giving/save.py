"""The save sheet: which names go into which kind of archive, and how large it will be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from layerscope.engine.library.values import ImageRow, SaveFormat, SavePlan, size_text
from layerscope.gui.dialogs.choices import Box, ChoiceCard, Remark
from layerscope.gui.dialogs.sheet import Sheet, scrolling
from layerscope.gui.giving.destination import Destination
from layerscope.gui.giving.file_names import PACKED, proposed, with_end
from layerscope.gui.listing import title
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, plain
from layerscope.gui.settings import Settings
from layerscope.gui.transfers.transfers import Order, Transfers

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs

_ROWS = 5  #: names that are seen without scrolling


class SaveSheet(Sheet):
    """Asks for a plan after every change; the writing itself shows in the transfers."""

    def __init__(
        self,
        window: QWidget,
        jobs: Jobs,
        transfers: Transfers,
        settings: Settings,
        rows: Sequence[ImageRow],
    ) -> None:
        one = display(title(rows[0]))
        heading = self.tr("Save %s") % one if len(rows) == 1 else self.tr("Save several images")
        words = self.tr("Layers that images share are written once. The store stays as it is.")
        super().__init__(window, "save", heading, words, 680)
        self._jobs = jobs
        self._transfers = transfers
        self._rows = rows
        self._job: Job | None = None
        self.plan: SavePlan | None = None
        self.body.addLayout(self._formats())
        self.names = self._names()
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.destination = Destination(settings, self.tr("Write to"))
        self.body.addWidget(self.destination)
        self.summary = plain("", 13, 500)
        self.body.addWidget(self.summary)
        self.footer.addWidget(Remark("info", self.tr("Written whole or not at all.")), 1)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.dismiss)
        self.accept = button(self.tr("Save"), "save", "primary")
        self.accept.clicked.connect(self._save)
        for each in (self.cancel, self.accept):
            each.setFixedHeight(34)
            each.setMinimumWidth(98)
            self.footer.addWidget(each)
        self.first, self.default = self.destination.field, self.accept
        name = proposed(title(rows[0])) if len(rows) == 1 else "images"
        self.destination.propose(f"{name}.tar")
        self.destination.changed.connect(self._judge)
        self._ask()

    @property
    def format(self) -> SaveFormat:
        return next(kind for kind, card in self.cards.items() if card.isChecked())

    @property
    def wanted(self) -> list[str]:
        """The names that are ticked; untagged images by their digest."""
        return [name for name, box in self.names if box.isChecked()]

    # Building

    def _formats(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(10)
        self.cards = {
            SaveFormat.DOCKER_ARCHIVE: ChoiceCard(
                self.tr("Docker archive"), self.tr("For docker and podman")
            ),
            SaveFormat.OCI_ARCHIVE: ChoiceCard(
                self.tr("OCI archive"), self.tr("One file, byte-exact")
            ),
            SaveFormat.OCI_DIR: ChoiceCard(
                self.tr("OCI layout folder"), self.tr("Skopeo and umoci read it")
            ),
        }
        self.cards[SaveFormat.DOCKER_ARCHIVE].setChecked(True)
        for card in self.cards.values():
            card.clicked.connect(self._choose)
            line.addWidget(card, 1)
        return line

    def _names(self) -> list[tuple[str, Box]]:
        head = QHBoxLayout()
        head.addWidget(plain(self.tr("Names in the archive"), 12, 500, "tx2"), 1)
        self.packing = QComboBox()
        self.packing.setAccessibleName(self.tr("Compression of the whole archive"))
        for words, end in (
            (self.tr("Not packed"), ""),
            (self.tr("Packed with gzip"), ".gz"),
            (self.tr("Packed with zstd"), ".zst"),
        ):
            self.packing.addItem(words, end)
        self.packing.activated.connect(self._rename)
        head.addWidget(self.packing)
        self.body.addLayout(head)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        found: list[tuple[str, Box]] = []
        for row in self._rows:
            named = list(zip(row.references, row.familiar, strict=False))
            untagged = self.tr("untagged %s") % row.image_id.short
            for name, words in named or [(str(row.digest), untagged)]:
                box = Box(display(words))
                box.setChecked(True)
                box.clicked.connect(self._ask)
                column.addWidget(box)
                found.append((name, box))
        column.addStretch(1)
        area = scrolling(inner)
        area.setFixedHeight(28 * min(_ROWS, len(found)) + 2)
        self.body.addWidget(area)
        return found

    # While choosing

    def _choose(self) -> None:
        for card in self.cards.values():
            card.setChecked(card is self.sender())
        folder = self.format is SaveFormat.OCI_DIR
        self.packing.setEnabled(not folder)
        self._rename()
        self.destination.wants_folder(folder)
        self._ask()

    def _rename(self) -> None:
        """Give the file the end that fits the format and the packing."""
        folder = self.format is SaveFormat.OCI_DIR
        end = "" if folder else f".tar{self.packing.currentData()}"
        ends = (".tar", *(f".tar{packed}" for packed in PACKED))
        field = self.destination.field
        field.setText(with_end(field.text(), end, ends))

    def _ask(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self.plan = None
        self.banner.hide()
        self._judge()
        if not self.wanted:
            self.summary.setText(self.tr("Tick at least one name."))
            return
        self._job = self._jobs.start("plan_save", self.wanted, str(self.format))
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._fail)

    def _show(self, plan: SavePlan) -> None:
        self._job = None
        self.plan = plan
        parts = [
            self.tr("%n image(s)", "", len(plan.images)),
            self.tr("%n layer(s)", "", plan.layers),
        ]
        if plan.shared:
            parts.append(self.tr("%n shared", "", plan.shared))
        size = self.tr("about %s") if plan.estimated else "%s"
        parts.append(size % size_text(plan.bytes))
        self.summary.setText(", ".join(parts))
        troubles = [display(one.trouble) for one in plan.images if one.trouble]
        for words in (*troubles, *map(display, plan.warnings)):
            self.banner.tell(Notice(words), "err" if troubles else "warn")
            break
        self._judge()
        self.refit()

    def _fail(self, error: Exception) -> None:
        self._job = None
        self.banner.tell(notice(error))
        self.refit()

    def _judge(self) -> None:
        whole = self.plan is not None and not any(one.trouble for one in self.plan.images)
        self.accept.setEnabled(whole and self.destination.usable)

    def _save(self) -> None:
        path = self.destination.path
        self.destination.remember()
        order = Order("save", path, (tuple(self.wanted), path, str(self.format)))
        self._transfers.start(order)
        self.dismiss()
