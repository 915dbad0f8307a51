"""Manifests and indexes: read once, refused if they could be read as something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import AmbiguousDocument, UnsupportedMediaType
from layerscope.engine.oci import media_types, strict_json
from layerscope.engine.oci.descriptor import Descriptor
from layerscope.engine.oci.digest import Digest
from layerscope.engine.oci.fields import Fields
from layerscope.engine.oci.frozen_map import FrozenMap

_NAMES = (
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
    "fsLayers",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image, or an artifact stored as one.  ``raw`` are the bytes that its digest covers."""

    raw: bytes = field(repr=False)
    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=FrozenMap)
    subject: Descriptor | None = None
    artifact_type: str = ""

    @property
    def digest(self) -> Digest:
        """sha256 of the original bytes."""
        return Digest.of(self.raw)

    def descriptor(self) -> Descriptor:
        """Names these very bytes; without platform and annotations."""
        return Descriptor(self.media_type, self.digest, len(self.raw))

    @property
    def is_image(self) -> bool:
        """Whether it has a configuration to run and layers of files, or no layers at all.

        Old versions of docker wrote no better type for the config than octet-stream.
        """
        kind = self.config.media_type
        configured = media_types.is_config(kind) or (
            kind == media_types.OCTET_STREAM and self.media_type == media_types.DOCKER_MANIFEST
        )
        return configured and (not self.layers or any(map(_holds_files, self.layers)))

    @property
    def kind(self) -> str:
        """The media type that says what this is, where it is not an image."""
        return self.artifact_type or self.config.media_type

    def refuse_artifact(self) -> None:
        """Raise UnsupportedMediaType unless this is an image."""
        if not self.is_image:
            raise UnsupportedMediaType(
                "This is not a container image.",
                hint=f"The manifest has type {self.kind}.",
                media_type=self.kind,
            )


@dataclass(frozen=True, slots=True)
class Index:
    """A list of manifests, usually one image for several platforms."""

    raw: bytes = field(repr=False)
    media_type: str
    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=FrozenMap)
    subject: Descriptor | None = None
    artifact_type: str = ""

    @property
    def digest(self) -> Digest:
        """sha256 of the original bytes."""
        return Digest.of(self.raw)

    def descriptor(self) -> Descriptor:
        """Names these very bytes; without platform and annotations."""
        return Descriptor(self.media_type, self.digest, len(self.raw))


def parse_document(
    data: bytes, media_type: str | None, what: str, *, verified: bool = False
) -> Manifest | Index:
    """Read a manifest or index.

    ``media_type`` is what a descriptor or Content-Type promised, None if nothing did; types that
    are neither manifest nor index (text/plain from a CDN) promise nothing.  ``verified`` says that
    the promise came from a descriptor whose digest fits: then docker's and OCI's name for the same
    kind may differ, and the descriptor's is right.  ``what`` names the document in errors: "The
    manifest of app:1".  Raises AmbiguousDocument where two programs
    could read two things (CVE-2021-41190), UnsupportedMediaType for schema 1 and other kinds,
    MalformedDocument for the rest, LimitReached above 4 MiB.
    """
    fields = Fields(strict_json.loads(data, what), what, _NAMES)
    _refuse_two_kinds(fields)
    _refuse_schema1(fields)
    declared = fields.text("mediaType")
    promised = media_types.bare(media_type or "")
    kind = _kind(fields, declared, promised, verified)
    if fields.integer("schemaVersion", absent=2) != 2:
        fields.refuse("schemaVersion", "is not 2")
    if media_types.is_index(kind):
        return _index(data, kind, fields)
    return _manifest(data, kind, fields)


def _refuse_two_kinds(fields: Fields) -> None:
    kinds = [
        " and ".join(key for key in keys if key in fields)
        for keys in (("config", "layers"), ("manifests",), ("fsLayers",))
        if any(key in fields for key in keys)
    ]
    if len(kinds) > 1:
        raise AmbiguousDocument(
            f"{fields.where} is ambiguous: it has both {' and '.join(kinds)}.",
            hint="A document must be either an image manifest or an index; this one was refused.",
        )


def _refuse_schema1(fields: Fields) -> None:
    declared = fields.text("mediaType")
    if (
        "fsLayers" in fields
        or media_types.is_schema1(declared)
        or (fields.value("schemaVersion") == 1 and "config" not in fields)
    ):
        raise UnsupportedMediaType(
            "This is a Docker schema 1 image, a format that was removed from current tools.",
            hint="Push it again with a newer builder.",
            media_type=declared or media_types.DOCKER_SCHEMA1,
        )


def _kind(fields: Fields, declared: str, promised: str, verified: bool) -> str:
    """The media type of the document; says no if names and contents contradict each other."""
    known = (media_types.is_manifest, media_types.is_index)
    if declared and not any(is_kind(declared) for is_kind in known):
        raise UnsupportedMediaType(
            "This is not a container image.",
            hint=f"The document has type {ascii(declared[:100])[1:-1]}.",
            media_type=declared,
        )
    if not any(is_kind(promised) for is_kind in known):
        promised = ""
    same_kind = media_types.is_index(declared) == media_types.is_index(promised)
    if declared and promised and declared != promised and not (verified and same_kind):
        raise AmbiguousDocument(
            f"{fields.where} calls itself {declared}, but was announced as {promised}.",
            hint="A document must have one type; this one was refused.",
        )
    kind = promised or declared
    if "manifests" in fields:
        found, guess = "an index", media_types.OCI_INDEX
    elif "config" in fields or "layers" in fields:
        found, guess = "an image manifest", media_types.OCI_MANIFEST
    elif media_types.is_index(kind):
        found, guess = "an index", kind
    else:
        fields.refuse("contents", "are neither an image manifest nor an index")
    if kind and media_types.is_index(kind) != media_types.is_index(guess):
        raise AmbiguousDocument(
            f"{fields.where} is called {kind}, but has the contents of {found}.",
            hint="A document must have one type; this one was refused.",
        )
    return kind or guess


def _index(data: bytes, kind: str, fields: Fields) -> Index:
    return Index(
        raw=data,
        media_type=kind,
        manifests=_descriptors(fields, "manifests", "Entry"),
        annotations=fields.text_map("annotations"),
        subject=_subject(fields),
        artifact_type=fields.text("artifactType"),
    )


def _manifest(data: bytes, kind: str, fields: Fields) -> Manifest:
    if "config" not in fields:
        fields.refuse("config", "is missing")
    return Manifest(
        raw=data,
        media_type=kind,
        config=Descriptor.parse(fields.value("config"), fields.part("The config")),
        layers=_descriptors(fields, "layers", "Layer"),
        annotations=fields.text_map("annotations"),
        subject=_subject(fields),
        artifact_type=fields.text("artifactType"),
    )


def _descriptors(fields: Fields, key: str, word: str) -> tuple[Descriptor, ...]:
    items = fields.items(key) or []
    return tuple(
        Descriptor.parse(item, fields.part(f"{word} {number}"))
        for number, item in enumerate(items, 1)
    )


def _subject(fields: Fields) -> Descriptor | None:
    if "subject" not in fields:
        return None
    return Descriptor.parse(fields.value("subject"), fields.part("The subject"))


def _holds_files(layer: Descriptor) -> bool:
    """Unknown types of tar archives are written by old tools ("application/tar+gzip")."""
    return media_types.is_layer(layer.media_type) or "tar" in layer.media_type
