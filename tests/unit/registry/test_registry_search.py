"""Search, in every way that registries offer it or do not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerscope.engine.errors import (
    RegistryError,
    SearchUnsupported,
    SignInNeeded,
    Unreachable,
)
from layerscope.engine.registry import (
    Ability,
    Found,
    Hub,
    Registries,
    RegistryConfig,
)
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen
from support.visitors import config_for, hub_at

V4 = {
    "total": 2,
    "results": [
        {"name": "library/redis", "badge": "official", "star_count": 13000, "pull_count": "1B+",
         "short_description": "Redis  is\nfast", "type": "image"},
        {"name": "redis/redis-stack", "badge": "none", "star_count": 190, "pull_count": "10M+"},
        {"name": "x/plugin", "type": "plugin"},
        {"name": 7}, "junk", None,
    ],
}  # fmt: skip
V2 = {"count": 1, "results": [{"repo_name": "redis", "is_official": True, "pull_count": 5}]}
V1 = {"num_results": 1, "results": [{"name": "redis", "is_official": True, "star_count": 9}]}


def _search(config: RegistryConfig, host: str, term: str = "redis") -> tuple[Found, ...]:
    registries = Registries(config)
    try:
        return registries.search(host, term, 25, Task())
    finally:
        registries.close()


def test_the_hub_is_searched_by_its_newest_way(far: HostileRegistry) -> None:
    far.on("GET", "/api/search/v4", Reply(body=json.dumps(V4).encode()))
    assert _search(hub_at(far), "docker.io") == (
        Found("redis", "Redis is fast", 13000, 1_000_000_000, True),
        Found("redis/redis-stack", "", 190, 10_000_000, False),
    )


@pytest.mark.parametrize(
    "broken", [Reply(404), Reply(500), Reply(body=b"<html>"), Reply(body=b'{"x":1}'), Reply(401)]
)
def test_the_hub_falls_back_to_older_ways(far: HostileRegistry, broken: Reply) -> None:
    far.on("GET", "/api/search/v4", broken)
    far.on("GET", "/v2/search/repositories/", Reply(body=json.dumps(V2).encode()))
    assert _search(hub_at(far), "docker.io") == (Found("redis", "", None, 5, True),)
    far.on("GET", "/v2/search/repositories/", broken)
    far.on("GET", "/v1/search", Reply(body=json.dumps(V1).encode()))
    assert _search(hub_at(far), "docker.io") == (Found("redis", "", 9, None, True),)


def test_the_hub_out_of_reach_is_said(far: HostileRegistry) -> None:
    config = replace(config_for(far), hub=Hub(*("https://hub.invalid",) * 3))
    with pytest.raises(Unreachable, match=r"hub\.invalid"):
        _search(config, "docker.io")


def test_a_plain_registry_is_searched_by_its_catalog(far: HostileRegistry) -> None:
    def catalog(seen: Seen) -> Reply:
        if "last=" in seen.target:
            return Reply(body=b'{"repositories":["redis","x/predis","REDIS/up"]}')
        link = '</v2/_catalog?last=m&n=3>; rel="next"'
        return Reply(headers={"Link": link}, body=b'{"repositories":["a/redis-x","b/redis","m"]}')

    far.on("GET", "/v2/_catalog", catalog)
    names = [found.name for found in _search(config_for(far), far.host)]
    assert names == ["b/redis", "redis", "a/redis-x", "REDIS/up", "x/predis"]


def test_an_empty_term_lists_everything(far: HostileRegistry) -> None:
    far.on("GET", "/v2/_catalog", Reply(body=b'{"repositories":["b","a"]}'))
    assert [found.name for found in _search(config_for(far), far.host, "")] == ["a", "b"]


def test_harbor_is_searched_its_own_way(far: HostileRegistry) -> None:
    body = {
        "project": [],
        "repository": [{"repository_name": "team/redis", "pull_count": 3}, {"x": 1}],
    }
    far.on("GET", "/api/v2.0/search", Reply(body=json.dumps(body).encode()))
    assert _search(config_for(far), far.host) == (Found("team/redis", "", None, 3),)


def test_a_registry_that_neither_searches_nor_lists_says_so(far: HostileRegistry) -> None:
    with pytest.raises(SearchUnsupported, match="cannot search"):
        _search(config_for(far), far.host)
    with pytest.raises(SearchUnsupported, match="GitHub"):
        _search(config_for(far), "ghcr.io")


def test_a_catalog_behind_a_sign_in_asks_for_one(far: HostileRegistry) -> None:
    far.on("GET", "/v2/_catalog", Reply(401, challenges=['Basic realm="x"']))
    with pytest.raises(SignInNeeded):
        _search(config_for(far), far.host)


def test_capabilities_are_known_by_name() -> None:
    registries = Registries(config_for())
    assert registries.capability("docker.io").ability is Ability.SEARCH
    assert registries.capability("localhost:5000").ability is Ability.LIST
    assert registries.capability("ghcr.io").ability is Ability.NONE
    assert all(registries.capability(host).words for host in ("docker.io", "x.example"))


@settings(max_examples=30, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["results", "name", "pull_count", "badge"]), inner)
        ),
    )
)
def test_any_search_answer_is_results_or_a_registry_error(document: object) -> None:
    with HostileRegistry() as far:
        far.on("GET", "/api/search/v4", Reply(body=json.dumps(document).encode()))
        try:
            found = _search(hub_at(far), "docker.io")
        except RegistryError:
            return
        assert all(one.name for one in found)
