"""The head of a repository: its name, the platform to pull, and what can be done with a tag."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from layerscope.engine.oci import Platform, Reference
from layerscope.gui import icons, paint, sizes
from layerscope.gui.plain import button, display, icon_button, in_menu, plain, tooltip

_LONGEST = 28  #: characters of a reference on the button


class Heading(QWidget):
    """Only shows what it is told; the pane knows what it means."""

    platform_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._title = plain("", 20, 600)
        self._official = plain(self.tr("Official"), 11.5, 600, "ok")
        self._place = plain("", 12.5, tone="tx2")
        self._repository: Reference | None = None
        self._name = ""
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
        name = QHBoxLayout()
        name.setSpacing(sizes.GAP_M)
        name.addWidget(self._title)
        name.addWidget(self._official)
        name.addStretch(1)
        names = QVBoxLayout()
        names.setSpacing(sizes.GAP_XS)
        names.addLayout(name)
        names.addWidget(self._place)
        self._verbs = QWidget()
        verbs = QHBoxLayout(self._verbs)
        verbs.setContentsMargins(0, 0, 0, 0)
        verbs.setSpacing(sizes.GAP_S)
        for one in (self.platform, self.open, self.pull, self.more):
            verbs.addWidget(one)
        verbs.addStretch(1)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(sizes.GAP_S)
        self._layout.addLayout(names, 1)
        self._layout.addWidget(self._verbs, 0, Qt.AlignmentFlag.AlignTop)
        self._place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def official(self) -> bool:
        return not self._official.isHidden()

    @property
    def chosen_platform(self) -> str | None:
        """None unless there is a choice."""
        return str(self.platform.currentData()) if self.platform.count() > 1 else None

    def show_repository(self, repository: Reference, official: bool) -> None:
        self._repository = repository
        self._name = display(familiar_name(repository))
        self._official.setVisible(official)
        self._tell_place(display(repository.name))
        self.forget_platforms()

    def count_tags(self, count: int) -> None:
        if self._repository is not None:
            tags = self.tr("%n tag(s)", "", count)
            self._tell_place(f"{display(self._repository.name)} · {tags}")

    def show_reference(self, reference: str, here: bool, refused: str = "") -> str:
        """What Pull would pull, or why it cannot; tells it as people write it."""
        self.pull.setEnabled(bool(reference) and not refused)
        self.more.setEnabled(bool(reference))
        self.open.setVisible(here)
        words = display(Reference.parse(reference).familiar) if reference else ""
        short = words if len(words) <= _LONGEST else words.rpartition("/")[2][:_LONGEST]
        self.pull.setToolTip(tooltip(refused or words))
        self.pull.setAccessibleDescription(refused)
        again = self.tr("Pull {0} again") if here else self.tr("Pull {0}")
        self.pull.setText(again.format(in_menu(short)) if words else self.tr("Pull"))
        self._arrange()
        return words

    def show_platforms(self, platforms: Sequence[Platform], chosen: Platform | None) -> None:
        self.platform.clear()
        for platform in platforms:
            self.platform.addItem(icons.icon("cpu"), display(str(platform)), str(platform))
        self.platform.setCurrentIndex(max(0, self.platform.findData(str(chosen))))
        self.platform.setVisible(bool(platforms))
        self.platform.setEnabled(len(platforms) > 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Verbs beside the name while there is room, else below; names are cut in the middle."""
        used = self._title.font()
        wide = paint.text_width(self._name, used) + 4
        official = self._official.sizeHint().width() + sizes.GAP_M if self.official else 0
        verbs = self._verbs.sizeHint().width() + sizes.GAP_XL
        beside = wide + official + verbs <= self.width()
        direction = QBoxLayout.Direction
        self._layout.setDirection(direction.LeftToRight if beside else direction.TopToBottom)
        room = min(wide, self.width() - official)
        middle = Qt.TextElideMode.ElideMiddle
        self._title.setText(paint.elided(self._name, used, room, middle))
        self._title.setFixedWidth(int(room) + 1)
        self._title.setToolTip(tooltip(self._name))

    def _tell_place(self, words: str) -> None:
        self._place.setText(words)
        self._place.setToolTip(tooltip(words))

    def forget_platforms(self) -> None:
        self.platform.clear()
        self.platform.hide()

    def _choose(self) -> None:
        self.platform_chosen.emit(str(self.platform.currentData()))


def familiar_name(reference: Reference) -> str:
    """The repository as people write it, without tag or digest."""
    return reference.with_tag("latest").familiar.removesuffix(":latest")
