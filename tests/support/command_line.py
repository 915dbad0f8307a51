"""The program on the command line as a stranger runs it: a process, two streams, a status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class CommandLine:
    """``layerscope`` as a stranger runs it: a process, its two streams and its status."""

    home: Path

    @property
    def store(self) -> Path:
        return self.home / "store"

    @property
    def environment(self) -> dict[str, str]:
        folders = {
            name: str(self.home) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
        }
        roots = os.pathsep.join(str(ROOT / name) for name in ("app", "resources"))
        return {**os.environ, **folders, "HOME": str(self.home), "PYTHONPATH": roots}

    @property
    def program(self) -> list[str]:
        return [sys.executable, "-m", "layerscope", "--store", str(self.store)]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self.program, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_listens_to_ctrl_c,
        )

    def run(self, *arguments: str, status: int = 0) -> tuple[bytes, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        complaint = err.decode()
        assert process.returncode == status, f"{arguments}: {process.returncode}: {complaint}"
        assert "Traceback" not in complaint
        return out, complaint

    def json(self, *arguments: str) -> Any:
        out, _ = self.run(*arguments, "--json")
        return json.loads(out)

    def tree(self, name: str) -> list[tuple[object, ...]]:
        """What is known of every path of an image, but of hard links to another."""
        rows = self.json("files", name, "--recursive")
        keys = ("path", "type", "mode", "uid", "gid", "size", "link", "sha256")
        return [tuple(row.get(key) for key in keys) for row in rows if row["type"] != "hardlink"]

    def refused(self, *arguments: str, status: int = 1) -> str:
        """The one line on standard error of a command that does not work."""
        out, complaint = self.run(*arguments, status=status)
        assert out == b""
        lines = [line for line in complaint.splitlines() if line.startswith("layerscope: ")]
        assert len(lines) == 1, complaint
        return lines[0]


def _listens_to_ctrl_c() -> None:
    """Whoever runs the tests in the background has its processes ignore the signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
