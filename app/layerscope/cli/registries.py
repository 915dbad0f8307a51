"""Commands that ask about names and registries."""

from __future__ import annotations

import argparse

from layerscope.engine.oci import Reference
from layerscope.engine.task import Task

from . import answers
from .commands import library
from .tables import number, size, table, time


def reference(options: argparse.Namespace, task: Task) -> int:
    value = Reference.parse(options.text)
    if options.json:
        answers.write(answers.reference(value))
        return 0
    for key, text in answers.reference(value).items():
        if text is not None:
            print(f"{key:<12}{text}")
    return 0


def search(options: argparse.Namespace, task: Task) -> int:
    with library(options) as images:
        found = images.search(options.term, options.registry, options.limit, task=task)
    if options.json:
        answers.write([answers.found(row) for row in found])
        return 0
    table(
        ("NAME", "STARS", "PULLS", "OFFICIAL", "DESCRIPTION"),
        (
            (
                row.name,
                number(row.stars),
                number(row.pulls),
                "yes" if row.official else "",
                row.description,
            )
            for row in found
        ),
    )
    return 0


def tags(options: argparse.Namespace, task: Task) -> int:
    with library(options) as images:
        rows = images.tags(options.repository, task=task)
    if options.json:
        answers.write([answers.tag(row) for row in rows])
        return 0
    if all(row.size is None and row.updated is None for row in rows):
        for row in rows:
            print(row.tag)
        return 0
    table(
        ("TAG", "DOWNLOAD", "UPDATED", "DIGEST"),
        (
            (row.tag, size(row.size), time(row.updated), row.digest.short if row.digest else "")
            for row in rows
        ),
    )
    return 0
