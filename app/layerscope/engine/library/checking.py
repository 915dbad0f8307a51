"""Checks the store: every blob, document and name; and makes its list of images whole again."""

from __future__ import annotations

from layerscope.engine.store import FindingKind
from layerscope.engine.task import Task

from .ground import Ground
from .values import Finding, Repaired, Verified


def verify(ground: Ground, task: Task) -> Verified:
    report = ground.store.verify(task)
    return Verified(
        blobs=report.blobs,
        bytes=report.bytes,
        findings=tuple(
            Finding(finding.about, finding.sentence, finding.hint) for finding in report.damage
        ),
        repairable=any(
            finding.kind in (FindingKind.INDEX, FindingKind.LAYOUT) for finding in report.damage
        ),
    )


def repair(ground: Ground, task: Task) -> Repaired:
    recovery = ground.store.recover(task)
    return Repaired(recovery.names, recovery.unnamed)
