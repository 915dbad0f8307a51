"""The sidebar: repositories, tags, what has no tag, and the disk meter."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerscope.gui.sidebar import DiskMeter, Sidebar
from layerscope.gui.sidebar_list import SidebarModel
from layerscope.gui.trail import Section
from layerscope.gui.window import MainWindow
from support import shelf
from support.windows import Open


def lines(model: SidebarModel) -> list[str]:
    return [str(model.data(model.index(place))) for place in range(model.rowCount())]


def shown(window: MainWindow) -> Sidebar:
    window.open_image("shop-web:1.4")
    return window.sidebar


def test_tags_are_grouped_by_repository_and_the_untagged_come_last(qtbot: QtBot) -> None:
    model = SidebarModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, model)
    model.take(shelf.images())
    read = lines(model)
    assert read[:3] == ["LOCAL IMAGES", "alpine", "3.20"]
    assert read[read.index("shop-web") :] == [
        "shop-web",
        "1.4",
        "latest",
        "1.3",
        "untagged (dangling)",
        "9f3c1a7be204",
        "41d0c8aa93ff",
    ]


def test_a_group_folds_and_unfolds(qtbot: QtBot) -> None:
    model = SidebarModel()
    model.take(shelf.images())
    before = lines(model)
    place = before.index("shop-web")
    model.fold(place)
    assert len(lines(model)) == len(before) - 3
    spoken = model.data(model.index(place), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "shop-web, folded"
    model.fold(place)
    assert lines(model) == before


def test_the_filter_finds_names_and_ids(qtbot: QtBot) -> None:
    model = SidebarModel()
    model.take(shelf.images())
    model.filter_by("ALP")
    assert lines(model) == ["LOCAL IMAGES", "alpine", "3.20", "nginx", "1.27-alpine"]
    model.filter_by("9f3c")
    assert lines(model) == ["untagged (dangling)", "9f3c1a7be204"]
    model.filter_by("no such image")
    assert lines(model) == []


def test_a_click_opens_the_tag_that_was_clicked(open_window: Open) -> None:
    window = open_window()
    sidebar = shown(window)
    opened: list[str] = []
    sidebar.opened.connect(opened.append)
    place = lines(sidebar.model).index("latest")
    corner = sidebar.list.visualRect(sidebar.model.index(place)).center()
    QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=corner)
    assert opened == ["docker.io/library/nginx:latest"]


def test_enter_opens_and_left_folds(open_window: Open) -> None:
    window = open_window()
    sidebar = shown(window)
    opened: list[str] = []
    sidebar.opened.connect(opened.append)
    sidebar.list.setCurrentIndex(sidebar.model.index(2))
    QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert opened == ["docker.io/library/alpine:3.20"]
    count = sidebar.model.rowCount()
    sidebar.list.setCurrentIndex(sidebar.model.index(1))
    QTest.keyClick(sidebar.list, Qt.Key.Key_Left)
    assert sidebar.model.rowCount() == count - 1
    QTest.keyClick(sidebar.list, Qt.Key.Key_Left)
    assert sidebar.model.rowCount() == count - 1


def test_the_open_image_is_marked(open_window: Open) -> None:
    window = open_window()
    sidebar = shown(window)
    assert sidebar.list.currentIndex().data() == "1.4"
    sidebar.show_current("docker.io/library/shop-web:1.3")
    assert sidebar.list.currentIndex().data() == "1.3"


def test_the_meter_offers_a_prune_only_when_it_frees_something(open_window: Open) -> None:
    window = open_window()
    meter = window.sidebar.findChildren(DiskMeter)[0]
    shown(window)
    assert meter.findChildren(type(window.topbar.look))[0].isVisible()
    meter.take(shelf.listing(shelf.images()[:3]).disk)
    assert not meter.findChildren(type(window.topbar.look))[0].isVisible()
    assert not meter.grab().isNull()


def test_a_running_pull_shows_in_its_row(open_window: Open) -> None:
    window = open_window()
    window.transfers.start_pull("docker.io/library/alpine:3.20")
    assert window.sidebar.model.pulls == {"docker.io/library/alpine:3.20": 0.0}


def test_the_sidebar_belongs_to_the_image_view(open_window: Open) -> None:
    window = open_window()
    assert not window.sidebar.isVisible()
    shown(window)
    assert window.sidebar.isVisible()
    window.actions_["view.sidebar"].setChecked(False)
    assert not window.sidebar.isVisible()
    assert window.settings.value("sidebar.shown", True) is False


def test_a_narrow_window_gives_its_place_to_the_files(open_window: Open) -> None:
    window = open_window()
    window.open_image("shop-web:1.4")
    assert window.sidebar.isVisible()
    window.resize(1100, 700)
    assert not window.sidebar.isVisible()
    window.resize(1280, 800)
    assert window.sidebar.isVisible()


def narrow(window: MainWindow) -> Sidebar:
    window.resize(1100, 700)
    window.open_image("shop-web:1.4")
    assert not window.sidebar.isVisible()
    return window.sidebar


def test_in_a_narrow_window_the_sidebar_opens_over_the_image(open_window: Open) -> None:
    window = open_window()
    sidebar = narrow(window)
    files = window.pages.geometry()
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert sidebar.isVisible()
    assert sidebar.list.hasFocus()
    assert window.pages.geometry() == files
    assert window.actions_["view.sidebar"].isChecked()
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert not sidebar.isVisible()
    assert window.settings.value("sidebar.shown", True)


def test_escape_puts_the_sidebar_away_and_gives_the_focus_back(open_window: Open) -> None:
    window = open_window()
    sidebar = narrow(window)
    before = QApplication.focusWidget()
    window.actions_["view.sidebar"].trigger()
    QTest.keyClick(sidebar.filter, Qt.Key.Key_Escape)
    assert not sidebar.isVisible()
    assert not window.actions_["view.sidebar"].isChecked()
    assert QApplication.focusWidget() is before


def test_a_choice_puts_the_sidebar_away(open_window: Open) -> None:
    window = open_window()
    sidebar = narrow(window)
    window.actions_["view.sidebar"].trigger()
    sidebar.opened.emit("docker.io/library/shop-web:1.3")
    assert not sidebar.isVisible()
    assert window.image == "docker.io/library/shop-web:1.3"


def test_the_sidebar_goes_when_the_focus_goes_elsewhere(open_window: Open) -> None:
    window = open_window()
    sidebar = narrow(window)
    window.actions_["view.sidebar"].trigger()
    window.topbar.search.setFocus()
    assert not sidebar.isVisible()
    assert window.topbar.search.hasFocus()


def test_a_click_beside_the_sidebar_only_puts_it_away(open_window: Open) -> None:
    window = open_window()
    sidebar = narrow(window)
    window.actions_["view.sidebar"].trigger()
    beside = window.childAt(window.down.mapTo(window, window.down.rect().center()))
    assert beside is not None
    QTest.mouseClick(beside, Qt.MouseButton.LeftButton)
    assert not sidebar.isVisible()


def test_a_window_that_grows_takes_the_sidebar_back_beside_the_image(open_window: Open) -> None:
    window = open_window()
    sidebar = narrow(window)
    window.actions_["view.sidebar"].trigger()
    window.resize(1300, 800)
    assert sidebar.isVisible()
    assert window.across.indexOf(sidebar) == 0
    window.open_section(Section.LIBRARY)
    assert not sidebar.isVisible()


def test_another_section_takes_no_open_sidebar_along(open_window: Open) -> None:
    window = open_window()
    sidebar = narrow(window)
    window.actions_["view.sidebar"].trigger()
    window.open_section(Section.LIBRARY)
    assert not sidebar.isVisible()
    assert not window.actions_["view.sidebar"].isEnabled()
