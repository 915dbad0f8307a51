"""The page of an image, as a person uses it: line, filter, versions, documents, errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import ImageNotFound, LayerDamaged
from layerscope.engine.library.values import Browsable, ImageDetail
from layerscope.engine.oci import Digest
from layerscope.engine.task import LayerProgress, LayerState, TransferProgress
from layerscope.gui.actions import Actions
from layerscope.gui.image.expanding import expand_below
from layerscope.gui.image.page import CONFIG, FILES, HISTORY, RAW, ImagePage
from layerscope.gui.image.preview import HEX, METADATA, TEXT
from layerscope.gui.image.stack_plan import Part
from layerscope.gui.jobs import Jobs
from layerscope.gui.settings import Settings
from support.fake_images import documents, long_image, shop_web
from support.fake_jobs import FakeJobs
from support.shop_stack import shop_timeline

CHAIN = Digest.of(b"chain")


class Window:
    def __init__(self) -> None:
        self.opened: list[str] = []

    def open_image(self, name: str) -> None:
        self.opened.append(name)


class Person:
    """Acts on the page and reads it."""

    def __init__(self, qtbot: QtBot, page: ImagePage, jobs: FakeJobs) -> None:
        self.bot = qtbot
        self.page = page
        self.jobs = jobs

    @property
    def files(self) -> list[str]:
        model = self.page.files.files.view.files
        return [str(model.index(number, 0).data()) for number in range(model.rowCount())]

    def chooses(self, path: bytes) -> None:
        self.page.show_path(path)
        wanted = path.rpartition(b"/")[2]
        view = self.page.files.files.view
        self.bot.waitUntil(lambda: view.current is not None and view.current.name == wanted)
        inspector = self.page.files.inspector
        self.bot.waitUntil(lambda: inspector.head.accessibleName().startswith(f"/{path.decode()}"))

    def presses(self, keys: str) -> None:
        view = self.page.files.files.view
        view.setFocus()
        self.bot.waitUntil(view.hasFocus)
        QTest.keyClicks(view, keys)

    def filters(self, text: str) -> None:
        self.page.files.files.filter_bar.field.setText(text)


def three_layers() -> ImageDetail:
    detail = shop_web()
    return replace(detail, layers=detail.layers[:3], base_layers=1)


@pytest.fixture
def person(qtbot: QtBot, tmp_path: Path) -> Iterator[Person]:
    shop_timeline(tmp_path).close()
    browsable = Browsable(str(next(tmp_path.glob("timeline-*"))), CHAIN, 3)
    content = {(2, 1): b"root:x:0:0\napp:x:1:1\n", (1, 2): b"root:x:0:0\n"}

    def read(name: str, layer: int, entry: int, offset: int, length: int) -> bytes:
        return content.get((layer, entry), b"\0binary")[offset : offset + length]

    jobs = FakeJobs(
        image=three_layers(),
        browse=browsable,
        read_file=read,
        document=lambda name, which: documents()[which],
    )
    page = ImagePage(cast("Jobs", jobs), Actions(), Settings(None), Window())
    qtbot.addWidget(page)
    page.resize(1288, 889)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.show_image("acme/shop-web:1.4")
    qtbot.waitUntil(lambda: page.files.files.view.files.rowCount() > 0)
    yield Person(qtbot, page, jobs)
    page.files.close_image()


def test_the_files_are_listed_as_of_the_top(person: Person) -> None:
    assert person.files == ["app", "etc", "usr", "bin"]
    assert person.page.files.files.heading.accessibleName() == "Merged filesystem as of 3 top"
    chips = person.page.files.files.filter_bar.chips
    person.bot.waitUntil(lambda: chips["A"].accessibleName() != "Added")
    assert chips["D"].accessibleName() == "Deleted, 3"


def test_a_narrow_heading_keeps_its_number(person: Person) -> None:
    heading = person.page.files.files.heading
    assert heading.words(400) == "Merged filesystem"
    assert heading.words(160) == "Merged"


def test_the_viewing_line_moves_by_keys_and_the_selection_stays(person: Person) -> None:
    files = person.page.files
    files.select_layer(2)
    person.presses("[")
    assert (files.view.as_of, files.selected_layer) == (2, 2)
    person.presses("{")
    assert files.view.as_of == 1
    assert person.files == ["etc", "usr", "bin"]
    assert files.files.heading.accessibleName() == "Merged filesystem as of 1 of 3"
    person.presses("}")
    assert files.view.as_of == 3


def test_the_inspector_tells_where_a_file_comes_from(person: Person) -> None:
    person.chooses(b"etc/passwd")
    inspector = person.page.files.inspector
    assert inspector.lookup.explanation.text.startswith(
        "Copied up from layer 1, then changed in layer 2."
    )
    person.bot.waitUntil(lambda: "app:x" in inspector.preview.text.toPlainText())
    assert person.page.files.stack.view.stack.holding == {2: True, 1: False}


def test_control_g_in_the_stack_lists_the_files_of_a_layer(person: Person) -> None:
    files = person.page.files
    files.select_layer(2)
    QTest.keyClick(files.stack.view, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert files.files.filter_bar.field.text() == "layer:2"
    person.bot.waitUntil(lambda: files.files.view.hasFocus() and "passwd" in person.files)


def test_control_and_page_keys_turn_the_preview(person: Person) -> None:
    person.chooses(b"etc/passwd")
    inspector = person.page.files.inspector
    person.bot.waitUntil(lambda: "app:x" in inspector.preview.text.toPlainText())
    inspector.lookup.track.setFocus()
    for key, wanted in (
        (Qt.Key.Key_PageDown, HEX),
        (Qt.Key.Key_PageDown, METADATA),
        (Qt.Key.Key_PageUp, HEX),
    ):
        QTest.keyClick(inspector.lookup.track, key, Qt.KeyboardModifier.ControlModifier)
        assert inspector.preview.tabs.currentIndex() == wanted


def test_an_older_version_can_be_read(person: Person) -> None:
    person.chooses(b"etc/passwd")
    inspector = person.page.files.inspector
    rows = [one.stop.name for one in inspector.lookup.track.steps.stations]
    inspector.lookup.track.setCurrentIndex(
        inspector.lookup.track.steps.index(rows.index("SHADOWED"))
    )
    person.bot.waitUntil(lambda: inspector.preview.text.toPlainText() == "root:x:0:0")


def test_the_current_path_survives_a_move_of_the_line(person: Person) -> None:
    person.chooses(b"etc/passwd")
    person.page.files.look_from(1)
    current = person.page.files.files.view.current
    assert current is not None
    assert current.name == b"passwd"
    box = person.page.files.inspector.lookup.explanation
    person.bot.waitUntil(lambda: "Above the viewing line" in box.text)


def test_a_filter_finds_and_escape_restores(person: Person) -> None:
    person.page.files.files.view.files.expand(1)
    before = person.files
    person.filters("passwd")
    person.bot.waitUntil(lambda: person.files == ["etc", "passwd"])
    assert person.page.files.files.found.text().startswith("1 of ")
    person.page.files.clear_filter()
    person.bot.waitUntil(lambda: person.files == before)


def test_a_filter_that_finds_nothing_offers_to_clear_it(person: Person) -> None:
    person.filters("no-such-thing")
    notice = person.page.files.files.notice
    person.bot.waitUntil(lambda: "No file matches" in notice.text)
    notice.pressed.emit(0)
    assert person.page.files.files.listing
    assert person.files == ["app", "etc", "usr", "bin"]


def test_a_filter_that_cannot_be_read_says_why(person: Person) -> None:
    person.filters("size:big")
    assert "is not a size" in person.page.files.files.found.text()
    assert person.files == ["app", "etc", "usr", "bin"]


def test_the_chip_of_deletions_lists_them(person: Person) -> None:
    person.page.files.files.filter_bar.chips["D"].click()
    person.bot.waitUntil(lambda: "doc" in person.files)
    assert person.page.files.view.show_deleted


def test_one_layer_alone_lists_its_whiteouts(person: Person) -> None:
    person.page.files.show_only(3)
    assert person.files == ["app", "usr"]
    expand_below(person.page.files.files.view.files, 1)
    assert "doc" in person.files
    assert person.page.files.files.heading.accessibleName() == "Entries of layer 3 as stored"


def test_an_asterisk_opens_everything_below(person: Person) -> None:
    person.chooses(b"usr")
    person.presses("*")
    person.bot.waitUntil(lambda: "new.1" in person.files)
    assert not person.page.files.files.view.expanding.busy


def test_copying_a_path_gives_its_real_bytes(person: Person) -> None:
    person.page.show_path("app/\u202egpj.exe".encode())
    view = person.page.files.files.view
    person.bot.waitUntil(lambda: view.current is not None)
    person.page.files.verbs.copy_chosen()
    assert QGuiApplication.clipboard().text() == "/app/\u202egpj.exe"


def test_a_damaged_layer_leaves_the_ones_below_to_browse(qtbot: QtBot, tmp_path: Path) -> None:
    shop_timeline(tmp_path).close()
    path = str(next(tmp_path.glob("timeline-*")))
    damaged = Browsable(path, CHAIN, 2, "Layer 3 can't be read past 21.4 MB.")
    jobs = FakeJobs(image=three_layers(), browse=damaged)
    page = ImagePage(cast("Jobs", jobs), Actions(), Settings(None), Window())
    qtbot.addWidget(page)
    page.show_image("shop")
    qtbot.waitUntil(lambda: page.files.files.view.files.rowCount() > 0)
    assert page.files.view.as_of == 2
    assert "Layer 3 can't be read" in page.files.files.damage.text()
    page.files.look_from(3)
    assert page.files.view.as_of == 2
    page.files.close_image()


def test_reading_layers_shows_progress_and_can_be_cancelled(qtbot: QtBot) -> None:
    jobs = FakeJobs(image=three_layers())
    page = ImagePage(cast("Jobs", jobs), Actions(), Settings(None), Window())
    qtbot.addWidget(page)
    page.show_image("shop")
    qtbot.waitUntil(lambda: bool(jobs.open("browse")))
    layers = (
        LayerProgress(1, "a", 100, LayerState.EXISTS),
        LayerProgress(2, "b", 96_400_000, LayerState.INDEXING, 5),
    )
    jobs.open("browse")[0].progressed.emit(TransferProgress("shop", "", layers))
    notice = page.files.files.notice
    qtbot.waitUntil(lambda: "Reading layer 2 of 2 … 96.4 MB" in notice.text)
    notice.pressed.emit(0)
    qtbot.waitUntil(lambda: "Reading was stopped." in notice.text)


def test_an_image_that_is_gone_says_so(qtbot: QtBot) -> None:
    error = ImageNotFound("No image shop is in this store.", hint="Pull it.", name="shop")
    jobs = FakeJobs(image=error)
    page = ImagePage(cast("Jobs", jobs), Actions(), Settings(None), Window())
    qtbot.addWidget(page)
    page.show_image("shop")
    qtbot.waitUntil(lambda: page.notice.text == "No image shop is in this store. Pull it.")


def test_a_file_that_cannot_be_read_says_so_in_its_preview(person: Person) -> None:
    person.jobs.answers["read_file"] = LayerDamaged("Layer 2 is damaged.", layer="x", offset=1)
    person.chooses(b"etc/passwd")
    preview = person.page.files.inspector.preview
    person.bot.waitUntil(lambda: preview.notice.text == "Layer 2 is damaged.")
    preview.tabs.setCurrentIndex(METADATA)
    assert preview.tabs.currentIndex() == METADATA


def test_binary_files_open_as_bytes(person: Person) -> None:
    person.chooses(b"etc/hostname")
    preview = person.page.files.inspector.preview
    person.bot.waitUntil(lambda: preview.tabs.currentIndex() != TEXT)
    assert preview.hex.size_shown == 4


def test_a_long_image_is_shown_in_bands(qtbot: QtBot) -> None:
    jobs = FakeJobs(image=long_image(127))
    page = ImagePage(cast("Jobs", jobs), Actions(), Settings(None), Window())
    qtbot.addWidget(page)
    page.show_image("shop")
    stack = page.files.stack.view.stack
    qtbot.waitUntil(lambda: bool(stack.items))
    banded = [item.band for item in stack.items if item.part is Part.BAND]
    assert 2 <= len(banded) <= 8
    assert sum(len(band) for band in banded if band) == 127
    page.files.close_image()


def test_steps_without_files_are_shown_on_demand(person: Person) -> None:
    stack = person.page.files.stack
    count = len(stack.view.stack.items)
    stack.show_steps(True)
    steps = [item for item in stack.view.stack.items if item.part is Part.STEP]
    assert len(stack.view.stack.items) == count + len(steps)
    assert steps


def test_history_lists_every_step(person: Person) -> None:
    person.page.header.tabs.setCurrentIndex(HISTORY)
    history = person.page.further.history
    assert history.steps.rowCount() == 12
    said = history.steps.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Step without files, CMD")


def test_secret_values_are_masked_until_asked_for(person: Person) -> None:
    person.page.header.tabs.setCurrentIndex(CONFIG)
    rows = person.page.further.config.environment.rows
    assert [row.masked for row in rows] == [False, False, True, True]
    button = rows[2].show_button
    assert button is not None
    button.click()
    assert not rows[2].masked


def test_labels_can_be_filtered(person: Person) -> None:
    person.page.header.tabs.setCurrentIndex(CONFIG)
    config = person.page.further.config
    config.label_filter.setText("source")
    assert config._label_note.text() == "1 of 3 labels"


def test_a_document_is_shown_byte_for_byte_with_its_proof(person: Person) -> None:
    person.page.header.tabs.setCurrentIndex(RAW)
    raw = person.page.further.raw
    manifest = documents()["manifest"]
    person.bot.waitUntil(lambda: "matches" in raw.proof.text())
    assert raw.text.toPlainText().encode() == manifest.raw.rstrip(b"\n")
    assert manifest.digest.hex in raw.proof.text()
    raw.text.digest_clicked.emit(str(documents()["config"].digest))
    person.bot.waitUntil(lambda: "architecture" in raw.text.toPlainText())


def test_a_digest_of_a_layer_leads_to_it(person: Person) -> None:
    person.page.header.tabs.setCurrentIndex(RAW)
    layer = three_layers().layers[1]
    person.page.further.raw.digest_clicked.emit(str(layer.digest))
    assert person.page.header.tabs.currentIndex() == FILES
    assert person.page.files.selected_layer == 2


def test_everything_that_takes_the_focus_has_a_name(person: Person) -> None:
    for tab in (HISTORY, CONFIG, RAW):
        person.page.header.tabs.setCurrentIndex(tab)
    nameless = [
        widget
        for widget in person.page.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.objectName().startswith("qt_")
        and not widget.isHidden()
        and not widget.accessibleName()
        and not getattr(widget, "text", lambda: "")()
    ]
    assert [(type(one).__name__, type(one.parent()).__name__) for one in nameless] == []


def test_the_verbs_of_the_header_are_off_while_their_actions_are(person: Person) -> None:
    header = person.page.header
    tag = next(one for one in header.findChildren(QPushButton) if one.text() == "Tag…")
    for possible in (False, True):
        header._actions["image.tag"].setEnabled(possible)
        assert tag.isEnabled() is possible
