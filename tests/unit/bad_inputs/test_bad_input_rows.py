"""Every row of the table of bad inputs has tests, or a reason to have none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_row_is_tested() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "rows.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    counts = {line[:3]: int(line[18:23]) for line in done.stdout.splitlines()[:-1]}
    assert counts["T06"] > 5
    assert counts["N09"] > 10
