"""Commands that bring images into the store."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from layerscope.engine.content.wording import display_name, size_text
from layerscope.engine.task import Task

from . import answers
from .commands import library
from .importing import plan_told
from .progress import told

if TYPE_CHECKING:
    from layerscope.engine.library.values import Pulled


def pull(options: argparse.Namespace, task: Task) -> int:
    """With ``-a`` the JSON is a list, one answer for each tag."""
    with library(options) as store, told(task) as listening:
        if options.all_tags:
            pulled = store.pull_all(options.reference, options.platform, task=listening)
        else:
            pulled = (store.pull(options.reference, options.platform, task=listening),)
    for each in pulled:
        _warn(each.warnings)
    if options.json:
        told_each = [answers.pulled(each) for each in pulled]
        answers.write(told_each if options.all_tags else told_each[0])
        return 0
    for each in pulled:
        _tell(each)
    return 0


def load(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store, told(task) as listening:
        if options.dry_run:
            return plan_told(store.plan_load(options.path, task=listening), options.json)
        loaded = store.load(options.path, task=listening)
    for each in loaded:
        _warn(each.warnings)
    if options.json:
        answers.write([answers.loaded(each) for each in loaded])
        return 0
    for each in loaded:
        print(f"Loaded {display_name(each.reference) or '<untagged>'}  {each.image_id.short}")
    return 0


def _tell(pulled: Pulled) -> None:
    fetched = sum(layer.status == "pulled" for layer in pulled.layers)
    count = len(pulled.layers)
    print(pulled.reference)
    print(f"Digest: {pulled.digest}")
    resumed = f", {size_text(pulled.resumed)} were here" if pulled.resumed else ""
    twice = (
        f", {size_text(pulled.downloaded_twice)} of that twice" if pulled.downloaded_twice else ""
    )
    mirrored = f", {size_text(pulled.mirrored)} of that by mirrors" if pulled.mirrored else ""
    print(
        f"{fetched} of {count} layers pulled, {count - fetched} were here. "
        f"{size_text(pulled.downloaded)} downloaded{mirrored}{twice}{resumed}."
    )


def _warn(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"layerscope: {display_name(sentence)}", file=sys.stderr)
