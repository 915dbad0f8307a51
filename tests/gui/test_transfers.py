"""Transfers: their state, their speed, and the drawer that shows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import Unreachable
from layerscope.engine.library.values import Pulled
from layerscope.engine.oci import Digest
from layerscope.engine.task import LayerProgress, LayerState, TransferProgress
from layerscope.gui.transfers.drawer import TransfersDrawer
from layerscope.gui.transfers.grid import bytes_words, spoken
from layerscope.gui.transfers.rate import Rate
from layerscope.gui.transfers.transfers import State, Transfers
from support.fake_jobs import FakeJobs

REDIS = "docker.io/library/redis:7"


class Frame:
    """What the drawer asks of the window."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.shown = True

    def open_image(self, name: str) -> None:
        self.opened.append(name)

    def show_transfers(self, shown: bool) -> None:
        self.shown = shown


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


def test_speed_settles_and_time_left_waits_until_it_can_be_trusted() -> None:
    rate = Rate()
    for tick in range(31):
        rate.add(tick * 100_000, 10_000_000, tick / 10)
        if tick < 20:
            assert rate.seconds_left(tick / 10) is None
    assert rate.speed == pytest.approx(1_000_000, rel=0.01)
    left = rate.seconds_left(3.0)
    assert left is not None
    assert left == pytest.approx(7, abs=0.5)


def test_a_jumping_time_left_is_not_shown() -> None:
    rate = Rate()
    for tick in range(30):
        rate.add(tick * 10_000, 10_000_000, tick / 10)
    rate.add(9_000_000, 10_000_000, 3.0)
    assert rate.seconds_left(3.0) is None


def test_a_restarted_layer_does_not_make_the_speed_negative() -> None:
    rate = Rate()
    rate.add(0, 100, 0.0)
    rate.add(90, 100, 1.0)
    rate.add(10, 100, 2.0)
    assert rate.speed >= 0


@pytest.fixture
def drawer(transfers: Transfers, jobs: FakeJobs, qtbot: QtBot) -> TransfersDrawer:
    made = TransfersDrawer(jobs, transfers, Frame())  # type: ignore[arg-type]  # a stand-in
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
    drawer: TransfersDrawer, transfers: Transfers, qtbot: QtBot
) -> None:
    transfer = transfers.start_pull(REDIS)
    QTest.keyClick(drawer.cards[0], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: transfer.state is State.CANCELLED)
    QTest.keyClick(drawer.cards[0], Qt.Key.Key_Space)
    assert transfer.running


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
