"""Commands that change or check the store."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from layerscope.engine.content.wording import display_name, size_text
from layerscope.engine.task import Task

from . import answers
from .arguments import Usage
from .commands import library
from .progress import told
from .tables import plural

if TYPE_CHECKING:
    from layerscope.engine.library.values import Removal, RemovalPlan


def tag(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        change = store.tag(options.source, options.target, task=task)
    if options.json:
        answers.write(answers.tagged(change))
        return 0
    print(f"{change.reference} is now {change.digest.short}.")
    if change.moved_from is not None:
        rest = "; that image is untagged now" if change.left_untagged else ""
        print(f"It was {change.moved_from.short} before{rest}.")
    return 0


def rmi(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        plan = store.plan_removal(options.images, force=options.force, task=task)
        removal = store.apply(plan, task=task)
    return _tell_removal(removal, options.json)


def prune(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        plan = store.plan_prune(all_unused=options.all, task=task)
        if options.dry_run:
            return _tell_plan(plan, options.json)
        if not options.yes and plan.blobs:
            require_somebody("Say --yes to prune, or --dry-run to look.")
            _tell_plan(plan, as_json=False, to_error=True)
            if not agreed("Delete them?"):
                return 1
        removal = store.apply(plan, task=task)
    return _tell_removal(removal, options.json)


def undo(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        change = store.undo(task=task)
    return tell_undone(change, options.json)


def redo(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        change = store.redo(task=task)
    if options.json:
        answers.write(answers.undone(change))
        return 0
    for name in change.restored:
        print(f"Tagged {display_name(name)}")
    return _tell_removal(change, as_json=False)


def verify(options: argparse.Namespace, task: Task) -> int:
    """Status 1 if anything is damaged."""
    with library(options) as store, told(task) as listening:
        repaired = store.repair(task=listening) if options.repair else None
        report = store.verify(task=listening)
    if options.json:
        answers.write(answers.verified(report, repaired))
    else:
        if repaired is not None:
            for name in repaired.references:
                print(f"Restored {display_name(name)}")
            for digest in repaired.untagged:
                print(f"Listed {digest}")
        for finding in report.findings:
            print(display_name(" ".join(filter(None, (finding.sentence, finding.hint)))))
        print(f"{plural(report.blobs, 'blob')} checked, {size_text(report.bytes)}.")
    return 1 if report.findings else 0


def tell_undone(change: Removal, as_json: bool) -> int:
    """Print what came back."""
    if as_json:
        answers.write(answers.undone(change))
        return 0
    for name in change.restored:
        print(f"Restored {display_name(name)}")
    for name in change.untagged:
        print(f"Untagged {display_name(name)}")
    print(f"{plural(len(change.brought_back), 'blob')} came back.")
    return 0


def require_somebody(otherwise: str) -> None:
    """Raise Usage where nobody is there to answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Usage(f"Nobody can be asked here. {otherwise}")


def agreed(question: str) -> bool:
    """Ask; a no is said again on stderr."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    print("layerscope: Nothing was deleted.", file=sys.stderr)
    return False


def _tell_plan(plan: RemovalPlan, as_json: bool, to_error: bool = False) -> int:
    if as_json:
        answers.write(answers.plan(plan))
        return 0
    stream = sys.stderr if to_error else sys.stdout
    for each in plan.candidates:
        name = ", ".join(each.references) or "<untagged>"
        frees = f"kept: {each.kept}" if each.kept else size_text(each.frees)
        print(f"{each.image_id.short}  {display_name(name)}  {frees}", file=stream)
    count = plural(len(plan.images), "image")
    print(f"{count}, {size_text(plan.reclaimed)} to free.", file=stream)
    return 0


def _tell_removal(removal: Removal, as_json: bool) -> int:
    if as_json:
        answers.write(answers.removal(removal))
        return 0
    for name in removal.untagged:
        print(f"Untagged {display_name(name)}")
    for digest in removal.deleted:
        print(f"Deleted {digest}")
    if removal.deleted:
        freed = size_text(removal.reclaimed)
        print(f"Freed {freed}. `layerscope undo` brings it back for 24 hours.")
        print("The trash keeps it until then; `layerscope trash --empty` gives the room back now.")
    elif not removal.untagged:
        print("Nothing to remove.")
    return 0
