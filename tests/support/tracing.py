"""Runs operations under strace in forked children of one process that has all modules loaded."""

from __future__ import annotations

import json
import queue
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layerscope.engine.content.closing import Closing
from support.store_driver import REFUSED
from support.sweeps import WIDTH

needs_strace = not shutil.which("strace")

#: All that changes a disk, but for opening: a file that was made and is still empty is seen at the
#: first write to it.
CHANGING = [
    *("write", "writev", "pwrite64", "ftruncate", "fallocate", "fsync", "fdatasync"),
    *("fchmod", "chmod", "utimensat", "flock"),
    *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "unlink", "unlinkat"),
    *("mkdir", "mkdirat", "rmdir"),
]

Point = tuple[str, int]  #: a system call, and which of its kind

_DRIVER = Path(__file__).with_name("store_driver.py")


@dataclass(frozen=True, slots=True)
class Run:
    """How an operation ended: ``done`` if it said so, ``said`` what it said else."""

    done: bool
    said: str
    killed: bool
    in_words: bool  #: with success or an error of ours


class _Server:
    """One driver: one operation at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-B", str(_DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, operation: str, path: Path, given: Path, strace: list[str]) -> Run:
        pid = self._ask({"operation": operation, "path": str(path), "given": str(given)})["pid"]
        with subprocess.Popen(
            ["strace", "-f", *strace, "-p", str(pid)], stderr=subprocess.PIPE, text=True
        ) as tracer:
            assert tracer.stderr is not None
            attached = tracer.stderr.readline()
            assert "attached" in attached, attached
            ended = self._ask({"go": True})
            tracer.communicate(timeout=60)
        said = str(ended["said"])
        return Run(
            "DONE\n" in said,
            said.replace("DONE\n", ""),
            ended["status"] == -9,
            ended["status"] in (0, REFUSED),
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class Tracer(Closing):
    """``given`` is the folder of what operations bring in.  Used by many threads."""

    def __init__(self, given: Path) -> None:
        self._given = given
        self._servers = [_Server() for _ in range(WIDTH)]
        self._free: queue.SimpleQueue[_Server] = queue.SimpleQueue()
        for server in self._servers:
            self._free.put(server)

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def killed_at(self, operation: str, path: Path, point: Point) -> Run:
        """kill -9 when the call begins."""
        return self._inject(operation, path, point, "signal=KILL")

    def failing_at(self, operation: str, path: Path, point: Point, error: str) -> Run:
        """The call is not made, and says ``error``; with a plus behind it, so do all after it."""
        name = error.removesuffix("+")
        return self._inject(operation, path, point, f"error={name}", "+" if name != error else "")

    def points(self, operation: str, path: Path, calls: list[str]) -> list[Point]:
        """Every call of the kinds ``calls`` that the operation makes, in their order."""
        counts: dict[str, int] = {}
        found: list[Point] = []
        for line in self.calls(operation, path, calls):
            call = line.partition("(")[0]
            counts[call] = counts.get(call, 0) + 1
            found.append((call, counts[call]))
        return found

    def calls(self, operation: str, path: Path, calls: list[str]) -> list[str]:
        """The same, in words: with arguments, and the path beside each open file."""
        log = path.parent / "strace.log"
        how = ["-o", str(log), "-y", "-e", f"trace={','.join(calls)}", "-e", "signal=none"]
        with self._server() as server:
            ended = server.run(operation, path, self._given, how)
        assert ended.done, ended.said
        lines = [re.sub(r"^\d+ +", "", line) for line in log.read_text().splitlines()]
        return [line for line in lines if re.match(r"\w+\(", line)]

    def _inject(self, operation: str, path: Path, point: Point, what: str, more: str = "") -> Run:
        call, number = point
        how = f"inject={call}:{what}:when={number}{more}"
        with self._server() as server:
            return server.run(
                operation, path, self._given, ["-o", "/dev/null", "-e", f"trace={call}", "-e", how]
            )

    @contextmanager
    def _server(self) -> Iterator[_Server]:
        server = self._free.get()
        try:
            yield server
        finally:
            self._free.put(server)
