"""The program as a process: how it starts, refuses to start, and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QtMsgType, qInstallMessageHandler, qWarning
from pytestqt.qtbot import QtBot

import layerscope
import layerscope_assets
from layerscope.engine.task import Cancelled
from layerscope.gui.app import catch_everything
from layerscope.gui.troubles import Troubles

ROOTS = [str(Path(one.__path__[0]).parent) for one in (layerscope, layerscope_assets)]


def environment(home: Path, **more: str) -> dict[str, str]:
    known = {key: value for key, value in os.environ.items() if "DISPLAY" not in key}
    known.pop("QT_QPA_PLATFORM", None)
    return known | {
        "PYTHONPATH": os.pathsep.join(ROOTS),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        **more,
    }


def command(store: Path) -> list[str]:
    return [sys.executable, "-m", "layerscope", "--store", str(store)]


@pytest.mark.skipif(sys.platform != "linux", reason="only there can a display be missing")
def test_without_a_display_it_says_so_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        command(tmp_path / "store"),
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("layerscope: there is no display here")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only there are X servers")
def test_a_display_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        command(tmp_path / "store"),
        env=environment(tmp_path, DISPLAY=":4711"),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "layerscope: the display :4711 does not answer; check DISPLAY.\n"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_soon_and_well(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        command(tmp_path / "store"),
        env=environment(tmp_path, QT_QPA_PLATFORM="offscreen"),
        stderr=subprocess.PIPE,
        text=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    end = time.monotonic() + 30
    while not children.read_text().strip() and time.monotonic() < end:
        assert process.poll() is None
        time.sleep(0.02)
    wait_for_handlers(process.pid)
    start = time.monotonic()
    process.send_signal(number)
    _out, errors = process.communicate(timeout=10)
    assert process.returncode == 0, errors
    assert time.monotonic() - start < 2
    assert errors == ""


def wait_for_handlers(pid: int) -> None:
    """Until the process catches SIGTERM: then its window is up."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:") and int(line.split()[1], 16) >> 14 & 1:
                return
        time.sleep(0.02)
    raise AssertionError("the window did not come up")


@pytest.fixture
def _hooks() -> Iterator[None]:
    kept = sys.excepthook, threading.excepthook, sys.unraisablehook
    handler = qInstallMessageHandler(None)
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = kept
    qInstallMessageHandler(handler)


@pytest.mark.usefixtures("_hooks")
def test_what_nobody_caught_is_told_from_any_thread(
    qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    troubles = Troubles()
    heard: list[str] = []
    troubles.arrived.connect(lambda line, _report: heard.append(line))
    catch_everything(troubles)

    def fail() -> None:
        raise KeyError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        raise ValueError("in a slot")
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    sys.excepthook(Cancelled, Cancelled(), None)
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert sorted(heard) == ["KeyError: 'in a thread'", "ValueError: in a slot"]


@pytest.mark.usefixtures("_hooks")
def test_a_warning_of_qt_goes_to_stderr_only(
    qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    troubles = Troubles()
    heard: list[str] = []
    troubles.arrived.connect(lambda line, _report: heard.append(line))
    catch_everything(troubles)
    assert QtMsgType.QtWarningMsg
    qWarning("only a warning")
    assert "Qt: only a warning" in capsys.readouterr().err
    assert heard == []
