"""Pictures of every screen with real data, in light and dark, as PNG files.

    QT_QPA_PLATFORM=offscreen python tests/support/screenshots.py FOLDER [SCENE…]

The images are those of ``support.far_side`` and the bundled sample; without SCENE all are made.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOTS = [Path(__file__).parents[2] / part for part in ("app", "resources", "tests")]
if __name__ == "__main__":
    sys.path[:0] = map(str, ROOTS)

from support.scenes import SCENES  # noqa: E402
from support.studio import studio  # noqa: E402


def main(folder: Path, wanted: Sequence[str] = ()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, studio(folder, Path(work)) as made:
        for name in wanted or SCENES:
            SCENES[name](made)
    for path in sorted(folder.glob("*.png")):
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
