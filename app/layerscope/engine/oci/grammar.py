"""The grammar of image references, as docker reads and completes them (distribution/reference)."""

from __future__ import annotations

import re
from typing import NamedTuple

HUB = "docker.io"
OFFICIAL = "library/"
LONGEST_PATH = 255
_OLD_HUB = "index.docker.io"
_LONGEST_TEXT = 2048

_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_TAG = r"\w[\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(
    rf"({_HOST})/({_COMPONENT}(?:/{_COMPONENT})*)(?::({_TAG}))?(?:@({_DIGEST}))?", re.ASCII
)
_TAG_ONLY = re.compile(_TAG, re.ASCII)
_BARE_ID = re.compile(r"[a-f0-9]{64}")


class Parts(NamedTuple):
    """A reference taken apart; the algorithm and length of the digest are not checked yet."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None


def taken_apart(text: str) -> Parts | str:
    """The parts of a reference, its host filled in, or the code of MalformedReference."""
    if not text:
        return "empty"
    if _BARE_ID.fullmatch(text):
        return "bare_hex64"
    if len(text) > _LONGEST_TEXT:
        return "name_too_long"
    host, rest = _split(text)
    name = rest.partition(":")[0]
    if name != name.lower():
        return "uppercase"
    match = _REFERENCE.fullmatch(f"{host}/{rest}")
    if match is None:
        return "format"
    parts = Parts(*match.groups())
    return "name_too_long" if len(parts.repository) > LONGEST_PATH else parts


def is_tag(text: str) -> bool:
    return _TAG_ONLY.fullmatch(text) is not None


def _split(text: str) -> tuple[str, str]:
    """Host and remainder (splitDockerDomain)."""
    first, slash, rest = text.partition("/")
    if not slash:
        host, rest = HUB, text
    elif first == _OLD_HUB:
        host = HUB
    elif first == "localhost" or "." in first or ":" in first or first != first.lower():
        host = first
    else:
        host, rest = HUB, text
    if host == HUB and "/" not in rest:
        rest = OFFICIAL + rest
    return host, rest
