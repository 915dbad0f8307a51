"""``layerscope``: with a command the command line, without one the window."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from layerscope.cli.main import main as run


def main() -> None:
    """The entry point of the installed program."""
    status = run(_open_window)
    gc.freeze()  # else the interpreter looks for circles again and again while it ends: 40 ms
    sys.exit(status)


def _open_window(store: Path | None) -> int:
    from layerscope.gui.app import main as window

    return window(store)


if __name__ == "__main__":
    main()
