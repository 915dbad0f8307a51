"""The sheets for pushing, signing in and registries: what they say and what they start."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import SignInNeeded
from layerscope.engine.library.values import (
    ConnectionTest,
    Keep,
    PushLayer,
    PushPlan,
    PushState,
    RegistryRow,
    RegistryState,
    Searching,
    Settings,
    SignedIn,
    SignedOut,
)
from layerscope.engine.oci import Digest
from layerscope.gui.shipping.layer_list import state_words
from layerscope.gui.shipping.push import PushSheet
from layerscope.gui.shipping.registries import RegistriesSheet
from layerscope.gui.shipping.sign_in import SignInSheet
from layerscope.gui.window import MainWindow
from support import shelf
from support.windows import Open, fake

ROW = shelf.images()[0]
NEW, OLD = Digest.of(b"new"), Digest.of(b"old")
LAYERS = (
    PushLayer(1, Digest.of(b"1"), 5_000_000, PushState.EXISTS),
    PushLayer(2, Digest.of(b"2"), 3_000_000, PushState.UPLOAD),
    PushLayer(3, Digest.of(b"3"), 1_000_000, PushState.MOUNT, mount_from="shop/base"),
)


def plan(name: str, target: str, **fields: object) -> PushPlan:
    known: dict[str, object] = {
        "source": name,
        "reference": target,
        "registry": "registry.acme.dev",
        "tag": "1.4",
        "digest": NEW,
        "index": False,
        "platforms": ("linux/amd64",),
        "layers": LAYERS,
        "upload": 3_000_000,
        "exists": 5_000_000,
        "mountable": 1_000_000,
        "replaces": OLD,
    }
    return PushPlan(**{**known, **fields})  # type: ignore[arg-type]  # as PushPlan has them


def push_sheet(window: MainWindow, qtbot: QtBot) -> PushSheet:
    window.shipping.push(ROW)
    (sheet,) = window.findChildren(PushSheet)
    sheet.field.setText("registry.acme.dev/shop:1.4")
    qtbot.waitUntil(lambda: sheet.plan is not None or sheet.banner.isVisible())
    return sheet


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


# Push


def test_a_push_says_what_travels_and_what_it_replaces(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_push=plan)
    sheet = push_sheet(window, qtbot)
    assert sheet.summary.text() == (
        "3.0 MB to upload · 5.0 MB already there · 1.0 MB from another repository · linux/amd64"
    )
    words = f"This replaces tag 1.4 on registry.acme.dev (was {OLD.short})."
    assert sheet.replaces.text() == words
    assert sheet.account.text() == "Not signed in to registry.acme.dev."
    sheet.accept.click()
    target = "registry.acme.dev/shop:1.4"
    assert fake(window).calls("push") == [((str(ROW.digest), target), {})]


def test_only_what_the_registry_was_asked_about_can_be_pushed(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(plan_push=plan)
    sheet = push_sheet(window, qtbot)
    sheet.field.setText("registry.acme.dev/other:2")
    assert not sheet.accept.isEnabled()
    assert sheet.replaces.text() == ""
    sheet.field.setText("Not A Name")
    assert sheet.target is None
    assert not sheet.accept.isEnabled()


def test_what_stands_in_the_way_is_told_and_nothing_can_be_pushed(
    open_window: Open, qtbot: QtBot
) -> None:
    def stuck(name: str, target: str) -> PushPlan:
        return plan(name, target, trouble="Layer 2 is neither here nor there.")

    window = open_window(plan_push=stuck)
    sheet = push_sheet(window, qtbot)
    assert sheet.banner.title == "Layer 2 is neither here nor there."
    assert not sheet.accept.isEnabled()


def test_a_sign_in_from_the_push_sheet_asks_the_registry_again(
    open_window: Open, qtbot: QtBot
) -> None:
    error = SignInNeeded("Sign in to push.", registry="registry.acme.dev")
    login = SignedIn("registry.acme.dev", "ada", Keep.SESSION, "this session")
    window = open_window(plan_push=error, login=login)
    sheet = push_sheet(window, qtbot)
    assert sheet.banner.title == "Sign in to push."
    fake(window).answers["plan_push"] = plan
    sheet.enter.click()
    (signing,) = window.findChildren(SignInSheet)
    signing.user.setText("ada")
    signing.password.setText("secret")
    signing.accept.click()
    qtbot.waitUntil(lambda: sheet.plan is not None)
    assert fake(window).calls("login") == [(("registry.acme.dev", "ada", "secret", "auto"), {})]


@pytest.mark.parametrize(
    ("place", "words"),
    [(0, "Layer already exists"), (1, "To upload"), (2, "Mounted from shop/base")],
)
def test_layers_are_told_in_dockers_words(place: int, words: str) -> None:
    assert state_words(LAYERS[place]) == words


# Sign in


def sign_in_sheet(window: MainWindow) -> SignInSheet:
    window.shipping.sign_in("registry.acme.dev", lambda: None)
    (sheet,) = window.findChildren(SignInSheet)
    return sheet


def test_a_password_is_never_shown_and_forgotten_with_the_sheet(open_window: Open) -> None:
    window = open_window()
    sheet = sign_in_sheet(window)
    password = sheet.password
    password.setText("secret")
    assert password.echoMode() is QLineEdit.EchoMode.Password
    sheet.dismiss()
    assert password.text() == ""


def test_nothing_is_kept_in_plain_text_without_a_word(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(login=SignedIn("registry.acme.dev", "ada", Keep.PLAIN_TEXT, "config.json"))
    sheet = sign_in_sheet(window)
    assert sheet.keep.currentData() == "auto"
    sheet.keep.setCurrentIndex(2)
    assert "can sign in as you" in sheet.banner.title
    sheet.user.setText("ada")
    sheet.password.setText("secret")
    sheet.accept.click()
    (call,) = fake(window).calls("login")
    assert call[0][3] == "plain-text"


def test_a_refusal_stays_in_the_sheet(open_window: Open, qtbot: QtBot) -> None:
    error = SignInNeeded("registry.acme.dev did not accept this.", registry="registry.acme.dev")
    window = open_window(login=error)
    sheet = sign_in_sheet(window)
    assert not sheet.accept.isEnabled()
    sheet.user.setText("ada")
    sheet.password.setText("wrong")
    sheet.accept.click()
    qtbot.waitUntil(lambda: sheet.banner.isVisible())
    assert sheet.banner.title == "registry.acme.dev did not accept this."
    assert sheet.accept.isEnabled()


def test_another_host_sees_the_password_only_after_a_word(open_window: Open, qtbot: QtBot) -> None:
    error = SignInNeeded(
        "registry.acme.dev asks to log in at auth.example.", token_server="auth.example"
    )
    window = open_window(login=error, allow_token_server=Settings())
    sheet = sign_in_sheet(window)
    sheet.user.setText("ada")
    sheet.password.setText("secret")
    sheet.accept.click()
    qtbot.waitUntil(lambda: sheet.banner.isVisible())

    def offered() -> list[QPushButton]:
        return [one for one in sheet.banner.findChildren(QPushButton) if one.isVisible()]

    qtbot.waitUntil(lambda: [one.text() for one in offered()] == ["Allow auth.example"])
    assert len(fake(window).calls("login")) == 1
    offered()[0].click()
    qtbot.waitUntil(lambda: len(fake(window).calls("login")) == 2)
    (allowed,) = fake(window).calls("allow_token_server")
    assert allowed[0][1] == "auth.example"


# Registries


ROWS = (
    RegistryRow("docker.io", "Docker Hub", Searching.SEARCH, ""),
    RegistryRow(
        "registry.acme.dev",
        "registry.acme.dev",
        Searching.LIST,
        "",
        "ada",
        RegistryState.SIGNED_IN,
        "the keyring",
        ca_file="/etc/acme.pem",
    ),
    RegistryRow(
        "old.example:5000",
        "old.example:5000",
        Searching.NONE,
        "",
        state=RegistryState.FAILING,
        plain_http=True,
        note="The helper did not answer.",
    ),
)


def registries_sheet(window: MainWindow, qtbot: QtBot) -> RegistriesSheet:
    window.actions_["tools.registries"].trigger()
    (sheet,) = window.findChildren(RegistriesSheet)
    qtbot.waitUntil(lambda: len(sheet.rows) == 3)
    return sheet


def test_every_registry_says_who_we_are_there(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(registries=ROWS)
    sheet = registries_sheet(window, qtbot)
    hub, acme, old = sheet.rows
    assert sheet._list.height() >= sum(row.sizeHint().height() for row in sheet.rows)
    assert hub.state.text() == "Not signed in"
    assert acme.state.text() == "Signed in as ada (the keyring)"
    assert "Trusted by /etc/acme.pem" in texts(acme)
    assert old.state.text() == "The helper did not answer."
    assert "nothing is encrypted" in texts(old)
    assert not acme.enter.isVisible()
    assert acme.leave.isVisible()


def test_a_test_says_whether_the_registry_lets_us_in(open_window: Open, qtbot: QtBot) -> None:
    answer = ConnectionTest("x", RegistryState.SIGNED_IN, "ada", encrypted=False)
    window = open_window(registries=ROWS, test_registry=answer)
    line = registries_sheet(window, qtbot).rows[1]
    line.test.click()
    words = "Answers, and knows you as ada. Nothing is encrypted."
    qtbot.waitUntil(lambda: line.state.text() == words)


def test_a_login_that_stays_elsewhere_is_told(open_window: Open, qtbot: QtBot) -> None:
    gone = SignedOut("registry.acme.dev", ("the keyring",), ("containers/auth.json",))
    window = open_window(registries=ROWS, logout=gone)
    sheet = registries_sheet(window, qtbot)
    sheet.rows[1].leave.click()
    qtbot.waitUntil(lambda: sheet.banner.isVisible())
    assert "containers/auth.json" in sheet.banner.title
