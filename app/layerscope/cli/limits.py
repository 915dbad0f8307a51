"""The command that lists what content may cost."""

from __future__ import annotations

import argparse

from layerscope.engine.task import Task

from . import answers
from .commands import library
from .tables import number, table


def limits(options: argparse.Namespace, task: Task) -> int:
    """As they hold for this command line: the defaults, the settings, and ``--limit`` over both."""
    with library(options) as images:
        found = images.limits(task=task)
    if options.json:
        answers.write([answers.limit(each) for each in found])
        return 0
    table(
        ("NAME", "VALUE", "DEFAULT", "UNIT", "BEYOND IT", "OF WHAT"),
        (
            (
                each.name,
                number(each.value),
                number(each.default),
                each.unit,
                "stop" if each.stops else "warning",
                each.meaning,
            )
            for each in found
        ),
    )
    return 0
