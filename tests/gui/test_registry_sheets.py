"""The sheets about one registry and about logins of other programs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import BadInput
from layerscope.engine.library.values import (
    ConnectionTest,
    CopiedLogins,
    Keep,
    LoginPlaces,
    NotedLogin,
    NotedLogins,
    PullPreview,
    RegistryRow,
    RegistryState,
    Searching,
    Settings,
)
from layerscope.engine.oci import Digest
from layerscope.gui.search.chooser import RegistryChooser
from layerscope.gui.search.preview_card import PreviewCard
from layerscope.gui.search.registry_sheet import RegistrySheet
from layerscope.gui.shipping.logins import LoginsSheet
from layerscope.gui.shipping.registries import RegistriesSheet
from layerscope.gui.shipping.sign_in import SignInSheet
from layerscope.gui.window import MainWindow
from support.windows import Open, fake

HUB = RegistryRow(
    "docker.io", "Docker Hub", Searching.SEARCH, "", mirrors=("a.dev", "b.dev", "c.dev/hub")
)
ACME = RegistryRow(
    "acme.dev", "acme.dev", Searching.LIST, "", ca_file="/etc/acme.pem", plain_http=True
)
MIRROR = RegistryRow(
    "a.dev",
    "a.dev",
    Searching.LIST,
    "",
    mirror_of=("docker.io",),
    listed=False,
    only_mirror=True,
)
ROWS = (HUB, ACME, MIRROR)
DOCKER, PODMAN = "/home/ada/.docker/config.json", "/run/user/1000/containers/auth.json"
LOGINS = (
    NotedLogin("acme.dev", "ada", DOCKER),
    NotedLogin("acme.dev", "bob", PODMAN),
    NotedLogin("docker.io", "", DOCKER, "docker-credential-pass", ours="this session"),
    NotedLogin("ghcr.io", "eve", PODMAN, trouble="It is for ghcr.io/eve alone."),
)


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def registries(window: MainWindow, qtbot: QtBot) -> RegistriesSheet:
    window.actions_["tools.registries"].trigger()
    (sheet,) = window.findChildren(RegistriesSheet)
    qtbot.waitUntil(lambda: len(sheet.rows) == 3)
    return sheet


def editing(window: MainWindow, qtbot: QtBot, place: int) -> RegistrySheet:
    registries(window, qtbot).rows[place].edit.click()
    (sheet,) = window.findChildren(RegistrySheet)
    return sheet


def test_the_list_says_which_mirrors_there_are_and_whose(open_window: Open, qtbot: QtBot) -> None:
    sheet = registries(open_window(registries=ROWS), qtbot)
    assert "Asked first: a.dev, b.dev, c.dev/hub" in texts(sheet.rows[0])
    assert "Plain HTTP: nothing is encrypted or checked" in texts(sheet.rows[1])
    assert "Mirror of docker.io" in texts(sheet.rows[2])


def test_mirrors_are_moved_removed_and_added(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(registries=ROWS, configure_registry=Settings())
    sheet = editing(window, qtbot, 0)
    assert not sheet.mirrors.lines[0].up.isEnabled()
    assert not sheet.mirrors.lines[2].down.isEnabled()
    sheet.mirrors.lines[2].up.click()
    assert sheet.mirrors.mirrors == ("a.dev", "c.dev/hub", "b.dev")
    sheet.mirrors.lines[0].remove.click()
    sheet.mirrors.field.setText("d.dev")
    QTest.keyClick(sheet.mirrors.field, Qt.Key.Key_Return)
    assert fake(window).calls("configure_registry") == [], "Enter adds the mirror, no more"
    sheet.mirrors.field.setText("typed.dev")
    sheet.accept.click()
    mirrors = ("c.dev/hub", "b.dev", "d.dev", "typed.dev")
    assert fake(window).calls("configure_registry") == [(("docker.io",), {"mirrors": mirrors})]


def test_a_long_mirror_leaves_its_buttons_in_sight(open_window: Open, qtbot: QtBot) -> None:
    mirror = f"mirror.acme.dev:5000/{'long/' * 40}hub"
    window = open_window(registries=(replace(HUB, mirrors=(mirror,)), ACME, MIRROR))
    line = editing(window, qtbot, 0).mirrors.lines[0]
    qtbot.waitUntil(lambda: "…" in line.name.text())
    assert line.remove.geometry().right() <= line.width()
    assert line.name.accessibleName() == mirror


def test_only_what_was_changed_is_written(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(registries=ROWS, configure_registry=Settings())
    sheet = editing(window, qtbot, 1)
    assert (sheet.plain_http.isChecked(), sheet.ca_file.text()) == (True, "/etc/acme.pem")
    sheet.plain_http.setChecked(False)
    sheet.ca_file.clear()
    sheet.accept.click()
    changes = {"plain_http": False, "ca_file": ""}
    assert fake(window).calls("configure_registry") == [(("acme.dev",), changes)]
    qtbot.waitUntil(lambda: len(fake(window).calls("registries")) >= 2)


def test_a_host_that_may_see_logins_is_shown_and_the_leave_taken_back(
    open_window: Open, qtbot: QtBot
) -> None:
    trusting = replace(ACME, token_servers=("auth.example", "sso.example"))
    window = open_window(registries=(HUB, trusting, MIRROR), configure_registry=Settings())
    sheet = editing(window, qtbot, 1)
    assert [box.text() for box in sheet.servers] == ["auth.example", "sso.example"]
    sheet.servers[0].click()
    sheet.accept.click()
    changes = {"token_servers": ("sso.example",)}
    assert fake(window).calls("configure_registry") == [(("acme.dev",), changes)]


def test_plain_http_is_warned_of_and_impossible_for_docker_hub(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(registries=ROWS)
    hub = editing(window, qtbot, 0)
    assert not hub.plain_http.isEnabled()
    hub.dismiss()
    window.findChildren(RegistriesSheet)[0].rows[1].edit.click()
    acme = next(one for one in window.findChildren(RegistrySheet) if one is not hub)
    assert acme.warning.isVisible()
    assert "can read your login" in acme.warning.text()
    acme.plain_http.setChecked(False)
    assert not acme.warning.isVisible()


def test_what_is_refused_is_told_and_stays_in_the_sheet(open_window: Open, qtbot: QtBot) -> None:
    error = BadInput("'a b' is not the name of a mirror.", hint="Write a host.")
    window = open_window(registries=ROWS, configure_registry=error)
    sheet = editing(window, qtbot, 0)
    sheet.mirrors.field.setText("a b")
    sheet.accept.click()
    qtbot.waitUntil(sheet.banner.isVisible)
    assert sheet.banner.title == "'a b' is not the name of a mirror."
    assert sheet.accept.isEnabled()
    assert sheet.mirrors.mirrors[-1] == "a b"


def test_a_registry_leaves_the_list_and_a_mirror_was_never_in_it(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(registries=ROWS, remove_registry=Settings())
    mirror = editing(window, qtbot, 2)
    assert not mirror.remove.isVisible()
    mirror.dismiss()
    window.findChildren(RegistriesSheet)[0].rows[1].edit.click()
    acme = next(one for one in window.findChildren(RegistrySheet) if one is not mirror)
    acme.remove.click()
    assert fake(window).calls("remove_registry") == [(("acme.dev",), {})]


def test_a_registry_that_was_added_is_tested_at_once(open_window: Open, qtbot: QtBot) -> None:
    answer = ConnectionTest("acme.dev", RegistryState.ANONYMOUS)
    window = open_window(registries=ROWS, configure_registry=Settings(), test_registry=answer)
    sheet = registries(window, qtbot)
    sheet.add.click()
    (adding,) = window.findChildren(RegistrySheet)
    adding.host.setText("acme.dev")
    adding.accept.click()
    qtbot.waitUntil(lambda: fake(window).calls("test_registry") == [(("acme.dev",), {})])
    qtbot.waitUntil(lambda: "lets anybody read" in sheet.rows[1].state.text())


def test_the_chooser_offers_no_mirrors(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(registries=ROWS)
    chooser = RegistryChooser(window.jobs, window.settings, window)
    qtbot.waitUntil(lambda: chooser.findData("acme.dev") >= 0)
    assert chooser.findData("a.dev") == -1
    chooser.deleteLater()


# Logins


def copying(window: MainWindow, qtbot: QtBot) -> LoginsSheet:
    registries(window, qtbot).copy.click()
    (sheet,) = window.findChildren(LoginsSheet)
    return sheet


def test_logins_are_listed_and_only_those_that_are_ticked_are_copied(
    open_window: Open, qtbot: QtBot
) -> None:
    copied = CopiedLogins((("acme.dev", "bob"),), Keep.KEYRING, "Secret Service")
    window = open_window(
        registries=ROWS,
        noted_logins=NotedLogins(LOGINS, Keep.KEYRING, "Secret Service"),
        copy_logins=copied,
    )
    sheet = copying(window, qtbot)
    qtbot.waitUntil(lambda: len(sheet.lines) == 4)
    assert [line.box.text() for line in sheet.lines[:3]] == [
        "acme.dev · ada",
        "acme.dev · bob",
        "docker.io · a token",
    ]
    assert not any(line.ticked for line in sheet.lines)
    assert not sheet.accept.isEnabled()
    assert f"From {DOCKER}" in texts(sheet.lines[0])
    assert "docker-credential-pass, named in" in texts(sheet.lines[2])
    assert "Ours already holds one, in this session" in texts(sheet.lines[2])
    assert not sheet.lines[3].box.isEnabled()
    assert "keyring (Secret Service)" in sheet.kept.text()
    sheet.lines[0].box.click()
    sheet.lines[1].box.click()
    assert sheet.chosen == (("acme.dev", PODMAN),), "one login for each registry"
    sheet.accept.click()
    arguments = ((("acme.dev", PODMAN),), "keyring")
    assert fake(window).calls("copy_logins") == [(arguments, {})]
    qtbot.waitUntil(lambda: window.findChildren(LoginsSheet) == [])


def test_without_a_keyring_it_says_that_copies_do_not_last(open_window: Open, qtbot: QtBot) -> None:
    noted = NotedLogins(LOGINS, Keep.SESSION, "this session", ("auth.json is not valid JSON.",))
    window = open_window(registries=ROWS, noted_logins=noted)
    sheet = copying(window, qtbot)
    qtbot.waitUntil(sheet.kept.isVisible)
    assert "until Layerscope ends" in sheet.kept.text()
    assert sheet.banner.title == "Not everything could be read."


def test_where_there_are_no_logins_it_says_so(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(registries=ROWS, noted_logins=NotedLogins((), Keep.KEYRING, "x"))
    sheet = copying(window, qtbot)
    qtbot.waitUntil(lambda: "No logins found" in sheet.state.text())
    assert not sheet.accept.isEnabled()


# Where a login is kept


@pytest.mark.parametrize(
    ("safest", "where", "words"),
    [
        (Keep.KEYRING, "Secret Service", "In the system's keyring (Secret Service)"),
        (Keep.HELPER, "docker-credential-x", "By docker-credential-x, Docker's credential helper"),
        (Keep.SESSION, "this session", "For this session only: there is no keyring or helper here"),
    ],
)
def test_the_sign_in_names_the_place_before_anything_is_kept(
    open_window: Open, qtbot: QtBot, safest: Keep, where: str, words: str
) -> None:
    window = open_window(login_places=LoginPlaces("acme.dev", safest, where, DOCKER))
    window.shipping.sign_in("acme.dev", lambda: None)
    (sheet,) = window.findChildren(SignInSheet)
    qtbot.waitUntil(lambda: sheet.keep.itemText(0) == words)
    assert sheet.keep.currentIndex() == 0
    offered = [sheet.keep.itemData(place) for place in range(sheet.keep.count())]
    assert (Keep.SESSION.value in offered) == (safest is not Keep.SESSION)
    sheet.keep.setCurrentIndex(sheet.keep.findData(Keep.PLAIN_TEXT.value))
    assert DOCKER in sheet.keep.currentText()
    assert sheet.banner.title == f"Whoever can read {DOCKER} can sign in as you."


# Where a tag comes from


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"mirror": "a.dev", "tag_from": "a.dev"},
            "The tag is what mirror a.dev knows: the registry could not be asked.",
        ),
        ({"mirror": "a.dev"}, "By mirror a.dev, for the tag as the registry has it now."),
        (
            {"notes": ("Mirror a.dev was passed over.",)},
            "A mirror did not help; the registry sends",
        ),
        ({}, ""),
    ],
)
def test_the_preview_says_whose_word_the_tag_is(
    open_window: Open, fields: dict[str, object], words: str
) -> None:
    card = PreviewCard(open_window())
    known = (Digest.of(b"x"), None, (), True, (), 0, 0)
    card.show_preview(PullPreview("acme.dev/app:1", *known, **fields))  # type: ignore[arg-type]  # mixed
    assert any(words in line for line in card.words)
    assert ("mirror" in " ".join(card.words).lower()) == bool(words)
