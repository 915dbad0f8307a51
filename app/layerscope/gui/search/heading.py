"""The head of a repository: its name, the platform to pull, and what can be done with a tag."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from layerscope.engine.oci import Platform, Reference
from layerscope.gui import icons, sizes
from layerscope.gui.plain import button, display, icon_button, in_menu, plain

_LONGEST = 40  #: characters of a reference on the button


class Heading(QWidget):
    """Only shows what it is told; the pane knows what it means."""

    platform_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._title = plain("", 20, 600)
        self._official = plain(self.tr("Official"), 11.5, 600, "ok")
        self._place = plain("", 12.5, tone="tx2")
        self._repository: Reference | None = None
        self.platform = QComboBox()
        self.platform.setMinimumWidth(148)
        self.platform.setFixedHeight(sizes.CONTROL)
        self.platform.setAccessibleName(self.tr("Platform"))
        self.platform.setToolTip(self.tr("The platform to pull"))
        self.platform.activated.connect(self._choose)
        self.open = button(self.tr("Open"), "package")
        self.open.setFixedHeight(sizes.CONTROL)
        self.open.setToolTip(self.tr("Open the image that is here under this name"))
        self.pull = button(self.tr("Pull"), "download", "primary")
        self.pull.setFixedHeight(sizes.CONTROL)
        self.more = icon_button("ellipsis", self.tr("More"), "", side=sizes.CONTROL)
        line = QHBoxLayout()
        line.setSpacing(sizes.GAP_S)
        line.addWidget(self._title, 1)
        line.addWidget(self._official)
        line.addSpacing(6)
        for one in (self.platform, self.open, self.pull, self.more):
            line.addWidget(one)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.GAP_S)
        column.addLayout(line)
        column.addWidget(self._place)
        self._title.setMinimumWidth(60)

    @property
    def official(self) -> bool:
        return not self._official.isHidden()

    @property
    def chosen_platform(self) -> str | None:
        """None unless there is a choice."""
        return str(self.platform.currentData()) if self.platform.count() > 1 else None

    def show_repository(self, repository: Reference, official: bool) -> None:
        self._repository = repository
        self._title.setText(display(familiar_name(repository)))
        self._title.setToolTip("")
        self._official.setVisible(official)
        self._place.setText(display(repository.name))
        self.forget_platforms()

    def count_tags(self, count: int) -> None:
        if self._repository is not None:
            tags = self.tr("%n tag(s)", "", count)
            self._place.setText(f"{display(self._repository.name)} · {tags}")

    def show_reference(self, reference: str, here: bool) -> str:
        """What Pull would pull; tells it as people write it."""
        self.pull.setEnabled(bool(reference))
        self.more.setEnabled(bool(reference))
        self.open.setVisible(here)
        words = display(Reference.parse(reference).familiar) if reference else ""
        short = words if len(words) <= _LONGEST else words.rpartition("/")[2][:_LONGEST]
        again = self.tr("Pull {0} again") if here else self.tr("Pull {0}")
        self.pull.setText(again.format(in_menu(short)) if words else self.tr("Pull"))
        return words

    def show_platforms(self, platforms: Sequence[Platform], chosen: Platform | None) -> None:
        self.platform.clear()
        for platform in platforms:
            self.platform.addItem(icons.icon("cpu"), display(str(platform)), str(platform))
        self.platform.setCurrentIndex(max(0, self.platform.findData(str(chosen))))
        self.platform.setVisible(bool(platforms))
        self.platform.setEnabled(len(platforms) > 1)

    def forget_platforms(self) -> None:
        self.platform.clear()
        self.platform.hide()

    def _choose(self) -> None:
        self.platform_chosen.emit(str(self.platform.currentData()))


def familiar_name(reference: Reference) -> str:
    """The repository as people write it, without tag or digest."""
    return reference.with_tag("latest").familiar.removesuffix(":latest")
