"""Ctrl+C before a command has begun."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.command_line import CommandLine

_INTERRUPTED_WHILE_LOADING = """
import sys
from layerscope.cli import commands, main

def interrupted(name):
    raise KeyboardInterrupt

commands.command = interrupted
sys.exit(main.main(lambda store: 0, ["pull", "example.com/app:1"]))
"""


def test_ctrl_c_while_the_program_is_loading_is_told_in_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_WHILE_LOADING],
        env=CommandLine(tmp_path).environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 130
    assert done.stderr == (
        "layerscope: Interrupted. What was downloaded is kept for the next try.\n"
    )
