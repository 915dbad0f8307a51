"""The only home of colours: tokens, the palette and the style sheet made from them."""

from __future__ import annotations

import json
from dataclasses import fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from layerscope.engine.dataclass import dataclass

Choice = Literal["light", "dark", "system"]
CHOICES: tuple[Choice, ...] = get_args(Choice)


@dataclass(frozen=True, slots=True)
class Theme:
    """All colours of one look.  Painters read these and write no literal colour.

    ``win`` is chrome, ``surf`` panes, ``surf2`` cards; ``line`` dividers, ``line2`` outlines,
    ``ctl`` borders of inputs; ``tx`` ``tx2`` ``tx3`` text of falling weight; ``acc`` and ``acctx``
    the ink of primary things and the text on it.  ``add`` to ``opq`` are the change badges, each
    with its background.  ``layers`` are the eight hues of layer positions.
    """

    name: str
    win: QColor
    surf: QColor
    surf2: QColor
    hover: QColor
    sel: QColor
    line: QColor
    line2: QColor
    ctl: QColor
    tx: QColor
    tx2: QColor
    tx3: QColor
    acc: QColor
    acctx: QColor
    code: QColor
    ok: QColor
    warn: QColor
    err: QColor
    errtx: QColor
    add: QColor
    addbg: QColor
    mod: QColor
    modbg: QColor
    meta: QColor
    metabg: QColor
    dele: QColor
    delebg: QColor
    opq: QColor
    opqbg: QColor
    shadow: QColor
    scrim: QColor
    layers: tuple[QColor, ...]

    @property
    def dark(self) -> bool:
        return self.name == "dark"

    def colour(self, token: str) -> QColor:
        """The colour of a token by its name; AttributeError for a name that is none."""
        found = getattr(self, token)
        if not isinstance(found, QColor):
            raise AttributeError(token)
        return found


class _Watch(QObject):
    """Tells when the look has changed; painters connect their ``update``."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice: Choice = "system"
        self.theme: Theme | None = None
        self.following: QGuiApplication | None = None

    def system_changed(self) -> None:
        app = QApplication.instance()
        if self.choice == "system" and isinstance(app, QApplication):
            _wear(app, _named(_system_name()))


_watch = _Watch()
changed = _watch.changed


def current() -> Theme:
    """The theme in use; light before the first ``apply``."""
    return _watch.theme or _named("light")


def choice() -> Choice:
    """What was asked for, which may be "system"."""
    return _watch.choice


def apply(app: QApplication, wanted: Choice) -> None:
    """Dress the whole application, now and while it runs, and emit ``changed``."""
    _watch.choice = wanted
    hints = app.styleHints()
    if _watch.following is not app:
        _watch.following = app
        app.setStyle(QStyleFactory.create("Fusion"))
        hints.colorSchemeChanged.connect(_watch.system_changed)
    if wanted == "system":
        hints.unsetColorScheme()
        _wear(app, _named(_system_name()))
    else:
        dark = wanted == "dark"
        hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
        _wear(app, _named(wanted))


@cache
def _named(name: str) -> Theme:
    tokens = json.loads((files("layerscope_assets") / "themes" / "tokens.json").read_text("utf-8"))
    of_name = tokens[name]
    colours = {
        field.name: QColor(of_name[field.name])
        for field in fields(Theme)
        if field.name not in ("name", "layers")
    }
    return Theme(name=name, layers=tuple(map(QColor, of_name["layers"])), **colours)


def _system_name() -> str:
    scheme = QGuiApplication.styleHints().colorScheme()
    return "dark" if scheme == Qt.ColorScheme.Dark else "light"


def _wear(app: QApplication, theme: Theme) -> None:
    if _watch.theme is theme and app.styleSheet():
        return
    _watch.theme = theme
    app.setPalette(_palette(theme))
    app.setStyleSheet(_style_sheet(theme))
    _watch.changed.emit()


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for one, colour in (
        (role.Window, theme.win),
        (role.WindowText, theme.tx),
        (role.Base, theme.surf),
        (role.AlternateBase, theme.surf2),
        (role.Text, theme.tx),
        (role.Button, theme.surf),
        (role.ButtonText, theme.tx),
        (role.BrightText, theme.err),
        (role.ToolTipBase, theme.surf),
        (role.ToolTipText, theme.tx),
        (role.PlaceholderText, theme.tx3),
        (role.Highlight, theme.acc),
        (role.HighlightedText, theme.acctx),
        (role.Link, theme.tx),
        (role.LinkVisited, theme.tx2),
        (role.Accent, theme.acc),
        (role.Light, theme.surf),
        (role.Midlight, theme.hover),
        (role.Mid, theme.line2),
        (role.Dark, theme.ctl),
        (role.Shadow, theme.line2),
    ):
        palette.setColor(one, colour)
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, theme.ctl)
    return palette


def _style_sheet(theme: Theme) -> str:
    home = files("layerscope_assets") / "themes"
    template = (home / "widgets.qss").read_text("utf-8")
    for mark in ("tick", "dot", "arrow"):  # Qt's style sheets take pictures from files only
        picture = Path(str(home / f"{mark}-{theme.name}.svg")).as_posix()
        template = template.replace(f"@{mark};", picture)
    for field in sorted(fields(Theme), key=lambda one: -len(one.name)):
        if field.name not in ("name", "layers"):
            template = template.replace(f"@{field.name};", f"{theme.colour(field.name).name()};")
    return template
