"""What saving, exporting, extracting and importing answer, before and after."""

from __future__ import annotations

from enum import StrEnum

from layerscope.engine.content.leaving import Note, Why
from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest

__all__ = [
    "Conflict",
    "Exported",
    "ImageToLoad",
    "ImageToSave",
    "Imported",
    "LoadPlan",
    "Note",
    "OwnerCount",
    "SaveFormat",
    "SavePlan",
    "Saved",
    "TreePlan",
    "Why",
    "WrittenPath",
]


class SaveFormat(StrEnum):
    """What ``save`` writes.

    A docker archive is an OCI layout with docker's manifest.json beside it, so that every version
    of docker, podman, containerd and skopeo loads it.  The other two are plain OCI layouts, as a
    tar and as a folder.
    """

    DOCKER_ARCHIVE = "docker-archive"
    OCI_ARCHIVE = "oci-archive"
    OCI_DIR = "oci-dir"


# Saving


@dataclass(frozen=True, slots=True)
class ImageToSave:
    """One image of a ``SavePlan``.  ``references`` are the names that it will have in the archive,
    familiar; ``others`` those that it has besides; ``bytes`` is what its parts take there."""

    digest: Digest
    image_id: Digest
    references: tuple[str, ...]
    others: tuple[str, ...]
    layers: int
    bytes: int
    trouble: str = ""  #: why it cannot be saved; empty if it can


@dataclass(frozen=True, slots=True)
class SavePlan:
    """What a save will write: "2 images, 11 layers, 3 shared, about 118 MB".

    ``layers`` counts different layers, ``shared`` those that two or more of the images hold;
    ``bytes`` is the size of the archive, exact unless ``estimated``.
    """

    format: SaveFormat
    images: tuple[ImageToSave, ...]
    layers: int
    shared: int
    bytes: int
    estimated: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """``path`` is "-" for a stream.  ``bytes`` is the size of the archive, or of all files of a
    folder."""

    path: str
    format: SaveFormat
    references: tuple[str, ...]
    image_ids: tuple[Digest, ...]
    layers: int
    bytes: int
    warnings: tuple[str, ...] = ()


# Exporting and extracting


@dataclass(frozen=True, slots=True)
class OwnerCount:
    """So many paths belong to this owner; ``kept`` tells whether a folder on this disk could keep
    that for this user."""

    uid: int
    gid: int
    paths: int
    kept: bool


@dataclass(frozen=True, slots=True)
class TreePlan:
    """What an export or extraction will write.

    ``bytes`` is content; ``tar_bytes`` about what a tar of it takes.  ``owners`` are the most
    frequent first, at most 100; ``owners_lost`` counts the paths whose owner a folder cannot keep
    without root.  ``devices`` and ``fifos`` are never made in a folder; ``setuid`` files lose that
    bit there unless asked.  ``conflicts`` are the first names that are already in the folder.
    """

    files: int
    folders: int
    symlinks: int
    hard_links: int
    devices: int
    fifos: int
    others: int
    bytes: int
    tar_bytes: int
    setuid: int
    xattrs: int
    owners: tuple[OwnerCount, ...]
    owners_lost: int
    layers: int  #: layers that will be read
    conflicts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenPath:
    """A path that was asked for, and where it is now."""

    path: bytes
    to: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written to ``target``, a folder or a file ("-" for a stream).

    ``bytes`` is content, ``size`` that of the file (0 for a folder).  ``notes`` tell the first
    things of each kind that are not there or not as in the image; ``counts`` how many there are of
    each kind.  ``left_out`` counts what is not there, ``missed`` the part of it that is not so by
    rule, as devices are.
    """

    target: str
    files: int
    folders: int
    links: int
    bytes: int
    size: int = 0
    left_out: int = 0
    missed: int = 0
    notes: tuple[Note, ...] = ()
    counts: tuple[tuple[Why, int], ...] = ()
    written: tuple[WrittenPath, ...] = ()
    warnings: tuple[str, ...] = ()


# Importing and loading


@dataclass(frozen=True, slots=True)
class Imported:
    """The image that an import has made; ``layer`` is its one blob, ``size`` the bytes of that."""

    reference: str
    image_id: Digest
    digest: Digest
    layer: Digest
    diff_id: Digest
    size: int
    unpacked: int
    entries: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """A name that the store has for another image: loading moves it unless told otherwise."""

    reference: str
    image_id: Digest


@dataclass(frozen=True, slots=True)
class ImageToLoad:
    """One image of an archive.  ``key`` names it in ``load(skip=…)``.  ``new_bytes`` is what it
    adds to the store (layers that are not here; at most, for a docker archive)."""

    key: str
    image_id: Digest
    references: tuple[str, ...]
    platform: str
    layers: int
    layers_here: int
    new_bytes: int
    here: bool  #: the very image is in the store
    conflicts: tuple[Conflict, ...] = ()
    invalid_names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What loading an archive would bring."""

    path: str
    images: tuple[ImageToLoad, ...]
    new_bytes: int
    warnings: tuple[str, ...] = ()
