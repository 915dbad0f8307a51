"""What an image is called by the annotations of its entry in an index.json.

containerd and docker write the full name as ``io.containerd.image.name``; skopeo, umoci and
buildah write free text, normally a tag, as ``org.opencontainers.image.ref.name``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import MalformedReference
from layerscope.engine.oci.grammar import is_tag
from layerscope.engine.oci.reference import Reference

REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class LayoutName:
    """``reference`` or None; ``invalid`` is text that is meant as a name and is none."""

    reference: Reference | None = None
    invalid: str = ""


def layout_name(annotations: Mapping[str, str], home: str) -> LayoutName:
    """The name that annotations give.  ``home`` is the name of the folder or file of the layout,
    which stands for the repository where only a tag is written."""
    full = annotations.get(IMAGE_NAME, "")
    text = full or annotations.get(REF_NAME, "")
    if not text:
        return LayoutName()
    if not full and not any(mark in text for mark in "/:@"):
        if not is_tag(text):
            return LayoutName(invalid=text[:_LONGEST])
        text = f"{repository_from(home)}:{text}"
    try:
        return LayoutName(Reference.parse(text))
    except MalformedReference:
        return LayoutName(invalid=text[:_LONGEST])


def repository_from(home: str) -> str:
    """A valid name of a repository like ``home``, "image" at worst."""
    plain = re.sub(r"[^a-z0-9]+", "-", home.lower()).strip("-")
    for candidate in (home, plain[:128].strip("-")):
        try:
            reference = Reference.parse(candidate)
        except MalformedReference:
            continue
        if reference.canonical == f"docker.io/library/{candidate}:latest":
            return candidate
    return "image"
