"""Pulls by a program that is running already, as the worker of the window does them.

As a program of its own it reads lines of JSON, ``["STORE", "REFERENCE"]``, and answers each with
an empty line once the image is there.  A store stays open until its folder is gone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from bench import images
from layerscope.engine.task import Task


class Puller:
    """The program, driven from here."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def started(cls, home: Path) -> Iterator[Self]:
        with subprocess.Popen(
            [sys.executable, "-m", "bench.running"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=images.environment(home),
        ) as process:
            yield cls(process)

    def pull(self, store: Path, reference: str) -> None:
        """Raises RuntimeError if the program has died of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([str(store), reference]), file=self._process.stdin, flush=True)
        if self._process.stdout.readline() != "\n":
            raise RuntimeError(f"the pull of {reference} failed")


def main() -> None:
    from layerscope.worker.passes import ProcessPasses, start_nursery

    passes = ProcessPasses(nursery=start_nursery())
    try:
        from layerscope.engine.library import Library, open_library

        libraries: dict[Path, Library] = {}
        for line in sys.stdin:
            folder, reference = json.loads(line)
            store = Path(folder)
            if store not in libraries or not store.exists():
                libraries[store] = open_library(store, passes)
            libraries[store].pull(reference, task=Task())
            print(flush=True)
    finally:
        passes.close()


if __name__ == "__main__":
    main()
