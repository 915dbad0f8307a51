"""Tokens, contrast, strokes and icons."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QRadioButton, QWidget

import layerscope.gui
from layerscope.gui import icons, marks, paint, theme
from layerscope.gui.marks import ChipForm

SURFACES = ("win", "surf", "surf2", "hover", "sel")
TEXTS = ("tx", "tx2", "tx3", "ok", "warn", "err")
BADGES = ("add", "mod", "meta", "dele", "opq")


@pytest.fixture(params=["light", "dark"])
def look(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[theme.Theme]:
    theme.apply(qapp, request.param)
    yield theme.current()
    theme.apply(qapp, "light")


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((paint.luminance(one), paint.luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("text", TEXTS)
def test_text_is_readable_on_every_surface(look: theme.Theme, text: str, surface: str) -> None:
    assert contrast(look.colour(text), look.colour(surface)) >= 4.5


@pytest.mark.parametrize("badge", BADGES)
def test_badges_are_readable(look: theme.Theme, badge: str) -> None:
    assert contrast(look.colour(badge), look.colour(badge + "bg")) >= 4.5


def test_buttons_are_readable(look: theme.Theme) -> None:
    assert contrast(look.acctx, look.acc) >= 4.5
    assert contrast(look.errtx, look.err) >= 4.5


def test_inputs_have_borders_that_can_be_seen(look: theme.Theme) -> None:
    assert contrast(look.ctl, look.surf) >= 3
    assert contrast(look.acc, look.surf) >= 3


@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_boxes_can_be_seen_and_tell_their_state(
    look: theme.Theme, kind: type[QCheckBox] | type[QRadioButton]
) -> None:
    pane = QWidget()
    pane.setProperty("surface", "surf")
    box = kind(pane)
    box.resize(24, 24)
    images: list[QImage] = []
    for checked in (False, True):
        for enabled in (True, False):
            box.setAutoExclusive(False)
            box.setChecked(checked)
            box.setEnabled(enabled)
            images.append(pane.grab(box.geometry()).toImage())
    assert all(one != other for place, one in enumerate(images) for other in images[place + 1 :])
    empty, _, ticked, _ = images
    assert most_contrast(empty, look.surf) >= 2.5, "an empty box has an outline"
    assert most_contrast(ticked, look.surf) >= 4.5


def most_contrast(image: QImage, ground: QColor) -> float:
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return max(contrast(image.pixelColor(x, y), ground) for x, y in points)


@pytest.mark.parametrize("number", range(1, 9))
def test_layer_hues_stand_out_and_carry_their_number(look: theme.Theme, number: int) -> None:
    hue = paint.layer_colour(number)
    assert contrast(hue, look.surf) >= 3
    assert contrast(hue, look.surf2) >= 3
    assert contrast(paint.text_on(hue), hue) >= 4.45


def test_hues_come_again_after_eight(qapp: QApplication) -> None:
    assert paint.layer_colour(9) == paint.layer_colour(1)
    assert len({paint.layer_colour(number).name() for number in range(1, 9)}) == 8


def test_a_theme_can_be_switched_while_running(qapp: QApplication) -> None:
    heard = []
    theme.changed.connect(lambda: heard.append(theme.current().name))
    theme.apply(qapp, "dark")
    theme.apply(qapp, "dark")
    theme.apply(qapp, "light")
    assert heard == ["dark", "light"]
    assert qapp.palette().window().color() == theme.current().win


def test_no_token_is_left_in_the_style_sheet(qapp: QApplication) -> None:
    assert "@" not in qapp.styleSheet()


@pytest.mark.parametrize("form", list(ChipForm))
@pytest.mark.parametrize("number", [1, 8, 9, 17, 127])
def test_every_chip_paints_something(qapp: QApplication, form: ChipForm, number: int) -> None:
    def chip(paper: QPainter) -> None:
        marks.draw_chip(paper, QRectF(2, 2, 30, 18), number, form)

    assert painted(chip)


def test_a_chip_of_the_second_round_differs_from_the_first(qapp: QApplication) -> None:
    def chip(number: int) -> QImage:
        return drawn(lambda paper: marks.draw_chip(paper, QRectF(2, 2, 40, 18), number, text="x"))

    assert chip(1) != chip(9)
    assert chip(9) != chip(17)


def test_a_composition_shows_even_the_smallest_part(qapp: QApplication) -> None:
    picture = drawn(
        lambda paper: marks.draw_composition(
            paper, QRectF(0, 0, 40, 6), [(1, 10**9), (2, 1), (3, 1)]
        )
    )
    seen = {picture.pixelColor(x, 3).name() for x in range(40)}
    assert paint.layer_colour(1).name() in seen


def test_an_endless_text_is_cut_before_it_is_measured(qapp: QApplication) -> None:
    cut = paint.elided("x" * 5_000_000, paint.font(13), 100)
    assert len(cut) < 200
    assert cut.endswith("…")


def test_icons_follow_the_theme(qapp: QApplication) -> None:
    made = icons.icon("tag", "tx")
    size = QSize(16, 16)
    light = made.pixmap(size).toImage()
    theme.apply(qapp, "dark")
    dark = made.pixmap(size).toImage()
    theme.apply(qapp, "light")
    assert light != dark
    assert not light.isNull()


def test_icons_are_sharp_at_twice_the_pixels(qapp: QApplication) -> None:
    picture = icons.icon("tag").pixmap(QSize(16, 16), 2.0)
    assert picture.size() == QSize(32, 32)


def test_an_icon_that_is_not_shipped_is_a_mistake_at_once(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icons.icon("no-such-icon")


def test_every_icon_is_in_one_colour_and_has_a_licence() -> None:
    folder = files("layerscope_assets")
    for file in (folder / "icons").iterdir():
        if file.name.endswith(".svg"):
            assert "currentColor" in file.read_text("utf-8"), file.name
    assert "Lucide" in (folder / "licences" / "lucide-ISC.txt").read_text("utf-8")


def test_buttons_keep_their_theme_icon_when_disabled(qapp: QApplication) -> None:
    made = QPushButton()
    made.setIcon(icons.icon("download"))
    made.setEnabled(False)
    assert not made.grab().toImage().isNull()


def drawn(paint_it: object) -> QImage:
    picture = QImage(60, 24, QImage.Format.Format_ARGB32)
    picture.fill(QColor("white"))
    paper = QPainter(picture)
    paint.smooth(paper)
    assert callable(paint_it)
    paint_it(paper)
    paper.end()
    return picture


def painted(paint_it: object) -> bool:
    return drawn(paint_it) != drawn(lambda _paper: None)


def test_the_window_wears_the_icon_of_the_desktop_entry(qapp: QApplication) -> None:
    shipped = (files("layerscope_assets") / "layerscope.svg").read_bytes()
    packaged = Path(__file__).parents[2] / "packaging" / "dev.layerscope.Layerscope.svg"
    assert shipped == packaged.read_bytes()
    assert not icons.of_the_program().isNull()


def test_no_icon_is_shipped_that_nothing_shows() -> None:
    gui = Path(layerscope.gui.__file__).parent
    text = "\n".join(file.read_text("utf-8") for file in gui.rglob("*.py"))
    names = [
        file.name.removesuffix(".svg")
        for file in (files("layerscope_assets") / "icons").iterdir()
        if file.name.endswith(".svg")
    ]
    assert [name for name in names if f'"{name}"' not in text] == []


def test_a_choice_shows_that_it_can_be_opened(look: theme.Theme) -> None:
    pane = QWidget()
    pane.setProperty("surface", "surf")
    box = QComboBox(pane)
    box.resize(160, 32)
    arrow = pane.grab(box.geometry().adjusted(132, 4, -4, -4)).toImage()
    assert most_contrast(arrow, look.surf) >= 4.5
