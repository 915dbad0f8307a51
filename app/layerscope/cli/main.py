"""Runs one command: prints its answer, turns what goes wrong into one sentence and a status."""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.task import Cancelled, Task

from .arguments import Usage, parse

DONE, FAILED, USAGE, INTERRUPTED, NO_READER = 0, 1, 2, 130, 141
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_PATIENCE = 1.0  #: seconds that cancelled work has for ending before the process leaves anyway


def main(open_window: Callable[[Path | None], int], arguments: Sequence[str] | None = None) -> int:
    """The exit status.  Without a command, ``open_window`` decides it; it gets the store."""
    if sys.stderr is None:  # closed by the caller; print would take standard output instead
        sys.stderr = io.StringIO()
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments)
    except Usage as error:
        return _complain(str(error), USAGE)
    if options.command is None:
        return open_window(options.store)
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    """Do the work on a thread, so that Ctrl+C is heard whatever the work is blocked in."""
    if sys.stdout is None:
        return _complain("Standard output is closed. Send it to a file or to /dev/null.", FAILED)
    from .commands import children

    task = Task()
    outcome: list[BaseException | int] = []
    work = threading.Thread(target=_work, args=(options, task, outcome), daemon=True)
    try:
        with children(options):
            work.start()
            _wait(work, task)
    except KeyboardInterrupt:
        _complain(_interruption(outcome[0] if outcome else None), INTERRUPTED)
        _leave_now(INTERRUPTED)
    return _status(outcome[0])


def _wait(work: threading.Thread, task: Task) -> None:
    try:
        work.join()
    except KeyboardInterrupt:
        task.cancel()
        work.join(_PATIENCE)
        raise


def _work(options: argparse.Namespace, task: Task, outcome: list[BaseException | int]) -> None:
    from .commands import command

    try:
        status = command(options.command)(options, task)
        sys.stdout.flush()
        outcome.append(status)
    except BaseException as error:  # carried to the main thread, which sorts them out
        outcome.append(error)


def _status(outcome: BaseException | int) -> int:
    match outcome:
        case int():
            return outcome
        case Usage():
            return _complain(str(outcome), USAGE)
        case Cancelled():
            return _complain(_interruption(outcome), INTERRUPTED)
        case LayerscopeError():
            return _complain(_sentence(outcome), FAILED)
        case BrokenPipeError():
            # Nobody reads any more.  Python would complain once more when it flushes at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return NO_READER
        case OSError() if outcome.errno in _UNWRITABLE and not outcome.filename:
            reason = outcome.strerror
            return _complain(f"The answer cannot be written to standard output: {reason}.", FAILED)
        case OSError():
            where = f" ({outcome.filename})" if outcome.filename else ""
            return _complain(f"{outcome.strerror or outcome}{where}.", FAILED)
        case _:
            return _complain(_bug(outcome), FAILED)


def _interruption(outcome: BaseException | int | None) -> str:
    """Work that leaves something behind says what."""
    told = outcome.args[0] if isinstance(outcome, Cancelled) and outcome.args else ""
    return f"Interrupted. {told or 'What was downloaded is kept for the next try.'}"


def _sentence(error: LayerscopeError) -> str:
    return " ".join(part for part in (str(error), error.hint) if part)


def _bug(error: BaseException) -> str:
    from .log import write_down

    where = write_down(error)
    return f"A bug in Layerscope stopped this command ({type(error).__name__}). {where}"


def _complain(sentence: str, status: int) -> int:
    """One line on standard error; what came from outside cannot steer the terminal."""
    from layerscope.engine.content.wording import display_name

    try:
        print(f"layerscope: {display_name(sentence)}", file=sys.stderr, flush=True)
    except OSError:
        return status  # nobody listens there either
    return status


def _leave_now(status: int) -> None:
    """End without waiting for threads that are still in a system call."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(status)
