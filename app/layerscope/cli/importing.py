"""The command that makes an image from a tar, and what a load would bring."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from layerscope.engine.content.wording import count_text, display_name, size_text
from layerscope.engine.task import Task

from . import answers
from .commands import library
from .progress import told

if TYPE_CHECKING:
    from layerscope.engine.library.values.giving_back import LoadPlan


def import_(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store, told(task) as listening:
        done = store.import_tar(
            options.path,
            options.reference,
            options.platform,
            options.compression,
            options.message,
            options.change,
            task=listening,
        )
    for warning in done.warnings:
        print(f"layerscope: {display_name(warning)}", file=sys.stderr)
    if options.json:
        answers.write(
            {
                "reference": done.reference,
                "image_id": str(done.image_id),
                "digest": str(done.digest),
                "layer": str(done.layer),
                "diff_id": str(done.diff_id),
                "size": done.size,
                "unpacked": done.unpacked,
                "entries": done.entries,
                "warnings": list(done.warnings),
            }
        )
        return 0
    print(f"Imported {display_name(done.reference)}  {done.image_id.short}")
    entries = count_text(done.entries, "entry", "entries")
    print(f"One layer, {entries}, {size_text(done.size)} ({size_text(done.unpacked)} unpacked).")
    return 0


def plan_told(plan: LoadPlan, as_json: bool) -> int:
    if as_json:
        answers.write(
            {
                "path": plan.path,
                "new_bytes": plan.new_bytes,
                "images": [
                    {
                        "key": each.key,
                        "image_id": str(each.image_id),
                        "references": list(each.references),
                        "platform": each.platform,
                        "layers": each.layers,
                        "layers_here": each.layers_here,
                        "new_bytes": each.new_bytes,
                        "here": each.here,
                        "conflicts": [
                            {"reference": one.reference, "image_id": str(one.image_id)}
                            for one in each.conflicts
                        ],
                    }
                    for each in plan.images
                ],
                "warnings": list(plan.warnings),
                "dry_run": True,
            }
        )
        return 0
    for each in plan.images:
        name = display_name(", ".join(each.references)) or "<untagged>"
        layers = f"{each.layers_here} of {count_text(each.layers, 'layer')} here"
        print(f"{each.image_id.short}  {name}  {layers}, {size_text(each.new_bytes)} new")
        for one in each.conflicts:
            print(f"  {display_name(one.reference)} is {one.image_id.short} now and would move.")
    return 0
