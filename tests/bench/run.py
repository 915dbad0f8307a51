"""Measures the figures that the program promises, side by side in one run.

python tests/bench/run.py [--images DIR] [--rounds N] [--only PART,PART] [--keep]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]  # for `bench` and `support`

from bench import (  # noqa: E402
    cancel,
    growth,
    images,
    inside,
    memory,
    opening,
    peers,
    pulls,
    report,
    storm,
    using,
    writers,
)
from bench.given import Given  # noqa: E402
from bench.report import Figure  # noqa: E402

PARTS: Mapping[str, Callable[[Given], Iterator[Figure]]] = {
    "start": using.start_figures,
    "window": using.use_figures,
    "pull": pulls.figures,
    "again": pulls.again_figures,
    "peers": peers.figures,
    "opening": opening.figures,
    "inside": inside.figures,
    "growth": growth.figures,
    "memory": memory.figures,
    "writers": writers.figures,
    "storm": storm.figures,
    "cancel": cancel.figures,
}
#: Parts that do without the real images.
TINY = frozenset({"writers", "storm", "cancel"})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=Path, default=images.default_folder())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS), help="of " + ", ".join(PARTS))
    parser.add_argument("--keep", action="store_true", help="write them into RESULTS.md")
    asked = parser.parse_args()
    chosen = asked.only.split(",")
    layout = asked.images if TINY.issuperset(chosen) else images.made(asked.images)
    reached = True
    for name in chosen:
        load = os.getloadavg()[0]
        figures: list[Figure] = []
        with tempfile.TemporaryDirectory() as folder:
            given = Given(layout, Path(folder), asked.rounds, images.programs_folder())
            for figure in PARTS[name](given):
                figures.append(figure)
                print(f"{figure.verdict:5} {figure.what}: {figure.value}", flush=True)
        reached &= all(figure.good is not False for figure in figures)
        if asked.keep:
            report.keep(name, figures, load, list(PARTS))
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
