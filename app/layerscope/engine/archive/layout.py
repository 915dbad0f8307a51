"""Reads OCI image layouts, folder or tar: index.json, and the blobs it leads to."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TypeVar

from layerscope.engine.archive.contents import Blob, Contents
from layerscope.engine.archive.values import ArchivedImage, ArchivedLayer, NotIncluded
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import LimitReached, MalformedDocument, NotAnArchive
from layerscope.engine.oci import (
    Descriptor,
    ImageConfig,
    Index,
    Manifest,
    Reference,
    layout_name,
    media_types,
    parse_document,
    strict_json,
)
from layerscope.engine.task import Task

T = TypeVar("T")

LAYOUT = "oci-layout"
INDEX = "index.json"
_VERSION = "1.0.0"
_DEEPEST = 8
_MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class _Entry:
    """A descriptor on the way from index.json down.  ``index`` is the multi-platform document
    that index.json lists and it belongs to, if there is one."""

    descriptor: Descriptor
    references: tuple[Reference, ...] = ()
    invalid_names: tuple[str, ...] = ()
    index: Index | None = None
    depth: int = 1


@dataclass(slots=True)
class LayoutReading:
    """What has been found in a layout so far."""

    images: list[ArchivedImage] = field(default_factory=list)
    not_included: list[NotIncluded] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def is_layout(contents: Contents) -> bool:
    return contents.find(LAYOUT) is not None and contents.find(INDEX) is not None


def read_layout(contents: Contents, task: Task) -> LayoutReading:
    """All images of a layout.  Raises NotAnArchive for another version of the format, and
    MalformedDocument where a document is broken or is not what its digest says."""
    _check_version(contents)
    reading = LayoutReading()
    waiting = _listed(contents)[::-1]
    seen = 0
    while waiting:
        task.checkpoint()
        entry = waiting.pop()
        seen += 1
        if seen > _MOST_ENTRIES or entry.depth > _DEEPEST:
            raise _too_much(contents.what)
        kind = entry.descriptor.media_type
        if entry.descriptor.is_attestation:
            continue
        if not media_types.is_index(kind) and not media_types.is_manifest(kind):
            reading.warnings.append(f"{entry.descriptor.digest} was left out: its type is {kind}.")
            continue
        data = _document(contents, entry.descriptor)
        if data is None:
            reading.not_included.append(_not_included(entry))
            continue
        document = parse_document(data, kind, _what(contents, entry.descriptor), verified=True)
        if isinstance(document, Index):
            waiting += [
                replace(
                    entry, descriptor=child, index=entry.index or document, depth=entry.depth + 1
                )
                for child in reversed(document.manifests)
            ]
        elif document.is_image:
            _add(reading, contents, entry, document)
        else:
            reading.warnings.append(f"{document.digest} was left out: its type is {document.kind}.")
    return reading


def _check_version(contents: Contents) -> None:
    marker = contents.find(LAYOUT)
    if marker is None:
        return
    what = f"The oci-layout of {contents.what}"
    document = strict_json.loads(marker.read(64 * 1024), what)
    version = document.get("imageLayoutVersion") if isinstance(document, dict) else None
    if version != _VERSION:
        raise NotAnArchive(
            f"{contents.what} is an OCI layout of version {str(version)[:20]!a}.",
            hint=f"Only version {_VERSION} can be read.",
            path=contents.what,
        )


def _listed(contents: Contents) -> list[_Entry]:
    """The entries of index.json, those of one digest together under all their names."""
    found = contents.find(INDEX)
    if found is None:
        return []
    what = f"The index.json of {contents.what}"
    index = parse_document(found.read(strict_json.MANIFEST_LIMIT), media_types.OCI_INDEX, what)
    entries: dict[str, _Entry] = {}
    for descriptor in index.manifests if isinstance(index, Index) else ():
        name = layout_name(descriptor.annotations, contents.home)
        entry = entries.get(str(descriptor.digest), _Entry(descriptor))
        entries[str(descriptor.digest)] = replace(
            entry,
            references=_with(entry.references, name.reference),
            invalid_names=_with(entry.invalid_names, name.invalid),
        )
    return list(entries.values())


def _add(reading: LayoutReading, contents: Contents, entry: _Entry, manifest: Manifest) -> None:
    data = _document(contents, manifest.config, strict_json.CONFIG_LIMIT)
    if data is None:
        reading.not_included.append(_not_included(entry))
        return
    config = ImageConfig.parse(data, f"The config of {manifest.digest} in {contents.what}")
    reading.images.append(
        ArchivedImage(
            references=entry.references,
            invalid_names=entry.invalid_names,
            manifest=manifest,
            config=config,
            layers=_layers(contents, manifest, config),
            listed=entry.descriptor,
            index=entry.index,
            warnings=_layer_warnings(manifest, config),
        )
    )


def _layers(
    contents: Contents, manifest: Manifest, config: ImageConfig
) -> tuple[ArchivedLayer, ...]:
    return tuple(
        ArchivedLayer(
            number,
            layer,
            config.diff_ids[number - 1] if number <= len(config.diff_ids) else None,
            _blob(contents, layer),
        )
        for number, layer in enumerate(manifest.layers, 1)
    )


def _layer_warnings(manifest: Manifest, config: ImageConfig) -> tuple[str, ...]:
    if len(manifest.layers) == len(config.diff_ids):
        return ()
    return (
        f"The manifest lists {len(manifest.layers)} layers, "
        f"but the config {len(config.diff_ids)} DiffIDs.",
    )


def _document(
    contents: Contents, descriptor: Descriptor, limit: int = strict_json.MANIFEST_LIMIT
) -> bytes | None:
    """The verified bytes of a small blob; None if it is not included."""
    if descriptor.data is not None:
        return descriptor.data
    blob = _blob(contents, descriptor)
    if blob is None:
        return None
    data = blob.read(limit)
    if not descriptor.digest.matches(data):
        raise MalformedDocument(
            f"{_what(contents, descriptor)} is not what its digest says.",
            hint="The archive is damaged; save or copy it again.",
        )
    return data


def _blob(contents: Contents, descriptor: Descriptor) -> Blob | None:
    digest = descriptor.digest
    blob = contents.find(f"blobs/{digest.algorithm}/{digest.hex}")
    if blob is not None and blob.size != descriptor.size:
        raise MalformedDocument(
            f"{_what(contents, descriptor)} has {blob.size:,} bytes instead of "
            f"{descriptor.size:,}.",
            hint="The archive is damaged; save or copy it again.",
        )
    return blob


def _not_included(entry: _Entry) -> NotIncluded:
    return NotIncluded(entry.descriptor.digest, entry.descriptor.platform, entry.references)


def _what(contents: Contents, descriptor: Descriptor) -> str:
    return f"{descriptor.digest} in {contents.what}"


def _with(items: tuple[T, ...], item: T | None) -> tuple[T, ...]:
    return items if not item or item in items else (*items, item)


def _too_much(what: str) -> LimitReached:
    return LimitReached(
        f"{what} lists more than {_MOST_ENTRIES:,} entries, or nests them deeper than {_DEEPEST}.",
        hint="No builder makes such an index; it may have been made to do harm.",
        limit="index_entries",
        value=_MOST_ENTRIES,
    )
