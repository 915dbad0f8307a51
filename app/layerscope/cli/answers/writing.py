"""Writes answers to standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from .forms import Answer


def write(answer: object, *, readable: bool = False) -> None:
    """One document, on one line unless it is for people.

    Only ASCII leaves, so that nothing steers a terminal and any byte survives: bytes of a name
    that are no UTF-8 travel as lone surrogates, as in Python's os.fsdecode.
    """
    print(json.dumps(answer, indent=2 if readable else None))


def write_each(answers: Iterable[Answer]) -> None:
    """A JSON array, written as it comes: a recursive listing may have a million rows."""
    write_out = sys.stdout.write
    write_out("[")
    separator = ""
    for answer in answers:
        write_out(f"{separator}{json.dumps(answer)}")
        separator = ",\n"
    write_out("]\n")
