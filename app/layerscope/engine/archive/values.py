"""What an archive holds: its images, their parts, and what is missing from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from layerscope.engine.archive.contents import Blob, Contents
from layerscope.engine.content.closing import Closing
from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import (
    Descriptor,
    Digest,
    ImageConfig,
    Index,
    Manifest,
    Platform,
    Reference,
    choose,
)


@dataclass(frozen=True, slots=True)
class ArchivedLayer:
    """One layer.  ``number`` counts from the bottom, starting at 1.

    ``descriptor`` is what an OCI manifest says, to be verified while copying; None in a
    docker-archive, whose layers are known by ``diff_id`` only.  ``blob`` None: not included.
    """

    number: int
    descriptor: Descriptor | None
    diff_id: Digest | None
    blob: Blob | None


@dataclass(frozen=True, slots=True)
class ArchivedImage:
    """One image for one platform, its small parts read and verified, its layers not.

    ``manifest`` is None in a docker-archive: make one with ``assembled`` once the layers have
    been copied.  ``index`` is the multi-platform document that the image belongs to, and
    ``listed`` its entry there or in index.json.  ``invalid_names`` are texts that somebody meant
    as names: show them, never use them.
    """

    references: tuple[Reference, ...]
    invalid_names: tuple[str, ...]
    manifest: Manifest | None
    config: ImageConfig
    layers: tuple[ArchivedLayer, ...]
    listed: Descriptor | None = None
    index: Index | None = None
    warnings: tuple[str, ...] = ()

    @property
    def platform(self) -> Platform:
        """What the entry says, else what the config says."""
        listed = self.listed.platform if self.listed else None
        return listed or self.config.platform

    @property
    def missing(self) -> tuple[ArchivedLayer, ...]:
        """The layers that are not included."""
        return tuple(layer for layer in self.layers if layer.blob is None)


@dataclass(frozen=True, slots=True)
class NotIncluded:
    """Something that the archive names but does not hold, as ``docker save`` of one platform of a
    multi-platform image leaves it."""

    digest: Digest
    platform: Platform | None
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Archive(Closing):
    """An open archive; close it, or use it in a ``with`` block.

    ``images`` are in the order of the archive, those of one multi-platform image next to each
    other.  ``warnings`` are sentences for people.
    """

    images: tuple[ArchivedImage, ...]
    not_included: tuple[NotIncluded, ...]
    warnings: tuple[str, ...]
    contents: Contents = field(repr=False, compare=False)

    def for_platform(self, wanted: Platform) -> tuple[ArchivedImage, ...]:
        """One image of each multi-platform image, the best for ``wanted`` or else the first, and
        all others."""
        groups: dict[object, list[ArchivedImage]] = {}
        for number, image in enumerate(self.images):
            groups.setdefault(image.index.digest if image.index else number, []).append(image)
        return tuple(_best(group, wanted) for group in groups.values())

    def close(self) -> None:
        """Close the file; streams that are still open cannot be read any more."""
        self.contents.close()


def _best(group: Sequence[ArchivedImage], wanted: Platform) -> ArchivedImage:
    entries = {id(image.listed): image for image in group if image.listed is not None}
    best = choose([image.listed for image in group if image.listed is not None], wanted)
    return entries.get(id(best), group[0])
