"""The sheets for saving, exporting, extracting and loading: what they say and what they start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import StoreUnreadable
from layerscope.engine.library.values import (
    Conflict,
    Exported,
    ImageToLoad,
    ImageToSave,
    LoadPlan,
    Note,
    OwnerCount,
    Saved,
    SaveFormat,
    SavePlan,
    TreePlan,
    Why,
)
from layerscope.engine.oci import Digest
from layerscope.gui.giving.file_names import proposed, with_end
from layerscope.gui.giving.layer import LayerSheet
from layerscope.gui.giving.load import LoadSheet
from layerscope.gui.giving.save import SaveSheet
from layerscope.gui.giving.tree import TreeSheet
from layerscope.gui.giving.wishes import Layer, Tree
from layerscope.gui.settings import Settings
from layerscope.gui.window import MainWindow
from support import shelf
from support.windows import Open, fake

ROWS = shelf.images()
SOME = Digest.of(b"some image")


def plan_save(names: list[str], format: str) -> SavePlan:
    images = tuple(ImageToSave(SOME, SOME, (name,), (), 4, 1000) for name in names[:2])
    return SavePlan(SaveFormat(format), images, 11, 3, 118_000_000, estimated=True)


def tree_plan(**fields: object) -> TreePlan:
    counts: dict[str, object] = {
        "files": 1204,
        "folders": 88,
        "symlinks": 10,
        "hard_links": 2,
        "devices": 0,
        "fifos": 0,
        "others": 0,
        "bytes": 31_600_000,
        "tar_bytes": 33_000_000,
        "setuid": 0,
        "xattrs": 0,
        "owners": (),
        "owners_lost": 0,
        "layers": 8,
    }
    return TreePlan(**{**counts, **fields})  # type: ignore[arg-type]  # as TreePlan has them


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Settings that remember an empty folder."""
    settings = Settings(None)
    settings.put("giving.folder", str(tmp_path))
    return settings


def save_sheet(window: MainWindow, qtbot: QtBot, count: int = 1) -> SaveSheet:
    window.giving.save(ROWS[:count])
    (sheet,) = window.findChildren(SaveSheet)
    qtbot.waitUntil(lambda: sheet.plan is not None)
    return sheet


def texts(sheet: object, kind: type[QLabel] = QLabel) -> str:
    return "\n".join(label.text() for label in sheet.findChildren(kind))  # type: ignore[attr-defined]


def press(button: QAbstractButton) -> None:
    assert button.isEnabled()
    button.click()


# Saving


def test_a_save_says_what_it_will_write_and_starts_a_transfer(
    open_window: Open, qtbot: QtBot, home: Settings, tmp_path: Path
) -> None:
    window = open_window(settings=home, plan_save=plan_save)
    sheet = save_sheet(window, qtbot, 2)
    assert sheet.summary.text() == "2 images, 11 layers, 3 shared, about 118.0 MB"
    assert sheet.destination.path == str(tmp_path / "images.tar")
    wanted = tuple(sheet.wanted)
    press(sheet.accept)
    path = str(tmp_path / "images.tar")
    assert fake(window).calls("save") == [((wanted, path, "docker-archive"), {})]
    assert window.transfers.active[0].name == path


def test_names_can_be_left_out_and_none_cannot_be_saved(
    open_window: Open, qtbot: QtBot, home: Settings
) -> None:
    window = open_window(settings=home, plan_save=plan_save)
    sheet = save_sheet(window, qtbot)
    for _name, box in sheet.names:
        box.click()
    assert sheet.wanted == []
    assert not sheet.accept.isEnabled()
    assert "Tick" in sheet.summary.text()


def test_the_end_of_the_file_follows_the_format_and_the_packing(
    open_window: Open, qtbot: QtBot, home: Settings
) -> None:
    window = open_window(settings=home, plan_save=plan_save)
    sheet = save_sheet(window, qtbot)
    stem = sheet.destination.path.removesuffix(".tar")
    sheet.packing.setCurrentIndex(2)
    sheet.packing.activated.emit(2)
    assert sheet.destination.path == f"{stem}.tar.zst"
    sheet.cards[SaveFormat.OCI_DIR].click()
    assert sheet.destination.path == stem
    assert not sheet.packing.isEnabled()
    sheet.cards[SaveFormat.OCI_ARCHIVE].click()
    assert sheet.destination.path == f"{stem}.tar.zst"
    qtbot.waitUntil(lambda: sheet.plan is not None)
    assert sheet.plan is not None
    assert sheet.plan.format is SaveFormat.OCI_ARCHIVE


