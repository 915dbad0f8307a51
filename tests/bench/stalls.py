"""Says where the window's thread was while its event loop stood still: stacks, on stderr.

Set LAYERSCOPE_STALLS to the milliseconds after which a stall is looked at, and run the window's
benchmark; what it measures is then a little slower than without.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice

_DEPTH = 14  #: frames of a stack that are told, the innermost
_LOOK = 0.004  #: seconds between two looks


def watch(last_beat: Callable[[], float]) -> None:
    """Look from a thread of its own; ``last_beat`` tells when the event loop turned last."""
    after = float(os.environ.get("LAYERSCOPE_STALLS", "0")) / 1000
    if not after:
        return
    gc.callbacks.append(_note_collection)
    main = threading.get_ident()
    threading.Thread(target=_look, args=(main, after, last_beat), daemon=True).start()


def _look(main: int, after: float, last_beat: Callable[[], float]) -> None:
    stall, seen = 0.0, Counter[str]()
    while True:
        time.sleep(_LOOK)
        beat, now = last_beat(), time.perf_counter()
        if seen and beat != stall:
            _tell(beat - stall, seen)
            seen = Counter()
        stall = beat
        if now - beat > min(after, 0.012):
            seen[_stack(main)] += 1
        if seen and now - beat < after:
            continue


def _stack(main: int) -> str:
    frame = sys._current_frames().get(main)
    lines = []
    while frame is not None:
        code = frame.f_code
        lines.append(f"{code.co_filename.rpartition('/')[2]}:{frame.f_lineno} {code.co_qualname}")
        frame = frame.f_back
    return "\n    ".join(islice(lines, _DEPTH))


def _tell(length: float, seen: Counter[str]) -> None:
    after = float(os.environ["LAYERSCOPE_STALLS"]) / 1000
    if length < after:
        return
    print(f"--- stood still for {length * 1000:.0f} ms", file=sys.stderr)
    for stack, times in seen.most_common(8):
        print(f"  {times} x {stack}", file=sys.stderr)


def _note_collection(phase: str, facts: dict[str, int]) -> None:
    global _began
    if phase == "start":
        _began = time.perf_counter()
    elif (took := time.perf_counter() - _began) > 0.01:
        told = f"--- gc of generation {facts['generation']}: {took * 1000:.0f} ms"
        print(told, file=sys.stderr)


_began = 0.0
