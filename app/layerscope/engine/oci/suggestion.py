"""Guessing which image was meant by a text that is no reference."""

from __future__ import annotations

import re
from collections.abc import Callable

from layerscope.engine.errors import MalformedDigest
from layerscope.engine.oci.digest import Digest
from layerscope.engine.oci.grammar import taken_apart

_LONGEST = 1024
_COMMAND = re.compile(r"^(?:docker|podman|nerdctl|crane|skopeo)\s+(?:image\s+)?\w+\s+", re.ASCII)
_SCHEME = re.compile(r"^(?:https?|docker|oci|oci-archive|docker-archive)(?:://|:(?=[a-z]))", re.I)
_SYMBOLS = re.compile(r"-*[\s!\"#$%&'()*,;<=>?^`{|}~]+-*")
_WEB_PAGES = (
    (re.compile(r"^hub\.docker\.com/_/([^/?#]+).*$"), r"\1"),
    (re.compile(r"^hub\.docker\.com/(?:r|repository/docker)/([^/?#]+/[^/?#]+).*$"), r"\1"),
    (re.compile(r"^quay\.io/repository/([^?#]+?)(?:[?#].*)?$"), r"quay.io/\1"),
)


def suggested(text: str) -> str:
    """A valid reference near ``text``, or "" (also if the text is valid already)."""
    if not text or len(text) > _LONGEST or _valid(text):
        return ""
    guess = text
    for repair in _REPAIRS:
        guess = repair(guess)
        if _valid(guess):
            return "" if _only_a_host(guess) else guess
    return ""


def _without_surroundings(text: str) -> str:
    text = _COMMAND.sub("", text.strip().strip("\"'`<>").strip())
    return text.split()[-1] if "--" in text and text.split() else text


def _without_scheme(text: str) -> str:
    text = _SCHEME.sub("", text)
    for page, name in _WEB_PAGES:
        text = page.sub(name, text)
    return text


def _with_single_slashes(text: str) -> str:
    return re.sub(r"/+", "/", text.replace("\\", "/")).strip("/").rstrip(":@")


def _with_path_for_tag(text: str) -> str:
    """``shop:web/1`` means the repository shop/web."""
    head, colon, tail = text.rpartition(":")
    if colon and "/" in tail and "/" not in head and not tail[:1].isdigit():
        name, _, tag = tail.rpartition("/")
        return f"{head}/{name}:{tag}" if name else f"{head}/{tag}"
    return text


def _in_lower_case(text: str) -> str:
    """Lower case, but for the tag."""
    name, at, digest = text.partition("@")
    path, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    return f"{path.lower()}{slash}{last.lower()}{colon}{tag}{at}{digest.lower()}"


def _with_dashes(text: str) -> str:
    return _SYMBOLS.sub("-", text).strip("-")


_REPAIRS: tuple[Callable[[str], str], ...] = (
    _without_surroundings,
    _without_scheme,
    _with_single_slashes,
    _with_path_for_tag,
    _in_lower_case,
    _with_dashes,
)


def _only_a_host(text: str) -> bool:
    """Whether a host is left over, which would be read as an image of that name on the Hub."""
    return "/" not in text and "." in text.partition(":")[0]


def _valid(text: str) -> bool:
    parts = taken_apart(text)
    if isinstance(parts, str):
        return False
    try:
        return parts.digest is None or Digest.parse(parts.digest) is not None
    except MalformedDigest:
        return False
