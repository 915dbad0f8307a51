"""Docker Hub's own pages: where they are, and what they tell about tags."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import MalformedDigest
from layerscope.engine.oci import Digest, Platform
from layerscope.engine.registry.ask import Ask
from layerscope.engine.registry.listing import LIST_LIMIT, Tag, json_object, plain_tag
from layerscope.engine.registry.session import Session
from layerscope.engine.task import Task

NAME = "docker.io"
_PAGE = 100
_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Hub:
    """Where Docker Hub answers; the one place that says so."""

    registry: str = "https://registry-1.docker.io"
    web: str = "https://hub.docker.com"
    index: str = "https://index.docker.io"


def hub_tag_pages(
    session: Session, hub: Hub, repository: str, task: Task
) -> Iterator[tuple[Tag, ...]]:
    """Tags with sizes and platforms, newest first; nothing is shown who asks.  The address of the
    next page is made here, not taken from the answer.  Raises NotARegistry for another answer."""
    namespace, _slash, name = repository.rpartition("/")
    base = f"{hub.web}/v2/namespaces/{quote(namespace, '')}/repositories/{quote(name, '')}/tags"
    seen: set[str] = set()
    for number in range(1, _MOST_PAGES + 1):
        ask = Ask("", repository, headers={"Accept": "application/json"}, attempts=2)
        with session.visit(f"{base}?page_size={_PAGE}&page={number}", ask, task) as answer:
            document = json_object(
                answer.read(LIST_LIMIT, "a list of tags"), "The list of tags", session.host
            )
        rows = document.get("results")
        found = [tag for row in rows if (tag := _tag(row))] if isinstance(rows, list) else []
        fresh = tuple(tag for tag in found if tag.name not in seen)
        seen.update(tag.name for tag in fresh)
        if fresh or number == 1:
            yield fresh
        if not fresh or not document.get("next"):
            return


def _tag(row: object) -> Tag | None:
    if not isinstance(row, dict):
        return None
    name, size = row.get("name"), row.get("full_size")
    if not isinstance(name, str) or not plain_tag(name):
        return None
    images = row.get("images")
    return Tag(
        name,
        size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        _digest(row.get("digest")),
        _time(row.get("last_updated")),
        tuple(
            platform
            for image in (images if isinstance(images, list) else ())
            if (platform := _platform(image))
        ),
    )


def _digest(value: object) -> Digest | None:
    try:
        return Digest.parse(value) if isinstance(value, str) else None
    except MalformedDigest:
        return None


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _platform(image: object) -> Platform | None:
    if not isinstance(image, dict):
        return None
    os, architecture, variant = (
        value if isinstance(value := image.get(key), str) else ""
        for key in ("os", "architecture", "variant")
    )
    if not os or not architecture or "unknown" in {os, architecture}:
        return None
    return Platform(os, architecture, variant)
