"""The memory of this process, for programs that measure themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def growth_by(work: Callable[[], object]) -> int:
    """Bytes at the peak of ``work`` above what was taken before."""
    before = resident()
    forget_peak()
    work()
    return peak() - before


def resident() -> int:
    """Bytes in memory now."""
    return _status("VmRSS")


def peak() -> int:
    """Bytes in memory at most since the start, or since the peak was forgotten."""
    return _status("VmHWM")


def addresses() -> int:
    """Bytes of address space now."""
    return _status("VmSize")


def forget_peak() -> None:
    """The peak begins anew with what is in memory now."""
    Path("/proc/self/clear_refs").write_text("5")


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise LookupError(field)
