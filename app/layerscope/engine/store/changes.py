"""A change of the list: as it is asked for, as the journal keeps it, as callers are told."""

from __future__ import annotations

from collections.abc import Callable

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest
from layerscope.engine.store.index import IndexDocument, fingerprint
from layerscope.engine.store.journal import Record, new_id
from layerscope.engine.store.values import Change, Operation


@dataclass(frozen=True, slots=True)
class Facts:
    """What the journal should know about a change besides the entries."""

    names: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()
    size: int = 0
    reverts: str = ""
    operation: str = ""  #: its name, if the caller has chosen one


Edit = Callable[[IndexDocument], tuple[IndexDocument, Facts]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A change that was carried out; ``operation`` is empty if there was nothing to do."""

    operation: str
    before: IndexDocument
    after: IndexDocument
    facts: Facts


def change_of(
    kind: Operation,
    outcome: Outcome,
    generation: str,
    blobs: tuple[Digest, ...] = (),
    reclaimed: int = 0,
) -> Change:
    before, after = outcome.before, outcome.after
    held = {entry.name: entry.descriptor.digest for entry in before.listed if entry.name}
    holds = {entry.name: entry.descriptor.digest for entry in after.listed if entry.name}
    remaining = {entry.descriptor.digest for entry in after.listed}
    listed = dict.fromkeys(entry.descriptor.digest for entry in before.listed)
    return Change(
        operation=outcome.operation,
        kind=kind,
        generation=generation,
        tagged=tuple(name for name, digest in holds.items() if held.get(name) != digest),
        moved=tuple(
            (name, digest) for name, digest in held.items() if holds.get(name, digest) != digest
        ),
        untagged=tuple(name for name in held if name not in holds),
        deleted=tuple(digest for digest in listed if digest not in remaining),
        blobs=blobs,
        reclaimed=reclaimed,
    )


def records_of(
    kind: Operation,
    ours: IndexDocument | None,
    before: IndexDocument,
    after: IndexDocument,
    facts: Facts,
) -> list[Record]:
    """What the journal says of a change, and of what others did before it."""
    records: list[Record] = []
    start = fingerprint(before.raw)
    if ours is not None and ours.raw != before.raw:
        delta = ours.delta_to(before)
        records.append(Record(Operation.FOREIGN, fingerprint(ours.raw), start, delta))
    records.append(
        Record(
            kind,
            start,
            fingerprint(after.raw),
            before.delta_to(after),
            facts.names,
            facts.blobs,
            facts.size,
            facts.reverts,
            facts.operation or new_id(),
        )
    )
    return records
