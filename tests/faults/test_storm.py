"""Pulls beside prunes, in many processes: no pull fails, and nothing that is named goes missing."""

from __future__ import annotations

from pathlib import Path

from support.storm import storm


def test_a_short_storm_of_pulls_and_prunes_loses_nothing(tmp_path: Path) -> None:
    """``make bench ARGS="--only storm"`` is the long one."""
    found = storm(tmp_path, rounds=60)
    assert found.pulls == 60
    assert found.prunes > 0
    assert found.complaints == ()
    assert found.missing == 0
    assert found.damage == ()
