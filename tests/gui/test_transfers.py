"""Transfers: their state, their speed, and the drawer that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import DiskFull, SignInNeeded, Unreachable
from layerscope.engine.library.values import Pulled
from layerscope.engine.oci import Digest
from layerscope.engine.task import LayerProgress, LayerState, TransferProgress
from layerscope.gui.transfers.card import TransferCard
from layerscope.gui.transfers.drawer import TransfersDrawer
from layerscope.gui.transfers.grid import bytes_words, spoken
from layerscope.gui.transfers.report import report
from layerscope.gui.transfers.transfers import State, Transfer, Transfers
from layerscope.gui.transfers.words import about
from support.fake_jobs import FakeJobs

REDIS = "docker.io/library/redis:7"


class Frame:
    """What the drawer asks of the window."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.shown = True
        self.changes = self
        self.pruned = 0
        self.shipping = self
        self.asked: list[tuple[str, Callable[[], None]]] = []

    def prune(self) -> None:
        self.pruned += 1

    def open_image(self, name: str) -> None:
        self.opened.append(name)

    def show_transfers(self, shown: bool) -> None:
        self.shown = shown

    def sign_in(self, host: str, then: Callable[[], None]) -> None:
        self.asked.append((host, then))


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[FakeJobs]:
    """Ended before Python's collector finds them: it would take parent and children in any
    order, which PySide does not survive."""
    made = FakeJobs()
    made.setParent(qapp)
    yield made
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)


@pytest.fixture
def transfers(jobs: FakeJobs) -> Transfers:
    return Transfers(jobs, jobs)  # type: ignore[arg-type]  # a stand-in with the same signals


def progress(received: int, *states: LayerState) -> TransferProgress:
    layers = tuple(
        LayerProgress(number, f"sha256:{number:064x}", 1_000_000, state, 400_000)
        for number, state in enumerate(states, start=1)
    )
    return TransferProgress(REDIS, "linux/amd64", layers, received, 2_000_000, 0, 2)


def pulled() -> Pulled:
    return Pulled(REDIS, Digest.of(b"m"), Digest.of(b"c"), 2_000_000, ())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"mirrored": 2_000_000}, "2.0 MB by mirrors"),
        ({"mirrored": 1, "tag_from": "m.dev"}, "The tag is what mirror m.dev knows"),
        ({}, "1 of 1 layers complete"),
    ],
)
def test_a_finished_pull_tells_what_mirrors_did(
    jobs: FakeJobs, transfers: Transfers, fields: dict[str, object], words: str
) -> None:
    transfer = transfers.start_pull(REDIS)
    (job,) = jobs.open("pull")
    job.progressed.emit(progress(2_000_000, LayerState.COMPLETE))
    job.succeed(replace(pulled(), warnings=("Mirror n.dev was passed over.",), **fields))  # type: ignore[arg-type]  # mixed
    assert about(transfer).endswith(words)
    assert "Mirror n.dev was passed over." in report(transfer)


def test_the_same_pull_is_not_started_twice(jobs: FakeJobs, transfers: Transfers) -> None:
    first = transfers.start_pull(REDIS, "linux/amd64")
    assert transfers.start_pull(REDIS, "linux/amd64") is first
    assert transfers.start_pull(REDIS, "linux/arm64") is not first
    assert len(jobs.calls("pull")) == 2


def test_a_transfer_follows_its_job_to_the_end(jobs: FakeJobs, transfers: Transfers) -> None:
    transfer = transfers.start_pull(REDIS)
    jobs.started[0].progressed.emit(progress(500_000, LayerState.EXISTS, LayerState.DOWNLOADING))
    assert transfer.fraction == 0.25
    assert transfer.layers_over == 1
    jobs.started[0].succeed(pulled())
    assert transfer.state is State.DONE
    assert transfer.fraction == 1.0
    assert transfers.active == ()


def test_a_failed_transfer_can_be_tried_again(jobs: FakeJobs, transfers: Transfers) -> None:
    transfer = transfers.start_pull(REDIS)
    jobs.started[0].fail(Unreachable("Can't reach it.", registry="x"))
    assert transfer.state is State.FAILED
    transfer.start()
    assert transfer.running
    assert transfer.error is None
    jobs.started[1].succeed(pulled())
    assert transfer.fraction == 1.0


