"""How an entry of index.json carries a name, and how entries of other programs are read.

FORMATS.md 4.1: containerd and docker write the full name as ``io.containerd.image.name``; skopeo,
umoci and buildah write free text, normally a tag, as ``org.opencontainers.image.ref.name``.  We
write the canonical reference in both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from layerscope.engine.errors import LayerscopeError, MalformedReference
from layerscope.engine.oci import Reference

REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"
LONGEST = 1024

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class Name:
    """``canonical`` or None; ``invalid`` is text that is meant as a name and is not one."""

    canonical: str | None = None
    invalid: str = ""


def read_name(annotations: Mapping[str, str], folder: str) -> Name:
    """The name that annotations give.  ``folder`` is the name of the layout's folder: it stands for
    the repository where only a tag is written."""
    full = annotations.get(IMAGE_NAME, "")
    short = annotations.get(REF_NAME, "")
    text = full or short
    if not text:
        return Name()
    if not full and "/" not in short and ":" not in short and "@" not in short:
        if not _TAG.fullmatch(short):
            return Name(invalid=text[:LONGEST])
        text = f"{_repository(folder)}:{short}"
    try:
        return Name(Reference.parse(text).canonical)
    except MalformedReference:
        return Name(invalid=text[:LONGEST])


def name_annotations(name: str) -> dict[str, str]:
    """The annotations of an entry that is called ``name``, a canonical reference."""
    return {REF_NAME: name, IMAGE_NAME: name}


def _repository(folder: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-") or "image"
    for candidate in (folder, plain):
        try:
            found = Reference.parse(candidate)
        except LayerscopeError:
            continue
        if found.name == f"docker.io/library/{candidate}":
            return candidate
    return "image"
