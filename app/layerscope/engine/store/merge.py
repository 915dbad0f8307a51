"""Bringing back what another program overwrote because it worked on an old copy of index.json.

skopeo and umoci read index.json when they begin and rewrite it when they end, with no lock.  What
we wrote in between is then gone.  Such a write is recognised by the journal: it holds all of an
older list of ours, and something new on top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from layerscope.engine.oci import Digest
from layerscope.engine.store.index import Delta, IndexDocument, Key
from layerscope.engine.store.journal import Record
from layerscope.engine.store.names import read_name
from layerscope.engine.store.values import Operation


def merged(
    ours: IndexDocument,
    theirs: IndexDocument,
    history: Iterable[Record],
    present: Callable[[Digest], bool],
    folder: str,
) -> IndexDocument:
    """What index.json should say, given our last version and the one that is there now.

    ``history`` are the changes that led to ours, newest first; ``present`` tells whether a
    manifest is stored.  Entries that somebody took out of our last version stay out.
    """
    base = set(ours.keys)
    added_by_us: set[Key] = set()
    steps = iter(history)
    while _lost(base, theirs.keys):
        record = next(steps, None)
        if record is None:
            return theirs
        before, after = _keys(record.delta, folder)
        base = (base - after) | before
        if record.kind is not Operation.FOREIGN:
            added_by_us |= after - before
    fresh = theirs.keys - base
    if base == ours.keys:
        return _without_ghosts(theirs, fresh, history, present, folder)
    if fresh <= ours.keys or fresh & added_by_us:
        return theirs  # made from a later list than that: what is missing was taken out
    return ours.with_entries(entry for entry in theirs.all if entry.key in fresh)


def _lost(base: set[Key], theirs: frozenset[Key]) -> bool:
    """Whether something of ``base`` is gone that no new entry took the name of."""
    names = {name for name, _ in theirs if name}
    digests = {digest for _, digest in theirs}
    return any(
        (name not in names) if name else (digest not in digests) for name, digest in base - theirs
    )


def _without_ghosts(
    theirs: IndexDocument,
    fresh: frozenset[Key] | set[Key],
    history: Iterable[Record],
    present: Callable[[Digest], bool],
    folder: str,
) -> IndexDocument:
    """Leave out entries that we had removed, that are listed again, and whose manifest is gone."""
    if not fresh:
        return theirs
    removed: set[Key] = set()
    for record in history:
        before, after = _keys(record.delta, folder)
        removed |= before - after
    ghosts = {
        entry.digest
        for entry in theirs.all
        if entry.key in fresh & removed and entry.digest and not present(entry.digest)
    }
    return theirs.without_images(ghosts) if ghosts else theirs


def _keys(delta: Delta, folder: str) -> tuple[set[Key], set[Key]]:
    before, after = (
        {(_name(raw.get("annotations"), folder), str(raw.get("digest"))) for _, raw in side}
        for side in (delta.removed, delta.added)
    )
    return before, after


def _name(annotations: object, folder: str) -> str | None:
    if not isinstance(annotations, dict):
        return None
    texts = {str(key): value for key, value in annotations.items() if isinstance(value, str)}
    return read_name(texts, folder).canonical
