"""``layerscope``: with a command the command line, without one the window."""

from __future__ import annotations

import sys
from pathlib import Path

from layerscope.cli.main import main as run


def main() -> None:
    """The entry point of the installed program."""
    sys.exit(run(_open_window))


def _open_window(store: Path | None) -> int:
    from layerscope.gui.app import main as window

    return window(store)


if __name__ == "__main__":
    main()
