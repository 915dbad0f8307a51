"""How each kind of registry is asked for repositories (SEARCH.md), and how its rows are read."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import NotARegistry
from layerscope.engine.registry.ask import Ask
from layerscope.engine.registry.hub import NAME as HUB
from layerscope.engine.registry.hub import Hub
from layerscope.engine.registry.listing import json_object, repository_pages
from layerscope.engine.registry.session import Session
from layerscope.engine.task import Task

SEARCH_LIMIT = 4 * 1024 * 1024
_LONGEST_WORDS = 500
_MOST_LISTED = 100_000
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Found:
    """``name`` is the repository without its host; ``stars`` and ``pulls`` are None where the
    registry does not tell; the description is the registry's text."""

    name: str
    description: str = ""
    stars: int | None = None
    pulls: int | None = None
    official: bool = False


#: Raises NotARegistry and the like where the registry does not know this way.
Way = Callable[[Session, str, int, Task], list[Found]]


def hub_v4(hub: Hub) -> Way:
    """What Docker's own tools use; not documented, so it may go."""

    def way(session: Session, term: str, limit: int, task: Task) -> list[Found]:
        def page(start: int, size: int) -> str:
            query = {"custom_boosted_results": "true", "query": term, "type": "image"}
            return f"{hub.web}/api/search/v4?{urlencode(query | {'from': start, 'size': size})}"

        def read(row: Json) -> Found | None:
            if _text(row, "type") not in {"", "image"}:
                return None
            official = _text(row, "badge") == "official"
            return _found(row, "name", "short_description", "star_count", "pull_count", official)

        return _paged(session, page, "results", "total", read, limit, task)

    return way


