"""Everything that can go wrong and that we can explain; all else is a bug.

    LayerscopeError
     +- BadInput            what was typed or read is not what it should be
     |   +- MalformedReference, MalformedDigest, MalformedDocument, AmbiguousDocument
     |   +- UnsupportedMediaType, NotAnArchive, LayerDamaged, LimitReached
     +- NotFound            ImageNotFound, PathNotFound, BlobMissing, AmbiguousName
     +- StoreError          StoreUnreadable, StoreBusy, StoreChanged, StoreReadOnly,
     |                      BlobDamaged, DiskFull, InUse, NothingToUndo
     +- RegistryError       Unreachable, NotTrusted, SignInNeeded, RepositoryNotFound, TagNotFound,
     |                      RateLimited, RegistryRefused, NotARegistry, DigestMismatch, Stalled,
     |                      SearchUnsupported
     +- WorkerStopped

``str(error)`` is one sentence that names the object; ``error.hint`` says what to do about it.
The facts of an error are its attributes.  All of them survive pickling.
"""

from __future__ import annotations

from typing import Any


def _rebuild(
    cls: type[LayerscopeError], args: tuple[Any, ...], facts: dict[str, Any]
) -> LayerscopeError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


class LayerscopeError(Exception):
    """The mark of an explained failure."""

    hint: str = ""

    def __init__(self, sentence: str, *, hint: str = "", **facts: Any) -> None:
        super().__init__(sentence)
        if hint:
            self.hint = hint
        self.__dict__.update(facts)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


# What was typed or read


class BadInput(LayerscopeError):
    """What was typed or read is not what it should be."""


class MalformedReference(BadInput):
    """``code`` is one of empty, format, uppercase, bare_hex64, name_too_long,
    digest_unsupported, digest_length, digest_format; ``suggestion`` may be empty."""

    code: str
    text: str
    suggestion: str = ""


class MalformedDigest(BadInput):
    """``code`` is one of digest_unsupported, digest_length, digest_format."""

    code: str
    text: str


class MalformedDocument(BadInput):
    """A manifest, index, config or index.json that breaks the rules of its format."""


class AmbiguousDocument(MalformedDocument):
    """A document that reads as two kinds at once (CVE-2021-41190)."""


class UnsupportedMediaType(BadInput):
    """Well-formed, but not a container image.  ``media_type`` says what it is."""

    media_type: str


class NotAnArchive(BadInput):
    """``path`` holds no image in a format we read."""

    path: str


class LayerDamaged(BadInput):
    """A layer that cannot be read to its end.  ``layer`` is its digest, ``offset`` the position
    in the uncompressed tar up to which it could be read.  ``limit`` names the budget that stopped
    the reading, if one did."""

    layer: str
    offset: int
    limit: str = ""


class LimitReached(BadInput):
    """A budget was used up; ``limit`` is its name in the settings, ``value`` its value.  ``layer``
    is the number of the layer with which that happened, 0 if it was none of an image."""

    limit: str
    value: int
    layer: int = 0


# What is not there


class NotFound(LayerscopeError):
    """Something that was asked for by name is not there."""


class ImageNotFound(NotFound):
    """No image of the store, or of an archive, is called ``name``."""

    name: str


class PathNotFound(NotFound):
    """The view of the image, as asked for, has no ``path``."""

    path: str


class BlobMissing(NotFound):
    """The store does not have the content ``digest``."""

    digest: str


class AmbiguousName(NotFound):
    """A prefix that fits several images; ``choices`` are their image IDs."""

    name: str
    choices: tuple[str, ...]


# The store


class StoreError(LayerscopeError):
    """The store refuses or cannot."""


class StoreUnreadable(StoreError):
    """The store at ``path`` cannot be opened, or its list of images cannot be read."""

    path: str


class StoreBusy(StoreError):
    """Another program holds the lock for too long; ``holder`` names it."""

    holder: str


class StoreChanged(StoreError):
    """A plan was made for an older generation of the store; make it again."""


class StoreReadOnly(StoreError):
    """Nothing may be written to the store at ``path``."""

    path: str


class BlobDamaged(StoreError):
    """A blob in the store is not what its digest says."""

    digest: str


class DiskFull(StoreError):
    """``needed`` and ``free`` are bytes; needed is 0 where it is not known."""

    path: str
    needed: int = 0
    free: int = 0


class InUse(StoreError):
    """The image ``name`` has more names than the one that was to go."""

    name: str


class NothingToUndo(StoreError):
    """No change of the last day is left to take back, or, for a redo, none was taken back last."""


# The far side


class RegistryError(LayerscopeError):
    """``registry`` is the host, with its port if it has one."""

    registry: str


class Unreachable(RegistryError):
    """No connection to the registry: its name, its network, or nobody listens."""


class NotTrusted(RegistryError):
    """TLS failed."""


class SignInNeeded(RegistryError):
    """The registry wants a login, or refuses the one it got.  ``token_server`` is a host, with its
    port unless it is 443, that it sends logins to and that nobody has allowed to see them yet."""

    repository: str = ""
    token_server: str = ""


class RepositoryNotFound(RegistryError):
    """The registry has no such repository, or does not show it to us."""

    repository: str = ""


class TagNotFound(RegistryError):
    """``nearest`` are tags of the repository that look alike."""

    repository: str = ""
    tag: str = ""
    nearest: tuple[str, ...] = ()


class RateLimited(RegistryError):
    """``reset`` is a Unix time, 0 where the registry does not say."""

    reset: float = 0.0


class RegistryRefused(RegistryError):
    """``status`` is the HTTP status of the final answer."""

    status: int = 0


class NotARegistry(RegistryError):
    """Something answered, but not in the registry protocol."""


class DigestMismatch(RegistryError):
    """What arrived is not what was asked for; it was thrown away."""

    expected: str = ""
    received: str = ""


class Stalled(RegistryError):
    """Bytes stopped coming."""


class SearchUnsupported(RegistryError):
    """This registry cannot search; its repositories must be named."""


class WorkerStopped(LayerscopeError):
    """The background worker died; what it was doing can be started again.  ``began`` tells whether
    it had been heard of before it died."""

    began: bool = True
