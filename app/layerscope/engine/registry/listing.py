"""Tags of a repository and repositories of a registry, page by page (FORMATS 3.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import LayerscopeError, NotARegistry
from layerscope.engine.oci import Digest, Platform, strict_json
from layerscope.engine.registry.ask import CATALOG, Ask
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.session import Session
from layerscope.engine.task import Task

PAGE = 1000
LIST_LIMIT = 16 * 1024 * 1024
MOST_PAGES = 10_000
_LINK = re.compile(r'<([^<>]*)>\s*((?:;\s*[^;,="]+\s*=\s*(?:"[^"]*"|[^",;]*)\s*)*)')
_REL = re.compile(r';\s*rel\s*=\s*"?([^";,]*)"?', re.IGNORECASE)
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
#: Tags that are addresses: of signatures, attestations, referrers (cosign; OCI 1.1 fallback).
_DIGEST_TAG = re.compile(r"sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{64,128})(?:\.[\w.-]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tag:
    """All but ``name`` where the registry tells; ``size`` is compressed bytes."""

    name: str
    size: int | None = None
    digest: Digest | None = None
    updated: datetime | None = None
    platforms: tuple[Platform, ...] = ()


def tag_pages(session: Session, repository: str, task: Task) -> Iterator[tuple[Tag, ...]]:
    """``/tags/list``: at least one page, perhaps empty."""
    ask = Ask(f"/v2/{repository}/tags/list?n={PAGE}", repository)
    seen: set[str] = set()
    for names in _pages(session, ask, "tags", task):
        fresh = {name for name in names if plain_tag(name)}
        fresh -= seen
        seen |= fresh
        yield tuple(Tag(name) for name in sorted(fresh, key=natural_key))


def repository_pages(session: Session, task: Task) -> Iterator[tuple[str, ...]]:
    """``/v2/_catalog``; many registries refuse it."""
    ask = Ask(f"/v2/_catalog?n={PAGE}", scope=CATALOG)
    for names in _pages(session, ask, "repositories", task):
        yield tuple(names)


def plain_tag(name: str) -> bool:
    """Whether this is a tag that people give."""
    return bool(_TAG.fullmatch(name)) and not _DIGEST_TAG.fullmatch(name)


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sorts 1.9 before 1.10, digits before letters, and is total."""
    return tuple(
        (0, int(part)) if part.isascii() and part.isdigit() else (1, part)
        for part in re.split(r"([0-9]{1,18})", name)
        if part
    )


def next_page(answer: Answer) -> str:
    """Path and query of the next page by its Link header, empty if this was the last one.  Host
    and scheme of the target are not taken over: a list never leads to another registry."""
    for target, parameters in _LINK.findall(answer.headers.get("Link", "")[:8192]):
        rel = _REL.search(parameters)
        if rel is not None and "next" in rel[1].lower().split():
            parts = urlsplit(urljoin(answer.url, target))
            if parts.path.startswith("/v2/"):
                return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return ""


def _pages(session: Session, ask: Ask, key: str, task: Task) -> Iterator[list[str]]:
    """Follows Link until it ends, repeats itself, or a page brings nothing new."""
    visited: set[str] = set()
    known: set[str] = set()
    while ask.path and ask.path not in visited and len(visited) < MOST_PAGES:
        visited.add(ask.path)
        with session.open(ask, task) as answer:
            following = next_page(answer)
            body = answer.read(LIST_LIMIT, f"a list of {key}")
        names = _names(body, key, session.host)
        yield names
        if known.issuperset(names):
            return
        known.update(names)
        ask = Ask(following, ask.repository, ask.scope)


def _names(body: bytes, key: str, host: str) -> list[str]:
    document = json_object(body, f"The list of {key} of {host}", host)
    values = document.get(key)
    return [name for name in values if isinstance(name, str)] if isinstance(values, list) else []


def json_object(body: bytes, what: str, host: str) -> dict[str, object]:
    """A JSON object out of an answer; NotARegistry for anything else, a web page above all."""
    try:
        document = strict_json.loads(body, what, LIST_LIMIT)
    except LayerscopeError as error:
        raise NotARegistry(
            f"{host} does not answer like a registry.",
            hint=str(error),
            registry=host,
        ) from error
    if not isinstance(document, dict):
        raise NotARegistry(
            f"{host} does not answer like a registry.",
            hint=f"{what} is not an object.",
            registry=host,
        )
    return document


def sorted_tags(tags: Iterable[Tag]) -> list[Tag]:
    """Natural order, over all pages."""
    return sorted(tags, key=lambda tag: natural_key(tag.name))
