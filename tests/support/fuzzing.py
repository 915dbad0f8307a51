"""Run as a program: damages good input in every way and gives it to the public door.

    python -m support.fuzzing FOLDER SEED SECONDS [TARGET …]

Each input must end in an answer or in a LayerscopeError, within seconds and within 64 MiB above
what was taken before it.  FOLDER/current holds the input at work, for whoever finds the process
dead; what fails is kept in FOLDER/failures.  Prints one line of JSON.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.store import index_reader
from support import own_memory
from support.fuzz_targets import Targets
from support.hostile_registry import HostileRegistry

MEMORY = 64 << 20  #: bytes above what was there before the input
SECONDS = 10.0  #: for one input
_M_ARENA_MAX = -8
_MOST_FAILURES = 20  #: then it is enough
_ROOM = 1 << 30  #: bytes of address space; beyond it the process fails at once


class Hang(BaseException):
    """Nothing catches it on the way."""


@dataclass
class Outcome:
    tried: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)  #: by LayerscopeError, of those tried
    failures: list[str] = field(default_factory=list)
    peak: int = 0  #: bytes above the baseline, of the worst input


class Fuzzer:
    """Inputs come from one seed: the same run finds the same."""

    def __init__(self, targets: Targets) -> None:
        self.outcome = Outcome()
        self._targets = targets

    def run(self, seconds: float, names: Sequence[str] = ()) -> Outcome:
        """A flip in every vector at least, then all targets in turn until the time is over."""
        chosen = list(names or self._targets.all)
        signal.signal(signal.SIGALRM, _hang)
        for name in chosen:  # so that everything is imported
            self._try(name, measured=False)
        end = time.monotonic() + seconds
        if "flips" in chosen:
            for _ in self._targets.inputs.vectors:
                self._try("flips")
        while time.monotonic() < end and len(self.outcome.failures) < _MOST_FAILURES:
            for name in chosen:
                self._try(name)
        self.outcome.refused += self._targets.refused
        return self.outcome

    def _try(self, name: str, *, measured: bool = True) -> None:
        outcome = self.outcome
        outcome.tried[name] += 1
        own_memory.forget_peak()
        before = own_memory.resident()
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        problem = ""
        try:
            self._targets.all[name]()
        except LayerscopeError as error:
            outcome.refused[name] += 1
            if "\n" in str(error) or "Traceback" in str(error):
                problem = f"a sentence of several lines: {error}"
        except Hang:
            problem = "a hang\n" + traceback.format_exc()
        except BaseException:
            problem = traceback.format_exc()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        grown = own_memory.peak() - before
        if measured:
            outcome.peak = max(outcome.peak, grown)
            if grown > MEMORY:
                problem = problem or f"{grown >> 20} MiB"
        if problem:
            self._keep(name, problem)

    def _keep(self, name: str, problem: str) -> None:
        kept = self._targets.folder / "failures" / f"{name}-{len(self.outcome.failures)}"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes((self._targets.folder / "current").read_bytes())
        self.outcome.failures.append(f"{name} ({kept.name}): …{problem[-1500:]}")


def _hang(_number: int, _frame: FrameType | None) -> None:
    raise Hang


def _not_to_disk(fd: object) -> None:
    """No power is cut here."""


def main(arguments: Sequence[str]) -> None:
    folder, seed, seconds = Path(arguments[0]), int(arguments[1]), float(arguments[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "current").touch()
    os.environ.update({name: str(folder / "home") for name in ("HOME", "XDG_CONFIG_HOME")})
    os.fsync = _not_to_disk
    index_reader._PAUSE = 0.001
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)  # or else each thread takes 64 MiB of addresses
    limit = own_memory.addresses() + _ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with HostileRegistry() as far:
        targets = Targets(folder, seed, far)
        outcome = Fuzzer(targets).run(seconds, arguments[3:])
    print(
        json.dumps(
            {
                "tried": outcome.tried,
                "refused": outcome.refused,
                "vectors": targets.vectors_tried,
                "peak": outcome.peak,
                "failures": outcome.failures,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
