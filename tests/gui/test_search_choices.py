"""Choosing among what a search found: order, more of it, what is here already, names to copy."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from layerscope.engine.library.values import (
    FoundRow,
    LayerPlan,
    PullPreview,
    RegistryRow,
    Searching,
    TagRow,
)
from layerscope.engine.oci import Digest, Platform
from layerscope.gui.search.page import SearchPage
from layerscope.gui.search.tags import Role
from support import shelf
from support.fake_jobs import FakeJobs

HUB = RegistryRow("docker.io", "Docker Hub", Searching.SEARCH, "Searches by name.")
FOUND = (
    FoundRow("nginx", "Official build", 20_000, 1_000, True),
    FoundRow("bitnami/nginx", "Packaged", 190, 90_000),
    FoundRow("own/nginx", "Mine", 300, 5),
)


def preview(reference: str, platform: str | None = None) -> PullPreview:
    layers = (LayerPlan(1, Digest.of(b"layer"), 1_000_000, False),)
    amd64 = Platform("linux", "amd64")
    platforms = (amd64, Platform("linux", "arm64"))
    digest = Digest.of(reference.encode())
    return PullPreview(reference, digest, amd64, platforms, True, layers, 1_000_000, 0)


@pytest.fixture
def jobs() -> FakeJobs:
    return FakeJobs(
        images=shelf.listing(),
        registries=(HUB,),
        search=FOUND,
        tags=(TagRow("1.27", 45_200_000), TagRow("latest", 45_200_000), TagRow("1.0", 9)),
        preview=preview,
    )


@pytest.fixture
def page(search_page: SearchPage, qtbot: QtBot) -> SearchPage:
    QTest.keyClicks(search_page.field, "nginx")
    qtbot.waitUntil(lambda: search_page.results.model().rowCount() == len(FOUND))
    qtbot.waitUntil(lambda: search_page.repository.tags.model().rowCount() == 3)
    return search_page


def names(page: SearchPage) -> list[str]:
    model = page.results.model()
    return [str(model.index(place, 0).data()) for place in range(model.rowCount())]


def copied() -> str:
    return QGuiApplication.clipboard().text()


def press(page: SearchPage, text: str) -> None:
    menu = page.repository.menu()
    assert menu is not None
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.deleteLater()


def test_results_can_be_ordered_and_what_is_chosen_stays_chosen(page: SearchPage) -> None:
    page.results.setCurrentIndex(page.results.model().index(2, 0))
    order = page.found.bar.order
    order.setCurrentIndex(order.findData("pulls"))
    order.activated.emit(order.currentIndex())
    assert names(page) == ["bitnami/nginx", "nginx", "own/nginx"]
    assert page.results.currentIndex().data() == "own/nginx"


def test_official_images_can_be_shown_alone(page: SearchPage) -> None:
    page.found.bar.official.click()
    assert names(page) == ["nginx"]
    page.found.bar.official.click()
    assert len(names(page)) == len(FOUND)


def test_a_full_page_offers_more_and_keeps_what_was_chosen(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    jobs.answers["search"] = lambda _text, registry, limit: tuple(
        FoundRow(f"nginx-{number}", "") for number in range(min(limit, 40))
    )
    page.search_now()
    qtbot.waitUntil(lambda: len(names(page)) == 25)
    page.results.setCurrentIndex(page.results.model().index(7, 0))
    page.found.more.click()
    qtbot.waitUntil(lambda: len(names(page)) == 40)
    assert page.results.currentIndex().data() == "nginx-7"
    assert not page.found.more.isVisible(), "the registry had no more"


def test_a_name_that_no_search_knows_can_be_tried_all_the_same(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    jobs.answers["search"] = ()
    page.search_now()
    qtbot.waitUntil(lambda: len(names(page)) == 1)
    assert page.repository.reference == "docker.io/library/nginx:latest"
    assert "Nothing on Docker Hub matches" in page.found.status.text()


def test_a_tag_that_is_here_says_so_and_opens(page: SearchPage) -> None:
    tags = page.repository.tags.model()
    assert [tags.index(place, 0).data(Role.HERE) for place in range(3)] == [True, True, False]
    assert page.repository.pull.text() == "Pull nginx:latest again"
    page.repository.heading.open.click()
    window = page.window()
    assert window.image == "docker.io/library/nginx:latest"  # type: ignore[attr-defined]  # a MainWindow
    page.repository.tags.setCurrentIndex(tags.index(2, 0))
    assert page.repository.pull.text() == "Pull nginx:1.0"
    assert page.repository.heading.open.isHidden()


def test_a_preview_fills_in_the_platforms_that_the_list_does_not_tell(
    page: SearchPage, qtbot: QtBot
) -> None:
    tags = page.repository.tags.model()
    qtbot.waitUntil(lambda: bool(tags.index(1, 0).data(Role.TAG).platforms))
    assert tags.index(1, 0).data(Role.TAG).platforms == ("linux/amd64", "linux/arm64")


def test_the_key_for_copying_copies_the_reference(page: SearchPage) -> None:
    page.repository.tags.setFocus()
    QTest.keyClick(page.repository.tags, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert copied() == "nginx:latest"
    page.results.setCurrentIndex(page.results.model().index(1, 0))
    QTest.keyClick(page.results, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert copied() == "bitnami/nginx"


def test_the_menu_of_a_tag_copies_its_digest_and_pulls_every_tag(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: page.repository.platform.count() == 2)
    digest = preview("docker.io/library/nginx:latest").digest
    press(page, "Copy reference with digest")
    assert copied() == f"nginx:latest@{digest}"
    press(page, "Pull all tags")
    asked = ("docker.io/library/nginx",)
    assert [args for args, _ in jobs.calls("pull_all")] == [asked]


def test_what_was_pulled_is_offered_the_next_time(page: SearchPage) -> None:
    page.repository.pull.click()
    page.field.clear()
    page.search_now()
    offered = [one.text() for one in page.start.findChildren(QPushButton) if one.isVisible()]
    assert "nginx:latest" in offered
    headings = [one.text() for one in page.start.findChildren(QLabel) if one.isVisible()]
    assert "Recently pulled" in headings
