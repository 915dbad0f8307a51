"""Other programs beside ours: run with their time and memory, built where they have no package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
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


#: Runs a program from a small process: what Linux tells of a program's memory begins with what the
#: process that started it had, and that of a benchmark is large.
_LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
away = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[away])
_, status, used = os.wait4(pid, 0)
seconds = time.perf_counter() - start
status = os.waitstatus_to_exitcode(status)
print(json.dumps({"seconds": seconds, "status": status, "kilobytes": used.ru_maxrss}))
"""


@dataclass(frozen=True)
class Cost:
    seconds: float
    peak: int  #: bytes in memory at most, of the largest process among the program and its children


def cost_of(command: Sequence[object], env: Mapping[str, str] | None = None) -> Cost:
    """Run to the end; CalledProcessError unless it succeeds."""
    words = [str(word) for word in command]
    launched = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *words]
    done = subprocess.run(launched, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, words, stderr=done.stderr)
    told = json.loads(done.stdout)
    if told["status"]:
        raise subprocess.CalledProcessError(told["status"], words, stderr=done.stderr)
    return Cost(told["seconds"], told["kilobytes"] * 1024)


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
