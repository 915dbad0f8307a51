"""The sheet for the files of an image: all of them as a tar or folder, or some into a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from layerscope.engine.library.values import TreePlan
from layerscope.gui.dialogs.choices import Box, ChoiceCard
from layerscope.gui.giving.file_names import PACKED, proposed, with_end
from layerscope.gui.giving.tree_facts import TreeFacts
from layerscope.gui.giving.wishes import Tree
from layerscope.gui.giving.writing import WritingSheet, choose
from layerscope.gui.plain import display
from layerscope.gui.settings import Settings
from layerscope.gui.transfers.transfers import Order, Transfers

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs

_TAR = (".tar", *(f".tar{packed}" for packed in PACKED))


class TreeSheet(WritingSheet):
    """Says before it begins what a folder on this disk will not keep."""

    def __init__(
        self, window: QWidget, jobs: Jobs, transfers: Transfers, settings: Settings, wish: Tree
    ) -> None:
        self._wish = wish
        some = bool(wish.paths)
        one = display(wish.title)
        heading = self.tr("Extract from %s") if some else self.tr("Export the files of %s")
        super().__init__(
            window, transfers, settings, "folder-output", heading % one, self._seen(wish)
        )
        self._jobs = jobs
        self._job: Job | None = None
        self.plan: TreePlan | None = None
        self.tar = ChoiceCard(self.tr("One tar file"), self.tr("Keeps everything as it is"))
        self.folder = ChoiceCard(self.tr("A folder"), self.tr("Plain files on this disk"))
        cards = (self.tar, self.folder)
        choose(cards, self.folder if some else self.tar)
        line = QHBoxLayout()
        for card in cards:
            card.setVisible(not some)
            card.clicked.connect(self._choose)
            line.addWidget(card, 1)
        self.body.addLayout(line)
        self.body.addWidget(self.destination)
        self.facts = TreeFacts()
        self.body.addWidget(self.facts)
        self.overwrite = Box(self.tr("Replace files that are in the folder already"))
        self.setuid = Box(self.tr("Keep setuid and setgid bits"))
        for box in (self.overwrite, self.setuid):
            self.body.addWidget(box)
        self.body.addWidget(self.banner)
        self.finish(self.tr("Extract") if some else self.tr("Export"))
        name = proposed(wish.title, "extracted" if some else "files")
        self.destination.propose(name if some else f"{name}.tar", folder=some)
        self.destination.field.editingFinished.connect(self._ask)
        self._show_boxes()
        self._ask()

    @property
    def into_folder(self) -> bool:
        return self.folder.isChecked()

    def ready(self) -> bool:
        return self.plan is not None

    def order(self) -> Order:
        wish, path = self._wish, self.destination.path
        rules: dict[str, object] = {}
        if self.into_folder:
            rules = {
                "overwrite": self.overwrite.isChecked(),
                "keep_setuid": self.setuid.isChecked(),
            }
        if wish.paths:
            args = (wish.name, wish.paths, path, wish.as_of, wish.layer)
            return Order("extract", path, args, rules)
        return Order("export", path, (wish.name, path, wish.as_of), rules)

    def _seen(self, wish: Tree) -> str:
        if wish.layer is not None:
            return self.tr("Only what layer %n stores.", "", wish.layer)
        if wish.as_of < wish.layers:
            words = self.tr("As they are seen from layer %1 of %2.")
            return words.replace("%1", str(wish.as_of)).replace("%2", str(wish.layers))
        return self.tr("As a container of this image would see them.")

    def _choose(self) -> None:
        choose((self.tar, self.folder), self.sender())
        field = self.destination.field
        field.setText(with_end(field.text(), "" if self.into_folder else ".tar", _TAR))
        self.destination.wants_folder(self.into_folder)
        self._show_boxes()
        self._ask()

    def _show_boxes(self) -> None:
        """Ask only what there is to decide."""
        plan = self.plan
        folder = self.into_folder and plan is not None
        self.overwrite.setVisible(folder and bool(plan and plan.conflicts))
        self.setuid.setVisible(folder and bool(plan and plan.setuid))

    def _ask(self) -> None:
        if self._job is not None:
            self._job.cancel()
        wish = self._wish
        folder = self.destination.path if self.into_folder else None
        if wish.paths:
            arguments = (wish.name, wish.paths, folder or None, wish.as_of, wish.layer)
            self._job = self._jobs.start("plan_extract", *arguments)
        else:
            self._job = self._jobs.start("plan_export", wish.name, wish.as_of, folder or None)
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self.complain)
        self.facts.counts.setText(self.facts.counts.text() or self.tr("Counting…"))
        self.judge()

    def _show(self, plan: TreePlan) -> None:
        self._job = None
        self.plan = plan
        self.banner.hide()
        self.facts.show_plan(plan, self.into_folder)
        self._show_boxes()
        self.judge()
        self.refit()
