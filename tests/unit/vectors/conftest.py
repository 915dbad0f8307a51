"""A store and the public door to it, for archives and layers of other projects' tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from support.bad_inputs import GOOD, Door


@pytest.fixture
def door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Door:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    opened = Door(tmp_path, open_library(tmp_path / "store", InlinePasses()), capsys)
    opened.plant(*GOOD, name="good:1")
    return opened