def test_cancelling_ends_a_transfer_as_cancelled(
    jobs: FakeJobs, transfers: Transfers, qtbot: QtBot
) -> None:
    transfer = transfers.start_pull(REDIS)
    transfer.cancel()
    qtbot.waitUntil(lambda: transfer.state is State.CANCELLED)


def test_forgetting_keeps_what_still_runs(jobs: FakeJobs, transfers: Transfers) -> None:
    done, running = transfers.start_pull(REDIS), transfers.start_pull("docker.io/library/alpine:3")
    jobs.started[0].succeed(pulled())
    transfers.forget_ended()
    assert transfers.all == (running,)
    assert done not in transfers.all


@pytest.fixture
def frame() -> Frame:
    return Frame()


@pytest.fixture
def drawer(frame: Frame, transfers: Transfers, jobs: FakeJobs, qtbot: QtBot) -> TransfersDrawer:
    made = TransfersDrawer(jobs, transfers, frame)  # type: ignore[arg-type]  # a stand-in
    qtbot.addWidget(made)
    made.resize(1300, 320)
    made.show()
    return made


def test_the_drawer_names_each_transfer_and_counts_them(
    drawer: TransfersDrawer, transfers: Transfers, jobs: FakeJobs
) -> None:
    assert drawer.empty.isVisible()
    transfers.start_pull(REDIS)
    transfers.start_pull("docker.io/library/alpine:3")
    jobs.started[0].succeed(pulled())
    assert not drawer.empty.isVisible()
    assert [card.accessibleName() for card in drawer.cards] == ["docker.io/library/alpine:3", REDIS]
    assert "1 active" in drawer.count.text()
    assert "1 ended" in drawer.count.text()


