"""The speed of a transfer and the time it will take: calm enough to read."""

from __future__ import annotations

import pytest

from layerscope.gui.transfers.rate import Rate


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
