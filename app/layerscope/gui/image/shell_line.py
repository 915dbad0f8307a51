"""Argument lists as a person would type them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence


def shell_line(arguments: Sequence[str]) -> str:
    """One line for a POSIX shell."""
    return shlex.join(arguments)


def argv_text(arguments: Sequence[str]) -> str:
    """The exact list, as a config writes it: ``["python", "-m", "shop"]``."""
    quoted = (
        '"' + one.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        for one in arguments
    )
    return f"[{', '.join(quoted)}]"
