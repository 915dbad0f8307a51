"""Run as a program: does things to stores, each in a child of its own that waits to be traced.

Questions and answers are lines of JSON.  A child says DONE when the store has said so.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import traceback
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import Any

REFUSED, BUG = 3, 4  #: how a child ends, should it not be able to say so

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS.parent / name) for name in ("app", "resources", "tests")]


class _AtOnce(Executor):
    """Work is done where it is asked for: on one thread every system call has its number."""

    def __init__(self, *_width_and_names: object, **_more: object) -> None:
        super().__init__()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def main() -> int:
    import concurrent.futures

    # The pools of the engine; hashing has a thread of its own, which makes no calls that count.
    concurrent.futures.ThreadPoolExecutor = _AtOnce  # type: ignore[misc,assignment]  # see there
    _load_everything()
    for line in sys.stdin:
        _serve(json.loads(line))
    return 0


def _load_everything() -> None:
    """So that a child opens only what its operation needs."""
    import layerscope.engine

    for module in pkgutil.walk_packages(layerscope.engine.__path__, "layerscope.engine."):
        importlib.import_module(module.name)
    importlib.import_module("support.store_faults")
    importlib.import_module("support.library_faults")
    importlib.import_module("encodings.idna")


def _serve(asked: dict[str, str]) -> None:
    go_out, go_in = os.pipe()
    said_out, said_in = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(go_in)
            os.dup2(said_in, 1)
            os.dup2(said_in, 2)
            os.read(go_out, 1)
            status = _perform(asked)
        finally:
            os._exit(status)
    os.close(go_out)
    os.close(said_in)
    _answer({"pid": child})
    sys.stdin.readline()
    os.write(go_in, b"g")
    os.close(go_in)
    with os.fdopen(said_out) as file:
        said = file.read()
    _, status = os.waitpid(child, 0)
    _answer({"status": os.waitstatus_to_exitcode(status), "said": said})


def _answer(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


def _perform(asked: dict[str, str]) -> int:
    from layerscope.engine.errors import LayerscopeError
    from support.library_faults import perform

    try:
        perform(asked["operation"], Path(asked["path"]), Path(asked["given"]))
    except LayerscopeError as error:
        status = REFUSED
        words = f"{type(error).__name__}: {error} {error.hint}".rstrip() + "\n"
    except BaseException:  # a bug: the test fails by what it says
        status = BUG
        words = traceback.format_exc()
    else:
        status = 0
        words = "DONE\n"
    with suppress(OSError):  # the fault may hit this very line
        os.write(1, words.encode())
    return status


if __name__ == "__main__":
    sys.exit(main())
