"""Run as a program: does one thing to a store, and says DONE when the store has said so."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS.parent / "app"), str(_TESTS)]


def main() -> int:
    from layerscope.engine.errors import LayerscopeError
    from support.store_faults import perform

    try:
        perform(sys.argv[1], Path(sys.argv[2]))
    except LayerscopeError as error:
        print(f"{type(error).__name__}: {error} | {error.hint}")
        return 1
    with suppress(OSError):  # the fault may hit this very line
        os.write(1, b"DONE\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
