"""The pictures of the screens are made, and there is something in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[2]


def test_pictures_are_made_of_real_data_in_both_themes(tmp_path: Path) -> None:
    """Three of the screens; ``make screenshots`` makes all of them."""
    scenes = ("library", "documents", "palette")
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "support" / "screenshots.py", tmp_path, *scenes],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = {path.stem for path in tmp_path.glob("*.png")}
    expected = ("welcome", "library", "library-selection", "history", "config", "raw", "palette")
    assert names >= {f"{name}-{look}" for name in expected for look in ("light", "dark")}
    for name in names:
        picture = QImage(str(tmp_path / f"{name}.png"))
        assert len(_colours(picture)) > 30, f"{name} is blank"
    for name in expected:
        light, dark = (
            QImage(str(tmp_path / f"{name}-{look}.png")).pixelColor(5, 500).lightness()
            for look in ("light", "dark")
        )
        assert dark < light, name


def _colours(picture: QImage) -> set[int]:
    return {
        picture.pixel(x, y)
        for x in range(0, picture.width(), 4)
        for y in range(0, picture.height(), 4)
    }
