"""The window as a person meets it: sections, history, panes, drops, closing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import Unreachable, WorkerStopped
from layerscope.engine.library.values import Removal
from layerscope.engine.oci import Digest
from layerscope.gui import theme
from layerscope.gui.app import bad_pair, no_display
from layerscope.gui.dialogs.leave import LeaveSheet
from layerscope.gui.dialogs.trouble import TroublePanel
from layerscope.gui.library.columns import Column
from layerscope.gui.library.model import Filter
from layerscope.gui.listing import Images
from layerscope.gui.rail import Section
from layerscope.gui.settings import Settings
from layerscope.gui.toasts import Toast
from layerscope.gui.troubles import Troubles
from layerscope.gui.window import MainWindow
from support import shelf
from support.windows import Open, fake


def toasts(window: MainWindow) -> list[str]:
    return [toast.text for toast in window.findChildren(Toast)]


def test_the_window_shows_before_the_worker_has_answered(open_window: Open) -> None:
    from support.fake_jobs import FakeJobs

    window = open_window(FakeJobs())
    assert window.isVisible()
    assert window.images.listing is None


def test_a_second_request_waits_for_the_first(qtbot: QtBot) -> None:
    from support.fake_jobs import FakeJobs

    jobs = FakeJobs()
    images = Images(jobs)  # type: ignore[arg-type]  # a stand-in with the same signals
    images.refresh()
    images.refresh()
    images.refresh()
    assert len(jobs.started) == 1
    jobs.started[0].succeed(shelf.listing(generation="1"))
    assert len(jobs.started) == 2
    jobs.started[1].succeed(shelf.listing(generation="2"))
    assert len(jobs.started) == 2
    assert images.listing is not None
    assert images.listing.generation == "2"


def test_a_change_of_the_store_is_read_again(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    fake(window).answers["images"] = shelf.listing(shelf.images()[:2], generation="2")
    fake(window).store_changed.emit()
    qtbot.waitUntil(lambda: window.library.model.rowCount() == 2)


def test_the_status_bar_tells_where_the_store_is(open_window: Open) -> None:
    window = open_window()
    texts = [
        label.text() for label in window.status.findChildren(QWidget) if hasattr(label, "text")
    ]
    assert any("layerscope/store" in text for text in texts)
    assert any("12 images · 61 layers" in text for text in texts)


def test_every_action_is_in_a_menu(open_window: Open) -> None:
    window = open_window()
    listed = {one for _title, identities in window.actions_.menus() for one in identities}
    assert set(window.actions_) <= listed


def test_every_enabled_action_does_something(open_window: Open) -> None:
    window = open_window()
    window.library.table.selectRow(0)
    dead = []
    for identity in window.actions_:
        action = window.actions_[identity]
        heard = action.receivers("2triggered(bool)") + action.receivers("2toggled(bool)")
        if action.isEnabled() and not heard:
            dead.append(identity)
    assert dead == []


def test_no_two_actions_share_a_key(open_window: Open) -> None:
    window = open_window()
    keys = [
        key.toString()
        for identity in window.actions_
        for key in window.actions_[identity].shortcuts()
    ]
    assert len(keys) == len(set(keys))


def test_what_cannot_be_done_says_why(open_window: Open) -> None:
    window = open_window()
    window.library.table.clearSelection()
    for identity in window.actions_:
        if not window.actions_[identity].isEnabled():
            assert window.actions_.reasons[identity].endswith("."), identity


def test_every_focusable_widget_has_a_name(open_window: Open) -> None:
    window = open_window()
    nameless = [
        one
        for one in window.findChildren(QWidget)
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and one.isVisible()
        and not one.accessibleName()
        and not (isinstance(one, QAbstractButton) and one.text())
    ]
    assert nameless == []


def test_tab_reaches_every_pane_and_comes_round(open_window: Open) -> None:
    window = open_window()
    window.library.table.setFocus()
    seen = []
    for _step in range(60):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    assert window.topbar.search in seen
    assert window.rail.button(Section.SEARCH) in seen
    assert window.library.table in seen
    assert window.library.chips.chip(Filter.ALL) in seen
    for column in Column:
        assert window.library.header.cell(column) in seen


def test_f6_goes_from_pane_to_pane(open_window: Open) -> None:
    window = open_window()
    window.library.table.setFocus()
    names = []
    for _step in range(3):
        window.actions_["view.next-pane"].trigger()
        focus = QApplication.focusWidget()
        while focus is not None and not focus.property("pane"):
            focus = focus.parentWidget()
        names.append(focus.property("pane") if focus else None)
    assert names == ["top bar", "rail", "library"]


def test_the_theme_is_switched_and_remembered(open_window: Open) -> None:
    settings = Settings(None)
    window = open_window(settings=settings)
    window.topbar.look.click()
    assert theme.current().name == "dark"
    assert settings.value("look.theme", "") == "dark"
    window.topbar.look.click()
    assert theme.current().name == "light"


def test_back_and_forward_walk_the_sections(open_window: Open) -> None:
    window = open_window()
    assert not window.actions_["view.back"].isEnabled()
    window.open_section(Section.SEARCH)
    walked = [window.section]
    window.actions_["view.back"].trigger()
    walked.append(window.section)
    assert window.actions_["view.forward"].isEnabled()
    window.actions_["view.forward"].trigger()
    walked.append(window.section)
    assert walked == [Section.SEARCH, Section.LIBRARY, Section.SEARCH]


def test_a_dropped_archive_is_loaded(open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    archive = tmp_path / "app.tar"
    archive.write_bytes(b"")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(archive))])
    drop = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(drop)
    assert fake(window).calls("plan_load") == [((str(archive),), {})]


def test_a_toast_offers_undo(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(undo=Removal("2", (), (), 0))
    window.changes.removed(
        Removal("1", ("docker.io/library/a:1",), (Digest.of(b""),), 1_050_000_000)
    )
    toast = window.findChildren(Toast)[0]
    assert toast.text in {f"Freed 1.{part} GB. The trash keeps it for 24 hours." for part in "01"}
    undo = next(one for one in toast.findChildren(QAbstractButton) if one.text() == "Undo")
    undo.click()
    qtbot.waitUntil(lambda: "Undone. The images and tags are back." in toasts(window))
    assert fake(window).calls("undo") == [((), {})]


def test_undo_says_what_it_takes_back(open_window: Open) -> None:
    window = open_window(images=shelf.listing(undoable="removal of a&b:1"))
    action = window.actions_["image.undo"]
    assert action.isEnabled()
    assert action.text().endswith("removal of a&&b:1")


def test_what_was_undone_can_be_done_again_and_undone(open_window: Open, qtbot: QtBot) -> None:
    listed = shelf.listing(redoable="removing a:1")
    window = open_window(images=listed, redo=Removal("3", ("docker.io/library/a:1",), (), 2_000))
    action = window.actions_["image.redo"]
    assert action.isEnabled()
    assert action.text().endswith("removing a:1")
    assert not window.actions_["image.undo"].isEnabled()
    action.trigger()
    qtbot.waitUntil(lambda: "Freed 2.0 kB. The trash keeps it for 24 hours." in toasts(window))
    toast = window.findChildren(Toast)[0]
    assert any(one.text() == "Undo" for one in toast.findChildren(QAbstractButton))


def test_a_dead_worker_is_told(open_window: Open) -> None:
    window = open_window()
    window.jobs.worker_stopped.emit(WorkerStopped("The background worker stopped.", hint="Again."))
    assert toasts(window) == ["The background worker stopped. Again."]


def test_a_pull_shows_in_rail_and_status_and_ends_in_a_toast(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window()
    window.transfers.start_pull("docker.io/library/redis:7")
    assert window.rail.button(Section.TRANSFERS).badge == 1
    assert window.status.activity.isVisible()
    fake(window).open("pull")[0].fail(
        Unreachable("Can't reach registry-1.docker.io.", hint="The name did not resolve.")
    )
    assert toasts(window) == ["Can't reach registry-1.docker.io. The name did not resolve."]
    assert window.rail.button(Section.TRANSFERS).badge == 0
    assert not window.status.activity.isVisible()


def test_closing_asks_while_something_runs(open_window: Open) -> None:
    window = open_window()
    window.transfers.start_pull("docker.io/library/redis:7")
    window.close()
    assert window.isVisible()
    sheet = window.findChildren(LeaveSheet)[0]
    assert sheet.title.text() == "1 transfer running"
    sheet.cancel.click()
    assert window.isVisible()
    window.close()
    window.findChildren(LeaveSheet)[-1].quit.click()
    assert not window.isVisible()
    assert fake(window).closed


def test_closing_with_nothing_running_just_closes(open_window: Open) -> None:
    settings = Settings(None)
    window = open_window(settings=settings)
    window.close()
    assert not window.isVisible()
    assert fake(window).closed
    assert settings.value("window.geometry", "")


def test_an_unexpected_error_is_shown_once_with_a_report(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    troubles = Troubles()
    window.watch(troubles)
    try:
        raise KeyError("<b>what</b>")
    except KeyError as error:
        troubles.add(error)
        troubles.add(error)
    qtbot.waitUntil(lambda: len(window.findChildren(TroublePanel)) == 1)
    panel = window.findChildren(TroublePanel)[0]
    qtbot.waitUntil(lambda: "2 errors" in panel.words)
    assert panel.report.toPlainText().count("Traceback") == 1
    assert "Layerscope" in panel.report.toPlainText()
    assert "test_frame_window" in panel.report.toPlainText()
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert window.isEnabled()


@pytest.mark.parametrize(
    ("python", "qt", "refused"),
    [
        ((3, 11), (6, 12), True),
        ((3, 11), (6, 11), False),
        ((3, 12), (6, 12), False),
        ((3, 11), (6, 13), True),
    ],
)
def test_the_bad_pair_of_python_and_qt_is_refused(
    python: tuple[int, int], qt: tuple[int, int], refused: bool
) -> None:
    assert bool(bad_pair(python, qt)) is refused


def test_this_pair_is_good(qapp: QApplication) -> None:
    assert bad_pair() == ""


def test_qt_returns_none_without_losing_it(qapp: QApplication) -> None:
    """PySide6 6.12.0 drops a reference to None per call before Python 3.12."""
    import sys

    before = sys.getrefcount(None)
    for _ in range(100):
        qapp.processEvents()
    assert sys.getrefcount(None) > before - 50


def test_a_missing_display_is_told_in_one_line() -> None:
    assert no_display({}, "linux").count("\n") == 0
    assert no_display({}, "linux")
    assert no_display({"DISPLAY": ":0"}, "linux") == ""
    assert no_display({"WAYLAND_DISPLAY": "wayland-0"}, "linux") == ""
    assert no_display({"QT_QPA_PLATFORM": "offscreen"}, "linux") == ""
    assert no_display({}, "darwin") == ""


def test_menus_show_no_stray_marks(open_window: Open) -> None:
    window = open_window()
    titles = [action.text() for action in window.topbar.menus.actions()]
    assert titles == ["File", "Image", "View", "Tools", "Help"]
    for menu in window.topbar.menus.findChildren(QMenu):
        assert all(isinstance(action, QAction) for action in menu.actions())


def test_only_the_newest_change_offers_undo(open_window: Open) -> None:
    window = open_window()
    for name in ("a", "b"):
        window.changes.removed(Removal("1", (f"docker.io/library/{name}:1",), (), 0))
    older, newer = window.findChildren(Toast)
    assert [one.text() for one in buttons(older)] == []
    assert [one.text() for one in buttons(newer)] == ["Undo"]
    window.actions_["image.undo"].setEnabled(True)
    window.actions_["image.undo"].trigger()
    assert [one.text() for one in buttons(newer)] == []


def buttons(toast: Toast) -> list[QAbstractButton]:
    return [one for one in toast.findChildren(QAbstractButton) if one.text() and one.isVisible()]
