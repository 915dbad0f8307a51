"""The left pane: heading and switches, the stack of layers, and the selected layer below it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QVBoxLayout, QWidget

from layerscope.engine.library.values import ImageDetail
from layerscope.gui import explaining, sizes
from layerscope.gui.image import arrangement
from layerscope.gui.image.bands import MANY, Band, bands
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.layer_detail import LayerDetail
from layerscope.gui.image.segmented import Segmented
from layerscope.gui.image.stack_plan import Shown, hidden_steps
from layerscope.gui.image.stack_view import StackView
from layerscope.gui.plain import icon_button, plain


class StackPane(QWidget):
    """Selecting a layer and moving the viewing line are kept apart: ``layer_selected`` and
    ``line_moved`` each tell one of them, and ``show_state`` sets both."""

    layer_selected = Signal(int)
    line_moved = Signal(int)
    layer_entered = Signal(int)
    files_wanted = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWhatsThis(explaining.words("layers"))
        self.hues = Hues()
        self.steps_shown = False
        self._detail: ImageDetail | None = None
        self._as_of = 0
        self._selected = 0
        self._bands: tuple[Band, ...] = ()
        self._opened: frozenset[int] = frozenset()
        self.view = StackView(self)
        self.detail_box = LayerDetail(self)
        self._note = plain("", 12, tone="tx3")
        self._switch = Segmented(self.tr("Show"), (self.tr("Bands"), self.tr("All")))
        self._options = icon_button("list-filter", self.tr("Show in the stack"), side=26)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._sized = False  #: by the person
        self._folded = False  #: what the person wants where the box need not be folded
        self._unfolded = False  #: … and where it has to be
        self._lay_out()
        self._soon.timeout.connect(self._share_height)
        self.detail_box.folding.connect(self._fold)
        self.view.layer_selected.connect(self.layer_selected)
        self.view.line_moved.connect(self.line_moved)
        self.view.layer_entered.connect(self.layer_entered)
        self.view.files_wanted.connect(self.files_wanted)
        self.view.menu_wanted.connect(self.menu_wanted)
        self.view.band_toggled.connect(self._toggle_band)
        self._switch.chosen.connect(self._refresh)
        self._options.clicked.connect(self._ask_options)

    def show_image(self, detail: ImageDetail | None) -> None:
        """Show another image, or nothing; then call ``show_state``."""
        self._detail = detail
        self._opened = frozenset()
        layers = detail.layers if detail is not None else ()
        found = bands(layers, detail.base_layers, detail.base_name) if detail is not None else []
        self._bands = tuple(found) if len(layers) > MANY else ()
        self.hues = Hues.of_layers(len(layers), found)
        self._switch.setVisible(bool(self._bands))
        self._soon.start()

    def show_state(self, as_of: int, selected: int) -> None:
        self._as_of = as_of
        self._selected = selected
        self._refresh()

    def hold(self, holding: dict[int, bool]) -> None:
        """Mark the layers that have the selected path; True for the one that is seen."""
        self.view.stack.hold(holding)

    def show_steps(self, shown: bool) -> None:
        self.steps_shown = shown
        self._refresh()

    def show_compact(self, compact: bool) -> None:
        self.view.cards.compact = compact
        self._refresh()

    # Inside

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 8, 0)
        head.setSpacing(8)
        head.addWidget(plain(self.tr("Layers"), 13, 600))
        head.addWidget(self._note)
        head.addStretch(1)
        head.addWidget(self._switch)
        head.addWidget(self._options)
        top = QWidget()
        top.setFixedHeight(sizes.PANE_HEAD)
        top.setLayout(head)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.view)
        split.addWidget(self.detail_box)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setSizes([640, 180])
        split.setChildrenCollapsible(False)
        split.splitterMoved.connect(self._moved)
        self.split = split
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(top)
        lines.addWidget(split, 1)

    def _share_height(self) -> None:
        """The stack gets what it needs, the box below it the rest, or only its name."""
        total = self.split.height()
        short = arrangement.folded(total)
        self.detail_box.fold(not self._unfolded if short else self._folded)
        if self._sized and not short:
            return
        box = arrangement.box_height(total, self.view.content_height() + 10)
        if not self.detail_box.strip.isChecked():
            box = arrangement.STRIP
        self.split.setSizes([total - box, box])

    def _fold(self, shown: bool) -> None:
        """For heights like this one, remember what the person wants."""
        if arrangement.folded(self.split.height()):
            self._unfolded = shown
        else:
            self._folded = not shown
        self._share_height()

    def _moved(self, _at: int, _handle: int) -> None:
        self._sized = True

    def _refresh(self) -> None:
        banded = self._bands if self._switch.current == 0 else ()
        shown = Shown(self._as_of, self.steps_shown, banded, self._opened)
        self.view.show_stack(self._detail, shown, self.hues, self._selected)
        self._note.setText(self._summary(bool(banded)))
        detail = self._detail
        if detail is None or not 1 <= self._selected <= len(detail.layers):
            self.detail_box.show_layer(None, self.hues)
            return
        layers = detail.layers[: self._selected]
        below = sum(one.size if one.size is not None else one.compressed for one in layers)
        self.detail_box.show_layer(layers[-1], self.hues, below)

    def _summary(self, banded: bool) -> str:
        if self._detail is None:
            return ""
        count = len(self._detail.layers)
        if banded:
            words = self.tr("{count} · grouped into {bands} bands")
            return words.format(count=count, bands=len(self._bands))
        steps = hidden_steps(self._detail)
        if not steps or self.steps_shown:
            return str(count)
        if steps == 1:
            return self.tr("{count} · 1 metadata step hidden").format(count=count)
        return self.tr("{count} · {steps} metadata steps hidden").format(count=count, steps=steps)

    def _toggle_band(self, first: int) -> None:
        self._opened = self._opened ^ {first}
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self._soon.start()

    def _ask_options(self) -> None:
        menu = QMenu(self)
        steps = menu.addAction(self.tr("Metadata steps"))
        steps.setCheckable(True)
        steps.setChecked(self.steps_shown)
        steps.toggled.connect(self.show_steps)
        compact = menu.addAction(self.tr("Compact"))
        compact.setCheckable(True)
        compact.setChecked(self.view.cards.compact)
        compact.toggled.connect(self.show_compact)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._options.mapToGlobal(self._options.rect().bottomLeft()))
