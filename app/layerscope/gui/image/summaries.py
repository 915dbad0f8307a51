"""What the inspector shows for a folder, and for the image while nothing is selected."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from layerscope.engine.library.values import ImageDetail, size_text
from layerscope.engine.rootfs import ChangeCounts, Kind, Row
from layerscope.gui.image.bars import Bars, Part
from layerscope.gui.image.counting import counted
from layerscope.gui.image.facts_table import Fact, FactsTable
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.shell_line import shell_line
from layerscope.gui.plain import display, plain


class _Scrolled(QScrollArea):
    """A column of widgets that scrolls up and down."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        body = QWidget()
        body.setProperty("surface", "surf")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.lines = QVBoxLayout(body)
        self.lines.setContentsMargins(16, 12, 16, 12)
        self.lines.setSpacing(8)
        self.setWidget(body)


class FolderSummary(_Scrolled):
    """What a folder is made of: bytes by layer, its ten largest children, counts."""

    node_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("What this folder is made of"), parent)
        self._counts = plain("", 12, tone="tx2", wrap=True)
        self._by_layer = Bars(self.tr("Bytes by layer"))
        self._largest = Bars(self.tr("Largest in here"))
        self._title = plain(self.tr("Largest in here"), 12.5, 600)
        self._layers_title = plain(self.tr("Bytes by layer"), 12.5, 600)
        for one in (
            self._counts,
            self._layers_title,
            self._by_layer,
            self._title,
            self._largest,
        ):
            self.lines.addWidget(one)
        self.lines.addStretch(1)
        self._largest.clicked.connect(self.node_chosen)

    def show_folder(self, row: Row, hues: Hues) -> None:
        files = counted(row.files, self.tr("1 file below"), self.tr("{count} files below"))
        inside = counted(row.children, self.tr("1 entry inside"), self.tr("{count} entries inside"))
        self._counts.setText(f"{files}, {inside}, {size_text(row.size)}")
        total = max(1, sum(size for _layer, size in row.composition))
        parts = sorted(row.composition, key=lambda part: -part[1])
        shown = [
            Part(percent(size, total), size_text(size), size / total, layer)
            for layer, size in parts[:12]
        ]
        self._layers_title.setVisible(bool(shown))
        self._by_layer.show_parts(shown, hues)
        self._title.hide()
        self._largest.show_parts((), hues)

    def show_largest(self, rows: Sequence[Row], hues: Hues) -> None:
        """``rows`` are the largest children, largest first."""
        most = max(1, rows[0].size) if rows else 1
        self._title.setVisible(bool(rows))
        parts = [
            Part(
                display(row.name) + ("/" if row.kind is Kind.DIR else ""),
                size_text(row.size),
                row.size / most,
                row.origin,
                row.node,
            )
            for row in rows
        ]
        self._largest.show_parts(parts, hues)


class ImageSummary(_Scrolled):
    """The image at a glance, while no file is selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("The image at a glance"), parent)
        self._title = plain(self.tr("This image"), 15, 600)
        self._facts = FactsTable(96, 12)
        self._by_layer = Bars(self.tr("Bytes by layer"))
        self._layers_title = plain(self.tr("Bytes by layer"), 12.5, 600)
        self._hint = plain(
            self.tr("Select a file to see which layer it comes from."), 12, tone="tx3", wrap=True
        )
        for one in (
            self._title,
            self._hint,
            self._facts,
            self._layers_title,
            self._by_layer,
        ):
            self.lines.addWidget(one)
        self.lines.addStretch(1)

    def show_image(
        self, detail: ImageDetail, counts: ChangeCounts | None, baseline: int, hues: Hues
    ) -> None:
        run = detail.run
        facts = [
            Fact(self.tr("Entry point"), shell_line(run.entrypoint or ()) or "—", mono=True),
            Fact(self.tr("Command"), shell_line(run.cmd or ()) or "—", mono=True),
            Fact(self.tr("Working dir"), run.working_dir or "/", mono=True),
            Fact(self.tr("User"), run.user or self.tr("root (not set)")),
            Fact(
                self.tr("Environment"),
                counted(len(run.env), self.tr("1 variable"), self.tr("{count} variables")),
            ),
            Fact(self.tr("Ports"), ", ".join(sorted(run.exposed_ports)) or "—"),
            Fact(self.tr("Labels"), str(len(run.labels))),
            Fact(self.tr("Platform"), str(detail.row.platform)),
        ]
        if counts is not None and baseline:
            words = self.tr("{added} added, {modified} modified, {deleted} deleted")
            changes = words.format(
                added=f"{counts.added:,}",
                modified=f"{counts.modified:,}",
                deleted=f"{counts.deleted:,}",
            )
            facts.append(Fact(self.tr("Since layer {n}").format(n=baseline), changes))
        self._facts.show_facts(facts)
        sizes = [(layer.number, layer.size or layer.compressed) for layer in detail.layers]
        total = max(1, sum(size for _number, size in sizes))
        largest = sorted(sizes, key=lambda part: -part[1])[:12]
        parts = [
            Part(percent(size, total), size_text(size), size / total, number)
            for number, size in largest
        ]
        self._by_layer.show_parts(parts, hues)


def percent(part: int, whole: int) -> str:
    """A share for people: never "0 %" of something that is there."""
    share = 100 * part / max(1, whole)
    return "< 1 %" if 0 < share < 1 else f"{share:.0f} %"
