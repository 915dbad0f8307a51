"""The lookup of one path drawn as a track from the container layer down; versions can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from layerscope.engine.library.values import LayerRow
from layerscope.engine.rootfs import Change
from layerscope.gui import marks, paint, theme
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.lookup import Station, Stop
from layerscope.gui.image.track_model import Index, Role, TrackModel
from layerscope.gui.marks import ChipForm

HEIGHT = 30
_NOT_YET = 0.45  #: how strong the mark of a station is that was not asked yet
_SPINE = 28
_RIGHT = Qt.AlignmentFlag.AlignRight
_CENTRE = Qt.AlignmentFlag.AlignHCenter
_BADGES = {
    Change.ADDED: "A",
    Change.MODIFIED: "M",
    Change.METADATA: "P",
    Change.DELETED: "D",
}
_ENDS = {Stop.SEEN, Stop.DELETED, Stop.HIDDEN}


class TrackDelegate(QStyledItemDelegate):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hues = Hues()
        self.reached: int | None = None  #: the row that is asked while a lookup is played

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        station: Station = index.data(Role.STATION)
        model = index.model()
        assert isinstance(model, TrackModel)
        rect = QRectF(option.rect)
        painter.save()
        paint.smooth(painter)
        reached = self.reached
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        seen = station.stop is Stop.SEEN
        if reached is not None:
            chosen, seen = index.row() == reached, seen and index.row() <= reached
        if seen or chosen:
            look = theme.current()
            plate = rect.adjusted(8, 0, -8, 0)
            line = look.acc if chosen else look.line2
            fill = look.sel if seen else look.surf2
            paint.draw_round(painter, plate, 7, fill, line, 1.3)
        asked = reached is None or index.row() <= reached
        self._spine(painter, rect, index.row(), model)
        painter.setOpacity(1.0 if asked else _NOT_YET)
        self._mark(painter, rect, station)
        painter.setOpacity(1.0)
        self._words(painter, rect, station, model, asked)
        painter.restore()

    def _spine(self, painter: QPainter, rect: QRectF, row: int, model: TrackModel) -> None:
        """Solid as far as a lookup goes, dashed below."""
        look = theme.current()
        middle = rect.center().y()
        after = model.stations[row].after
        ends = model.stations[row].stop in _ENDS
        if self.reached is not None:
            after, ends = row > self.reached, row >= self.reached
        solid = QPen(look.acc, 2)
        dashed = QPen(look.line2, 1.5)
        dashed.setDashPattern([2, 3])
        if row:
            painter.setPen(dashed if after else solid)
            painter.drawLine(QPointF(_SPINE, rect.y()), QPointF(_SPINE, middle - 9))
        if row + 1 < len(model.stations):
            painter.setPen(dashed if after or ends else solid)
            painter.drawLine(QPointF(_SPINE, middle + 9), QPointF(_SPINE, rect.bottom()))

    def _mark(self, painter: QPainter, rect: QRectF, station: Station) -> None:
        look = theme.current()
        middle = rect.center().y()
        number = str(station.first)
        wide: float = 24 if station.first < 100 else 32
        chip = QRectF(_SPINE - wide / 2, middle - 9, wide, 18)
        hue = self.hues.of(station.first) if station.first else 1
        match station.stop:
            case Stop.CONTAINER:
                paint.draw_round(
                    painter,
                    QRectF(_SPINE - 11, middle - 9, 22, 18),
                    4,
                    look.surf,
                    look.tx3,
                    1.4,
                    (2, 1.5),
                )
            case Stop.NOTHING if station.first != station.last:
                words = f"{station.first}\N{EN DASH}{station.last}"
                small = paint.font(9.5, 600)
                wide = max(28.0, paint.text_width(words, small) + 10)
                pill = QRectF(_SPINE - wide / 2, middle - 9, wide, 18)
                paint.draw_round(painter, pill, 9, look.surf, look.line2)
                paint.draw_text(painter, pill, words, small, look.tx3, _CENTRE, None)
            case Stop.NOTHING:
                painter.setBrush(look.surf)
                painter.setPen(QPen(paint.layer_colour(hue), 1.6))
                painter.drawEllipse(QPointF(_SPINE, middle), 8.5, 8.5)
                small = paint.font(10 if station.first < 100 else 8.5, 600)
                paint.draw_text(painter, chip, number, small, look.tx2, _CENTRE, None)
            case Stop.SEEN:
                marks.draw_chip(painter, chip, hue, ChipForm.SOLID, number)
            case Stop.DELETED | Stop.HIDDEN:
                paint.draw_round(painter, chip, 4, look.surf)
                marks.draw_chip(painter, chip, hue, ChipForm.DASHED, number)
            case _:
                paint.draw_round(painter, chip, 4, look.surf)
                marks.draw_chip(painter, chip, hue, ChipForm.OUTLINED, number)

    def _words(
        self, painter: QPainter, rect: QRectF, station: Station, model: TrackModel, asked: bool
    ) -> None:
        look = theme.current()
        middle, right = model.words(station)
        if not asked:  # what it will answer is not known yet
            room = rect.adjusted(50, 0, -16, 0)
            step = model.step_words(station)
            paint.draw_text(painter, room, step, paint.font(11.5, mono=True), look.tx3)
            return
        seen = station.stop is Stop.SEEN
        x = rect.right() - 16
        icon, colour = {
            Stop.SEEN: ("eye", look.acc),
            Stop.SHADOWED: ("eye-off", look.tx3),
            Stop.ABOVE: ("eye-off", look.tx3),
            Stop.DELETED: ("octagon-x", look.dele),
            Stop.HIDDEN: ("octagon-x", look.opq),
        }.get(station.stop, ("", look.tx3))
        if model.merged(station):
            icon = ""
        if icon:
            x -= 18
            box = QRectF(x, rect.center().y() - 8, 16, 16)
            paint.draw_icon(painter, icon, box, colour)
            x -= 8
        used = paint.font(12 if icon else 11.5, 600 if seen else 400)
        tone = look.tx if seen else look.tx2 if icon else look.tx3
        if station.stop in (Stop.DELETED, Stop.HIDDEN):
            used, tone = paint.font(11.5), look.dele
        width = min(paint.text_width(right, used), 150.0)
        words = QRectF(x - width, rect.y(), width + 1, rect.height())
        paint.draw_text(painter, words, right, used, tone, _RIGHT, Qt.TextElideMode.ElideLeft)
        x -= width + 8
        badge = _BADGES.get(station.step.change) if station.step and station.step.change else None
        if badge and station.stop in (Stop.SEEN, Stop.SHADOWED, Stop.ABOVE):
            x -= 20
            marks.draw_badge(painter, QRectF(x, rect.center().y() - 9, 18, 18), badge)
            x -= 6
        plain = station.stop is Stop.CONTAINER or station.first != station.last
        used = paint.font(12.5) if plain else paint.font(11.5, 600 if seen else 400, mono=True)
        room = QRectF(50, rect.y(), max(0.0, x - 50), rect.height())
        paint.draw_text(painter, room, middle, used, look.tx if seen else look.tx2)


class Track(QListView):
    """The stations of one lookup; ``version_chosen`` tells the TraceStep of the one that a person
    picked."""

    version_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps = TrackModel(self)
        self.marks = TrackDelegate(self)
        self._showing = False
        self._most = 9
        self.setModel(self.steps)
        self.setItemDelegate(self.marks)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Where this file comes from"))
        self.selectionModel().currentChanged.connect(self._current_changed)
        theme.changed.connect(self.viewport().update)

    def show_stations(
        self,
        stations: tuple[Station, ...],
        layers: Sequence[LayerRow],
        hues: Hues,
        is_folder: bool,
    ) -> None:
        """Show a lookup with the copy that is seen, or else the newest, chosen."""
        self._showing = True
        self.marks.hues = hues
        self.steps.show(stations, layers, is_folder)
        self._fit()
        for wanted in (Stop.SEEN, Stop.SHADOWED):
            rows = [row for row, one in enumerate(stations) if one.stop is wanted]
            if rows:
                flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
                self.selectionModel().setCurrentIndex(self.steps.index(rows[0]), flag)
                break
        self._showing = False

    def show_reached(self, row: int | None) -> None:
        """Show the lookup as far as station ``row``, None for all of it."""
        self.marks.reached = row
        if row is not None:
            self.scrollTo(self.steps.index(row))
        self.viewport().update()

    def show_at_most(self, rows: int) -> None:
        """Scroll when there are more stations than this."""
        self._most = rows
        self._fit()
        reached = self.marks.reached
        index = self.steps.index(reached) if reached is not None else self.currentIndex()
        if index.isValid():
            self.scrollTo(index)

    def _fit(self) -> None:
        rows = max(1, min(len(self.steps.stations), self._most))
        self.setFixedHeight(rows * HEIGHT)

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and not self._showing:
            self.version_chosen.emit(self.steps.stations[current.row()].step)
