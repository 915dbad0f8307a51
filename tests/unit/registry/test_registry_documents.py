"""Manifests, tags and search as registries answer them; row N08 of the table of faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerscope.engine.errors import (
    AmbiguousDocument,
    DigestMismatch,
    MalformedDocument,
    NotARegistry,
    RegistryError,
    RepositoryNotFound,
    SearchUnsupported,
    SignInNeeded,
    TagNotFound,
    Unreachable,
)
from layerscope.engine.oci import Descriptor, Digest, Index, Manifest, Reference
from layerscope.engine.registry import (
    Ability,
    Client,
    Found,
    Hub,
    RateLimit,
    Registries,
    RegistryConfig,
    Tag,
    natural_key,
)
from layerscope.engine.registry.client import CONFIG_LIMIT
from layerscope.engine.task import Task
from support.hostile_registry import OCI_MANIFEST, HostileRegistry
from support.replies import Reply, Seen
from support.visitors import config_for

ClientOf = Callable[..., Client]
DATA = b"layer" * 1000
ZEROES = f"sha256:{'0' * 64}"


def _ref(far: HostileRegistry, rest: str = "app:1") -> Reference:
    return Reference.parse(f"{far.host}/{rest}")


# Documents


def test_a_tag_resolves_to_what_its_bytes_hash_to(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    digest = far.serve_image("app", "1", [DATA])
    resolved = client_of(far).resolve(_ref(far), task)
    assert str(resolved.descriptor.digest) == digest
    assert isinstance(resolved.document, Manifest)
    assert resolved.descriptor.size == len(resolved.document.raw)
    (seen,) = far.asked("GET", "/v2/app/manifests/1")
    assert seen.headers["accept"].count(",") == 4
    assert "*/*" not in seen.headers["accept"]


def test_a_lying_digest_header_changes_nothing(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    digest = far.serve_image("app", "1", [DATA])
    proper = far.scripts["GET", "/v2/app/manifests/1"][0]
    assert isinstance(proper, Reply)
    lying = replace(proper, headers={**proper.headers, "Docker-Content-Digest": ZEROES})
    far.on("GET", "/v2/app/manifests/1", lying)
    assert str(client_of(far).resolve(_ref(far), task).descriptor.digest) == digest


def test_a_digest_that_answers_with_something_else_is_damage(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    other = far.scripts["GET", "/v2/app/manifests/1"][0]
    far.on("GET", f"/v2/app/manifests/{ZEROES}", other)
    with pytest.raises(DigestMismatch) as caught:
        client_of(far).resolve(_ref(far, f"app@{ZEROES}"), task)
    assert caught.value.expected == ZEROES
    assert len(far.asked("GET", f"/v2/app/manifests/{ZEROES}")) == 2


def test_a_tag_that_moves_meanwhile_changes_nothing(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """After resolving, only digests are asked for."""
    first = far.serve_image("app", "1", [DATA])
    client = client_of(far)
    resolved = client.resolve(_ref(far), task)
    far.serve_image("app", "1", [b"other"])
    assert isinstance(resolved.document, Manifest)
    config = resolved.document.config
    assert config.digest.matches(client.document("app", config, CONFIG_LIMIT, task))
    assert client.manifest("app", resolved.descriptor, task).digest == Digest.parse(first)


def test_what_is_known_already_is_not_fetched_again(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """Docker Hub counts GETs of manifests but not HEADs."""
    far.serve_image("app", "1", [DATA])
    client = client_of(far)
    first = client.resolve(_ref(far), task)
    shelf = {first.descriptor.digest: first.document.raw}
    again = client.resolve(_ref(far), task, shelf.get)
    assert again.known
    assert again.document == first.document
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 1
    shelf[first.descriptor.digest] = b"damaged"
    assert not client.resolve(_ref(far), task, shelf.get).known


@pytest.mark.parametrize("head", [Reply(405), Reply(403), Reply(200), Reply(404)])
def test_a_head_that_does_not_help_is_followed_by_a_get(
    far: HostileRegistry, client_of: ClientOf, task: Task, head: Reply
) -> None:
    far.serve_image("app", "1", [DATA])
    far.on("HEAD", "/v2/app/manifests/1", head)
    assert client_of(far).resolve(_ref(far), task, lambda _digest: None).document.raw


def test_the_entry_of_an_index_must_have_its_size(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    digest = far.serve_image("app", "1", [DATA])
    entry = Descriptor(OCI_MANIFEST, Digest.parse(digest), 7)
    with pytest.raises(DigestMismatch):
        client_of(far).manifest("app", entry, task)


def test_an_index_is_read_as_one(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    kind = "application/vnd.oci.image.index.v1+json"
    body = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": []}).encode()
    far.on("GET", "/v2/app/manifests/1", Reply(headers={"Content-Type": f"{kind};x=y"}, body=body))
    assert isinstance(client_of(far).resolve(_ref(far), task).document, Index)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", MalformedDocument),
        (b"[]", MalformedDocument),
        (b'{"schemaVersion":2,"schemaVersion":2}', MalformedDocument),
        (b'{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}', AmbiguousDocument),
        (b"<!doctype html>", NotARegistry),
        (b" " * (5 << 20), NotARegistry),
    ],
)
def test_a_document_that_is_none_is_refused(
    far: HostileRegistry, client_of: ClientOf, task: Task, body: bytes, error: type[Exception]
) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(body=body))
    with pytest.raises(error):
        client_of(far).resolve(_ref(far), task)


def test_an_endless_manifest_ends(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(body=b" " * 65536, length=-1, endless=True))
    with pytest.raises(NotARegistry, match="more than"):
        client_of(far).resolve(_ref(far), task)


def test_a_config_that_says_it_is_huge_is_not_fetched(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    huge = Descriptor("application/vnd.oci.image.config.v1+json", Digest.of(b""), 1 << 40)
    with pytest.raises(NotARegistry):
        client_of(far).document("app", huge, CONFIG_LIMIT, task)
    assert not far.requests


def test_the_rate_and_the_warnings_are_passed_on(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    proper = far.scripts["GET", "/v2/app/manifests/1"][0]
    assert isinstance(proper, Reply)
    headers = {
        **proper.headers,
        "ratelimit-limit": "100;w=21600",
        "ratelimit-remaining": "76;w=21600",
        "docker-ratelimit-source": "1.2.3.4",
        "Warning": '299 - "Use \\"new\\" instead"',
    }
    far.on("GET", "/v2/app/manifests/1", replace(proper, headers=headers))
    resolved = client_of(far).resolve(_ref(far), task)
    assert resolved.rate == RateLimit(100, 76, 21600, "1.2.3.4")
    assert str(resolved.rate) == "76 of 100 pulls left for 6 hours"
    assert resolved.warnings == ('Use "new" instead',)


@pytest.mark.parametrize("value", ["", "x", "-1", "100;w=x", "²"])
def test_a_rate_that_makes_no_sense_is_no_rate(value: str) -> None:
    found = RateLimit.of({"ratelimit-limit": value, "ratelimit-remaining": value})
    assert found is None or found.window == 0


# Not there


def test_a_missing_tag_brings_its_neighbours(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    unknown = b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'
    far.on("GET", "/v2/app/manifests/1.4", Reply(404, body=unknown))
    far.on("GET", "/v2/app/tags/list", Reply(body=b'{"tags":["1.3","1.40","edge","stable"]}'))
    with pytest.raises(TagNotFound) as caught:
        client_of(far).resolve(_ref(far, "app:1.4"), task)
    assert caught.value.nearest[:2] == ("1.40", "1.3")
    assert "1.40" in caught.value.hint


def test_a_missing_repository_is_called_that(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    with pytest.raises(RepositoryNotFound, match="No repository nope") as caught:
        client_of(far).resolve(_ref(far, "nope:1"), task)
    assert caught.value.repository == "nope"


def test_a_forbidden_repository_may_be_private(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    denied = b'{"errors":[{"code":"DENIED","message":"requested access is denied"}]}'
    far.on("GET", "/v2/app/manifests/1", Reply(403, body=denied))
    with pytest.raises(SignInNeeded, match="Sign in to pull app"):
        client_of(far).resolve(_ref(far), task)


# Tags


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
    registries = Registries(_hub(far))
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
    registries = Registries(_hub(far))
    pages = list(registries.client("docker.io").tags("library/redis", task))
    registries.close()
    assert _names(pages) == [["7"]]


# Search


def _hub(far: HostileRegistry) -> RegistryConfig:
    return replace(config_for(far), hub=Hub(far.url, far.url, far.url))


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
    assert _search(_hub(far), "docker.io") == (
        Found("redis", "Redis is fast", 13000, 1_000_000_000, True),
        Found("redis/redis-stack", "", 190, 10_000_000, False),
    )


@pytest.mark.parametrize(
    "broken", [Reply(404), Reply(500), Reply(body=b"<html>"), Reply(body=b'{"x":1}'), Reply(401)]
)
def test_the_hub_falls_back_to_older_ways(far: HostileRegistry, broken: Reply) -> None:
    far.on("GET", "/api/search/v4", broken)
    far.on("GET", "/v2/search/repositories/", Reply(body=json.dumps(V2).encode()))
    assert _search(_hub(far), "docker.io") == (Found("redis", "", None, 5, True),)
    far.on("GET", "/v2/search/repositories/", broken)
    far.on("GET", "/v1/search", Reply(body=json.dumps(V1).encode()))
    assert _search(_hub(far), "docker.io") == (Found("redis", "", 9, None, True),)


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
            found = _search(_hub(far), "docker.io")
        except RegistryError:
            return
        assert all(one.name for one in found)