def hub_v2(hub: Hub) -> Way:
    def way(session: Session, term: str, limit: int, task: Task) -> list[Found]:
        def page(start: int, size: int) -> str:
            query = {"query": term, "page_size": size, "page": start // size + 1}
            return f"{hub.web}/v2/search/repositories/?{urlencode(query)}"

        def read(row: Json) -> Found | None:
            official = row.get("is_official") is True
            return _found(
                row, "repo_name", "short_description", "star_count", "pull_count", official
            )

        return _paged(session, page, "results", "count", read, limit, task)

    return way


def hub_v1(hub: Hub) -> Way:
    """What ``docker search`` uses.  It does not match a leading ``library/``."""

    def way(session: Session, term: str, limit: int, task: Task) -> list[Found]:
        def page(start: int, size: int) -> str:
            query = {"q": term.removeprefix("library/"), "n": size, "page": start // size + 1}
            return f"{hub.index}/v1/search?{urlencode(query)}"

        return _paged(session, page, "results", "num_results", _v1_row, limit, task)

    return way


def quay(session: Session, term: str, limit: int, task: Task) -> list[Found]:
    home = session.greeting(task).home

    def page(start: int, size: int) -> str:
        query = {"query": term, "page": start // 10 + 1, "includeUsage": "true"}
        return f"{home}/api/v1/find/repositories?{urlencode(query)}"

    def read(row: Json) -> Found | None:
        space = row.get("namespace")
        owner = _text(space, "name") if isinstance(space, dict) else ""
        name = _text(row, "name")
        if _text(row, "kind") not in {"", "repository"} or not name:
            return None
        full = f"{owner}/{name}" if owner else name
        return Found(full, _words(_text(row, "description")), _count(row.get("stars")), None)

    return _paged(session, page, "results", "", read, min(limit, 100), task, page_size=10)


def harbor(session: Session, term: str, limit: int, task: Task) -> list[Found]:
    home = session.greeting(task).home
    login = session.login("", task)
    headers = {"Accept": "application/json"}
    if login is not None and login.basic:
        headers["Authorization"] = login.basic
    ask = Ask("", headers=headers, attempts=2)
    with session.visit(f"{home}/api/v2.0/search?q={quote(term, safe='')}", ask, task) as answer:
        document = json_object(
            answer.read(SEARCH_LIMIT, "search results"), "The search result", session.host
        )
    if "repository" not in document:
        raise NotARegistry(f"{session.host} is not Harbor.", registry=session.host)
    found = [
        Found(name, "", None, _count(row.get("pull_count")))
        for row in _rows(document, "repository")
        if (name := _text(row, "repository_name"))
    ]
    return found[:limit]


def v1(session: Session, term: str, limit: int, task: Task) -> list[Found]:
    """An old search that some registries (redhat) still have; asked once, limit unreliable."""
    ask = Ask(f"/v1/search?{urlencode({'q': term, 'n': min(limit, 100)})}", attempts=2)
    with session.open(ask, task) as answer:
        document = json_object(
            answer.read(SEARCH_LIMIT, "search results"), "The search result", session.host
        )
    if "results" not in document:
        raise NotARegistry(f"{session.host} has no search.", registry=session.host)
    return [found for row in _rows(document, "results") if (found := _v1_row(row))][:limit]


def catalog(session: Session, term: str, limit: int, task: Task) -> list[Found]:
    """All names, those that hold the term kept: the very name first, then beginnings, then the
    rest in the order of names."""
    wanted = term.lower().removeprefix("library/") if session.host == HUB else term.lower()
    found: set[str] = set()
    listed = 0
    for names in repository_pages(session, task):
        listed += len(names)
        found.update(name for name in names if wanted in name.lower())
        if listed >= _MOST_LISTED:
            break

    def rank(name: str) -> tuple[int, str]:
        last = name.rpartition("/")[2]
        if wanted in {name, last}:
            return 0, name
        return (1 if name.startswith(wanted) or last.startswith(wanted) else 2), name

    return [Found(name) for name in sorted(found, key=rank)[:limit]]


# Reading what came


def _paged(
    session: Session,
    page: Callable[[int, int], str],
    key: str,
    total_key: str,
    read: Callable[[Json], Found | None],
    limit: int,
    task: Task,
    page_size: int = 100,
) -> list[Found]:
    """Pages until there are ``limit`` results, or a page is short or brings nothing new."""
    size = min(limit, page_size)
    found: dict[str, Found] = {}
    ask = Ask("", headers={"Accept": "application/json"}, attempts=2)
    start = 0
    while len(found) < limit:
        with session.visit(page(start, size), ask, task) as answer:
            document = json_object(
                answer.read(SEARCH_LIMIT, "search results"), "The search result", session.host
            )
        if key not in document:
            raise NotARegistry(f"{session.host} has no such search.", registry=session.host)
        rows = _rows(document, key)
        before = len(found)
        for row in rows:
            one = read(row)
            if one is not None:
                found.setdefault(one.name, one)
        start += size if total_key else page_size
        total = _count(document.get(total_key)) if total_key else None
        more = (
            document.get("has_additional") is True
            if not total_key
            else total is None or start < total
        )
        if len(found) == before or len(rows) < size or not more:
            break
    return list(found.values())[:limit]


def _v1_row(row: Json) -> Found | None:
    official = row.get("is_official") is True
    return _found(row, "name", "description", "star_count", "pull_count", official)


def _found(
    row: Json, name: str, description: str, stars: str, pulls: str, official: bool
) -> Found | None:
    text = _text(row, name)
    if not text:
        return None
    return Found(
        text.removeprefix("library/") if official else text,
        _words(_text(row, description)),
        _count(row.get(stars)),
        _count(row.get(pulls)),
        official,
    )


def _rows(document: Json, key: str) -> list[Json]:
    rows = document.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _text(row: Json, key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


_UNITS = {"K": 1_000, "M": 1_000_000, "B": 1_000_000_000}


def _count(value: object) -> int | None:
    """A count, also in the form that the newest Hub search has: "1B+", "500K+"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if value >= 0 else None
    if not isinstance(value, str):
        return None
    text = value.strip().rstrip("+").upper().replace(",", "")
    factor = _UNITS.get(text[-1:], 1)
    number = text.rstrip("KMB")
    try:
        return int(float(number) * factor) if len(number) < 16 else None
    except (ValueError, OverflowError):
        return None


def _words(text: str) -> str:
    """One line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_WORDS else f"{line[: _LONGEST_WORDS - 1]}…"
