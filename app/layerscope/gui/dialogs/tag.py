"""The tag sheet: a second name for an image, parsed and explained while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from layerscope.engine.errors import MalformedReference
from layerscope.engine.library.values import ImageRow, TagChange
from layerscope.engine.oci import Reference
from layerscope.gui import icons, paint, sizes
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.dialogs.tag_parts import Arrows, PartCard, SourceCard
from layerscope.gui.library.words import age_text
from layerscope.gui.listing import Images, address, title
from layerscope.gui.notices import notice
from layerscope.gui.plain import button, display, plain, retone

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs


class TagSheet(Sheet):
    """Adds a tag, or moves one that exists.  ``done`` hears of the change."""

    def __init__(
        self,
        window: QWidget,
        jobs: Jobs,
        images: Images,
        row: ImageRow,
        done: Callable[[TagChange], None],
    ) -> None:
        super().__init__(
            window,
            "tag",
            self.tr("Add a tag"),
            self.tr("A tag is a second name for the same image. Nothing is copied."),
            620,
        )
        self._jobs = jobs
        self._images = images
        self._row = row
        self._done = done
        self._reference: Reference | None = None
        top = QVBoxLayout()
        top.setSpacing(4)
        top.addWidget(plain(self.tr("Image"), 12, 500, "tx2"))
        top.addWidget(SourceCard(display(title(row)), f"sha256:{row.image_id.short}"))
        top.addSpacing(12)
        label = plain(self.tr("New tag"), 12, 500, "tx2")
        top.addWidget(label)
        self.field = _Field()
        self.field.setFont(paint.font(14, 500))
        self.field.setFixedHeight(40)
        self.field.setAccessibleName(self.tr("New tag"))
        self.field.setPlaceholderText(self.tr("registry/repository:tag"))
        self.field.setMaxLength(1024)
        label.setBuddy(self.field)
        self._mark = self.field.addAction(
            icons.icon("circle-check", "ok"), QLineEdit.ActionPosition.TrailingPosition
        )
        self._mark.setVisible(False)
        top.addWidget(self.field)
        self.body.addLayout(top)
        self.body.addLayout(self._complaint_row())
        self.body.addLayout(self._parts_row())
        self.arrows = Arrows(tuple(map(display, row.familiar)), row.image_id.short)
        self.body.addWidget(self.arrows)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.dismiss)
        self.accept = button(self.tr("Add tag"), "tag", "primary")
        self.accept.clicked.connect(self._apply)
        for one in (self.cancel, self.accept):
            one.setFixedHeight(34)
            one.setMinimumWidth(88)
        self.footer.addStretch(1)
        self.footer.addWidget(self.cancel)
        self.footer.addWidget(self.accept)
        self.first, self.default = self.field, self.accept
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(sizes.TYPING)
        self._pause.timeout.connect(self._complain)
        self.field.textChanged.connect(self._read)
        self.field.left.connect(self._complain)
        self.fix.clicked.connect(self._use_fix)
        if row.references:
            start = Reference.parse(row.references[0])
            self.field.setText(f"{start.familiar.removesuffix(f':{start.tag}')}:")
        self._read()

    # Building

    def _complaint_row(self) -> QHBoxLayout:
        line = QHBoxLayout()
        self.complaint = plain("", 12, 500, "err", wrap=True)
        self.fix = button(self.tr("Use it"))
        self.fix.hide()
        line.addWidget(self.complaint, 1)
        line.addWidget(self.fix)
        self.complaint.hide()
        return line

    def _parts_row(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        self.registry = PartCard(self.tr("Registry"))
        self.repository = PartCard(self.tr("Repository"))
        self.tag_card = PartCard(self.tr("Tag"))
        for card in (self.registry, self.repository, self.tag_card):
            line.addWidget(card)
        line.addStretch(1)
        return line

    # While typing

    def _read(self) -> None:
        """Take the text apart at once; complain only after a pause."""
        text = self.field.text().strip()
        self._reference = None
        error = ""
        try:
            reference = Reference.parse(text)
        except MalformedReference as wrong:
            error = str(wrong)
            shown: Reference | None = None
        else:
            shown = reference
            error = self._objection(text, reference)
            if not error:
                self._reference = reference
        self._show_parts(shown)
        self._mark.setVisible(self._reference is not None)
        self.accept.setEnabled(self._reference is not None)
        self._show_move()
        if self._reference is not None:
            self._pause.stop()
        else:
            self._hide_complaint()
            self._pause.start()

    def _objection(self, text: str, reference: Reference) -> str:
        """Why a well-formed reference cannot be a new tag of this image."""
        if reference.digest is not None:
            return self.tr("A tag is a name; it can't hold a digest.")
        if text.endswith(":") or not reference.tag:
            return self.tr("The tag after the colon is missing.")
        if reference.canonical in self._row.references:
            return self.tr("This image has that tag already.")
        return ""

    def _complain(self) -> None:
        text = self.field.text().strip()
        if self._reference is not None or not text or text.endswith(":"):
            return
        try:
            words = self._objection(text, Reference.parse(text))
            better = ""
        except MalformedReference as wrong:
            words, better = str(wrong), Reference.suggestion(text)
        if better:
            words = f"{words} {self.tr('Did you mean %s?') % display(better)}"
        self.fix.setProperty("better", better)
        self.fix.setVisible(bool(better))
        self._say(words, "err")

    def _use_fix(self) -> None:
        self.field.setText(str(self.fix.property("better")))
        self.field.setFocus()

    def _show_parts(self, reference: Reference | None) -> None:
        self.registry.tell(reference.registry if reference else "")
        self.repository.tell(reference.repository if reference else "")
        self.tag_card.tell(reference.tag or "" if reference else "")
        self.arrows.show_new(display(reference.familiar) if self._reference and reference else "")

    def _show_move(self) -> None:
        """Say what a tag that exists elsewhere leaves behind, and name the verb for it."""
        other = self._other()
        self.accept.setText(self.tr("Add tag") if other is None else self.tr("Move tag"))
        if other is None or self._reference is None:
            self._hide_complaint()
            return
        words = self.tr("%1 now points to %2 (%3). Adding it here moves it.")
        for mark, value in (
            ("%1", display(self._reference.familiar)),
            ("%2", other.image_id.short),
            ("%3", age_text(other.created)),
        ):
            words = words.replace(mark, value)
        rest = [one for one in other.familiar if one != self._reference.familiar]
        if rest:
            words += " " + self.tr("That image keeps the tag %s.") % display(rest[0])
        else:
            words += " " + self.tr("That image has no other tag and becomes untagged.")
        self.fix.hide()
        self._say(words, "warn")

    def _other(self) -> ImageRow | None:
        """The other image that has this tag now."""
        if self._reference is None:
            return None
        for row in self._images.rows:
            if row.digest != self._row.digest and self._reference.canonical in row.references:
                return row
        return None

    def _say(self, words: str, tone: str) -> None:
        self.complaint.setText(words)
        retone(self.complaint, tone)
        self.complaint.show()
        self.field.setAccessibleDescription(words)
        self.refit()

    def _hide_complaint(self) -> None:
        self.complaint.hide()
        self.fix.hide()
        self.field.setAccessibleDescription("")
        self.refit()

    # Doing it

    def _apply(self) -> None:
        if self._reference is None:
            return
        self.accept.setEnabled(False)
        job = self._jobs.start("tag", address(self._row), self._reference.canonical)
        job.succeeded.connect(self._finish)
        job.failed.connect(self._fail)

    def _finish(self, change: TagChange) -> None:
        self._done(change)
        self.dismiss()

    def _fail(self, error: Exception) -> None:
        words = notice(error)
        self._say(f"{words.title} {words.text}".strip(), "err")
        self.accept.setEnabled(True)
        self.field.setFocus()


class _Field(QLineEdit):
    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()
