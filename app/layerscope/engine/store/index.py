"""What index.json says, and how it is changed without losing what others wrote into it.

Entries are kept as the JSON objects they came as: unknown fields, unknown media types and entries
that are not even descriptors survive every rewrite.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from layerscope.engine.errors import LayerscopeError, MalformedDocument
from layerscope.engine.oci import Descriptor, Digest, media_types, strict_json
from layerscope.engine.oci.layout_names import IMAGE_NAME, REF_NAME
from layerscope.engine.store.names import (
    Name,
    name_annotations,
    read_name,
)
from layerscope.engine.store.values import StoredEntry

LARGEST = 64 * 1024 * 1024

Raw = dict[str, object]
Key = tuple[str | None, str]  # name, digest


@dataclass(frozen=True, slots=True)
class Delta:
    """What turns one list of entries into another: positions count in the list before for
    ``removed``, in the list after for ``added``."""

    removed: tuple[tuple[int, Raw], ...] = ()
    added: tuple[tuple[int, Raw], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


@dataclass(frozen=True, eq=False)
class Entry:
    """One object of the list: as it came, and as it reads.  ``descriptor`` None means that it is
    none, for the reason in ``complaint``."""

    raw: Raw
    descriptor: Descriptor | None
    name: Name
    complaint: str = ""

    @property
    def key(self) -> Key:
        return self.name.canonical, str(self.raw.get("digest"))

    @property
    def digest(self) -> Digest | None:
        return self.descriptor.digest if self.descriptor else None


class IndexDocument:
    """The list of images of a store.  Changes make a new one; ``folder`` is the name of the store's
    folder, which stands for the repository in names that are only a tag."""

    def __init__(self, top: Raw, entries: Iterable[Entry], folder: str) -> None:
        self._top = top
        self._folder = folder
        self.all = tuple(entries)

    @classmethod
    def parse(cls, data: bytes, folder: str, what: str) -> IndexDocument:
        """Raises MalformedDocument (LimitReached above 64 MiB) for what is not an index.json."""
        top = strict_json.loads(data, what, LARGEST)
        if not isinstance(top, dict):
            raise MalformedDocument(f"{what} is not a JSON object.")
        items = top.get("manifests")
        if items is None and "manifests" in top:
            items = []  # as Go writes an empty list
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise MalformedDocument(f"{what} has no list of manifests.")
        return cls(top, [_entry(item, folder) for item in items], folder)

    @classmethod
    def empty(cls, folder: str) -> IndexDocument:
        return cls({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX}, (), folder)

    @cached_property
    def raw(self) -> bytes:
        """The document as it is written."""
        top = {**self._top, "manifests": [entry.raw for entry in self.all]}
        return json.dumps(top, separators=(",", ":")).encode("ascii")

    @cached_property
    def listed(self) -> tuple[StoredEntry, ...]:
        """The images: of equal names the last written wins, and who loses its only name is listed
        once without one."""
        last = {entry.name.canonical: number for number, entry in enumerate(self.all)}
        named = {
            entry.key[1]
            for number, entry in enumerate(self.all)
            if entry.name.canonical and last[entry.name.canonical] == number
        }
        unnamed: set[tuple[str, str]] = set()
        found: list[StoredEntry] = []
        for number, entry in enumerate(self.all):
            if entry.descriptor is None:
                continue
            name: str | None = entry.name.canonical
            if name is not None and last[name] != number:
                name = None
            if name is None:
                digest, invalid = entry.key[1], entry.name.invalid
                if (digest, invalid) in unnamed or (digest in named and not invalid):
                    continue
                unnamed.add((digest, invalid))
            found.append(StoredEntry(entry.descriptor, name, number, entry.name.invalid))
        return tuple(found)

    @cached_property
    def keys(self) -> frozenset[Key]:
        return frozenset(entry.key for entry in self.all)

    def holding(self, name: str) -> Digest | None:
        """The manifest that a canonical name means here."""
        for entry in reversed(self.all):
            if entry.name.canonical == name and entry.digest:
                return entry.digest
        return None

    def names_of(self, digest: Digest) -> tuple[str, ...]:
        return tuple(
            entry.name
            for entry in self.listed
            if entry.name is not None and entry.descriptor.digest == digest
        )

    # Changes

    def with_image(self, descriptor: Descriptor, names: Sequence[str]) -> IndexDocument:
        """List an image under ``names``, which are taken from whoever has them, or under none."""
        fresh = descriptor.to_json()
        document = self
        for name in names:
            document = document._with_name(str(descriptor.digest), name, fresh)
        if not names and not any(entry.digest == descriptor.digest for entry in self.all):
            document = self._made_of([*self.all, self._read(_without_names(fresh))])
        return document

    def with_name(self, source: Digest, name: str) -> IndexDocument:
        """Give a listed image a name, and take it from whoever has it."""
        entries = [entry for entry in self.all if entry.digest == source]
        model = next((entry for entry in entries if not entry.name.canonical), entries[0])
        return self._with_name(str(source), name, model.raw)

    def without_names(self, names: Collection[str]) -> IndexDocument:
        """Take names away; images that had only these stay, listed once without a name."""
        return self._stripped(lambda entry: entry.name.canonical in names)

    def without_images(self, digests: Collection[Digest]) -> IndexDocument:
        return self._made_of([entry for entry in self.all if entry.digest not in digests])

    def reverted(self, delta: Delta) -> IndexDocument:
        """Take ``delta`` back as far as it still holds: a name that has since been given to
        another image stays there."""
        gone = [_plain(raw) for _, raw in delta.added]
        kept: list[Entry] = []
        for entry in self.all:
            if (plain := _plain(entry.raw)) in gone:
                gone.remove(plain)
            else:
                kept.append(entry)
        taken = {entry.name.canonical for entry in kept} - {None}
        there = {_plain(entry.raw) for entry in kept}
        for position, raw in sorted(delta.removed, key=lambda item: item[0]):
            entry = self._read(raw)
            if entry.name.canonical in taken:
                entry = self._read(_without_names(raw))
            if _plain(entry.raw) not in there:
                kept.insert(min(position, len(kept)), entry)
                there.add(_plain(entry.raw))
        return self._made_of(kept)

    def with_entries(self, entries: Iterable[Entry]) -> IndexDocument:
        """Add entries of another document; their names are taken from whoever has them here."""
        document = self
        for entry in entries:
            if entry.key not in document.keys:
                if entry.name.canonical:
                    document = document.without_names({entry.name.canonical})
                document = document._made_of([*document.all, entry])
        return document

    def delta_to(self, other: IndexDocument) -> Delta:
        """What turns this list into ``other``."""
        return Delta(_only_in(self.all, other.all), _only_in(other.all, self.all))

    def _with_name(self, digest: str, name: str, fresh: Mapping[str, object]) -> IndexDocument:
        entries: list[Entry] = []
        model: Raw = {}
        for entry in self._stripped(
            lambda entry: entry.name.canonical == name and entry.key[1] != digest
        ).all:
            same = entry.key[1] == digest
            if same and (entry.name.canonical == name or entry.name == Name()):
                model = {**model, **entry.raw}  # what others noted here about the image stays
            else:
                entries.append(entry)
        annotations = {
            **_annotations(_without_names(model)),
            **_annotations(_without_names(fresh)),
            **name_annotations(name),
        }
        raw: Raw = {**model, **fresh, "annotations": annotations}
        return self._made_of([*entries, self._read(raw)])

    def _stripped(self, chosen: Callable[[Entry], bool]) -> IndexDocument:
        """Take the names of the chosen entries away; drop those whose image is listed anyway."""
        staying = {entry.key[1] for entry in self.all if not chosen(entry)}
        entries: list[Entry] = []
        for entry in self.all:
            if not chosen(entry):
                entries.append(entry)
            elif entry.key[1] not in staying:
                staying.add(entry.key[1])
                entries.append(self._read(_without_names(entry.raw)))
        return self._made_of(entries)

    def _read(self, raw: Raw) -> Entry:
        return _entry(raw, self._folder)

    def _made_of(self, entries: Sequence[Entry]) -> IndexDocument:
        return IndexDocument(self._top, entries, self._folder)


def fingerprint(data: bytes) -> str:
    """A short name for the content of an index.json."""
    return hashlib.sha256(data).hexdigest()[:32]


def _entry(raw: Raw, folder: str) -> Entry:
    try:
        descriptor = Descriptor.parse(raw, "An entry of index.json")
    except LayerscopeError as error:
        return Entry(raw, None, Name(), str(error))
    return Entry(raw, descriptor, read_name(descriptor.annotations, folder))


def _annotations(raw: Mapping[str, object]) -> dict[str, object]:
    found = raw.get("annotations")
    return dict(found) if isinstance(found, dict) else {}


def _without_names(raw: Mapping[str, object]) -> Raw:
    rest = {
        key: value for key, value in _annotations(raw).items() if key not in (REF_NAME, IMAGE_NAME)
    }
    stripped = {key: value for key, value in raw.items() if key != "annotations"}
    return {**stripped, "annotations": rest} if rest else stripped


def _plain(raw: Raw) -> str:
    return json.dumps(raw, sort_keys=True)


def _only_in(here: Sequence[Entry], there: Sequence[Entry]) -> tuple[tuple[int, Raw], ...]:
    same = {id(entry) for entry in here} & {id(entry) for entry in there}
    others: dict[str, int] = {}
    for entry in there:
        if id(entry) in same:
            continue
        plain = _plain(entry.raw)
        others[plain] = others.get(plain, 0) + 1
    found: list[tuple[int, Raw]] = []
    for position, entry in enumerate(here):
        if id(entry) in same:
            continue
        plain = _plain(entry.raw)
        if others.get(plain):
            others[plain] -= 1
        else:
            found.append((position, entry.raw))
    return tuple(found)
