"""Image references: docker's names for images, read as docker reads them."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Self

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import MalformedDigest, MalformedReference
from layerscope.engine.oci.digest import Digest
from layerscope.engine.oci.grammar import HUB, LONGEST_PATH, OFFICIAL, is_tag, taken_apart
from layerscope.engine.oci.suggestion import suggested

_SENTENCES = {
    "empty": "A reference needs at least the name of an image.",
    "format": "{text} is not an image reference.",
    "uppercase": "{text} has capitals in the repository name; it must be lower case.",
    "bare_hex64": "{text} is an image ID, not the name of an image.",
    "name_too_long": f"The repository name is longer than {LONGEST_PATH} characters.",
}
_HINTS = {"bare_hex64": "To name content by its digest, write name@sha256: and the digits."}
_HINT = "Write it as name:tag, or as registry.example/path/name:tag."


@dataclass(frozen=True, slots=True)
class Reference:
    """Where an image is and what it is called.

    ``registry`` is ``docker.io`` for the Hub, which answers at another host.  A reference has a
    tag, a digest or both; with both, the digest decides and the tag is for people.
    """

    registry: str
    repository: str
    tag: str | None
    digest: Digest | None = None
    tag_explicit: bool = field(default=True, compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read and complete a name as docker does; raises MalformedReference.

        An image ID is not a name: callers that take both must try the ID first.
        """
        parts = taken_apart(text)
        if isinstance(parts, str):
            raise _malformed(parts, text)
        digest = _digest(parts.digest, text)
        return cls(
            registry=parts.registry,
            repository=parts.repository,
            tag=parts.tag if parts.tag or digest else "latest",
            digest=digest,
            tag_explicit=parts.tag is not None,
        )

    @staticmethod
    def suggestion(text: str) -> str:
        """A valid reference that was probably meant by ``text``, or "" if none comes to mind or
        the text is valid as it is."""
        return suggested(text)

    @property
    def name(self) -> str:
        """Registry and repository: ``docker.io/library/app``."""
        return f"{self.registry}/{self.repository}"

    @property
    def canonical(self) -> str:
        """The whole reference, nothing left out: ``docker.io/library/app:1``."""
        return f"{self.name}{self._suffix}"

    @property
    def familiar(self) -> str:
        """As docker shows it, without the Hub's host and ``library/``: ``app:1``."""
        if self.registry != HUB:
            return self.canonical
        official = self.repository.removeprefix(OFFICIAL)
        return f"{self.repository if '/' in official else official}{self._suffix}"

    def with_tag(self, tag: str) -> Self:
        """The same repository under another tag, whatever image is behind it."""
        if not is_tag(tag):
            raise MalformedReference(
                f"{_shown(tag)} is not a tag.",
                hint="Tags hold letters, digits, dots, dashes and underscores, at most 128.",
                code="format",
                text=tag,
            )
        return replace(self, tag=tag, digest=None, tag_explicit=True)

    def with_digest(self, digest: Digest) -> Self:
        """Pinned to one content; a tag stays, for people."""
        return replace(self, digest=digest)

    def __str__(self) -> str:
        return self.canonical

    @property
    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{tag}@{self.digest}" if self.digest else tag


def _digest(text: str | None, reference: str) -> Digest | None:
    if text is None:
        return None
    try:
        return Digest.parse(text)
    except MalformedDigest as error:
        raise MalformedReference(
            str(error),
            hint="A digest is written sha256: and 64 of the digits 0-9 and a-f.",
            code=error.code,
            text=reference,
        ) from error


def _malformed(code: str, text: str) -> MalformedReference:
    suggestion = suggested(text)
    return MalformedReference(
        _SENTENCES[code].format(text=_shown(text)),
        hint=f"Did you mean {suggestion}?" if suggestion else _HINTS.get(code, _HINT),
        code=code,
        text=text,
        suggestion=suggestion,
    )


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 80 else f"{text[:79]}…").replace("'", '"')
