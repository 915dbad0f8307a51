"""Finds the one image that a person means: by reference, image ID or digest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layerscope.engine.content.wording import display_name
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import AmbiguousName, ImageNotFound, MalformedReference
from layerscope.engine.oci import Reference

from .catalogue import StoredImage

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{7,64})")


@dataclass(frozen=True, slots=True)
class Found:
    """``name`` is the canonical reference if that is how the image was named, else None."""

    image: StoredImage
    name: str | None


def find(images: Sequence[StoredImage], text: str) -> Found:
    """A reference that exists wins over an ID that reads the same, as in docker.  Copies of one
    image (the same image ID, layers compressed in other ways) count as one: the first that has a
    name stands for all.

    Raises ImageNotFound, AmbiguousName, MalformedReference.
    """
    found = find_copies(images, text)
    return next((each for each in found if each.image.names), found[0])


def find_copies(images: Sequence[StoredImage], text: str) -> tuple[Found, ...]:
    """The one image that ``find`` means, or all its copies if ``text`` is their image ID.

    Raises as ``find`` does.
    """
    text = text.strip()
    by_name = _by_reference(images, text)
    if by_name is not None:
        return (by_name,)
    by_id = _by_id(images, text)
    if by_id:
        return tuple(Found(image, None) for image in by_id)
    if _ID.fullmatch(text) is None:
        Reference.parse(text)  # says what is wrong with it, if that is why
    raise ImageNotFound(
        f"No image {display_name(text)} is in this store.",
        hint="Pull it first, or list the images to see their names.",
        name=text,
    )


def _by_reference(images: Sequence[StoredImage], text: str) -> Found | None:
    for image in images:
        if text in image.names:
            return Found(image, text)
    try:
        reference = Reference.parse(text)
    except MalformedReference:
        return None
    if reference.digest is None:
        name = reference.canonical
        return next((Found(image, name) for image in images if name in image.names), None)
    # name@digest: the digest decides, and the image must belong to that repository.
    for image in images:
        if reference.digest in (image.digest, image.entry.digest) or (
            image.index is not None and reference.digest == image.index.digest
        ):
            for name in image.names:
                if Reference.parse(name).name == reference.name:
                    return Found(image, name)
    return None


def _by_id(images: Sequence[StoredImage], text: str) -> list[StoredImage]:
    match = _ID.fullmatch(text)
    if match is None:
        return []
    prefix = match[1]
    copies = [image for image in images if image.image_id.hex.startswith(prefix)]
    stored = [
        image
        for image in images
        if image.digest.hex.startswith(prefix) or image.entry.digest.hex.startswith(prefix)
    ]
    fitting = [*copies, *(image for image in stored if image not in copies)]
    if not fitting:
        return _of_index(images, text, prefix)
    if len(fitting) > 1 and len({image.image_id for image in fitting}) > 1:
        whole = [image for image in fitting if image.digest.hex == prefix]
        if len(whole) == 1:
            return whole
        raise AmbiguousName(
            f"{len(fitting)} images begin with {prefix[:12]}.",
            hint="Write more digits, or the digest of the manifest.",
            name=text,
            choices=tuple(str(image.digest) for image in fitting),
        )
    return copies or stored


def _of_index(images: Sequence[StoredImage], text: str, prefix: str) -> list[StoredImage]:
    """What came by an index goes by its digest too: it is the one that registries show."""
    fitting = [
        image
        for image in images
        if image.index is not None and image.index.digest.hex.startswith(prefix)
    ]
    if len({image.image_id for image in fitting}) > 1:
        raise AmbiguousName(
            f"{len(fitting)} images came by the index {prefix[:12]}, one for each platform.",
            hint="Write the image ID of one of them.",
            name=text,
            choices=tuple(str(image.digest) for image in fitting),
        )
    return fitting
