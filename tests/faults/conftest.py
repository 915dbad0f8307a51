"""One store and one set of things to bring in for all sweeps; and the figures at the end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import library_faults
from support.surroundings import live_in
from support.sweeps import SWEPT
from support.tracing import Tracer, needs_strace


@pytest.fixture(scope="session")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What operations bring in."""
    if needs_strace:
        pytest.skip("strace is not installed")
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("given")
        for name, value in {**live_in(folder), "SOURCE_DATE_EPOCH": "1700000000"}.items():
            patch.setenv(name, value)
        with library_faults.offered(folder):
            yield folder


@pytest.fixture(scope="session")
def prepared(given: Path) -> Iterator[Path]:
    """A store that is copied for every point, in memory where that can be had."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        library_faults.prepare(Path(folder) / "store", given)
        yield Path(folder) / "store"


@pytest.fixture
def work(prepared: Path) -> Iterator[Path]:
    """Where the copies lie."""
    folder = prepared.parent / "work"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def tracer(given: Path) -> Iterator[Tracer]:
    with Tracer(given) as tracer:
        yield tracer


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not SWEPT:
        return
    terminalreporter.section("fault points: tried of all, violations")
    for each in SWEPT:
        terminalreporter.line(
            f"{each.what:40} {each.tried:5} of {each.points:5}  {each.violations}"
        )
    tried, points = sum(each.tried for each in SWEPT), sum(each.points for each in SWEPT)
    bad = sum(each.violations for each in SWEPT)
    terminalreporter.line(f"{'all':40} {tried:5} of {points:5}  {bad}")
