"""Every row of the table of bad inputs is tested here, by its name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from support.bad_inputs import ROWS

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
_ROW = re.compile(r"\b([GMNST]\d\d)\b")


def test_every_row_is_tested() -> None:
    """A row counts if the id of a test begins with it, or its docstring does."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, str(HERE)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    tested = set(re.findall(r"\[(?:[^\]]*-)?([GMNST]\d\d)-", done.stdout))
    assert done.stdout.count("::test_") > 100
    for module in HERE.glob("test_*.py"):
        for words in re.findall(r'"""([^"]+)"""', module.read_text("utf-8")):
            tested |= set(_ROW.findall(words.partition(":")[0].partition(".")[0]))
    assert set(ROWS) - tested == set()
