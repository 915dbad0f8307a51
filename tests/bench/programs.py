"""Other programs beside ours: run with their time and memory, built where they have no package."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MODULES = {
    "dive": "github.com/wagoodman/dive/cmd/dive@latest",
    "crane": "github.com/google/go-containerregistry/cmd/crane@latest",
    "regctl": "github.com/regclient/regclient/cmd/regctl@latest",
}


class Missing(Exception):
    """A program is not here; the text is the reason, to be printed."""


@dataclass(frozen=True)
class Cost:
    seconds: float
    peak: int  #: bytes in memory at most, of the largest process among the program and its children


def cost_of(command: Sequence[object], env: Mapping[str, str] | None = None) -> Cost:
    """Run to the end; CalledProcessError unless it succeeds."""
    words = [str(word) for word in command]
    start = time.perf_counter()
    process = subprocess.Popen(
        words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words, stderr=said)
    return Cost(time.perf_counter() - start, used.ru_maxrss * 1024)


def packaged(name: str) -> Path:
    """A program of a Debian package.  Missing if it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not installed")
    return Path(found)


def built(name: str, folder: Path) -> Path:
    """A program that is published as a Go module, built into ``folder`` once.  Missing if there is
    no Go toolchain or the build fails."""
    program = folder / name
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        raise Missing(f"{name} is built with Go, which is not installed")
    env = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
    command = [go, "install", _MODULES[name]]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"{name} could not be built: {done.stderr.strip().splitlines()[-1]}")
    return program


def version(program: Path, *arguments: str) -> str:
    done = subprocess.run(
        [program, *(arguments or ("--version",))], capture_output=True, text=True, check=False
    )
    return " ".join(done.stdout.split())[:60]
