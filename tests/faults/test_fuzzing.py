"""Damaged input of every kind in a child with limits: no crash, no hang, no traceback.

Ten seconds normally; LAYERSCOPE_FUZZ_SECONDS=600 for longer, LAYERSCOPE_FUZZ_SEED for other input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from support.fuzz_inputs import Inputs
from support.fuzzing import MEMORY
from support.programs import environment

_SECONDS = float(os.environ.get("LAYERSCOPE_FUZZ_SECONDS", "10"))
_SEED = os.environ.get("LAYERSCOPE_FUZZ_SEED", "1")
#: For one input that takes all it may, the last round, and a machine with other things to do.
_PATIENCE = 120.0
_TARGETS = {
    "flips", "layers", "documents", "archives", "stores", "blobs", "caches", "logins", "texts",
    "exports", "answers",
}  # fmt: skip


def fuzzed(folder: Path, seconds: float, *targets: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "support.fuzzing", str(folder), _SEED, str(seconds), *targets]
    return subprocess.run(
        command,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + _PATIENCE,
    )


def test_no_damaged_input_harms_us(tmp_path: Path) -> None:
    done = fuzzed(tmp_path / "fuzzing", _SECONDS)
    at_work = tmp_path / "fuzzing" / "current"
    assert done.returncode == 0, f"dead with {at_work}: {done.stderr[-3000:]}"
    told = json.loads(done.stdout)
    print(f"seed {_SEED}, {_SECONDS:.0f} s: {sum(told['tried'].values())} inputs, {told}")
    assert told["failures"] == []
    assert set(told["tried"]) == _TARGETS
    assert told["vectors"] == len(Inputs(tmp_path).vectors) > 300
    assert told["peak"] < MEMORY


def test_a_program_that_dies_of_its_input_is_noticed(tmp_path: Path) -> None:
    """Or else the test above says little: an unknown target is a traceback of the fuzzer's own."""
    done = fuzzed(tmp_path / "fuzzing", 0, "nonsense")
    assert done.returncode != 0 or json.loads(done.stdout)["failures"]
