"""Descriptors: what a document says about a piece of content elsewhere."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Self

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import MalformedDigest
from layerscope.engine.oci.digest import Digest
from layerscope.engine.oci.fields import Fields, clause
from layerscope.engine.oci.frozen_map import FrozenMap
from layerscope.engine.oci.platform import Platform

# RFC 6838, 4.2
_RESTRICTED = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(f"{_RESTRICTED}/{_RESTRICTED}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")

_NAMES = ("mediaType", "digest", "size", "annotations", "platform", "urls", "data", "artifactType")
_PLATFORM_NAMES = ("os", "architecture", "variant", "os.version", "os.features")
_ATTESTATION = "vnd.docker.reference.type"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Type, digest and size of some content, and what is said about it.

    ``data`` is the content itself where the document carries it; it has been verified.
    """

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str] = field(default_factory=FrozenMap)
    platform: Platform | None = None
    urls: tuple[str, ...] = ()
    data: bytes | None = field(default=None, repr=False)
    artifact_type: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.annotations, FrozenMap):
            object.__setattr__(self, "annotations", FrozenMap(self.annotations))

    @classmethod
    def parse(cls, value: object, where: str) -> Self:
        """Read the JSON object of a descriptor (image-spec descriptor.md).

        ``where`` names it and begins the sentence of MalformedDocument: "Layer 3 of app:1".
        """
        fields = Fields(value, where, _NAMES)
        digest = _digest(fields)
        size = fields.size("size")
        urls = fields.texts("urls") or ()
        if not all(_URL.fullmatch(url) for url in urls):
            fields.refuse("urls", "are not all URLs")
        return cls(
            media_type=_media_type(fields, "mediaType"),
            digest=digest,
            size=size,
            annotations=fields.text_map("annotations"),
            platform=_platform(fields),
            urls=urls,
            data=_data(fields, digest, size),
            artifact_type=_media_type(fields, "artifactType") if "artifactType" in fields else "",
        )

    @property
    def is_attestation(self) -> bool:
        """Whether this entry of an index describes another one instead of being an image."""
        return _ATTESTATION in self.annotations or (
            self.platform is not None and self.platform.unknown
        )

    def to_json(self) -> dict[str, object]:
        """What ``parse`` would read back, in the order the specification lists."""
        members: dict[str, object] = {
            "mediaType": self.media_type,
            "digest": str(self.digest),
            "size": self.size,
        }
        if self.urls:
            members["urls"] = list(self.urls)
        if self.annotations:
            members["annotations"] = dict(self.annotations)
        if self.data is not None:
            members["data"] = base64.b64encode(self.data).decode("ascii")
        if self.platform is not None:
            members["platform"] = _platform_to_json(self.platform)
        if self.artifact_type:
            members["artifactType"] = self.artifact_type
        return members


def _digest(fields: Fields) -> Digest:
    try:
        return Digest.stored(fields.required_text("digest"))
    except MalformedDigest as error:
        fields.refuse("digest", f"is malformed: {clause(error)}", error)


def _media_type(fields: Fields, key: str) -> str:
    text = fields.required_text(key)
    if not _MEDIA_TYPE.fullmatch(text):
        fields.refuse(key, "is not a media type")
    return text


def _platform(fields: Fields) -> Platform | None:
    if "platform" not in fields:
        return None
    platform = Fields(fields.value("platform"), fields.part("The platform"), _PLATFORM_NAMES)
    return Platform(
        os=platform.text("os"),
        architecture=platform.text("architecture"),
        variant=platform.text("variant"),
        os_version=platform.text("os.version"),
        features=platform.texts("os.features") or (),
    )


def _platform_to_json(platform: Platform) -> dict[str, object]:
    members: dict[str, object] = {"architecture": platform.architecture, "os": platform.os}
    if platform.os_version:
        members["os.version"] = platform.os_version
    if platform.features:
        members["os.features"] = list(platform.features)
    if platform.variant:
        members["variant"] = platform.variant
    return members


def _data(fields: Fields, digest: Digest, size: int) -> bytes | None:
    if "data" not in fields:
        return None
    try:
        data = base64.b64decode(fields.text("data"), validate=True)
    except (binascii.Error, ValueError) as error:
        fields.refuse("data", "is not base64", error)
    if not digest.verifiable:
        return None
    if len(data) != size or not digest.matches(data):
        fields.refuse("data", "is not what its size and digest say")
    return data
