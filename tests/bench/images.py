"""The real images that everything is measured on, and a registry that holds them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.real_registry import RealRegistry, real_registry
from support.surroundings import live_in

#: 30,000 entries in 5 layers, and 75,000 in 2.
PYTHON, WEB, BASE = "py:final", "web:1", "base:bookworm"
_ROOTS = [Path(__file__).parents[2] / part for part in ("app", "resources", "tests")]


def default_folder() -> Path:
    return _cache() / "layerscope-bench"


def programs_folder() -> Path:
    """Where programs that have no package are built once."""
    return _cache() / "layerscope-bench-programs"


def made(folder: Path) -> Path:
    """The layout of the images, built first where it is missing: about 6 minutes, as root."""
    if not (folder / "index.json").exists():
        print(f"building the images in {folder}: about 6 minutes, once", flush=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([Path(__file__).parent / "build-real-images", folder], check=True)
    return folder


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@contextmanager
def served(layout: Path, work: Path) -> Iterator[RealRegistry]:
    """A registry on this machine with all of them."""
    with real_registry(work) as registry:
        for image in (BASE, PYTHON, WEB):
            registry.push(f"oci:{layout}:{image}", image)
        yield registry


def environment(home: Path) -> dict[str, str]:
    """For our program from this checkout, with its files in ``home``."""
    paths = os.pathsep.join(map(str, _ROOTS))
    ours = {**os.environ, **live_in(home), "PYTHONPATH": paths, "QT_QPA_PLATFORM": "offscreen"}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)  # pip compiles what it installs
    return ours
