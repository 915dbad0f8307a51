"""Pulls beside prunes, as where a clean-up runs on a build farm: nothing may fail or go missing.

LAYERSCOPE_STORM_ROUNDS says how many pulls, 10,000 if it does not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from bench.given import Given
from bench.report import Figure
from support.storm import PRUNERS, PULLERS, storm

ROUNDS = int(os.environ.get("LAYERSCOPE_STORM_ROUNDS") or 10_000)


def figures(given: Given) -> Iterator[Figure]:
    found = storm(given.work, ROUNDS)
    for complaint in found.complaints[:10]:
        print(complaint, flush=True)
    beside = (
        f"{found.pulls:,} pulls by {PULLERS} processes beside {found.prunes:,} prunes by {PRUNERS} "
        f"that deleted {found.deleted:,} blobs, in {found.seconds:.0f} s"
    )
    failed = len(found.complaints)
    yield Figure("storm: failed pulls and prunes", "0", f"{failed} of {beside}", not failed)
    missing = found.missing + len(found.damage)
    yield Figure("storm: missing or damaged blobs of named images", "0", str(missing), not missing)
