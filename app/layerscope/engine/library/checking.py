"""Checks the store: every blob, document and name."""

from __future__ import annotations

from layerscope.engine.task import Task

from .ground import Ground
from .values import Finding, Verified


def verify(ground: Ground, task: Task) -> Verified:
    report = ground.store.verify(task)
    return Verified(
        blobs=report.blobs,
        bytes=report.bytes,
        findings=tuple(
            Finding(finding.about, finding.sentence, finding.hint) for finding in report.damage
        ),
    )
