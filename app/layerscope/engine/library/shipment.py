"""What of the store has to be in a repository so that an image can be named there."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    BadInput,
    LayerDamaged,
    LayerscopeError,
    MalformedDocument,
    MalformedReference,
)
from layerscope.engine.oci import (
    Descriptor,
    Digest,
    Index,
    Manifest,
    Platform,
    Reference,
    media_types,
)
from layerscope.engine.task import Task

from .catalogue import StoredImage
from .finding import find
from .ground import Ground
from .indexes import known_summary
from .stacks import damage_sentence, differs

_DEEPEST = 8
_MOST = 1000  #: manifests of one index


@dataclass(frozen=True, slots=True)
class Cargo:
    """One manifest of a shipment; ``platform`` is empty for what is no image (an attestation)."""

    manifest: Manifest
    platform: str


@dataclass(frozen=True, slots=True)
class Freight:
    """One layer of a shipment; ``number`` counts from the bottom of its manifest."""

    number: int
    layer: Descriptor
    platform: str


@dataclass(frozen=True, slots=True)
class Shipment:
    """``indexes`` come inner first, so that the last document is what the tag will name.  ``notes``
    say for people why not all of an index is here."""

    source: str
    target: Reference
    cargo: tuple[Cargo, ...]
    indexes: tuple[Index, ...]
    notes: tuple[str, ...]

    @property
    def top(self) -> Manifest | Index:
        return self.indexes[-1] if self.indexes else self.cargo[0].manifest

    @property
    def documents(self) -> tuple[Manifest | Index, ...]:
        """In the order in which a registry takes them."""
        return (*(each.manifest for each in self.cargo), *self.indexes)

    @property
    def platforms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.platform for each in self.cargo if each.platform))

    @property
    def freight(self) -> tuple[Freight, ...]:
        """Every layer of every manifest, also those that several hold."""
        return tuple(
            Freight(number, layer, each.platform)
            for each in self.cargo
            for number, layer in enumerate(each.manifest.layers, 1)
        )

    @property
    def configs(self) -> tuple[Descriptor, ...]:
        """Each once."""
        configs = (each.manifest.config for each in self.cargo)
        return tuple({config.digest: config for config in configs}.values())

    @property
    def digests(self) -> tuple[Digest, ...]:
        blobs = [*self.configs, *(each.layer for each in self.freight)]
        return tuple(each.digest for each in (*blobs, *self.documents))


def shipment_of(ground: Ground, name: str, target: str | None, task: Task) -> Shipment:
    """All platforms of the index that the image came from if they are all stored, else the
    manifest of the image alone.

    ``target`` None means the name that the image was asked for by.  Raises what ``find`` does,
    MalformedReference, BadInput for an image without a name, and MalformedDocument or LayerDamaged
    for one that no other tool would take."""
    images = ground.catalogue.images()
    found = find(images, name)
    image = found.image
    reference = _target(target or found.name, name)
    manifest = image.parts.manifest
    if manifest is None or image.parts.facts is None:
        raise MalformedDocument(
            f"{name} cannot be pushed: {image.parts.unreadable or 'its manifest is not stored.'}",
            hint="Pull it again.",
        )
    cargo: tuple[Cargo, ...] = (Cargo(manifest, str(image.parts.facts.platform)),)
    indexes: tuple[Index, ...] = ()
    notes: tuple[str, ...] = ()
    if image.index is not None:
        whole = _Whole(ground, image.index)
        if whole.lacking:
            notes = (f"Only {cargo[0].platform} is pushed: {whole.lacking}",)
        else:
            cargo, indexes = tuple(whole.cargo), tuple(whole.indexes)
    known = {each.digest: each for each in images}
    for each in cargo:
        task.checkpoint()
        if (stored := known.get(each.manifest.digest)) is not None:
            _require_right(ground, stored, name)
    return Shipment(name, reference, cargo, indexes, notes)


def sources(ground: Ground, target: Reference, layer: Digest) -> tuple[str, ...]:
    """Repositories of the same registry that images with this layer have their names from, at
    most three: it can perhaps be taken over from there."""
    found: dict[str, None] = {}
    for image in ground.catalogue.images():
        if any(each.digest == layer for each in image.layers):
            for name in image.names:
                reference = Reference.parse(name)
                here = reference.registry == target.registry
                if here and reference.repository != target.repository:
                    found[reference.repository] = None
    return tuple(found)[:3]


class _Whole:
    """An index with all that it names, as far as it is stored; ``lacking`` says what is not."""

    def __init__(self, ground: Ground, top: Descriptor) -> None:
        self._ground = ground
        self.cargo: list[Cargo] = []
        self.indexes: list[Index] = []
        self.lacking = ""
        listed = 0
        here: dict[Digest, Cargo] = {}
        level = [top]
        for _depth in range(_DEEPEST):
            following: list[Descriptor] = []
            for item in level:
                document = self._document(item)
                if document is None:
                    continue
                if isinstance(document, Index):
                    self.indexes.insert(0, document)
                    following += document.manifests
                elif self._complete(document):
                    here[document.digest] = Cargo(document, _platform(item))
            listed += sum(not media_types.is_index(item.media_type) for item in level)
            level = following
            if not level or len(here) > _MOST:
                break
        self.cargo = list(here.values())
        if level:
            self.lacking = "its index is nested too deep or too large."
        elif len(here) < listed:
            self.lacking = f"of the {listed} manifests of its index, {len(here)} are stored whole."

    def _document(self, item: Descriptor) -> Manifest | Index | None:
        kind = item.media_type
        if not (media_types.is_index(kind) or media_types.is_manifest(kind)):
            return None
        try:
            return self._ground.store.document(item)
        except LayerscopeError:
            return None  # missing or damaged: the index cannot be pushed whole

    def _complete(self, manifest: Manifest) -> bool:
        return all(self._ground.store.has(blob) for blob in _needed(manifest))


def _needed(manifest: Manifest) -> Iterator[Descriptor]:
    yield manifest.config
    for layer in manifest.layers:
        if not media_types.is_nondistributable(layer.media_type):
            yield layer


def _platform(item: Descriptor) -> str:
    if item.is_attestation or item.platform is None or item.platform == Platform("", ""):
        return ""
    return str(item.platform)


def _target(text: str | None, name: str) -> Reference:
    if text is None:
        raise BadInput(
            f"{name} says which image to push, but not where to.",
            hint="Write the target behind it: HOST/REPOSITORY:TAG.",
        )
    reference = Reference.parse(text)
    if reference.digest is not None or reference.tag is None:
        raise MalformedReference(
            f"{reference.familiar} has no tag to push to.",
            hint=f"Push to a tag: {reference.name}:1.0.",
            code="format",
            text=text,
            suggestion="",
        )
    return reference


def _require_right(ground: Ground, image: StoredImage, name: str) -> None:
    """What is known to be broken is not given to others."""
    facts = image.parts.facts
    if facts is None or len(facts.diff_ids) != len(image.layers):
        raise MalformedDocument(
            f"The config of {name} does not tell of the layers that its manifest has.",
            hint="Other tools would refuse the image; it was not pushed.",
        )
    for number, layer in enumerate(image.layers, 1):
        summary = known_summary(ground, layer.digest)
        if summary is None:
            continue
        if summary.damage is not None and not summary.damage.limit:
            raise LayerDamaged(
                f"{name} is damaged: {damage_sentence(number, summary)}",
                hint="Other tools would refuse the image; it was not pushed.",
                layer=str(layer.digest),
                offset=summary.damage.offset,
            )
        if differs(summary, image.diff_id(number)):
            raise MalformedDocument(
                f"Layer {number} of {name} does not match its DiffID.",
                hint="Other tools would refuse the image; it was not pushed.",
            )
