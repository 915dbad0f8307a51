"""The command that brings an image into a registry."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from layerscope.engine.content.wording import display_name, size_text
from layerscope.engine.task import Cancelled, Task

from . import answers
from .commands import library
from .progress import told
from .tables import plural

if TYPE_CHECKING:
    from layerscope.engine.library.values import Pushed, PushPlan


def push(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        if options.dry_run:
            plan = store.plan_push(options.image, options.target, task=task)
            if options.json:
                answers.write(planned(plan))
            else:
                _tell_plan(plan)
            return 0
        with told(task) as listening:
            try:
                pushed = store.push(options.image, options.target, task=listening)
            except Cancelled:
                raise Cancelled("What has arrived there whole is not sent again.") from None
    for note in pushed.notes:
        print(f"layerscope: {display_name(note)}", file=sys.stderr)
    if options.json:
        answers.write(done(pushed))
    else:
        _tell(pushed)
    return 0


def done(value: Pushed) -> answers.Answer:
    return {
        "reference": value.reference,
        "digest": str(value.digest),
        "index": value.index,
        "platforms": list(value.platforms),
        "uploaded": value.uploaded,
        "mounted": value.mounted,
        "sent_twice": value.sent_twice,
        "layers": [
            {
                "digest": str(layer.digest),
                "size": layer.size,
                "status": layer.status,
                **({"mounted_from": layer.mounted_from} if layer.mounted_from else {}),
            }
            for layer in value.layers
        ],
        "replaced": None if value.replaced is None else str(value.replaced),
        "notes": list(value.notes),
    }


def planned(plan: PushPlan) -> answers.Answer:
    return {
        "reference": plan.reference,
        "digest": str(plan.digest),
        "index": plan.index,
        "platforms": list(plan.platforms),
        "signed_in_as": plan.signed_in_as or None,
        "upload": plan.upload,
        "exists": plan.exists,
        "mountable": plan.mountable,
        "layers": [
            {
                "digest": str(layer.digest),
                "size": layer.size,
                "state": layer.state.value,
                **({"mount_from": layer.mount_from} if layer.mount_from else {}),
            }
            for layer in plan.layers
        ],
        "replaces": None if plan.replaces is None else str(plan.replaces),
        "notes": list(plan.notes),
        "trouble": plan.trouble or None,
    }


def _tell(pushed: Pushed) -> None:
    counts = [
        f"{count} {word}"
        for status, word in (
            ("pushed", "pushed"),
            ("mounted", "mounted"),
            ("exists", "were there"),
            ("skipped", "not to be distributed"),
        )
        if (count := sum(layer.status == status for layer in pushed.layers))
    ]
    print(pushed.reference)
    print(f"Digest: {pushed.digest}")
    what = "index of " if pushed.index else ""
    print(f"Pushed: {what}{', '.join(pushed.platforms)}")
    twice = f", {size_text(pushed.sent_twice)} of that twice" if pushed.sent_twice else ""
    layers = plural(len(pushed.layers), "layer")
    print(f"{layers}: {', '.join(counts)}. {size_text(pushed.uploaded)} uploaded{twice}.")


def _tell_plan(plan: PushPlan) -> None:
    what = "index of " if plan.index else ""
    print(f"{plan.reference}: {what}{', '.join(plan.platforms)}")
    for layer in plan.layers:
        source = f" from {layer.mount_from}" if layer.mount_from else ""
        print(f"{layer.digest.short}  {size_text(layer.size):>9}  {layer.state}{source}")
    who = f", signed in as {plan.signed_in_as}" if plan.signed_in_as else ""
    print(f"{size_text(plan.upload)} to upload{who}.")
    if plan.replaces is not None and not plan.unchanged:
        was = plan.replaces.short
        print(f"This replaces tag {plan.tag} on {plan.registry} (was {was}).")
    for note in (*plan.notes, plan.trouble):
        if note:
            print(display_name(note))
