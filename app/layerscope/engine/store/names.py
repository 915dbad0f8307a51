"""How an entry of index.json carries a name: read as in any layout, written so that all read it.

FORMATS.md 4.1: some programs look for the full name, some for what stands for the tag.  We write
the canonical reference in both.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci.layout_names import IMAGE_NAME, REF_NAME, layout_name


@dataclass(frozen=True, slots=True)
class Name:
    """``canonical`` or None; ``invalid`` is text that is meant as a name and is not one."""

    canonical: str | None = None
    invalid: str = ""


def read_name(annotations: Mapping[str, str], folder: str) -> Name:
    """The name that annotations give.  ``folder`` is the name of the layout's folder: it stands for
    the repository where only a tag is written."""
    name = layout_name(annotations, folder)
    return Name(name.reference.canonical if name.reference else None, name.invalid)


def name_annotations(name: str) -> dict[str, str]:
    """The annotations of an entry that is called ``name``, a canonical reference."""
    return {REF_NAME: name, IMAGE_NAME: name}
