"""What a registry has refused cannot be pulled, and the button says why."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import (
    RepositoryNotFound,
    SignInNeeded,
    TagNotFound,
    Unreachable,
)
from layerscope.engine.library.values import (
    FoundRow,
    Keep,
    LayerPlan,
    PullPreview,
    RegistryRow,
    Searching,
    SignedIn,
    TagRow,
)
from layerscope.engine.oci import Digest, Platform
from layerscope.gui.search.page import SearchPage
from layerscope.gui.shipping.sign_in import SignInSheet
from support import shelf
from support.fake_jobs import FakeJobs
from support.windows import Open

HOST = "reg.example"
REFERENCE = f"{HOST}/team/app:2"
LOCKED = SignInNeeded("Sign in to reg.example to see team/app.", registry=HOST)
HUB = RegistryRow("docker.io", "Docker Hub", Searching.SEARCH, "Searches by name.")
OWN = RegistryRow(HOST, HOST, Searching.LIST, "Lists by name only.")


def preview(reference: str, platform: str | None = None) -> PullPreview:
    layers = (LayerPlan(1, Digest.of(b"layer"), 1_000_000, False),)
    amd64 = Platform("linux", "amd64")
    digest = Digest.of(reference.encode())
    return PullPreview(reference, digest, amd64, (amd64,), True, layers, 1_000_000, 0)


@pytest.fixture
def jobs() -> FakeJobs:
    return FakeJobs(
        images=shelf.listing(),
        registries=(HUB, OWN),
        search=(FoundRow(f"{HOST}/team/app", ""),),
        tags=(TagRow("1", 9), TagRow("2", 9)),
        preview=preview,
        login=SignedIn(HOST, "ada", Keep.KEYRING, "the keyring"),
    )


@pytest.fixture
def page(search_page: SearchPage) -> SearchPage:
    return search_page


def shows(page: SearchPage, qtbot: QtBot, reference: str = REFERENCE) -> None:
    page.search_for(reference)
    qtbot.waitUntil(lambda: page.repository.reference.endswith(reference))


def offers(page: SearchPage) -> list[str]:
    menu = page.repository.menu()
    assert menu is not None
    texts = [action.text() for action in menu.actions()]
    menu.deleteLater()
    return texts


def signs_in(page: SearchPage) -> None:
    (sheet,) = page.window().findChildren(SignInSheet)
    sheet.user.setText("ada")
    sheet.password.setText("secret")
    sheet.accept.click()


@pytest.mark.parametrize(
    "error",
    [
        LOCKED,
        RepositoryNotFound("No repository team/app on reg.example.", registry=HOST),
        TagNotFound("team/app has no tag 2.", registry=HOST),
    ],
)
def test_what_the_registry_refused_cannot_be_pulled_and_says_why(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot, error: Exception
) -> None:
    jobs.answers["tags"] = error
    jobs.answers["preview"] = error
    shows(page, qtbot)
    qtbot.waitUntil(lambda: not page.repository.pull.isEnabled())
    assert str(error) in page.repository.pull.toolTip()
    assert page.repository.pull.accessibleDescription() == str(error)
    page.repository.tags.activated.emit(page.repository.tags.currentIndex())
    assert jobs.calls("pull") == []
    assert not any(text.startswith("Pull") for text in offers(page))


def test_a_registry_that_is_away_may_be_back_so_the_pull_is_left(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    away = Unreachable("Can't reach reg.example.", registry=HOST)
    jobs.answers["preview"] = away
    shows(page, qtbot)
    qtbot.waitUntil(lambda: "Can't reach" in "".join(page.repository.card.words))
    assert page.repository.pull.isEnabled()
    assert "Pull" in offers(page)[0]


def test_a_sign_in_from_the_banner_allows_the_pull_again(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    jobs.answers["preview"] = LOCKED
    shows(page, qtbot)
    banner = page.repository.banner
    qtbot.waitUntil(lambda: banner.isVisible())
    assert not page.repository.pull.isEnabled()
    jobs.answers["preview"] = preview
    next(one for one in banner.findChildren(QPushButton) if one.text() == "Sign in…").click()
    signs_in(page)
    qtbot.waitUntil(page.repository.pull.isEnabled)
    qtbot.waitUntil(lambda: page.repository.platform.count() == 1)
    assert banner.isHidden()
    assert LOCKED.args[0] not in page.repository.pull.toolTip()


def test_a_sign_in_from_elsewhere_asks_the_registry_again_too(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot, open_window: Open
) -> None:
    jobs.answers["preview"] = LOCKED
    shows(page, qtbot)
    qtbot.waitUntil(lambda: not page.repository.pull.isEnabled())
    jobs.answers["preview"] = preview
    page._frame.shipping.sign_in(HOST, lambda: None)
    signs_in(page)
    qtbot.waitUntil(page.repository.pull.isEnabled)


def test_another_tag_or_reference_can_be_pulled(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    gone = TagNotFound("team/app has no tag 2.", registry=HOST)

    def answer(reference: str, platform: str | None = None) -> PullPreview:
        if reference == REFERENCE:
            raise gone
        return preview(reference)

    jobs.answers["preview"] = answer
    shows(page, qtbot)
    qtbot.waitUntil(lambda: not page.repository.pull.isEnabled())
    tags = page.repository.tags
    qtbot.waitUntil(lambda: tags.model().rowCount() == 2)
    tags.setCurrentIndex(tags.model().index(0, 0))
    assert page.repository.pull.isEnabled()
    tags.setCurrentIndex(tags.model().index(1, 0))
    qtbot.waitUntil(lambda: not page.repository.pull.isEnabled())
    page.field.clear()
    QTest.keyClicks(page.field, f"{HOST}/team/other:2")
    qtbot.waitUntil(lambda: page.repository.reference == f"{HOST}/team/other:2")
    qtbot.waitUntil(page.repository.pull.isEnabled)
    assert page.repository.pull.accessibleDescription() == ""
