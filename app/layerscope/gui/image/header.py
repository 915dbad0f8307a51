"""The header of an image: what it is called, what it weighs, what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from layerscope.engine.errors import BadInput
from layerscope.engine.library.values import ImageRow, size_text
from layerscope.engine.oci import Reference
from layerscope.gui import paint, sizes, theme
from layerscope.gui.actions import Actions
from layerscope.gui.image.copying import CopyButton
from layerscope.gui.image.facts import date_text
from layerscope.gui.image.tabs import Tabs
from layerscope.gui.image.title import Facts, Pill, Title
from layerscope.gui.menus import Menu
from layerscope.gui.plain import button, display, icon_button, plain, tooltip


class ImageHeader(QWidget):
    """92 px: name, pills, digest and sizes on the left, verbs on the right, tabs below."""

    tab_chosen = Signal(int)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._actions = actions
        self.title = Title()
        self._digest = plain("", 12, tone="tx2", mono=True)
        self._copy = CopyButton(self.tr("Copy image ID"))
        self.facts = Facts()
        self.tabs = Tabs(
            self.tr("Views of the image"),
            (self.tr("Files"), self.tr("History"), self.tr("Config"), self.tr("Raw JSON")),
            ("folder-open", "history", "braces", "file-code"),
        )
        self._more = icon_button("ellipsis", self.tr("More for this image"), "", side=32)
        self.setFixedHeight(sizes.HEADER)
        self._lay_out()
        self.tabs.currentChanged.connect(self.tab_chosen)
        theme.changed.connect(self.update)

    def show_image(self, row: ImageRow | None, name: str) -> None:
        """Show ``row`` under ``name``, which may be one of its references."""
        if row is None:
            self.title.show_name((), display(name), ())
            self._digest.setText("")
            self._copy.offer("")
            self.facts.show_facts(())
            return
        used = name if name in row.references else ""
        for canonical, familiar in zip(row.references, row.familiar, strict=False):
            if name == familiar:
                used = canonical
        used = used or (row.references[0] if row.references else "")
        before, called = self._called(used, row)
        others = [one for one in row.references if one != used]
        self.title.show_name(before, called, (*self._aliases(used, others), *self._state(row)))
        self.title.setToolTip(tooltip("\n".join(map(display, row.references))))
        self._digest.setText(f"{row.image_id.algorithm}:{row.image_id.short}")
        self._digest.setToolTip(tooltip(self._digests(row)))
        self._copy.offer(str(row.image_id))
        self.facts.show_facts(self._facts(row))
        self.facts.setToolTip(tooltip(self._exact(row)))

    # Words

    def _called(self, reference: str, row: ImageRow) -> tuple[list[str], str]:
        if not reference:
            return [], self.tr("untagged {short}").format(short=row.image_id.short)
        try:
            parsed = Reference.parse(reference)
        except BadInput:
            return [], display(reference)
        *folders, last = parsed.repository.split("/")
        tag = f":{parsed.tag}" if parsed.tag else f"@{parsed.digest}"
        return [parsed.registry, *folders], f"{last}{tag}"

    def _aliases(self, used: str, others: list[str]) -> list[Pill]:
        """Other tags of the same repository by the tag alone, all else in full."""
        repository = used.rpartition(":")[0]
        pills = []
        for other in others[:6]:
            name, _, tag = other.rpartition(":")
            pills.append(Pill(display(tag if name == repository else other), "link"))
        if len(others) > 6:
            pills.append(Pill(self.tr("{count} more tags").format(count=len(others) - 6)))
        return pills

    def _state(self, row: ImageRow) -> list[Pill]:
        pills = [Pill(str(row.platform), "cpu", "hover")]
        if row.dangling:
            pills.append(Pill(self.tr("dangling"), "circle-help", "warn"))
        if row.missing:
            words = self.tr("{missing} of {count} layers missing")
            words = words.format(missing=row.missing, count=row.layers)
            pills.append(Pill(words, "unlink", "warn"))
        return pills

    def _facts(self, row: ImageRow) -> list[str]:
        facts = []
        if row.size is not None:
            facts.append(self.tr("{size} unpacked").format(size=size_text(row.size)))
        facts.append(self.tr("{size} compressed").format(size=size_text(row.compressed)))
        facts.append(self.tr("{size} unique").format(size=size_text(row.unique)))
        if row.created is not None:
            facts.append(self.tr("built {day}").format(day=date_text(row.created)))
        return facts

    def _digests(self, row: ImageRow) -> str:
        return self.tr("Image ID (digest of the config): {id}\nManifest: {digest}").format(
            id=row.image_id, digest=row.digest
        )

    def _exact(self, row: ImageRow) -> str:
        lines = [self.tr("{count} bytes compressed").format(count=f"{row.compressed:,}")]
        if row.size is not None:
            lines.insert(0, self.tr("{count} bytes unpacked").format(count=f"{row.size:,}"))
        unique, shared = f"{row.unique:,}", f"{row.shared:,}"
        lines.append(self.tr("{count} bytes only this image needs").format(count=unique))
        lines.append(self.tr("{count} bytes other images need as well").format(count=shared))
        return "\n".join(lines)

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.smooth(painter)
        look = theme.current()
        painter.fillRect(self.rect(), look.surf)
        paint.draw_icon(painter, "package", QRectF(18, 16, 24, 24), look.tx2, 1.6)

    # Inside

    def _lay_out(self) -> None:
        digests = QHBoxLayout()
        digests.setSpacing(4)
        digests.addWidget(self._digest)
        digests.addWidget(self._copy)
        digests.addSpacing(6)
        digests.addWidget(self.facts, 1)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.setContentsMargins(52, 10, 0, 0)
        words.addWidget(self.title)
        words.addLayout(digests)
        verbs = QHBoxLayout()
        verbs.setSpacing(6)
        verbs.setContentsMargins(0, 12, 16, 0)
        for identity, text, icon, rank in (
            ("image.tag", self.tr("Tag…"), "tag", ""),
            ("image.save", self.tr("Save…"), "save", ""),
            ("image.push", self.tr("Push…"), "upload", "primary"),
        ):
            made = button(text, icon, rank)
            made.setFixedHeight(sizes.CONTROL)
            made.obey(self._actions[identity])
            verbs.addWidget(made)
        verbs.addWidget(self._more)
        self._more.clicked.connect(self._ask_more)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addLayout(words, 1)
        top.addLayout(verbs)
        top.setAlignment(verbs, Qt.AlignmentFlag.AlignTop)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addLayout(top)
        lines.addStretch(1)
        below = QHBoxLayout()
        below.setContentsMargins(18, 0, 0, 0)
        below.addWidget(self.tabs)
        below.addStretch(1)
        lines.addLayout(below)

    def _ask_more(self) -> None:
        menu = Menu(self)
        for identity in ("image.copy-reference", "image.copy-digest", "image.export"):
            menu.addAction(self._actions[identity])
        menu.addSeparator()
        menu.addAction(self._actions["image.remove"])
        menu.addSeparator()
        menu.addAction(self._actions["view.refresh"])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._more.mapToGlobal(QPoint(0, self._more.height() + 4)))
