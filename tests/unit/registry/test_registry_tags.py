"""Lists of tags as registries answer them; N08 of the table of faults."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.errors import (
    NotARegistry,
)
from layerscope.engine.registry import (
    Registries,
    Tag,
    natural_key,
)
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen
from support.visitors import ClientOf, hub_at

ZEROES = f"sha256:{'0' * 64}"


def _names(pages: object) -> list[list[str]]:
    return [[tag.name for tag in page] for page in pages]  # type: ignore[attr-defined]  # pages of tags


def test_tags_follow_the_link_and_only_the_link(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    def page(seen: Seen) -> Reply:
        if "last=b" in seen.target:
            return Reply(body=b'{"tags":["c"]}')
        link = f'<{elsewhere.url}/v2/app/tags/list?last=b&n=2>; rel="next"'
        return Reply(headers={"Link": link}, body=b'{"tags":["b","a"]}')

    far.on("GET", "/v2/app/tags/list", page)
    assert _names(client_of(far).tags("app", task)) == [["a", "b"], ["c"]]
    assert not elsewhere.requests, "a list leads to no other host"


@pytest.mark.parametrize(
    "link",
    ['</v2/app/tags/list?n=1000>; rel="next"', '</v2/app/tags/list?x>; rel="next"'],
    ids=["to itself", "to the same page by another name"],
)
def test_a_list_in_circles_ends(
    far: HostileRegistry, client_of: ClientOf, task: Task, link: str
) -> None:
    far.on("GET", "/v2/app/tags/list", Reply(headers={"Link": link}, body=b'{"tags":["a"]}'))
    assert _names(client_of(far).tags("app", task))[0] == ["a"]
    assert len(far.asked("GET", "/v2/app/tags/list")) <= 2


@pytest.mark.parametrize("body", [b'{"tags":null}', b"{}", b'{"tags":[]}', b'{"tags":7}'])
def test_no_tags_is_an_answer(
    far: HostileRegistry, client_of: ClientOf, task: Task, body: bytes
) -> None:
    far.on("GET", "/v2/app/tags/list", Reply(body=body))
    assert _names(client_of(far).tags("app", task)) == [[]]


def test_tags_that_are_no_tags_are_left_out(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    hexes = "ab" * 32
    tags = [
        "1",
        None,
        "",
        7,
        f"sha256-{hexes}",
        f"sha256-{hexes}.sig",
        "../x",
        "a b",
        "v\u00e9",
        "1",
    ]
    far.on("GET", "/v2/app/tags/list", Reply(body=json.dumps({"tags": tags}).encode()))
    assert _names(client_of(far).tags("app", task)) == [["1"]]


def test_tags_sort_as_people_count() -> None:
    names = ["1.10", "1.9", "1.9-alpine", "latest", "10", "2", "v2", "v10"]
    assert sorted(names, key=natural_key) == [
        "1.9", "1.9-alpine", "1.10", "2", "10", "latest", "v2", "v10",
    ]  # fmt: skip


@given(st.lists(st.text("019.av-", max_size=6), max_size=6))
def test_any_tags_can_be_sorted(names: list[str]) -> None:
    assert sorted(sorted(names, key=natural_key), key=natural_key) == sorted(names, key=natural_key)


def test_tags_of_a_web_page_are_an_error(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/app/tags/list", Reply(body=b"<html>"))
    with pytest.raises(NotARegistry):
        list(client_of(far).tags("app", task))


def test_the_hub_tells_more_about_tags(far: HostileRegistry, task: Task) -> None:
    row = {
        "name": "7",
        "full_size": 45_200_000,
        "digest": ZEROES,
        "last_updated": "2026-11-01T10:00:00.123456Z",
        "images": [
            {"architecture": "arm64", "os": "linux", "variant": "v8", "size": 1},
            {"architecture": "unknown", "os": "unknown"},
            7,
        ],
    }
    path = "/v2/namespaces/library/repositories/redis/tags"
    second = Reply(body=json.dumps({"next": None, "results": [{"name": "6"}, 7, {}]}).encode())
    first = {"next": f"https://evil.example{path}?page=2", "results": [row]}
    far.on("GET", path, Reply(body=json.dumps(first).encode()), second)
    registries = Registries(hub_at(far))
    pages = list(registries.client("docker.io").tags("library/redis", task))
    registries.close()
    assert [tag.name for page in pages for tag in page] == ["7", "6"]
    seven = pages[0][0]
    assert (seven.size, str(seven.digest)) == (45_200_000, ZEROES)
    assert seven.updated == datetime.fromisoformat("2026-11-01T10:00:00.123456+00:00")
    assert [str(platform) for platform in seven.platforms] == ["linux/arm64/v8"]
    assert pages[1][0] == Tag("6")


def test_the_hub_without_its_web_pages_still_lists_tags(far: HostileRegistry, task: Task) -> None:
    far.on("GET", "/v2/library/redis/tags/list", Reply(body=b'{"tags":["7"]}'))
    registries = Registries(hub_at(far))
    pages = list(registries.client("docker.io").tags("library/redis", task))
    registries.close()
    assert _names(pages) == [["7"]]
