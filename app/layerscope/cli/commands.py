"""Which function carries out which command; each loads what it needs when it is called."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from layerscope.engine.task import Task

if TYPE_CHECKING:
    from layerscope.engine.library import Library

Command = Callable[[argparse.Namespace, Task], int]

_MODULES = {
    "reference": "registries",
    "search": "registries",
    "tags": "registries",
    "pull": "transfers",
    "load": "transfers",
    "push": "pushing",
    "login": "signing_in",
    "logout": "signing_in",
    "registries": "registering",
    "images": "images",
    "layers": "images",
    "history": "images",
    "inspect": "images",
    "df": "images",
    "files": "contents",
    "trace": "contents",
    "cat": "contents",
    "save": "giving_back",
    "export": "giving_back",
    "extract": "giving_back",
    "import": "importing",
    "tag": "changes",
    "rmi": "changes",
    "prune": "changes",
    "undo": "changes",
    "redo": "changes",
    "trash": "trash",
    "verify": "changes",
    "limits": "limits",
}
#: Commands that read many layers, and what carries them out.
_READ_LAYERS = {
    "pull": "layerscope.engine.library.pulling",
    "load": "layerscope.engine.library.loading",
}


def command(name: str) -> Command:
    """The function of a command: ``pull`` is ``pull`` of the module ``transfers``."""
    module = importlib.import_module(f"layerscope.cli.{_MODULES[name]}")
    return cast(Command, getattr(module, "import_" if name == "import" else name))


@contextmanager
def children(options: argparse.Namespace) -> Iterator[None]:
    """Around the command, and before there are any threads: commands that read many layers do so
    in child processes.  Those are forked when all that they and the command need is loaded, so
    that nothing is loaded twice."""
    options.passes = None
    if options.command not in _READ_LAYERS:
        yield
        return
    from layerscope.worker import child
    from layerscope.worker.passes import ProcessPasses, start_nursery

    command(options.command)
    for module in (_READ_LAYERS[options.command], *child.NEEDED):
        importlib.import_module(module)
    options.passes = ProcessPasses(nursery=start_nursery())
    try:
        yield
    finally:
        options.passes.close()


@contextmanager
def library(options: argparse.Namespace) -> Iterator[Library]:
    """The library that the options ask for; its child processes end with the block."""
    from layerscope.worker.passes import ProcessPasses

    passes = options.passes or ProcessPasses()
    try:
        from layerscope.engine.library import open_library

        yield open_library(options.store, passes, options.plain_http, dict(options.limits))
    finally:
        passes.close()
