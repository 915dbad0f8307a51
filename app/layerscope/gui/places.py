"""Where a person is in the window: the pages, which of them is shown, back and forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from layerscope.gui.trail import Place, Section, Trail

if TYPE_CHECKING:
    from layerscope.gui.image.page import ImagePage
    from layerscope.gui.library.page import LibraryPage
    from layerscope.gui.search.page import SearchPage
    from layerscope.gui.window import MainWindow


class Places(QObject):
    """``pages`` holds the page of every section; all but the library's are made when they are
    first gone to."""

    changed = Signal(object)  #: the Section

    def __init__(self, library: LibraryPage, window: MainWindow) -> None:
        super().__init__(window)
        self.section = Section.LIBRARY
        self.image = ""  #: what the open image was opened by
        self.pages = QStackedWidget()
        self.pages.addWidget(library)
        self._window = window
        self._library = library
        self._search: SearchPage | None = None
        self._image_page: ImagePage | None = None
        self._trail = Trail()

    def go(self, section: Section, image: str = "") -> None:
        """Go somewhere; without ``image``, the image section shows the one that was open."""
        name = image or self.image
        place = Place(section, name if section is Section.IMAGE else "")
        self._trail.add(place)
        self._show(place)

    def go_back(self) -> None:
        if self._trail.can_go_back:
            self._show(self._trail.back())

    def go_forward(self) -> None:
        if self._trail.can_go_forward:
            self._show(self._trail.forward())

    def can_go(self) -> tuple[bool, bool]:
        """Whether there is anything back, and anything forward."""
        return self._trail.can_go_back, self._trail.can_go_forward

    def prepare_image_page(self) -> Iterator[None]:
        """Make it before anybody goes there, a piece at a time, and paint each once unseen."""
        page = self._begun()
        yield
        for _ in page.unmade:
            yield
        for piece in page.pieces:
            if not page.isVisible():
                piece.grab()
                yield

    def start_over(self) -> None:
        """Another store is shown: back to the library, and nothing to go back to."""
        self.close()
        self.image = ""
        self._trail = Trail()
        self.go(Section.LIBRARY)

    def close(self) -> None:
        """Stop what the pages have under way."""
        if self.image and self._image_page is not None:
            self._image_page.close_image()

    # Inside

    def _show(self, place: Place) -> None:
        self.section = place.section
        page: QWidget
        if place.section is Section.IMAGE:
            self.image = place.name
            page = self._made()
            page.show_image(place.name)
        elif place.section is Section.SEARCH:
            page = self._search_page()
        else:
            page = self._library
        self.pages.setCurrentWidget(page)
        self.changed.emit(place.section)
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _search_page(self) -> SearchPage:
        from layerscope.gui.search.page import SearchPage

        if self._search is None:
            window = self._window
            self._search = SearchPage(window.jobs, window.actions_, window.settings, window)
            self.pages.addWidget(self._search)
        return self._search

    def _made(self) -> ImagePage:
        page = self._begun()
        for _ in page.unmade:
            pass
        return page

    def _begun(self) -> ImagePage:
        """The page of an image, of which more may have to be made."""
        from layerscope.gui.image.page import ImagePage

        if self._image_page is None:
            window = self._window
            self._image_page = ImagePage(
                window.jobs, window.actions_, window.settings, window, self.pages, at_once=False
            )
            self.pages.addWidget(self._image_page)
            self._image_page.resize(self.pages.size())  # or its panes arrange for a small one
        return self._image_page
