"""What a pull will fetch, drawn before it starts: already here beside to download."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from layerscope.engine.library.values import PullPreview, size_text
from layerscope.gui import paint, sizes, theme
from layerscope.gui.plain import display, tooltip

_BAR = 26.0
_LEAST = 6.0  #: a part that is there is never thinner


class PreviewCard(QWidget):
    """A card of fixed height; empty until it is given a preview, words or an error to show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview: PullPreview | None = None
        self._words: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, 124)

    def say(self, *words: str) -> None:
        """Up to three lines and no bar."""
        self._preview, self._words = None, words
        self.setToolTip("")
        self._renew()

    def show_preview(self, preview: PullPreview) -> None:
        self._preview, self._words = preview, self._lines(preview)
        self._renew()
        self.setToolTip(tooltip("\n".join(map(display, preview.notes))))

    @property
    def words(self) -> tuple[str, ...]:
        return self._words

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        rect = QRectF(self.rect())
        paint.draw_round(painter, rect, sizes.RADIUS_CARD, look.surf2, look.line)
        y = 16.0
        if self._preview is not None:
            self._bar(painter, QRectF(16, y, rect.width() - 32, _BAR), self._preview)
            y += _BAR + 10
        for line in self._words:
            box = QRectF(16, y, rect.width() - 32, 20)
            paint.draw_text(painter, box, line, paint.font(12), look.tx2)
            y += 20

    def _bar(self, painter: QPainter, rect: QRectF, preview: PullPreview) -> None:
        look = theme.current()
        here, missing = preview.already_here, preview.download
        total = here + missing
        width = rect.width() - (3 if here and missing else 0)
        left = width * here / total if total else width
        if here and missing:
            left = min(max(left, _LEAST), width - _LEAST)
        hue = paint.layer_colour(1)
        if here or not total:
            box = QRectF(rect.x(), rect.y(), left, rect.height())
            paint.draw_round(painter, box, sizes.RADIUS_CHIP, hue)
            self._inside(painter, box, self._here_words(preview), paint.text_on(hue))
        if missing:
            x = rect.x() + (left + 3 if here else 0)
            box = QRectF(x, rect.y(), rect.right() - x, rect.height())
            paint.draw_round(painter, box, sizes.RADIUS_CHIP, look.acc)
            words = self.tr("{0} to download").format(size_text(missing))
            self._inside(painter, box, words, look.acctx)

    def _inside(self, painter: QPainter, box: QRectF, words: str, ink: QColor) -> None:
        used = paint.font(12, 600)
        if paint.text_width(words, used) + 20 <= box.width():
            inner = box.adjusted(10, 0, -10, 0)
            paint.draw_text(painter, inner, words, used, ink, elide=None)

    def _here_words(self, preview: PullPreview) -> str:
        shared = sorted({layer.shared_with for layer in preview.layers if layer.shared_with})
        words = self.tr("{0} already here").format(size_text(preview.already_here))
        return f"{words} ({display(shared[0])})" if shared else words

    def _lines(self, preview: PullPreview) -> tuple[str, ...]:
        layers = len(preview.layers)
        here = sum(layer.here for layer in preview.layers)
        partial = sum(layer.partial for layer in preview.layers if not layer.here)
        if here == layers:
            first = self.tr("Every layer is already on this disk. Pulling only adds the tag.")
        elif here == 1:
            first = self.tr("1 of {0} layers is already on this disk and is not fetched again.")
            first = first.format(layers)
        elif here:
            first = self.tr("{0} of {1} layers are already on this disk and are not fetched again.")
            first = first.format(here, layers)
        else:
            first = self.tr("None of the {0} layers is on this disk yet.").format(layers)
            if layers == 1:
                first = self.tr("Its one layer is not on this disk yet.")
        if partial:
            more = self.tr("{0} of an earlier try are kept: the pull continues from there.")
            first += " " + more.format(size_text(partial))
        lines = [first, self._platform_words(preview)]
        last = (_mirror_words(preview), display(preview.rate_limit))
        lines.append(" · ".join(filter(None, last)))
        return tuple(line for line in lines if line)

    def _platform_words(self, preview: PullPreview) -> str:
        if preview.platform is None:
            return ""
        name = display(str(preview.platform))
        if preview.runs_here:
            return self.tr("Platform {0} (this machine).").format(name)
        words = self.tr(
            "This image is for {0}. It can be browsed here, but containers from it "
            "will not run on this machine."
        )
        return words.format(name)

    def _renew(self) -> None:
        self.setAccessibleName(self.tr("What the pull will fetch"))
        self.setAccessibleDescription(" ".join(self._words))
        self.update()


def _mirror_words(preview: PullPreview) -> str:
    """Who says what the tag is and who sent it, where that is not simply the registry."""
    tr = QCoreApplication.translate
    if preview.tag_from:
        text = tr(
            "PreviewCard", "The tag is what mirror {0} knows: the registry could not be asked."
        )
        return text.format(display(preview.tag_from))
    if preview.mirror:
        text = tr("PreviewCard", "By mirror {0}, for the tag as the registry has it now.")
        return text.format(display(preview.mirror))
    if preview.notes:
        return tr("PreviewCard", "A mirror did not help; the registry sends it.")
    return ""
