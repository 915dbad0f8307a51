"""A store and the public door to it, for archives and layers of other projects' tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from support.bad_inputs import GOOD, Door
from support.surroundings import move_to


@pytest.fixture
def door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Door:
    move_to(tmp_path / "home", monkeypatch)
    opened = Door(tmp_path, open_library(tmp_path / "store", InlinePasses()), capsys)
    opened.plant(*GOOD, name="good:1")
    return opened
