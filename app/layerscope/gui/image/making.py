"""Makes the page of an image piece by piece, for a window that has other things to do."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from layerscope.gui.actions import Actions
from layerscope.gui.image.files_pane import FilesPane
from layerscope.gui.image.files_tab import FilesTab, Panes
from layerscope.gui.image.inspector import Inspector
from layerscope.gui.image.page import ImagePage, Window
from layerscope.gui.image.stack_pane import StackPane
from layerscope.gui.jobs import Jobs
from layerscope.gui.settings import Settings


def in_steps(
    jobs: Jobs, actions: Actions, settings: Settings, window: Window
) -> Iterator[ImagePage | None]:
    """None after each piece, and at last the page.  All of it at once takes a tenth of a second.

    What was made of a page that nobody waits for any more goes with the iterator.
    """
    made: list[QWidget] = []
    try:
        stack = StackPane()
        made.append(stack)
        yield None
        files = FilesPane()
        made.append(files)
        yield None
        inspector = Inspector(jobs)
        made.append(inspector)
        yield None
        tab = FilesTab(jobs, actions, settings, Panes(stack, files, inspector))
        made.append(tab)
        yield None
        page = ImagePage(jobs, actions, settings, window, files=tab)
        made.append(page)
        yield page
    finally:
        for widget in made:
            if widget.parent() is None:
                widget.deleteLater()
