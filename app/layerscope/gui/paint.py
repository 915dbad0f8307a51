"""The strokes every painter shares: fonts, text, colours, shapes, icons, pills, bars."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPen,
)

from layerscope.gui import icons, theme

UI_FAMILY = "Inter"
MONO_FAMILY = "JetBrains Mono"

_INK = QColor("#14171A")
_WHITE = QColor("#FFFFFF")
_LEFT = Qt.AlignmentFlag.AlignLeft


# Fonts


def load_fonts() -> None:
    """Make the bundled fonts known; once, after the application exists."""
    for file in (files("layerscope_assets") / "fonts").iterdir():
        if file.name.endswith((".otf", ".ttf")):
            QFontDatabase.addApplicationFontFromData(file.read_bytes())


def font(px: float = 13, weight: int = 400, mono: bool = False) -> QFont:
    """The font of the window in ``px`` logical pixels, digits all of one width."""
    screen = QGuiApplication.primaryScreen()
    dpi = screen.logicalDotsPerInchY() if screen else 96.0
    return QFont(_font(px, weight, mono, dpi))


@lru_cache(maxsize=256)
def _font(px: float, weight: int, mono: bool, dpi: float) -> QFont:
    kind = QFontDatabase.SystemFont.FixedFont if mono else QFontDatabase.SystemFont.GeneralFont
    made = QFont()
    made.setFamilies([MONO_FAMILY if mono else UI_FAMILY, QFontDatabase.systemFont(kind).family()])
    if px == int(px):
        made.setPixelSize(int(px))
    else:
        made.setPointSizeF(px * 72 / dpi)
    made.setWeight(QFont.Weight(weight))
    if mono:
        made.setFeature(QFont.Tag("calt"), 0)
        made.setStyleHint(QFont.StyleHint.Monospace)
    else:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def text_width(text: str, used: QFont) -> float:
    return QFontMetricsF(used).horizontalAdvance(text)


def elided(
    text: str, used: QFont, width: float, where: Qt.TextElideMode = Qt.TextElideMode.ElideRight
) -> str:
    """``text`` cut to ``width`` with an ellipsis; long text is cut before it is measured."""
    room = max(16, int(width / 2))
    if len(text) > 2 * room:
        text = text[:room] + text[-room:] if where == Qt.TextElideMode.ElideMiddle else text[:room]
    return QFontMetricsF(used).elidedText(text, where, max(0.0, width))


# Colours


def layer_colour(number: int) -> QColor:
    """The hue of a layer by its position, from 1 at the bottom; eight hues, then again."""
    hues = theme.current().layers
    return hues[(number - 1) % len(hues)]


def text_on(colour: QColor) -> QColor:
    """White or ink, whichever reads on ``colour``."""
    return _WHITE if 1.05 / (luminance(colour) + 0.05) >= 4.45 else _INK


def luminance(colour: QColor) -> float:
    """Relative luminance (WCAG 2.2), 0 to 1."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = colour.redF(), colour.greenF(), colour.blueF()
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def faded(colour: QColor, alpha: float) -> QColor:
    """The same colour, see-through by ``alpha`` 0 to 1."""
    other = QColor(colour)
    other.setAlphaF(colour.alphaF() * alpha)
    return other


# Shapes


def smooth(painter: QPainter) -> None:
    """Switch on what every painter of ours wants."""
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing
        | QPainter.RenderHint.TextAntialiasing
        | QPainter.RenderHint.SmoothPixmapTransform
    )


def draw_round(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: QColor | None = None,
    line: QColor | None = None,
    width: float = 1.0,
    dash: Sequence[float] = (),
) -> None:
    """A rounded rectangle whose outline lies inside ``rect``."""
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    if line is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        pen = QPen(line, width)
        if dash:
            pen.setDashPattern(list(dash))
        painter.setPen(pen)
        half = width / 2
        rect = rect.adjusted(half, half, -half, -half)
    painter.drawRoundedRect(rect, radius, radius)


def draw_text(
    painter: QPainter,
    rect: QRectF,
    text: str,
    used: QFont,
    colour: QColor,
    align: Qt.AlignmentFlag = _LEFT,
    elide: Qt.TextElideMode | None = Qt.TextElideMode.ElideRight,
) -> float:
    """One line, centred vertically and cut to ``rect``; returns the width it takes."""
    if elide is not None:
        text = elided(text, used, rect.width(), elide)
    painter.setFont(used)
    painter.setPen(colour)
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | align | Qt.TextFlag.TextSingleLine, text)
    return text_width(text, used)


def draw_icon(
    painter: QPainter, name: str, rect: QRectF, colour: QColor, stroke: float = 2.0
) -> None:
    """A Lucide icon in the middle of ``rect``, as large as fits."""
    side = min(rect.width(), rect.height())
    device = painter.device()
    ratio = device.devicePixelRatioF() if device else 1.0
    at = QPointF(rect.center().x() - side / 2, rect.center().y() - side / 2)
    painter.drawPixmap(at, icons.pixmap(name, side, colour, ratio, stroke))


def draw_hatch(painter: QPainter, rect: QRectF, colour: QColor, step: float = 7) -> None:
    """Diagonal lines across ``rect``: stored but not seen, or not moving yet."""
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(faded(colour, 0.5), 1.1))
    count = int((rect.width() + rect.height()) / step) + 1
    left = (rect.x() - rect.height() + step * number for number in range(count))
    painter.drawLines([QLineF(x, rect.bottom(), x + rect.height(), rect.y()) for x in left])
    painter.restore()


# Pills and bars


def pill_width(text: str, icon: str = "", used: QFont | None = None) -> float:
    return text_width(text, used or font(11, 500)) + 14 + (15 if icon else 0)


def draw_pill(
    painter: QPainter,
    at: QPointF,
    text: str,
    ink: QColor,
    fill: QColor | None = None,
    line: QColor | None = None,
    icon: str = "",
    height: float = 20,
    used: QFont | None = None,
) -> float:
    """A pill with its left top corner ``at``; returns its width."""
    used = used or font(11, 500)
    width = pill_width(text, icon, used)
    draw_round(painter, QRectF(at.x(), at.y(), width, height), height / 2, fill, line)
    x = at.x() + 7
    if icon:
        box = QRectF(at.x() + 6, at.y() + (height - 12) / 2, 12, 12)
        draw_icon(painter, icon, box, ink)
        x += 15
    rect = QRectF(x, at.y() - 0.5, width, height)
    draw_text(painter, rect, text, used, ink, elide=None)
    return width


def draw_bar(
    painter: QPainter, rect: QRectF, share: float, hue: QColor, track: QColor | None = None
) -> None:
    """A rounded progress or size bar, ``share`` 0 to 1."""
    radius = rect.height() / 2
    draw_round(painter, rect, radius, track if track is not None else theme.current().line)
    if share > 0:
        width = max(rect.height(), rect.width() * min(1.0, share))
        draw_round(painter, QRectF(rect.x(), rect.y(), width, rect.height()), radius, hue)
