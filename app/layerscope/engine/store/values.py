"""What the store answers: frozen values.  Numbers are bytes as stored, unless told otherwise."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Descriptor, Digest


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One name of an image, or an image without any.

    ``name`` is a canonical reference, or None; then ``invalid_name`` may hold what somebody else
    wrote that is not one.  ``order`` rises from the entry written first to the one written last.
    An image with several names has several entries; one without is listed once.
    """

    descriptor: Descriptor
    name: str | None
    order: int
    invalid_name: str = ""


class Operation(StrEnum):
    """What a change did.  The first four can be undone."""

    TAG = "tag"
    UNTAG = "untag"
    REMOVE = "remove"
    PRUNE = "prune"
    PUBLISH = "publish"
    UNDO = "undo"
    RECOVER = "recover"
    FOREIGN = "foreign"

    @property
    def undoable(self) -> bool:
        """Whether ``undo`` can take one back."""
        return self in (Operation.TAG, Operation.UNTAG, Operation.REMOVE, Operation.PRUNE)


@dataclass(frozen=True, slots=True)
class Change:
    """What a change did.  ``operation`` identifies it in the trash, and is empty if nothing had to
    be done.

    ``moved`` are names that now mean another image, with the manifest they meant before.
    ``deleted`` are manifests that are no longer listed, ``blobs`` what went to the trash.
    """

    operation: str
    kind: Operation
    generation: str
    tagged: tuple[str, ...] = ()
    moved: tuple[tuple[str, Digest], ...] = ()
    untagged: tuple[str, ...] = ()
    deleted: tuple[Digest, ...] = ()
    blobs: tuple[Digest, ...] = ()
    reclaimed: int = 0


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """One image that a plan removes.

    ``frees`` is marginal: what stays if only this image is taken out of the plan.  ``size`` is all
    it reaches, ``shared`` the part of it that stays because others need it; ``needed_by`` are the
    other listed manifests that do.
    """

    digest: Digest
    names: tuple[str, ...]
    size: int
    frees: int
    shared: int
    needed_by: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedBlob:
    """One blob that a plan frees; ``orphan`` if no listed image reaches it even now."""

    digest: Digest
    size: int
    orphan: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Exactly what a removal will do, made for one ``generation`` of the store.

    ``reclaimed`` is the sum of ``blobs``: the sum of the images' ``frees``, and
    ``shared_inside`` (freed only because all images that share it go), and the orphans.  ``kept``
    are bytes of the chosen images that stay: needed by others, or leased by running work.
    If ``stopped`` is not empty it says why nothing can be freed now.
    """

    generation: str
    kind: Operation
    remove: tuple[Digest, ...]
    untag: tuple[str, ...]
    images: tuple[PlannedImage, ...]
    blobs: tuple[PlannedBlob, ...]
    reclaimed: int
    shared_inside: int
    kept: int
    leased: int = 0
    stopped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrashItem:
    """What one operation removed and is still stored.  It is deleted for good after ``until``;
    ``restorable`` says that ``undo(operation=…)`` can bring it back until then."""

    operation: str
    kind: Operation | None
    time: datetime
    until: datetime
    names: tuple[str, ...]
    blobs: int
    size: int
    restorable: bool


class FindingKind(StrEnum):
    """What ``verify`` can find.  All but the last three are damage."""

    INDEX = "index"
    LAYOUT = "layout"
    ENTRY = "entry"
    NAME = "name"
    MISSING = "missing"
    SIZE = "size"
    DIGEST = "digest"
    NOT_A_FILE = "not a file"
    DOCUMENT = "document"
    UNREFERENCED = "unreferenced"
    STRAY = "stray"
    INCOMPLETE_CHECK = "incomplete check"

    @property
    def damage(self) -> bool:
        """Whether it means that content or names are lost."""
        return self not in (
            FindingKind.UNREFERENCED,
            FindingKind.STRAY,
            FindingKind.INCOMPLETE_CHECK,
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be; ``about`` is a digest, a name or a file."""

    kind: FindingKind
    about: str
    sentence: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What ``verify`` saw: how much it read, and what is wrong."""

    findings: tuple[Finding, ...]
    blobs: int
    bytes: int

    @property
    def damage(self) -> tuple[Finding, ...]:
        """The findings that are damage, in the order they were found."""
        return tuple(finding for finding in self.findings if finding.kind.damage)


@dataclass(frozen=True, slots=True)
class ImageUse:
    """Blobs of one listed manifest: all it reaches, and how much of that nothing else reaches."""

    size: int
    unique: int

    @property
    def shared(self) -> int:
        """Bytes that some other image uses as well."""
        return self.size - self.unique


@dataclass(frozen=True, slots=True)
class DiskUse:
    """``blobs`` is all in blobs/, of which ``unreferenced`` is reached by no listed image."""

    blobs: int
    unreferenced: int
    trash: int
    partial: int
    derived: int
    free: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """What came back: names (from the last good copy) and complete images that had lost theirs."""

    names: tuple[str, ...]
    unnamed: tuple[Digest, ...]
    change: Change
