"""One repository: its tags, what a pull of the chosen one will fetch, and the pull."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QVBoxLayout, QWidget

from layerscope.engine.errors import LayerscopeError, SignInNeeded
from layerscope.engine.library.values import PullPreview
from layerscope.engine.oci import Digest, Reference
from layerscope.gui import icons, sizes
from layerscope.gui.notices import Banner, notice
from layerscope.gui.plain import display, plain
from layerscope.gui.search.asking import Asking
from layerscope.gui.search.details import Details
from layerscope.gui.search.heading import Heading
from layerscope.gui.search.preview_card import PreviewCard
from layerscope.gui.search.refusal import NOTHING, refusal
from layerscope.gui.search.tag_menu import copy, tag_menu
from layerscope.gui.search.tags import TagsHead, TagsModel, TagsView
from layerscope.gui.search.words import tags_in

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.listing import Images
    from layerscope.gui.transfers.transfers import Transfer, Transfers


class RepositoryPane(QWidget):
    """Shows one repository; every new choice supersedes the questions of the one before."""

    pull_wanted = Signal(str, object)  #: canonical reference, platform as text or None
    pull_all_wanted = Signal(str, object)  #: canonical repository, platform as text or None
    open_wanted = Signal(str)  #: canonical reference of an image that is here
    sign_in_wanted = Signal(str, object)  #: host, and what to call once we are known there

    def __init__(
        self, jobs: Jobs, transfers: Transfers, images: Images, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._transfers = transfers
        self._images = images
        self._repository: Reference | None = None
        self._preview: PullPreview | None = None
        self._wanted = self._digest = ""
        self._previewed = ""  #: what the newest preview was asked for
        self._refused = NOTHING
        self._asking = Asking(jobs, self)
        self._model = TagsModel(self)
        self._details = Details(self._model, self._asking, self)
        self._lay_out()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(sizes.SKELETON_AFTER)
        self._rest.timeout.connect(self._ask_preview)
        transfers.changed.connect(self._mark_pulling)
        transfers.ended.connect(self._transfer_ended)
        images.changed.connect(self._mark_here)

    def show_repository(self, name: str, official: bool, tag: str = "", digest: str = "") -> None:
        """Ask for the tags of ``name`` and choose ``tag``; without one, latest or the first.

        What is named exactly can be pulled although the registry tells no tags, or others.
        """
        self._forget()
        self._repository = Reference.parse(name)
        self._wanted = tag
        self._digest = digest
        self.heading.show_repository(self._repository, official)
        self._details.of(self._repository.name)
        self._model.show(())
        self.banner.hide()
        self.filter.clear()
        self.card.say(self.tr("Asking the registry…"))
        self._show_reference()
        job = self._asking.ask("tags", "tags", self._repository.name)
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
        self.heading = Heading()
        self.platform, self.pull = self.heading.platform, self.heading.pull
        self.heading.platform_chosen.connect(self._ask_preview)
        self.heading.open.clicked.connect(self._open)
        self.heading.more.clicked.connect(self._show_more)
        self.pull.clicked.connect(self._pull)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter tags"))
        self.filter.setAccessibleName(self.tr("Filter tags"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedHeight(sizes.CONTROL)
        self.filter.setMaximumWidth(260)
        leading = QLineEdit.ActionPosition.LeadingPosition
        self.filter.addAction(icons.icon("list-filter", "tx3"), leading)
        self.filter.textChanged.connect(self._filter)
        self.tags = TagsView(self._model)
        self.tags.selectionModel().currentChanged.connect(self._tag_chosen)
        self.tags.activated.connect(self._pull)
        self.tags.in_sight.connect(self._details.want)
        self.tags.copied.connect(self._copy)
        self.tags.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tags.customContextMenuRequested.connect(self._ask_menu)
        self.banner = Banner()
        self._card_title = plain("", 13, 600)
        self.card = PreviewCard()
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.GAP_XL, sizes.GAP_M, sizes.GAP_XL, sizes.GAP_L)
        column.setSpacing(sizes.GAP_S)
        column.addWidget(self.heading)
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
        self.heading.count_tags(len(rows))
        self._mark_pulling()
        self._mark_here()
        if not rows:
            self.card.say(self.tr("This repository has no tags."))
        elif not self._digest:
            place = self._model.place_of(self._wanted or "latest")
            if place < 0 and not self._wanted:
                place = 0
            if place >= 0:
                self.tags.setCurrentIndex(self._model.index(place))
                self.tags.scrollTo(self._model.index(place))

    def _take_preview(self, preview: object) -> None:
        assert isinstance(preview, PullPreview)
        self._preview = preview
        self.card.show_preview(preview)
        self.heading.show_platforms(preview.platforms, preview.platform)
        size = sum(layer.size for layer in preview.layers)
        index = self.tags.currentIndex()
        tag = self._model.tag(index.row()).tag if index.isValid() else ""
        self._model.learn(tag, size, tuple(map(str, preview.platforms)))
        self._show_reference()

    def _complain(self, error: Exception) -> None:
        self.banner.tell(notice(error))
        if isinstance(error, SignInNeeded):
            host = error.registry
            act = partial(self.sign_in_wanted.emit, host, self._try_again)
            self.banner.offer(self.tr("Sign in…"), act, "key-round")
        self.banner.offer(self.tr("Try again"), self._try_again, "rotate-cw")
        if not self.reference or (self._preview is None and "preview" not in self._asking):
            self.card.say(self.tr("Nothing can be fetched from here."))

    def _preview_failed(self, error: Exception) -> None:
        self._preview = None
        self._refused = refusal(self._previewed, error)
        self._previewed = ""
        self._show_reference()
        if self._refused.host and self.banner.isHidden():
            self._complain(error)
        hint = error.hint if isinstance(error, LayerscopeError) else ""
        if not self.banner.isHidden():  # it says so already
            self.card.say(self.tr("Nothing can be fetched from here."))
            return
        self.card.say(*(line for line in (display(str(error)), display(hint)) if line))

    # What the user does

    def _tag_chosen(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid():
            self._digest = ""
            self._show_reference()
            if self.reference != self._previewed:
                self._preview = None
                self._rest.start()

    def _filter(self, text: str) -> None:
        self._model.keep(text)
        if self._model.rowCount() and not self.tags.currentIndex().isValid():
            self.tags.setCurrentIndex(self._model.index(0))

    def signed_in(self, host: str) -> None:
        """Somebody is known at ``host`` now, who perhaps was not."""
        if self._refused.host == host:
            self._try_again()

    def _pull(self) -> None:
        if self.reference and not self._why_not:
            self.pull_wanted.emit(self.reference, self.heading.chosen_platform)

    def _pull_all(self) -> None:
        if self._repository is not None:
            self.pull_all_wanted.emit(self._repository.name, self.heading.chosen_platform)

    def _open(self) -> None:
        self.open_wanted.emit(self.reference)

    def _copy(self) -> None:
        if self.reference:
            copy(Reference.parse(self.reference).familiar)

    def menu(self) -> QMenu | None:
        """What can be done with the chosen tag; None while none is chosen."""
        if not self.reference:
            return None
        return tag_menu(
            self,
            self.reference,
            self._known_digest(),
            pull=self._pull if not self._why_not else None,
            open_here=self._open if self._is_here(self.reference) else None,
            pull_all=self._pull_all if self._model.total > 1 and not self._why_not else None,
        )

    def _ask_menu(self, at: QPoint) -> None:
        if (menu := self.menu()) is not None:
            menu.popup(self.tags.viewport().mapToGlobal(at))

    def _show_more(self) -> None:
        if (menu := self.menu()) is not None:
            menu.popup(self.heading.more.mapToGlobal(self.heading.more.rect().bottomLeft()))

    def _try_again(self) -> None:
        if self._repository is not None:
            official = self.heading.official
            self.show_repository(self._repository.name, official, self._wanted, self._digest)

    # Questions

    def _ask_preview(self, platform: str = "") -> None:
        reference = self.reference
        if not reference:
            return
        if self._refused.host and self._model.total:
            self.banner.hide()  # it was about another tag
        self._previewed = reference
        self._refused = NOTHING
        self._show_reference()
        self.card.say(self.tr("Comparing the layers with those on this disk…"))
        arguments = {"platform": platform} if platform else {}
        job = self._asking.ask("preview", "preview", reference, **arguments)
        job.succeeded.connect(self._take_preview)
        job.failed.connect(self._preview_failed)

    def _forget(self) -> None:
        self._rest.stop()
        self._asking.cancel_all()
        self._preview = None
        self._previewed = ""
        self._refused = NOTHING

    # What is known otherwise

    def _known_digest(self) -> Digest | None:
        if self._digest:
            return Digest.parse(self._digest)
        index = self.tags.currentIndex()
        known = self._model.tag(index.row()).digest if index.isValid() else None
        if known is None and self._preview is not None and self._previewed == self.reference:
            return self._preview.digest
        return known

    def _is_here(self, reference: str) -> bool:
        return self._images.named(reference) is not None

    @property
    def _why_not(self) -> str:
        """Why the chosen reference cannot be pulled; "" if it can, as far as is known."""
        refused = self._refused
        return refused.why if refused.reference == self.reference else ""

    def _show_reference(self) -> None:
        reference = self.reference
        here = bool(reference) and self._is_here(reference)
        words = self.heading.show_reference(reference, here, self._why_not)
        told = self.tr("{0} · what the pull will fetch").format(words) if words else ""
        self._card_title.setText(told)

    def _transfer_ended(self, transfer: Transfer) -> None:
        """What was to be fetched may be here now."""
        if self.isVisible() and self._preview is not None:
            self._ask_preview(str(self._preview.platform) if self._preview.platform else "")

    def _mark_pulling(self) -> None:
        if self._repository is not None:
            pulled = (one.name for one in self._transfers.active)
            self._model.mark_pulling(tags_in(self._repository.name, pulled))

    def _mark_here(self) -> None:
        if self._repository is not None:
            names = (name for row in self._images.rows for name in row.references)
            self._model.mark_here(tags_in(self._repository.name, names))
            self._show_reference()
