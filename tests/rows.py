"""Run as a program: the table of bad inputs, and how many tests each row has where.

    python tests/rows.py

A test belongs to a row if its id or its docstring begins with the row's.  Rows about whole sweeps
are tested by modules that stand below.  Ends with 1 if a row has no test.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE))

_ROW = re.compile(r"[GMNST]\d\d\b")
_ID = re.compile(r"\[(?:[^\]]*-)?([GMNST]\d\d)-")

#: Rows that a whole module is about, or the tests that are named behind the colons.
_MODULES = {
    "S01": ("faults/test_store_kills.py",),
    "S02": ("faults/test_store_faults.py",),
    "S03": ("unit/store/test_store_processes.py", "unit/store/test_store_leases.py::test_a_clock"),
    "G01": ("e2e/test_closing.py", "gui/test_jobs.py::test_closing_in_the_middle"),
    "G02": ("gui/test_jobs.py::test_a_cancelled_job", "gui/test_image_files_model.py::test_only"),
    "G03": ("gui/test_image_files_model.py::test_a_folder_too_large",),
    "G04": ("gui/test_image_preview.py",),
    "G07": ("gui/test_frame_look.py", "gui/test_image_spoken.py", "gui/test_image_narrow.py"),
    "G08": ("gui/test_frame_settings.py",),
}
#: Rows of which nothing is tested, and why.
UNTESTED = {"S09": "is about Windows, where the store is not opened: its locks are flock's."}


class _Collected:
    """A plugin of pytest: the modules of the tests of each row."""

    def __init__(self) -> None:
        self.rows: dict[str, list[str]] = defaultdict(list)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            path, _, test = item.nodeid.removeprefix("tests/").partition("::")
            for row in self._rows(path, test, item):
                self.rows[row].append(Path(path).stem.removeprefix("test_"))

    def _rows(self, path: str, test: str, item: pytest.Item) -> set[str]:
        found = {
            row
            for row, places in _MODULES.items()
            for module, _, start in (place.partition("::") for place in places)
            if path == module and test.startswith(start)
        }
        if "bad_inputs" not in path:
            return found
        found |= set(_ID.findall(f"[{test.partition('[')[2]}"))
        words = (getattr(item, "function", None).__doc__ or "").strip()
        return found | set(_ROW.findall(re.split(r"[:.]", words)[0]))


def main() -> int:
    from support.bad_inputs import ROWS

    collected = _Collected()
    modules = {place.partition("::")[0] for places in _MODULES.values() for place in places}
    paths = [_HERE / path for path in ("unit/bad_inputs", *sorted(modules))]
    there = [str(path) for path in paths if path.exists()]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = pytest.main(
            ["--collect-only", "-q", "-p", "no:cacheprovider", *there], [collected]
        )
    if status:
        print(out.getvalue())
        return int(status)
    missing = []
    for row, case in ROWS.items():
        tests = collected.rows[row]
        where = ", ".join(sorted(set(tests))) or UNTESTED.get(row, "NOT TESTED")
        missing += [row] if not tests and row not in UNTESTED else []
        print(f"{row} {case['area']:14} {len(tests):4}  {where}")
    print(f"{len(ROWS)} rows, {len(UNTESTED)} left out with a reason, {len(missing)} not tested")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
