"""What an export will write, in words, and what a folder will not keep of it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from layerscope.engine.library.values import TreePlan, display_name, size_text
from layerscope.gui.dialogs.choices import Remark
from layerscope.gui.plain import plain

_MOST_NAMES = 3


class TreeFacts(QWidget):
    """One line of counts, and a remark for each thing to know before it begins."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = plain("", 13, 500)
        self.remarks: list[str] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(7)
        self._column.addWidget(self.counts)
        self._shown: list[QWidget] = []

    def show_plan(self, plan: TreePlan, folder: bool) -> None:
        for one in self._shown:
            one.setParent(None)
            one.deleteLater()
        self.counts.setText(", ".join(_counts(plan)))
        self.remarks = [*_losses(plan)] if folder else []
        self.remarks += [display_name(one) for one in plan.warnings]
        self._shown = [Remark("info", words) for words in self.remarks]
        for remark in self._shown:
            self._column.addWidget(remark)


def _counts(plan: TreePlan) -> Iterator[str]:
    for words, count in (
        (_tr("%n file(s)", plan.files), plan.files),
        (_tr("%n folder(s)", plan.folders), plan.folders),
        (_tr("%n link(s)", plan.symlinks + plan.hard_links), plan.symlinks + plan.hard_links),
    ):
        if count:
            yield words
    yield size_text(plan.bytes)


def _losses(plan: TreePlan) -> Iterator[str]:
    """What a folder cannot hold or should not."""
    if plan.owners_lost:
        names = ", ".join(f"{one.uid}:{one.gid}" for one in plan.owners[:4] if not one.kept)
        words = _tr("%n path(s) will belong to you instead of", plan.owners_lost)
        yield f"{words} {names}."
    if plan.setuid:
        yield _tr("%n file(s) lose their setuid or setgid bit.", plan.setuid)
    if plan.devices or plan.fifos:
        count = plan.devices + plan.fifos
        yield _tr("%n device(s) and pipes are left out.", count)
    if plan.conflicts:
        names = ", ".join(display_name(one) for one in plan.conflicts[:_MOST_NAMES])
        more = len(plan.conflicts) - _MOST_NAMES
        rest = " " + _tr("and %n more", more) if more > 0 else ""
        words = QCoreApplication.translate("TreeFacts", "Already in the folder:")
        yield f"{words} {names}{rest}."


def _tr(text: str, count: int) -> str:
    return QCoreApplication.translate("TreeFacts", text, "", count)
