"""From a reference in a registry to one image of one platform, its documents verified."""

from __future__ import annotations

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    ImageNotFound,
    LayerscopeError,
    MalformedDocument,
)
from layerscope.engine.oci import (
    Descriptor,
    Digest,
    Index,
    Manifest,
    Platform,
    Reference,
    choose,
    media_types,
)
from layerscope.engine.oci.strict_json import MANIFEST_LIMIT
from layerscope.engine.registry import Supplier
from layerscope.engine.task import Task

from .ground import Ground

_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Chosen:
    """The manifest that a reference comes to on one platform.

    ``indexes`` are the index documents on the way, the outermost first; ``platforms`` all that the
    outermost offers.  ``descriptor`` carries the platform where an index gave one.
    """

    reference: Reference
    supplier: Supplier
    descriptor: Descriptor
    manifest: Manifest
    indexes: tuple[Index, ...]
    platforms: tuple[Platform, ...]
    rate: str
    warnings: tuple[str, ...] = ()
    #: The mirror that was asked with success, and the one whose word it is what the tag means.
    mirror: str = ""
    tag_from: str = ""

    @property
    def index(self) -> Index | None:
        return self.indexes[0] if self.indexes else None


def resolve(ground: Ground, reference: Reference, platform: str | None, task: Task) -> Chosen:
    """Ask the registry.  Raises RegistryError, BadInput, and ImageNotFound where the platform is
    not offered."""
    supplier = ground.registries.supplier(reference.registry)
    wanted = Platform.parse(platform) if platform else None
    resolved = supplier.resolve(reference, task, known=lambda digest: _stored(ground, digest))
    descriptor, document = resolved.descriptor, resolved.document
    indexes: list[Index] = []
    while isinstance(document, Index):
        if len(indexes) == _DEEPEST or document.digest in {each.digest for each in indexes}:
            raise MalformedDocument(
                f"The index of {reference.familiar} contains indexes without end.",
                hint="It was refused; this is for whoever published it to repair.",
            )
        indexes.append(document)
        descriptor = _chosen(reference, document, wanted)
        document = _child(ground, supplier, reference, descriptor, task)
    document.refuse_artifact()
    for part in (document.config, *document.layers):
        _require_verifiable(reference, part)
    return Chosen(
        reference=reference,
        supplier=supplier,
        descriptor=descriptor,
        manifest=document,
        indexes=tuple(indexes),
        platforms=_offered(indexes[0]) if indexes else (),
        rate=str(resolved.rate) if resolved.rate is not None else "",
        warnings=resolved.warnings,
        mirror=resolved.mirror,
        tag_from=resolved.tag_from,
    )


def _chosen(reference: Reference, index: Index, wanted: Platform | None) -> Descriptor:
    children = [child for child in index.manifests if not child.is_attestation]
    best = choose(children, wanted or Platform.host())
    if best is None and wanted is None and len(children) == 1:
        best = children[0]  # an index for one platform is as good as that platform
    if best is None:
        offered = ", ".join(dict.fromkeys(str(each) for each in _offered(index))) or "nothing"
        raise ImageNotFound(
            f"{reference.familiar} is not offered for {wanted or Platform.host()}.",
            hint=f"It offers {offered}. Choose one of these platforms.",
            name=reference.canonical,
        )
    return best


def _offered(index: Index) -> tuple[Platform, ...]:
    """The platforms of an index, the one for this machine first, else in the index's order."""
    children = [child for child in index.manifests if not child.is_attestation]
    best = choose(children, Platform.host())
    ordered = [best, *children] if best is not None else children
    return tuple(dict.fromkeys(child.platform for child in ordered if child.platform is not None))


def _child(
    ground: Ground, supplier: Supplier, reference: Reference, descriptor: Descriptor, task: Task
) -> Manifest | Index:
    if not (
        media_types.is_manifest(descriptor.media_type)
        or media_types.is_index(descriptor.media_type)
    ):
        raise MalformedDocument(
            f"The index of {reference.familiar} names something of type {descriptor.media_type}.",
            hint="It is no image for this platform.",
        )
    _require_verifiable(reference, descriptor)
    if ground.store.has(descriptor):
        try:
            return ground.store.document(descriptor)
        except LayerscopeError:
            ground.store.mark_damaged(descriptor.digest)  # so that it is fetched again
    return supplier.manifest(reference.repository, descriptor, task)


def _require_verifiable(reference: Reference, part: Descriptor) -> None:
    """Nothing is asked for that could not be compared with its digest (CVE-2024-3727)."""
    if not part.digest.verifiable:
        raise MalformedDocument(
            f"{reference.familiar} names a part by a digest of the kind {part.digest.algorithm}.",
            hint="Only sha256 and sha512 can be verified; nothing was changed.",
        )


def _stored(ground: Ground, digest: Digest) -> bytes | None:
    """A document that is here already, if it is; the client checks its digest."""
    try:
        with ground.store.open_blob(digest) as file:
            data = file.read(MANIFEST_LIMIT + 1)
    except (LayerscopeError, OSError):
        return None
    return data if len(data) <= MANIFEST_LIMIT else None