def test_an_image_that_cannot_be_saved_says_why(
    open_window: Open, qtbot: QtBot, home: Settings
) -> None:
    def broken(names: list[str], format: str) -> SavePlan:
        image = ImageToSave(SOME, SOME, tuple(names), (), 4, 1000, "Layer 3 is not stored.")
        return SavePlan(SaveFormat(format), (image,), 4, 0, 1000)

    window = open_window(settings=home, plan_save=broken)
    sheet = save_sheet(window, qtbot)
    assert sheet.banner.title == "Layer 3 is not stored."
    assert not sheet.accept.isEnabled()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("relative.tar", "whole path"),
        ("/no/such/folder/x.tar", "does not exist"),
        ("", "whole path"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_told_before(
    typed: str, words: str, open_window: Open, qtbot: QtBot, home: Settings
) -> None:
    window = open_window(settings=home, plan_save=plan_save)
    sheet = save_sheet(window, qtbot)
    sheet.destination.field.setText(typed)
    assert words in sheet.destination.remark.text()
    assert not sheet.accept.isEnabled()


def test_a_file_that_is_there_is_named_before_it_is_replaced(
    open_window: Open, qtbot: QtBot, home: Settings, tmp_path: Path
) -> None:
    (tmp_path / "old.tar").write_bytes(b"old")
    window = open_window(settings=home, plan_save=plan_save)
    sheet = save_sheet(window, qtbot)
    sheet.destination.field.setText(str(tmp_path / "old.tar"))
    assert "will be replaced" in sheet.destination.remark.text()
    sheet.destination.field.setText(str(tmp_path))
    assert "folder" in sheet.destination.remark.text()
    assert not sheet.accept.isEnabled()


# Files


def test_an_export_to_a_folder_says_what_the_folder_cannot_keep(
    open_window: Open, qtbot: QtBot, home: Settings, tmp_path: Path
) -> None:
    plan = tree_plan(
        devices=3,
        setuid=2,
        owners=(OwnerCount(0, 42, 7, False), OwnerCount(0, 0, 9, True)),
        owners_lost=7,
        conflicts=("etc", "usr"),
    )
    window = open_window(settings=home, plan_export=plan)
    window.giving.write(Tree("name", "shop-web:1.4", 6, 8))
    (sheet,) = window.findChildren(TreeSheet)
    qtbot.waitUntil(lambda: sheet.plan is not None)
    assert sheet.facts.counts.text() == "1204 files, 88 folders, 12 links, 31.6 MB"
    assert sheet.facts.remarks == []
    assert "from layer 6 of 8" in sheet.subtitle.text()
    sheet.folder.click()
    qtbot.waitUntil(lambda: bool(sheet.facts.remarks))
    remarks = "\n".join(sheet.facts.remarks)
    for words in ("7 paths", "0:42", "2 files lose", "3 devices", "etc, usr"):
        assert words in remarks
    assert "0:0" not in remarks
    assert sheet.destination.path == str(tmp_path / "shop-web-1.4-files")
    sheet.setuid.click()
    press(sheet.accept)
    path = str(tmp_path / "shop-web-1.4-files")
    rules = {"overwrite": False, "keep_setuid": True}
    assert fake(window).calls("export") == [(("name", path, 6), rules)]


def test_chosen_files_are_extracted_into_a_folder(
    open_window: Open, qtbot: QtBot, home: Settings, tmp_path: Path
) -> None:
    window = open_window(settings=home, plan_extract=tree_plan(files=1, folders=0))
    window.actions_.write_asked.emit(Tree("name", "web", 8, 8, (b"etc/passwd",), 6))
    (sheet,) = window.findChildren(TreeSheet)
    qtbot.waitUntil(lambda: sheet.plan is not None)
    assert not sheet.tar.isVisible()
    press(sheet.accept)
    path = str(tmp_path / "web-extracted")
    (call,) = fake(window).calls("extract")
    assert call[0] == ("name", (b"etc/passwd",), path, 8, 6)


def test_a_layer_is_written_unpacked_or_as_it_is_stored(
    open_window: Open, home: Settings, tmp_path: Path
) -> None:
    window = open_window(settings=home)
    media_type = "application/vnd.oci.image.layer.v1.tar+gzip"
    window.giving.write(Layer("name", "web", 3, 5_000_000, media_type))
    (sheet,) = window.findChildren(LayerSheet)
    assert sheet.destination.path == str(tmp_path / "web-layer-3.tar")
    sheet.stored.click()
    assert sheet.destination.path == str(tmp_path / "web-layer-3.tar.gz")
    press(sheet.accept)
    path = str(tmp_path / "web-layer-3.tar.gz")
    assert fake(window).calls("export_layer") == [(("name", 3, path, True), {})]


# Loading


def load_plan(path: str) -> LoadPlan:
    taken = "docker.io/library/web:1"
    image = ImageToLoad(
        "key1", SOME, (taken,), "linux/amd64", 4, 1, 5_000_000, False, (Conflict(taken, SOME),)
    )
    other = ImageToLoad("key2", SOME, (), "linux/arm64", 2, 2, 0, True)
    return LoadPlan(path, (image, other), 5_000_000)


def load_sheet(window: MainWindow, qtbot: QtBot) -> LoadSheet:
    window.changes.load(["/tmp/x.tar"])
    (sheet,) = window.findChildren(LoadSheet)
    qtbot.waitUntil(lambda: sheet.plan is not None)
    return sheet


def test_a_load_shows_what_comes_and_lets_names_stay(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_load=load_plan)
    sheet = load_sheet(window, qtbot)
    first, second = sheet.rows
    assert "web:1 exists and points to" in texts(sheet)
    assert "1 of 4 layers are here" in texts(sheet)
    assert sheet.summary.text() == "2 images, adds at most 5.0 MB to the store"
    second.box.click()
    first._choices[0][1].setCurrentIndex(1)
    press(sheet.accept)
    (call,) = fake(window).calls("load")
    assert call == (("/tmp/x.tar", ("key2",), ("docker.io/library/web:1",)), {})


def test_an_archive_that_cannot_be_read_is_told_in_the_sheet(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(plan_load=StoreUnreadable("x.tar is no image archive.", path="x"))
    window.changes.load(["/tmp/x.tar"])
    (sheet,) = window.findChildren(LoadSheet)
    qtbot.waitUntil(lambda: sheet.banner.isVisible())
    assert sheet.banner.title == "x.tar is no image archive."
    assert not sheet.accept.isEnabled()


def test_several_archives_are_loaded_as_they_were_chosen(open_window: Open) -> None:
    window = open_window()
    window.changes.load(["/tmp/a.tar", "/tmp/b.tar"])
    assert [call[0] for call in fake(window).calls("load")] == [("/tmp/a.tar",), ("/tmp/b.tar",)]


# Afterwards


def card_words(window: MainWindow, result: object, start: Callable[[], object]) -> str:
    start()
    window.show_transfers(True)
    transfer = window.transfers.all[0]
    transfer._succeed(result)
    (card,) = window._drawer_made().cards  # type: ignore[attr-defined]
    return f"{card._about.text()}"


def test_the_drawer_says_what_was_written_and_what_was_not(
    open_window: Open, qtbot: QtBot, home: Settings
) -> None:
    window = open_window(settings=home, plan_export=tree_plan())
    window.giving.write(Tree("name", "web", 8, 8))
    (sheet,) = window.findChildren(TreeSheet)
    qtbot.waitUntil(lambda: sheet.plan is not None)
    notes = (Note(Why.DEVICE, b"dev/null"), Note(Why.SETUID, b"bin/su"))
    counts = ((Why.DEVICE, 3), (Why.SETUID, 1))
    done = Exported("/x", 5, 2, 1, 900, left_out=3, notes=notes, counts=counts)
    words = card_words(window, done, sheet.accept.click)
    assert words == "5 files · 2 folders · 1 link · 900 B · 3 left out · 1 not in every detail"


def test_the_drawer_says_what_was_saved(open_window: Open, qtbot: QtBot, home: Settings) -> None:
    window = open_window(settings=home, plan_save=plan_save)
    sheet = save_sheet(window, qtbot)
    done = Saved("/x.tar", SaveFormat.OCI_ARCHIVE, ("web:1",), (SOME,), 4, 5_000_000)
    assert card_words(window, done, sheet.accept.click) == "1 name · 5.0 MB"


# Names of files


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("registry.acme.dev/team/shop-web:1.4", "shop-web-1.4"),
        ("../../etc/passwd", "passwd"),
        ("..", "image"),
        ("a b\n\u202ec:1", "a-b-c-1"),
        ("x" * 300, "x" * 80),
    ],
)
def test_what_an_image_is_called_is_no_path(title: str, name: str) -> None:
    assert proposed(title) == name


def test_an_end_takes_the_place_of_another() -> None:
    assert with_end("/a/b.tar.gz", ".tar", (".tar", ".tar.gz")) == "/a/b.tar"
    assert with_end("/a/b", ".tar", (".tar",)) == "/a/b.tar"


def test_typing_a_path_goes_through_the_keyboard(
    open_window: Open, qtbot: QtBot, home: Settings, tmp_path: Path
) -> None:
    window = open_window(settings=home, plan_save=plan_save)
    sheet = save_sheet(window, qtbot)
    sheet.destination.field.selectAll()
    QTest.keyClicks(sheet.destination.field, str(tmp_path / "typed.tar"))
    assert sheet.destination.path == str(tmp_path / "typed.tar")
    assert sheet.accept.isEnabled()
