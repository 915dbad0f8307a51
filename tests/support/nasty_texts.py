"""Texts that mean ill, in every place where a window can show one, and what it may show of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.task import Task
from layerscope.gui import theme
from layerscope.gui.app import bare_application, dress
from layerscope.gui.image.page import ImagePage
from layerscope.gui.jobs import Jobs
from layerscope.gui.settings import Settings
from layerscope.gui.window import MainWindow
from support import archives
from support.archives import Layout
from support.bad_inputs import Door, image
from support.fake_jobs import FakeJobs
from support.tars import header, member, pax, tar

MIB = 1 << 20
#: What must never be painted as itself.
HIDDEN = "\0\x1b\t\r\u202e\u200b\ufeff\u2028"
NASTY = {
    "G05-newline": b"new\nline",
    "G05-tab": b"tab\tname",
    "G05-esc": b"\x1b[31mred",
    "G05-rlo": "photo\u202egpj.exe".encode(),
    "G05-zero-width": "zero\u200bwidth\ufeff".encode(),
    "G05-5000-chars": b"n" * 5_000,
    "G05-ampersand": b"&File && more",
    "G05-html": b"<b>bold<b><img src=x>",
    "G05-slash-in-html": b'<img src="file:',
    "G05-not-utf-8": b"\xff\xfe\x80",
    "G05-not-a-line": "\u2028separator".encode(),
}
TEXT = f"<img src=/dev/zero><b>bold</b>{HIDDEN}\n& %n %1"
CONFIG_OF = {
    "created": "2026-01-01T00:00:00Z",
    "author": TEXT,
    "config": {
        "User": TEXT,
        "WorkingDir": TEXT,
        "Env": [f"NASTY={TEXT}", "LONG=" + "v" * (10 * MIB), "=", TEXT],
        "Labels": {TEXT: TEXT, "plain": "x" * 100_000},
        "Entrypoint": [TEXT, "<img src=/dev/zero>"],
        "Cmd": [TEXT],
        "StopSignal": TEXT,
        "ExposedPorts": {TEXT: {}},
        "Volumes": {TEXT: {}},
    },
    "history": [{"created_by": f"RUN {TEXT}", "comment": TEXT, "author": TEXT}],
}


@contextmanager
def window_on(door: Door, qtbot: QtBot) -> Iterator[MainWindow]:
    """A window on a real library, whose answers come at once, with an image ``nasty:1`` in it."""
    dress(app := bare_application())
    theme.apply(app, "light")
    layers = tar(*(_entry(name) for name in NASTY.values()), _link())
    door.plant(layers, name="nasty:1", config=CONFIG_OF)
    layout = Layout()
    for number, name in enumerate((*NASTY.values(), TEXT.encode())):
        text = name.decode("utf-8", "replace")
        entry = image(
            layout, [layers], config={"author": str(number)}, annotations={archives.REF_NAME: text}
        )
        door.write(layout, entry)
    jobs = FakeJobs(**_answers(door))
    opened = MainWindow(cast("Jobs", jobs), Settings(None))
    jobs.setParent(opened)
    opened.resize(1280, 800)
    opened.show()
    qtbot.waitUntil(lambda: opened.images.listing is not None)
    yield opened
    opened.leave_now()
    opened.deleteLater()
    QCoreApplication.sendPostedEvents(opened, QEvent.Type.DeferredDelete)


def _entry(name: bytes) -> bytes:
    return pax({b"path": name}) + member(b"f", b"content of " + name[:20])


def _link() -> bytes:
    return header(b"link", type=b"2", link=b"\x1b[31m<img src=/dev/zero>")


def _answers(door: Door) -> dict[str, Callable[..., object]]:
    def answer(operation: str) -> Callable[..., object]:
        def work(*arguments: Any, **more: Any) -> object:
            return getattr(door.library, operation)(*arguments, **more, task=Task())

        return work

    names = ("images", "image", "browse", "read_file", "document", "plan_prune", "plan_removal")
    return {name: answer(name) for name in names}


def page_of(window: MainWindow) -> ImagePage:
    return window.findChildren(ImagePage)[0]


def shown_texts(top: QWidget) -> Iterator[tuple[str, str]]:
    """What people see or hear of a window, and where from.  A label must be a plain one."""
    for widget in top.findChildren(QWidget):
        where = type(widget).__name__
        yield f"{where} name", widget.accessibleName()
        yield f"{where} tooltip", widget.toolTip()
        match widget:
            case QLabel():
                assert widget.textFormat() is Qt.TextFormat.PlainText, widget.text()[:80]
                above = widget.parentWidget()
                yield f"{where} in {type(above).__name__}", widget.text()
            case QAbstractButton():
                yield where, widget.text()
            case QAbstractItemView() if widget.model() is not None:
                yield from ((where, text) for text in _cells(widget))
    for action in top.findChildren(QAction):
        yield "action", action.text()
        yield "action tooltip", action.toolTip()
    yield "title", top.windowTitle()


def _cells(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    roles = (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
    )
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    for row in range(min(model.rowCount(), 100)):
        for column in range(columns):
            for role in roles:
                value = model.data(model.index(row, column), role)
                if isinstance(value, str):
                    yield value


def nothing_hidden(window: MainWindow) -> None:
    for where, text in shown_texts(window):
        if where.startswith(("QLabel", "ExactLabel")):
            text = text.replace("\u200b", "")  # places of ours where a line may break
        found = [hex(ord(mark)) for mark in HIDDEN if mark in text]
        assert not found, f"{where} shows {found}: {text[:200]!r}"
        if where.endswith("tooltip") and text:
            assert "<img" not in text, text[:200]


def opened_page(window: MainWindow, qtbot: QtBot) -> ImagePage:
    window.open_image("nasty:1")
    page = page_of(window)
    view = page.files.files.view
    qtbot.waitUntil(lambda: view.files.rowCount() >= len(NASTY), timeout=20_000)
    return page
