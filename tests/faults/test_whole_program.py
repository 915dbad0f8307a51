"""The real program with all its threads and processes, traced from its first call to its last.

Which thread comes first to the call that is counted is left to chance.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from support import library_faults
from support.command_line import CommandLine
from support.store_faults import State, rehearsed, require_sound
from support.sweeps import sweep
from support.tracing import Point

POINTS: list[tuple[Point, str]] = [
    ((call, number), what)
    for number in (1, 2, 3, 5, 8, 12)
    for call in ("fsync", "rename", "mkdir", "flock")
    for what in ("signal=KILL", "error=ENOSPC", "error=EIO", "error=EMFILE")
    if call != "flock" or what == "signal=KILL"
]


@pytest.mark.usefixtures("tracer")
def test_a_pull_that_is_killed_or_fails_somewhere_has_happened_or_has_not(
    prepared: Path, work: Path, given: Path
) -> None:
    before, after, _ = rehearsed(
        prepared, work, lambda store: library_faults.perform("pull", store, given)
    )
    [name] = {name for name, _ in after.names} - {name for name, _ in before.names}

    def pull(point: tuple[Point, str]) -> None:
        (call, number), what = point
        program = CommandLine(work / f"{call}-{number}-{what}")
        shutil.copytree(prepared, program.store)
        how = ["-e", f"trace={call}", "-e", f"inject={call}:{what}:when={number}"]
        command = [
            "strace",
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-o",
            "/dev/null",
            *how,
            *program.program,
        ]
        done = subprocess.run(
            [*command, "pull", name],
            env=program.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert "A bug in" not in done.stderr, done.stderr
        assert done.returncode in (0, 1, -9, 137), done.stderr
        found = State.of(program.store)
        assert found in (before, after)
        if done.returncode == 0:
            assert found == after
        assert library_faults.seen("pull", program.store) == (found == after)
        library_faults.perform("pull", program.store, given)
        assert State.of(program.store) == after
        require_sound(program.store, "afterwards")

    sweep("the whole program: pull", POINTS, 2, pull)
