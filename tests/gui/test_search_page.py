"""Searching and choosing what to pull, as a person does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import RepositoryNotFound, SignInNeeded, Unreachable
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
from layerscope.gui.search.registry_sheet import RegistrySheet
from layerscope.gui.search.results import Exactly, exactly
from layerscope.gui.search.words import age, platforms_text, short_count
from layerscope.gui.shipping.sign_in import SignInSheet
from support.fake_jobs import FakeJobs

HUB = RegistryRow("docker.io", "Docker Hub", Searching.SEARCH, "Searches by name.")
OWN = RegistryRow("reg.example:5000", "reg.example:5000", Searching.LIST, "Lists by name only.")
NAMED = RegistryRow("ghcr.io", "GitHub", Searching.NONE, "GitHub has no search.")
REDIS = FoundRow("redis", "A data structure store", 13_400, 1_000_000_000, True)


def preview(reference: str = "docker.io/library/redis:7", here: int = 1) -> PullPreview:
    layers = tuple(
        LayerPlan(number, Digest.of(bytes([number])), 1_000_000, number <= here)
        for number in (1, 2, 3)
    )
    return PullPreview(
        reference,
        Digest.of(b"manifest"),
        Platform("linux", "amd64"),
        (Platform("linux", "amd64"), Platform("linux", "arm64")),
        True,
        layers,
        sum(layer.size for layer in layers if not layer.here),
        sum(layer.size for layer in layers if layer.here),
    )


@pytest.fixture
def jobs() -> FakeJobs:
    from support import shelf

    return FakeJobs(
        images=shelf.listing(),
        registries=(HUB, OWN, NAMED),
        search=(REDIS, FoundRow("bitnami/redis", "Packaged", 310, None)),
        tags=(TagRow("7", 45_200_000), TagRow("latest"), TagRow("6.2")),
        tag_details=lambda repository, tag: TagRow(tag, 1_000, platforms=("linux/amd64",)),
        preview=lambda reference, platform=None: preview(reference),
    )


@pytest.fixture
def page(search_page: SearchPage) -> SearchPage:
    return search_page


def search(page: SearchPage, qtbot: QtBot, text: str) -> None:
    QTest.keyClicks(page.field, text)
    qtbot.waitUntil(lambda: page.results.model().rowCount() > 0)


def test_typing_searches_once_the_keys_rest(page: SearchPage, jobs: FakeJobs, qtbot: QtBot) -> None:
    search(page, qtbot, "redis")
    assert [args for args, _ in jobs.calls("search")] == [("redis",)]
    assert page.results.model().index(0, 0).data() == "redis"


def test_the_first_result_is_chosen_and_shows_what_a_pull_fetches(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    search(page, qtbot, "redis")
    qtbot.waitUntil(lambda: page.repository.pull.text() == "Pull redis:latest")
    qtbot.waitUntil(lambda: bool(jobs.calls("preview")))
    qtbot.waitUntil(lambda: "1 of 3 layers" in page.repository.card.words[0])
    assert page.repository.platform.count() == 2


def test_a_whole_reference_skips_the_search(page: SearchPage, jobs: FakeJobs, qtbot: QtBot) -> None:
    search(page, qtbot, "reg.example:5000/team/app:2")
    assert jobs.calls("search") == []
    assert jobs.calls("tags")[0][0] == ("reg.example:5000/team/app",)


def test_pull_starts_a_transfer_of_the_chosen_tag_and_platform(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    search(page, qtbot, "redis")
    qtbot.waitUntil(lambda: page.repository.platform.count() == 2)
    QTest.mouseClick(page.repository.pull, Qt.MouseButton.LeftButton)
    (call,) = jobs.calls("pull")
    assert call == (("docker.io/library/redis:latest",), {"platform": "linux/amd64"})


def test_choosing_another_platform_asks_what_it_would_fetch(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    search(page, qtbot, "redis")
    qtbot.waitUntil(lambda: page.repository.platform.count() == 2)
    page.repository.platform.setCurrentIndex(1)
    page.repository.platform.activated.emit(1)
    assert jobs.calls("preview")[-1][1] == {"platform": "linux/arm64"}


def test_sizes_are_asked_for_tags_in_sight_that_lack_them(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    search(page, qtbot, "redis")
    qtbot.waitUntil(lambda: len(jobs.calls("tag_details")) == 2)
    asked = {args[1] for args, _ in jobs.calls("tag_details")}
    assert asked == {"latest", "6.2"}  # 7 came with its size


def test_a_registry_that_cannot_be_reached_says_so_and_offers_another_try(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    sentence = "Can't reach index.docker.io."
    jobs.answers["search"] = Unreachable(sentence, hint="Check the network.", registry="x")
    QTest.keyClicks(page.field, "redis")
    qtbot.waitUntil(lambda: page.banner.isVisible())
    assert page.banner.title == sentence


def test_a_registry_that_wants_a_login_offers_to_sign_in(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    wrong = SignInNeeded("Sign in to see x/y.", registry="r.example")
    jobs.answers["tags"] = wrong
    search(page, qtbot, "redis")
    banner = page.repository.banner
    qtbot.waitUntil(lambda: banner.isVisible())
    buttons = [one for one in banner.findChildren(QPushButton) if not one.isHidden()]
    assert [one.text() for one in buttons] == ["Sign in…", "Try again"]
    buttons[0].click()
    (sheet,) = page.window().findChildren(SignInSheet)
    assert sheet.title.text() == "Sign in to r.example"


def test_a_repository_that_is_not_there_is_told_beside_its_name(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    jobs.answers["tags"] = RepositoryNotFound("No repository x/y on docker.io.", registry="x")
    search(page, qtbot, "redis")
    qtbot.waitUntil(lambda: page.repository.banner.isVisible())
    assert "No repository" in page.repository.banner.title


def test_a_registry_that_only_lists_shows_its_list_at_once(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    jobs.answers["search"] = (FoundRow("reg.example:5000/team/app", ""),)
    page.chooser.choose("reg.example:5000")
    qtbot.waitUntil(lambda: page.results.model().rowCount() == 1)
    assert page.results.model().index(0, 0).data() == "team/app"
    qtbot.waitUntil(lambda: bool(jobs.calls("tags")))
    assert jobs.calls("tags")[0][0] == ("reg.example:5000/team/app",)


def test_a_registry_without_search_takes_the_text_as_the_repository(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    page.chooser.choose("ghcr.io")
    search(page, qtbot, "acme/app")
    assert jobs.calls("search") == []
    assert jobs.calls("tags")[0][0] == ("ghcr.io/acme/app",)


def test_a_new_search_cancels_the_one_before(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    del jobs.answers["search"]
    page.search_for("one")
    page.search_for("two")
    first, second = (job for job in jobs.started if job.operation == "search")
    assert first.unwanted
    second.succeed((REDIS,))
    assert page.results.model().rowCount() == 1


def test_a_filter_keeps_the_tags_that_contain_it(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    search(page, qtbot, "redis")
    qtbot.waitUntil(lambda: page.repository.tags.model().rowCount() == 3)
    page.repository.filter.setText("6")
    assert page.repository.tags.model().rowCount() == 1
    assert page.repository.reference == "docker.io/library/redis:6.2"


def test_adding_a_registry_writes_the_settings(
    page: SearchPage, jobs: FakeJobs, qtbot: QtBot
) -> None:
    from layerscope.engine.library.values import Settings

    jobs.answers["configure_registry"] = Settings()
    heard: list[str] = []
    sheet = RegistrySheet(page.window(), jobs, heard.append)  # type: ignore[arg-type]  # a stand-in
    sheet.appear()
    assert not sheet.accept.isEnabled()
    sheet.host.setText("not a host")
    assert not sheet.accept.isEnabled()
    sheet.host.setText("reg.example:5001")
    sheet.plain_http.setChecked(True)
    sheet.accept.click()
    qtbot.waitUntil(lambda: heard == ["reg.example:5001"])
    assert jobs.calls("configure_registry") == [(("reg.example:5001",), {"plain_http": True})]


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("redis:7", "docker.io/library/redis:7"),
        ("ghcr.io/acme/app", "ghcr.io/acme/app:latest"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("redis", None),
        ("my redis:7", None),
        ("Redis:7", None),
    ],
)
def test_what_counts_as_a_whole_reference(text: str, reference: str | None) -> None:
    found = exactly(text)
    assert (found.reference if isinstance(found, Exactly) else None) == reference


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (190, "190"), (13_400, "13.4k"), (250_000, "250k"), (1_000_000_000, "1B")],
)
def test_counts_are_short(number: int, words: str) -> None:
    assert short_count(number) == words


def test_ages_and_platforms_are_short() -> None:
    now = datetime(2026, 1, 31, tzinfo=UTC)
    assert age(now - timedelta(days=4), now) == "4 d ago"
    assert age(None) == ""
    many = ("linux/amd64", "linux/arm64", "linux/arm/v7")
    assert platforms_text(many) == "amd64 arm64 +1"
