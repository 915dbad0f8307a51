"""The load sheet: what an archive would bring, before anything of it is in the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from layerscope.engine.library.values import Conflict, ImageToLoad, LoadPlan, size_text
from layerscope.engine.oci import Reference
from layerscope.gui.dialogs.choices import Box
from layerscope.gui.dialogs.lines import Lines
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, plain
from layerscope.gui.transfers.transfers import Order, Transfers

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs

_HIGHEST = 300


class LoadSheet(Sheet):
    """Every image can be left out, and every name that somebody has can stay where it is."""

    def __init__(self, window: QWidget, jobs: Jobs, transfers: Transfers, path: str) -> None:
        name = display(path.rstrip("/").rpartition("/")[2])
        words = self.tr("Nothing is written before you press Load.")
        super().__init__(window, "folder-open", self.tr("Load %s") % name, words, 680)
        self._transfers = transfers
        self._path = path
        self.plan: LoadPlan | None = None
        self.rows: list[ImageChoice] = []
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self._list = Lines(_HIGHEST, 10)
        self.body.addWidget(self._list)
        self.summary = plain(self.tr("Reading the archive…"), 13, 500)
        self.body.addWidget(self.summary)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.dismiss)
        self.accept = button(self.tr("Load"), "download", "primary")
        self.accept.clicked.connect(self._load)
        self.accept.setEnabled(False)
        self.footer.addStretch(1)
        for one in (self.cancel, self.accept):
            one.setFixedHeight(34)
            one.setMinimumWidth(98)
            self.footer.addWidget(one)
        self.first, self.default = self.cancel, self.accept
        self._job = jobs.start("plan_load", path)
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._fail)
        self.closed.connect(self._job.cancel)

    def _show(self, plan: LoadPlan) -> None:
        self.plan = plan
        self.rows = [ImageChoice(image, self._judge) for image in plan.images]
        self._list.take(self.rows)
        if plan.warnings:
            self.banner.tell(Notice(display(plan.warnings[0])), "warn")
        self._judge()
        self.refit()
        self.accept.setFocus()

    def _fail(self, error: Exception) -> None:
        self.summary.setText("")
        self.banner.tell(notice(error))
        self.refit()

    def _judge(self) -> None:
        chosen = [row.image for row in self.rows if row.wanted]
        self.accept.setEnabled(bool(chosen))
        if not chosen:
            self.summary.setText(self.tr("Tick at least one image."))
            return
        words = self.tr("%n image(s)", "", len(chosen))
        size = sum(one.new_bytes for one in chosen)
        adds = self.tr("adds at most %s to the store") % size_text(size)
        here = self.tr("all layers are here already")
        self.summary.setText(f"{words}, {adds if size else here}")

    def _load(self) -> None:
        skip = tuple(row.image.key for row in self.rows if not row.wanted)
        keep = tuple(name for row in self.rows for name in row.kept)
        self._transfers.start(Order("load", self._path, (self._path, skip, keep)))
        self.dismiss()


class ImageChoice(QWidget):
    """One image of the archive: a box, what is new of it, and a choice for each taken name."""

    def __init__(self, image: ImageToLoad, changed: Callable[[], None]) -> None:
        super().__init__()
        self.image = image
        self._choices: list[tuple[str, QComboBox]] = []
        names = ", ".join(display(Reference.parse(one).familiar) for one in image.references)
        self.box = Box(names or self.tr("untagged %s") % image.image_id.short)
        self.box.setChecked(True)
        self.box.clicked.connect(changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.box)
        column.addWidget(_inset(plain(self._about(), 12, tone="tx2", wrap=True)))
        for conflict in image.conflicts:
            column.addWidget(self._choice(conflict))
        notes = [*image.warnings, *(_invalid(one) for one in image.invalid_names)]
        for words in notes:
            column.addWidget(_inset(plain(display(words), 12, tone="warn", wrap=True)))

    @property
    def wanted(self) -> bool:
        return self.box.isChecked()

    @property
    def kept(self) -> list[str]:
        """Names that stay with the image that has them now."""
        return [name for name, choice in self._choices if choice.currentData() == "keep"]

    def _about(self) -> str:
        image = self.image
        parts = [image.image_id.short, display(image.platform)]
        here = self.tr("%1 of %2 layers are here")
        here = here.replace("%1", str(image.layers_here)).replace("%2", str(image.layers))
        parts.append(self.tr("this very image is here") if image.here else here)
        if image.new_bytes:
            parts.append(self.tr("%s new") % size_text(image.new_bytes))
        return " · ".join(part for part in parts if part)

    def _choice(self, conflict: Conflict) -> QWidget:
        name = display(Reference.parse(conflict.reference).familiar)
        choice = QComboBox()
        choice.addItem(self.tr("Move the name to the new image"), "move")
        choice.addItem(self.tr("Leave the name where it is"), "keep")
        choice.setAccessibleName(name)
        self._choices.append((conflict.reference, choice))
        words = self.tr("%1 exists and points to %2.")
        words = words.replace("%1", name).replace("%2", conflict.image_id.short)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(30, 2, 0, 2)
        row.addWidget(plain(words, 12, tone="warn", wrap=True), 1)
        row.addWidget(choice)
        return line


def _inset(label: QWidget) -> QWidget:
    label.setContentsMargins(30, 0, 0, 0)
    return label


def _invalid(name: str) -> str:
    words = QCoreApplication.translate("LoadSheet", "%s is not a name that an image can have.")
    return words % name
