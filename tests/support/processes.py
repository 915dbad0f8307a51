"""Who descends from a process and whether it still lives, told by /proc."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process by its number and start, because numbers are used again."""

    pid: int
    started: int
    parent: int

    @property
    def alive(self) -> bool:
        now = _read(self.pid)
        return now is not None and now.started == self.started


def descendants(pid: int) -> list[Process]:
    """Children, their children and so on."""
    everyone = [
        process
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and (process := _read(int(folder.name))) is not None
    ]
    below = {pid}
    found: list[Process] = []
    while new := [one for one in everyone if one.parent in below and one not in found]:
        found += new
        below |= {one.pid for one in new}
    return found


def resident(pid: int) -> int:
    """Bytes in memory now; 0 if the process is gone."""
    return _kilobytes(pid, "VmRSS")


def peak(pid: int) -> int:
    """Bytes in memory at most so far; 0 if the process is gone."""
    return _kilobytes(pid, "VmHWM")


def ticks(pid: int) -> int:
    """Processor time used so far, in clock ticks; 0 if the process is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])


def _read(pid: int) -> Process | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in ("Z", "X"):
        return None
    return Process(pid, int(fields[19]), int(fields[1]))


def _kilobytes(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in lines:
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
