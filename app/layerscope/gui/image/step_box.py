"""Everything about one step of the history."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from layerscope.engine.library.values import StepRow, size_text
from layerscope.gui.image.facts import date_time_text
from layerscope.gui.image.facts_table import Fact, FactsTable


class StepBox(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Selected step"))
        self.facts = FactsTable(110, 12.5)
        body = QWidget()
        body.setProperty("surface", "surf")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        lines = QVBoxLayout(body)
        lines.setContentsMargins(24, 14, 16, 14)
        lines.addWidget(self.facts)
        lines.addStretch(1)
        self.setWidget(body)

    def show_step(self, step: StepRow) -> None:
        instruction = f"{step.keyword} {step.command}".strip()
        facts = [Fact(self.tr("Instruction"), instruction, mono=True, copied=instruction)]
        if step.created_by and step.created_by != instruction:
            raw = step.created_by
            facts.append(Fact(self.tr("As recorded"), raw, mono=True, copied=raw))
        layer = str(step.layer) if step.layer else self.tr("None: it only sets metadata.")
        if not step.certain:
            layer = self.tr("{layer} (guessed: history and layers do not add up)").format(
                layer=layer
            )
        facts.append(Fact(self.tr("Layer"), layer))
        if step.size is not None:
            facts.append(Fact(self.tr("Size"), size_text(step.size)))
        if step.created is not None:
            when = self.tr("{when} UTC").format(when=date_time_text(step.created))
            facts.append(Fact(self.tr("Created"), when))
        if step.author:
            facts.append(Fact(self.tr("Author"), step.author))
        if step.comment:
            facts.append(Fact(self.tr("Comment"), step.comment))
        self.facts.show_facts(facts)
        self.verticalScrollBar().setValue(0)
