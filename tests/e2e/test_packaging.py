"""What a stranger installs: the wheel in a clean environment, and the desktop's files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"


def run(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_desktop_entry_is_valid() -> None:
    assert run("desktop-file-validate", PACKAGING / "dev.layerscope.Layerscope.desktop") == ""


def test_the_appstream_metadata_is_valid() -> None:
    run(
        "appstreamcli", "validate", "--no-net", PACKAGING / "dev.layerscope.Layerscope.metainfo.xml"
    )


def test_without_a_display_make_run_says_so_in_one_line() -> None:
    # Nor is it told that another make runs this test: it would call itself make[1] then.
    blind = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "MAKELEVEL", "MAKEFLAGS", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in blind}
    done = subprocess.run(
        ["make", "--no-print-directory", "run"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if not line.startswith("make: ")]
    assert len(said) == 1
    assert said[0].startswith("layerscope: there is no display here; a desktop")
    assert done.stdout == ""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment that holds the wheel and nothing of ours."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    run(programs / "python", "-m", "pip", "install", "--quiet", wheel)
    return programs


def test_the_installed_command_line_answers(installed: Path) -> None:
    answer = json.loads(run(installed / "layerscope", "reference", "ubuntu", "--json"))
    assert answer["canonical"] == "docker.io/library/ubuntu:latest"


def test_the_installed_sample_can_be_browsed(installed: Path, tmp_path: Path) -> None:
    sample = run(
        installed / "python",
        "-c",
        "from importlib.resources import files;"
        "print(files('layerscope_assets').joinpath('sample/sample.oci.tar'))",
    ).strip()
    store = ("--store", tmp_path / "store")
    run(installed / "layerscope", *store, "load", sample)
    content = run(installed / "layerscope", *store, "cat", "localhost/sample:1.0", "/etc/hostname")
    assert content == "sample\n"


def test_the_installed_window_opens_and_ends_when_asked(installed: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    window = subprocess.Popen(
        [str(installed / "layerscope"), "--store", str(store)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not (store / "oci-layout").exists():  # the worker has opened the store
            assert window.poll() is None, window.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        window.send_signal(signal.SIGTERM)
        assert window.wait(10) == 0, window.communicate()[1]
    finally:
        window.kill()
        window.communicate()
