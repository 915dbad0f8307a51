"""The Search page: one field, results on the left, the chosen repository on the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, QTimer, SignalInstance
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from layerscope.engine.errors import MalformedReference, SignInNeeded
from layerscope.engine.library.values import FoundRow, RegistryRow, Searching
from layerscope.engine.oci import Reference
from layerscope.gui import explaining, icons, sizes
from layerscope.gui.notices import Banner, notice
from layerscope.gui.plain import display, plain
from layerscope.gui.search import history
from layerscope.gui.search.chooser import HUB, RegistryChooser
from layerscope.gui.search.found_pane import FoundPane
from layerscope.gui.search.repository import RepositoryPane
from layerscope.gui.search.results import Exactly, exactly, in_registry
from layerscope.gui.search.start import NothingChosen, StartPanel

if TYPE_CHECKING:
    from layerscope.gui.actions import Actions
    from layerscope.gui.jobs import Job, Jobs
    from layerscope.gui.listing import Images
    from layerscope.gui.settings import Settings
    from layerscope.gui.transfers.transfers import Transfers

_TYPING = 300


class SignsIn(Protocol):
    """Whoever can ask a person who they are; ``signed_in`` tells the host where that went well."""

    @property
    def signed_in(self) -> SignalInstance: ...

    def sign_in(self, host: str, then: Callable[[], None]) -> None: ...


class Frame(Protocol):
    """What the page needs of the window around it."""

    @property
    def transfers(self) -> Transfers: ...

    @property
    def images(self) -> Images: ...

    def show_transfers(self, shown: bool) -> None: ...

    @property
    def shipping(self) -> SignsIn: ...

    def open_image(self, name: str) -> None: ...


class SearchPage(QWidget):
    """Searching starts 300 ms after the last key; what a newer search supersedes is cancelled."""

    def __init__(self, jobs: Jobs, actions: Actions, settings: Settings, window: Frame) -> None:
        super().__init__()
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWhatsThis(explaining.words("search"))
        self._jobs = jobs
        self._settings = settings
        self._frame = window
        self._job: Job | None = None
        self._searched = HUB
        self._lay_out(window)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING)
        self._typing.timeout.connect(self.search_now)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._show_start()

    def search_for(self, text: str, registry: str = "") -> None:
        """Put ``text`` into the field and search at once, as other pages ask for it."""
        if registry:
            self.chooser.choose(registry)
        self.field.setText(text)
        self.search_now()
        self.focus_field()

    def focus_field(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.field.setFocus(event.reason())

    def search_now(self) -> None:
        """Search for what the field holds; a whole reference becomes the first result."""
        self._search(again=False)

    # Layout

    def _lay_out(self, window: Frame) -> None:
        self.chooser = RegistryChooser(self._jobs, self._settings)
        self.chooser.changed.connect(self._registry_changed)
        self.field = QLineEdit()
        self.field.setFixedHeight(sizes.CONTROL)
        self.field.setClearButtonEnabled(True)
        self.field.setMaxLength(1024)
        self.field.setPlaceholderText(self.tr("Name, or a whole reference such as redis:7"))
        self.field.setAccessibleName(self.tr("Search a registry"))
        self.field.addAction(icons.icon("search", "tx3"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.textEdited.connect(self._edited)
        self.field.returnPressed.connect(self._entered)
        self.banner = Banner()
        self.found = FoundPane(self._settings)
        self.results = self.found.results
        self.found.chosen.connect(self._result_chosen)
        self.found.more_wanted.connect(self._search_more)
        self._about = plain("", 12, tone="tx2", wrap=True)
        self.start = StartPanel()
        self.start.chosen.connect(self.search_for)
        begin = QWidget()
        beginning = QVBoxLayout(begin)
        beginning.setContentsMargins(0, 0, 0, 0)
        beginning.addWidget(self._about)
        beginning.addWidget(self.start, 1)
        self._left = QStackedWidget()
        self._left.addWidget(begin)
        self._left.addWidget(self.found)
        row = QHBoxLayout()
        row.setSpacing(sizes.GAP_S)
        row.addWidget(self.chooser)
        row.addWidget(self.field, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(sizes.GAP_XL, sizes.GAP_M, sizes.GAP_S, sizes.GAP_S)
        column.setSpacing(sizes.GAP_S)
        column.addLayout(row)
        column.addWidget(self.banner)
        column.addWidget(self._left, 1)
        self.repository = RepositoryPane(self._jobs, window.transfers, window.images)
        self.repository.pull_wanted.connect(self._pull)
        self.repository.pull_all_wanted.connect(self._pull_all)
        self.repository.open_wanted.connect(window.open_image)
        self.repository.sign_in_wanted.connect(self._sign_in)
        window.shipping.signed_in.connect(self.repository.signed_in)
        self._right = QStackedWidget()
        self._right.addWidget(NothingChosen())
        self._right.addWidget(self.repository)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self._right)
        splitter.setSizes([600, 900])
        splitter.setStretchFactor(1, 1)
        self._settings.keep_splitter(splitter, "search")
        title = plain(self.tr("Search and pull"), 20, 600)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, sizes.GAP_L, 0, 0)
        whole.setSpacing(sizes.GAP_XS)
        head = QHBoxLayout()
        head.setContentsMargins(sizes.GAP_XL, 0, sizes.GAP_XL, 0)
        head.addWidget(title)
        whole.addLayout(head)
        whole.addWidget(splitter, 1)

    def _registry_changed(self) -> None:
        registry = self.chooser.registry
        by_name = registry.searching is Searching.NONE
        words = self.tr("Name, or a whole reference such as redis:7")
        self.field.setPlaceholderText(self.tr("Repository name") if by_name else words)
        if self._searched != registry.host and (
            self.field.text() or registry.searching is Searching.LIST
        ):
            self.search_now()
        elif not self.field.text():
            self._about.setText(display(registry.words))

    # Searching

    def _edited(self, text: str) -> None:
        self._typing.start()

    def _entered(self) -> None:
        if self._typing.isActive() or self._left.currentWidget() is not self.found:
            self.search_now()
        else:
            self.found.focus_list()

    def _search_more(self) -> None:
        self._search(again=True)

    def _search(self, *, again: bool) -> None:
        self._typing.stop()
        self._stop()
        text = self.field.text().strip()
        registry = self.chooser.registry
        self.banner.hide()
        if not text and registry.searching is not Searching.LIST:
            self._show_start()
            return
        self._left.setCurrentWidget(self.found)
        words = self.tr("Searching {0}…").format(display(registry.title))
        self.found.begin(registry, words, again=again)
        exact = exactly(text)
        if exact is not None:
            words = self.tr("This is a whole reference: nothing to search for.")
            self.found.show_exactly(exact, words)
            return
        self._searched = registry.host
        if registry.searching is Searching.NONE:
            self._by_name_only(text, registry)
            return
        self._job = self._jobs.start("search", text, registry=registry.host, limit=self.found.limit)
        self._job.succeeded.connect(self._take)
        self._job.failed.connect(self._complain)

    def _by_name_only(self, text: str, registry: RegistryRow) -> None:
        """A registry without search: what was typed is taken as the repository's name."""
        exact = in_registry(registry.host, text)
        words = registry.words
        if exact is None:
            words = self.tr("“{0}” can't be the name of a repository.").format(text)
        self.found.show_exactly(exact, display(words))

    def _take(self, rows: object) -> None:
        assert isinstance(rows, tuple)
        self._job = None
        text = self.field.text().strip()
        if rows:
            history.remember(self._settings, history.SEARCHED, text)
        self.found.take(rows, text)

    def _complain(self, error: Exception) -> None:
        self._job = None
        self.found.clear()
        self.banner.tell(notice(error))
        if isinstance(error, SignInNeeded):
            act = partial(self._sign_in, error.registry, self.search_now)
            self.banner.offer(self.tr("Sign in…"), act, "key-round")
        self.banner.offer(self.tr("Try again"), self.search_now, "rotate-cw")

    def _sign_in(self, host: str, then: Callable[[], None]) -> None:
        self._frame.shipping.sign_in(host, then)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _show_start(self) -> None:
        self._left.setCurrentIndex(0)
        self._right.setCurrentIndex(0)
        searched = history.latest(self._settings, history.SEARCHED)
        self.start.show_recent(searched, history.latest(self._settings, history.PULLED))
        self._registry_changed()

    # What was chosen

    def _result_chosen(self, result: object) -> None:
        match result:
            case FoundRow(name=name, official=official):
                host = self.chooser.registry.host
                self._show_repository(name if host == HUB else f"{host}/{name}", official)
            case Exactly(reference=text):
                exact = Reference.parse(text)
                digest = str(exact.digest) if exact.digest else ""
                self._show_repository(exact.name, False, exact.tag or "", digest)
            case _:
                self._right.setCurrentIndex(0)

    def _show_repository(self, name: str, official: bool, tag: str = "", digest: str = "") -> None:
        try:
            self.repository.show_repository(name, official, tag, digest)
        except MalformedReference as error:
            self.banner.tell(notice(error))
            return
        self._right.setCurrentWidget(self.repository)

    def _pull(self, reference: str, platform: object) -> None:
        chosen = platform if isinstance(platform, str) else None
        self._frame.transfers.start_pull(reference, chosen)
        history.remember(self._settings, history.PULLED, Reference.parse(reference).familiar)
        self._frame.show_transfers(True)

    def _pull_all(self, repository: str, platform: object) -> None:
        chosen = platform if isinstance(platform, str) else None
        self._frame.transfers.start_pull_all(repository, chosen)
        self._frame.show_transfers(True)