def test_delete_cancels_the_transfer_that_has_the_focus(
    drawer: TransfersDrawer, transfers: Transfers, qtbot: QtBot
) -> None:
    transfer = transfers.start_pull(REDIS)
    QTest.keyClick(drawer.cards[0], Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: transfer.state is State.CANCELLED)
    QTest.keyClick(drawer.cards[0], Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert transfer.running


def test_the_space_bar_pauses_and_resumes(
    drawer: TransfersDrawer, transfers: Transfers, jobs: FakeJobs, qtbot: QtBot
) -> None:
    transfer = transfers.start_pull(REDIS)
    half = progress(500_000, LayerState.COMPLETE, LayerState.DOWNLOADING)
    jobs.open("pull")[0].progressed.emit(half)
    QTest.keyClick(drawer.cards[0], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: transfer.state is State.PAUSED)
    assert about(transfer).startswith("Paused at ")
    assert [one.state for one in transfer.layers] == [LayerState.COMPLETE, LayerState.WAITING]
    assert drawer.count.text() == "0 active · 1 paused"
    QTest.keyClick(drawer.cards[0], Qt.Key.Key_Space)
    assert transfer.state is State.RUNNING
    assert len(jobs.calls("pull")) == 2


def test_a_failure_is_told_in_its_own_words(
    drawer: TransfersDrawer, transfers: Transfers, jobs: FakeJobs
) -> None:
    transfers.start_pull(REDIS)
    jobs.started[0].fail(Unreachable("Can't reach it.", hint="Check the proxy.", registry="x"))
    assert "Can't reach it. Check the proxy." in drawer.cards[0].accessibleDescription()


def test_layer_rows_speak_docker_words() -> None:
    layer = LayerProgress(3, "sha256:ab", 2_000_000, LayerState.DOWNLOADING, 500_000)
    assert spoken(layer) == "Layer 3, downloading, 500.0 kB of 2.0 MB"
    exists = LayerProgress(1, "sha256:ab", 2_000_000, LayerState.EXISTS)
    assert bytes_words(exists) == "0 B of 2.0 MB"


def paused(transfers: Transfers, qtbot: QtBot) -> Transfer:
    transfer = transfers.start_pull(REDIS)
    transfer.pause()
    qtbot.waitUntil(lambda: transfer.state is State.PAUSED)
    return transfer


def test_a_paused_pull_waits_for_somebody(transfers: Transfers, qtbot: QtBot) -> None:
    told: list[object] = []
    transfers.ended.connect(told.append)
    transfer = paused(transfers, qtbot)
    transfers.forget_ended()
    assert transfers.all == (transfer,), "what is paused has not ended"
    assert told == []
    assert transfers.start_pull(REDIS) is transfer, "asking for it again resumes it"
    assert transfer.running


def test_a_paused_pull_can_be_cancelled(transfers: Transfers, qtbot: QtBot) -> None:
    transfer = paused(transfers, qtbot)
    transfer.cancel()
    assert transfer.state is State.CANCELLED


def test_a_load_cannot_be_paused(transfers: Transfers) -> None:
    transfer = transfers.start_load("/tmp/app.tar")
    transfer.pause()
    assert not transfer.can_pause
    assert transfer.running


def test_the_menu_of_a_transfer_offers_what_can_be_done_now(
    drawer: TransfersDrawer, transfers: Transfers, jobs: FakeJobs
) -> None:
    transfers.start_pull(REDIS)
    card = drawer.cards[0]
    assert texts(card) == ["Pause", "Cancel", "Copy name"]
    jobs.open("pull")[0].fail(Unreachable("Can't reach x.", hint="Check.", registry="x"))
    assert texts(card) == ["Try again", "Copy report", "Copy name", "Remove from the list"]
    QTest.keyClick(card, Qt.Key.Key_Delete)
    assert transfers.all == ()


def texts(card: TransferCard) -> list[str]:
    menu = card.menu()
    found = [action.text() for action in menu.actions() if action.text()]
    menu.deleteLater()
    return found


def test_a_full_disk_offers_to_prune(
    drawer: TransfersDrawer, frame: Frame, transfers: Transfers, jobs: FakeJobs
) -> None:
    transfers.start_pull(REDIS)
    jobs.open("pull")[0].fail(DiskFull("Not enough space.", path="/", needed=62, free=18))
    buttons = drawer.cards[0].findChildren(QPushButton)
    (prune,) = (one for one in buttons if one.text() == "Prune…" and not one.isHidden())
    prune.click()
    assert frame.pruned == 1


def test_a_registry_that_wants_a_login_offers_to_sign_in_and_goes_on(
    drawer: TransfersDrawer, frame: Frame, transfers: Transfers, jobs: FakeJobs
) -> None:
    transfers.start_pull(REDIS)
    jobs.open("pull")[0].fail(SignInNeeded("Sign in to pull it.", registry="r.example"))
    buttons = drawer.cards[0].findChildren(QPushButton)
    (enter,) = (one for one in buttons if one.text() == "Sign in…" and not one.isHidden())
    enter.click()
    ((host, then),) = frame.asked
    assert host == "r.example"
    then()
    assert len(jobs.open("pull")) == 1
    assert enter.isHidden()


def test_a_report_has_the_facts_and_no_secrets(transfers: Transfers, jobs: FakeJobs) -> None:
    transfer = transfers.start_pull(REDIS)
    url = "https://x.example/blob?signature=secret"
    wrong = Unreachable("Can't reach x.", hint="Check.", registry="x.example", url=url)
    jobs.open("pull")[0].fail(wrong)
    told = report(transfer)
    assert "https://x.example/blob" in told
    assert "secret" not in told
    for part in (f"pull {REDIS}", "Can't reach x.", "Check.", "registry: x.example", "Layerscope "):
        assert part in told


def test_up_and_down_go_from_transfer_to_transfer(
    drawer: TransfersDrawer, transfers: Transfers, qtbot: QtBot
) -> None:
    transfers.start_pull(REDIS)
    transfers.start_pull("docker.io/library/redis:8")
    drawer.activateWindow()
    qtbot.waitUntil(drawer.isActiveWindow)
    first, second = drawer.cards
    qtbot.waitUntil(second.isVisible)
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Down)
    assert second.hasFocus()
    QTest.keyClick(second, Qt.Key.Key_Down)
    assert second.hasFocus()
    QTest.keyClick(second, Qt.Key.Key_Up)
    assert first.hasFocus()
