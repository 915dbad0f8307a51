"""A child does not pay again and again for memory that it has just freed."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_TAKE_AND_FREE = """
import resource
{prepare}
for _ in range(50):
    pieces = [b"x" * (1 << 20) for _ in range(8)]
    del pieces
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""
_KEEP = "from layerscope.worker.freed_memory import keep_freed_memory; keep_freed_memory()"


def _page_faults(prepare: str) -> int:
    code = _TAKE_AND_FREE.format(prepare=prepare)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries need no advice")
def test_pages_are_paid_for_once() -> None:
    pages = 8 * (1 << 20) // 4096
    assert _page_faults("") > 40 * pages
    assert _page_faults(_KEEP) < 10 * pages
