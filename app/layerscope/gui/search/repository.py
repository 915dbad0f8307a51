"""One repository: its tags, its platforms, what a pull will fetch, and the button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.library.values import PullPreview, TagRow
from layerscope.engine.oci import Reference
from layerscope.gui import icons, sizes
from layerscope.gui.notices import Banner, notice
from layerscope.gui.plain import button, display, plain
from layerscope.gui.search.preview_card import PreviewCard
from layerscope.gui.search.tags import TagsHead, TagsModel, TagsView

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs
    from layerscope.gui.transfers.transfers import Transfer, Transfers


class RepositoryPane(QWidget):
    """Shows one repository; every new choice supersedes the questions of the one before."""

    pull_wanted = Signal(str, object)  #: canonical reference, platform as text or None
    tags_changed = Signal()

    def __init__(self, jobs: Jobs, transfers: Transfers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._transfers = transfers
        self._repository: Reference | None = None
        self._preview: PullPreview | None = None
        self._wanted = self._digest = ""
        self._previewed = ""  #: what the newest preview was asked for
        self._asking: dict[str, Job] = {}
        self._waiting: list[str] = []
        self._lay_out()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(sizes.SKELETON_AFTER)
        self._rest.timeout.connect(self._ask_preview)
        transfers.changed.connect(self._mark_pulling)
        transfers.ended.connect(self._transfer_ended)

    def show_repository(self, name: str, official: bool, tag: str = "", digest: str = "") -> None:
        """Ask for the tags of ``name`` and choose ``tag``; without one, latest or the first.

        What is named exactly can be pulled although the registry tells no tags, or others.
        """
        self._forget()
        self._repository = Reference.parse(name)
        self._wanted = tag
        self._digest = digest
        self._title.setText(display(familiar_name(self._repository)))
        self._official.setVisible(official)
        self._place.setText(display(self._repository.name))
        self._model.show(())
        self.banner.hide()
        self.filter.clear()
        self.card.say(self.tr("Asking the registry…"))
        self._show_pull()
        job = self._ask("tags", "tags", self._repository.name)
        job.succeeded.connect(self._take_tags)
        job.failed.connect(self._complain)
        if digest or tag:
            self._ask_preview()

    @property
    def reference(self) -> str:
        """What the button would pull, canonical; empty while nothing is chosen."""
        if self._repository is None:
            return ""
        if self._digest:
            return f"{self._repository.name}@{self._digest}"
        index = self.tags.currentIndex()
        tag = self._model.tag(index.row()).tag if index.isValid() else self._wanted
        return f"{self._repository.name}:{tag}" if tag else ""

    # Layout

    def _lay_out(self) -> None:
        self._title = plain("", 20, 600)
        self._official = plain(self.tr("Official"), 11.5, 600, "ok")
        self._place = plain("", 12.5, tone="tx2")
        self.platform = QComboBox()
        self.platform.setMinimumWidth(148)
        self.platform.setFixedHeight(sizes.CONTROL)
        self.platform.setAccessibleName(self.tr("Platform"))
        self.platform.setToolTip(self.tr("The platform to pull"))
        self.platform.activated.connect(self._platform_chosen)
        self.pull = button(self.tr("Pull"), "download", "primary")
        self.pull.setFixedHeight(sizes.CONTROL)
        self.pull.clicked.connect(self._pull)
        head = QHBoxLayout()
        head.setSpacing(sizes.GAP_S)
        head.addWidget(self._title)
        head.addSpacing(6)
        head.addWidget(self._official)
        head.addStretch(1)
        head.addWidget(self.platform)
        head.addWidget(self.pull)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter tags"))
        self.filter.setAccessibleName(self.tr("Filter tags"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedHeight(sizes.CONTROL)
        self.filter.setMaximumWidth(260)
        self.filter.addAction(
            icons.icon("list-filter", "tx3"), QLineEdit.ActionPosition.LeadingPosition
        )
        self._model = TagsModel(self)
        self.filter.textChanged.connect(self._filter)
        self.tags = TagsView(self._model)
        self.tags.selectionModel().currentChanged.connect(self._tag_chosen)
        self.tags.activated.connect(self._pull)
        self.tags.in_sight.connect(self._want_details)
        self.banner = Banner()
        self._card_title = plain("", 13, 600)
        self.card = PreviewCard()
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.GAP_XL, sizes.GAP_M, sizes.GAP_XL, sizes.GAP_L)
        column.setSpacing(sizes.GAP_S)
        column.addLayout(head)
        column.addWidget(self._place)
        column.addSpacing(sizes.GAP_XS)
        column.addWidget(self.filter)
        column.addWidget(self.banner)
        column.addWidget(TagsHead())
        column.addWidget(self.tags, 1)
        column.addWidget(self._card_title)
        column.addWidget(self.card)

    # Answers

    def _take_tags(self, rows: object) -> None:
        assert isinstance(rows, tuple)
        self._model.show(rows)
        assert self._repository is not None
        count = self.tr("%n tag(s)", "", len(rows))
        self._place.setText(f"{display(self._repository.name)} · {count}")
        self._mark_pulling()
        if not rows:
            self.card.say(self.tr("This repository has no tags."))
        elif not self._digest:
            place = self._model.place_of(self._wanted or "latest")
            if place < 0 and not self._wanted:
                place = 0
            if place >= 0:
                self.tags.setCurrentIndex(self._model.index(place))
                self.tags.scrollTo(self._model.index(place))
        self.tags_changed.emit()

    def _take_details(self, row: object) -> None:
        assert isinstance(row, TagRow)
        self._model.fill(row)

    def _next_details(self) -> None:
        """One question at a time, so that a long list does not use up a registry's patience."""
        while self._waiting and "details" not in self._asking and self._repository is not None:
            tag = self._waiting.pop(0)
            place = self._model.place_of(tag)
            if place >= 0 and self._model.needs_details(place):
                job = self._ask("details", "tag_details", self._repository.name, tag)
                job.succeeded.connect(self._take_details)
                job.failed.connect(self._stop_details)
                job.finished.connect(self._next_details)

    def _stop_details(self, error: Exception) -> None:
        """Sizes are a service: when the registry refuses one, the others are not asked for."""
        self._waiting.clear()

    def _take_preview(self, preview: object) -> None:
        assert isinstance(preview, PullPreview)
        self._preview = preview
        self.card.show_preview(preview)
        chosen = str(preview.platform) if preview.platform else ""
        self.platform.clear()
        for platform in preview.platforms:
            self.platform.addItem(icons.icon("cpu"), display(str(platform)), str(platform))
        self.platform.setCurrentIndex(max(0, self.platform.findData(chosen)))
        self.platform.setVisible(self.platform.count() > 0)
        self.platform.setEnabled(self.platform.count() > 1)
        self._show_pull()

    def _complain(self, error: Exception) -> None:
        told = notice(error)
        self.banner.tell(told)
        self.banner.offer(self.tr("Try again"), self._try_again, "rotate-cw")
        if not self.reference or (self._preview is None and "preview" not in self._asking):
            self.card.say(self.tr("Nothing can be fetched from here."))

    def _preview_failed(self, error: Exception) -> None:
        self._preview = None
        self._previewed = ""
        hint = error.hint if isinstance(error, LayerscopeError) else ""
        if not self.banner.isHidden():  # it says so already
            self.card.say(self.tr("Nothing can be fetched from here."))
            return
        self.card.say(*(line for line in (display(str(error)), display(hint)) if line))

    # What the user does

    def _tag_chosen(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid():
            self._digest = ""
            self._show_pull()
            if self.reference != self._previewed:
                self._preview = None
                self._rest.start()

    def _platform_chosen(self) -> None:
        self._ask_preview(str(self.platform.currentData()))

    def _filter(self, text: str) -> None:
        self._model.keep(text)
        if self._model.rowCount() and not self.tags.currentIndex().isValid():
            self.tags.setCurrentIndex(self._model.index(0))

    def _pull(self) -> None:
        if self.reference:
            chosen = self.platform.currentData() if self.platform.count() > 1 else None
            self.pull_wanted.emit(self.reference, chosen)

    def _try_again(self) -> None:
        if self._repository is not None:
            official = self._official.isVisible()
            self.show_repository(self._repository.name, official, self._wanted, self._digest)

    # Questions

    def _ask_preview(self, platform: str | None = None) -> None:
        reference = self.reference
        if not reference:
            return
        self._previewed = reference
        self.card.say(self.tr("Comparing the layers with those on this disk…"))
        arguments = {"platform": platform} if platform else {}
        job = self._ask("preview", "preview", reference, **arguments)
        job.succeeded.connect(self._take_preview)
        job.failed.connect(self._preview_failed)

    def _want_details(self, first: int, last: int) -> None:
        self._waiting = [
            self._model.tag(place).tag
            for place in range(first, last + 1)
            if self._model.needs_details(place)
        ]
        self._next_details()

    def _ask(self, purpose: str, operation: str, *args: object, **kwargs: object) -> Job:
        """Start a job; an unfinished one for the same purpose is cancelled."""
        if (before := self._asking.pop(purpose, None)) is not None:
            before.cancel()
        job = self._jobs.start(operation, *args, **kwargs)
        self._asking[purpose] = job
        job.finished.connect(self._forget_ended)
        return job

    def _forget_ended(self) -> None:
        self._asking = {purpose: job for purpose, job in self._asking.items() if not job.over}

    def _forget(self) -> None:
        self._rest.stop()
        self._waiting.clear()
        asking, self._asking = self._asking, {}
        for job in asking.values():
            job.cancel()
        self._preview = None
        self._previewed = ""
        self.platform.clear()
        self.platform.hide()

    def _show_pull(self) -> None:
        reference = self.reference
        self.pull.setEnabled(bool(reference))
        words = display(Reference.parse(reference).familiar) if reference else ""
        short = words if len(words) <= 40 else words.rpartition("/")[2][:40]
        self.pull.setText(self.tr("Pull {0}").format(short) if words else self.tr("Pull"))
        told = self.tr("{0} · what the pull will fetch").format(words) if words else ""
        self._card_title.setText(told)

    def _transfer_ended(self, transfer: Transfer) -> None:
        """What was to be fetched may be here now."""
        if self.isVisible() and self._preview is not None:
            self._ask_preview(str(self._preview.platform) if self._preview.platform else None)

    def _mark_pulling(self) -> None:
        if self._repository is None:
            return
        start = f"{self._repository.name}:"
        names = (transfer.name for transfer in self._transfers.active)
        self._model.mark_pulling(
            frozenset(name.removeprefix(start) for name in names if name.startswith(start))
        )


def familiar_name(reference: Reference) -> str:
    """The repository as people write it, without tag or digest."""
    return reference.with_tag("latest").familiar.removesuffix(":latest")
