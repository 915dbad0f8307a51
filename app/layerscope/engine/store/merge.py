"""Bringing back what another program overwrote because it worked on an old copy of index.json.

skopeo and umoci read index.json when they begin and rewrite it when they end, with no lock.  What
we wrote in between is then gone, and what other such programs wrote too.  The journal knows every
list that they can have read: the one that best explains theirs is taken for it, and what is new
against that one is put on top of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from layerscope.engine.oci import Digest
from layerscope.engine.store.index import Delta, Entry, IndexDocument, Key
from layerscope.engine.store.journal import Record
from layerscope.engine.store.names import read_name
from layerscope.engine.store.values import Operation

Written = Callable[[Digest], float | None]

# Time stamps of files are coarser than ours, and a program writes index.json after the manifest.
_SLACK = 1.0


def merged(
    ours: IndexDocument,
    theirs: IndexDocument,
    history: Sequence[Record],
    written: Written,
    folder: str,
) -> IndexDocument:
    """What index.json should say, given our last version and the one that is there now.

    ``history`` are the changes that led to ours, newest first, as far back as a program may have
    read the list; ``written`` tells when a manifest was stored, None if it is not.  What somebody
    took out of our last version stays out.
    """
    their = _TheirList(theirs, _Touched.of(history, folder), written)
    if theirs.keys <= ours.keys and not their.copied_since(history):
        return theirs
    base = their.base(ours, history, folder)
    if base == ours.keys:
        ghosts = {key[1] for key in theirs.keys - base if their.is_ghost(key)}
        gone = [entry.digest for entry in theirs.all if entry.digest and entry.key[1] in ghosts]
        return theirs.without_images(gone) if gone else theirs
    return ours.with_entries(their.new_against(base))


def additions(
    ours: IndexDocument,
    theirs: IndexDocument,
    history: Sequence[Record],
    written: Written,
    folder: str,
) -> list[Entry]:
    """What of their list is to be put on top of ours, whatever they may have taken out."""
    their = _TheirList(theirs, _Touched.of(history, folder), written)
    fresh = their.new_against(their.base(ours, history, folder))
    return [entry for entry in fresh if entry.key not in ours.keys]


@dataclass(frozen=True, slots=True)
class _Touched:
    """When we last added or took out an entry, or any entry of an image."""

    keys: dict[Key, float]
    digests: dict[str, float]

    @classmethod
    def of(cls, history: Iterable[Record], folder: str) -> _Touched:
        touched = cls({}, {})
        for record in history:
            if record.kind is not Operation.FOREIGN:
                for key in frozenset.union(*_keys(record.delta, folder)):
                    touched.keys.setdefault(key, record.time)
                    touched.digests.setdefault(key[1], record.time)
        return touched


@dataclass(frozen=True)
class _TheirList:
    document: IndexDocument
    touched: _Touched
    written: Written

    def base(self, ours: IndexDocument, history: Iterable[Record], folder: str) -> frozenset[Key]:
        """The list of ours that theirs was made from: the latest of those that leave the fewest
        entries to explain."""
        state = set(ours.keys)
        odd = {key for key in state | self.document.keys if self._speaks_against(state, key)}
        best, fewest = frozenset(state), len(odd)
        for record in history:
            if not fewest:
                break
            before, after = _keys(record.delta, folder)
            state = (state - after) | before
            odd -= before | after
            odd |= {key for key in before | after if self._speaks_against(state, key)}
            if len(odd) < fewest:
                best, fewest = frozenset(state), len(odd)
        return best

    def copied_since(self, history: Sequence[Record]) -> bool:
        """Whether another program stored an image of its list after our last change: then it was
        copying and had read an older list; else it took something out of this one."""
        latest = history[0].time - _SLACK if history else 0.0
        return any(
            (self._stored(entry.key) or 0.0)
            > max(latest, self.touched.digests.get(entry.key[1], 0.0))
            for entry in self.document.all
        )

    def new_against(self, base: frozenset[Key]) -> list[Entry]:
        return [
            entry
            for entry in self.document.all
            if entry.key not in base and not self.is_ghost(entry.key)
        ]

    def is_ghost(self, key: Key) -> bool:
        """An entry that we had taken out and whose manifest is gone."""
        return key in self.touched.keys and key in self._digests and self._stored(key) is None

    def _speaks_against(self, state: set[Key], key: Key) -> bool:
        """Whether theirs was hardly made from ``state``, because of this entry: it is gone and no
        other took its name, or it is there and can only be known from another list of ours."""
        if key in state:
            name, digest = key
            missing = name not in self._names if name else digest not in self._texts
            return missing and key not in self.document.keys
        when = self.touched.keys.get(key) if key in self.document.keys else None
        return when is not None and (self._stored(key) or 0.0) <= when

    def _stored(self, key: Key) -> float | None:
        digest = self._digests.get(key)
        return self.written(digest) if digest else None

    @cached_property
    def _digests(self) -> dict[Key, Digest]:
        return {entry.key: entry.digest for entry in self.document.all if entry.digest}

    @cached_property
    def _names(self) -> frozenset[str | None]:
        return frozenset(name for name, _ in self.document.keys)

    @cached_property
    def _texts(self) -> frozenset[str]:
        return frozenset(digest for _, digest in self.document.keys)


def _keys(delta: Delta, folder: str) -> tuple[frozenset[Key], frozenset[Key]]:
    before, after = (
        frozenset(
            (_name(raw.get("annotations"), folder), str(raw.get("digest"))) for _, raw in side
        )
        for side in (delta.removed, delta.added)
    )
    return before, after


def _name(annotations: object, folder: str) -> str | None:
    if not isinstance(annotations, dict):
        return None
    texts = {str(key): value for key, value in annotations.items() if isinstance(value, str)}
    return read_name(texts, folder).canonical
