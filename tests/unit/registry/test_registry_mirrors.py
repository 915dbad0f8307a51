"""Mirrors: asked first, never trusted, never shown a login that is not theirs, passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from layerscope.engine.errors import RegistryError, RegistryRefused, TagNotFound
from layerscope.engine.oci import Digest, Reference
from layerscope.engine.registry import Login, Mirror, Registries, Supplier
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.mirrored import LAYER, LoginsByHost, both, layer_of, pulled
from support.replies import Answering, Reply, Seen
from support.visitors import CANARY, SLOW, Pile, cancelled_when, config_for, with_patience

Supply = Callable[..., Supplier]


@pytest.fixture
def near() -> Iterator[HostileRegistry]:
    """The mirror."""
    with HostileRegistry() as registry:
        yield registry


@pytest.fixture
def supply(far: HostileRegistry) -> Iterator[Supply]:
    """``supply(near, …)``: what a pull from ``far`` asks, with these mirrors."""
    made: list[Registries] = []

    def supplier(
        *mirrors: HostileRegistry, path: str = "", slow: bool = False, **logins: Login
    ) -> Supplier:
        config = config_for(far, *mirrors)
        config = replace(
            with_patience(config, **SLOW) if slow else config,
            credentials=LoginsByHost(**logins),
            mirrors={far.host: tuple(Mirror(each.host, path) for each in mirrors)},
        )
        made.append(Registries(config))
        return made[-1].supplier(far.host)

    yield supplier
    for registries in made:
        registries.close()


def blobs(registry: HostileRegistry) -> list[str]:
    return [seen.path for seen in registry.requests if "/blobs/" in seen.path]


def test_all_content_comes_from_the_mirror_and_the_tag_from_the_registry(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    reference = both(far, near)
    supplier = supply(near)
    assert pulled(supplier, reference, task) == LAYER
    assert [(seen.method, seen.path) for seen in far.requests] == [
        ("GET", "/v2/"),
        ("HEAD", "/v2/app/manifests/1"),
    ]
    assert supplier.mirrored == len(LAYER)
    assert supplier.notes == ()
    assert near.asked("GET", "/v2/app/manifests/1"), "a cache learns tags only by being asked"


def test_a_mirror_is_told_whom_it_stands_for(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    pulled(supply(near), both(far, near), task)
    asked = [seen.target for seen in near.requests if seen.path != "/v2/"]
    assert asked
    assert all(target.endswith(f"?ns={far.host.replace(':', '%3A')}") for target in asked)
    assert not any("?ns=" in seen.target for seen in far.requests)


def test_a_mirror_may_keep_the_registry_under_a_path(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    reference = both(far, near, "hub/")
    assert pulled(supply(near, path="hub"), reference, task) == LAYER
    assert blobs(far) == []


def test_a_stale_mirror_does_not_decide_what_a_tag_is(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    newest = far.serve_image("app", "1", [LAYER])
    near.serve_image("app", "1", [b"of last year"])
    supplier = supply(near)
    resolved = supplier.resolve(Reference(far.host, "app", "1", None), task)
    assert str(resolved.descriptor.digest) == newest
    assert (resolved.mirror, resolved.tag_from) == ("", "")
    (note,) = supplier.notes
    assert note == f"Mirror {near.host} does not have all of it; {far.host} is asked for the rest."


@pytest.mark.parametrize("body", [None, b"nonsense"], ids=["no-tag", "nonsense"])
def test_a_mirror_that_knows_the_image_but_not_its_tag_will_do(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task, body: bytes | None
) -> None:
    reference = both(far, near)
    near.on("GET", "/v2/app/manifests/1", Reply(404) if body is None else Reply(body=body))
    supplier = supply(near)
    assert pulled(supplier, reference, task) == LAYER
    assert supplier.notes == ()
    assert supplier.mirrored == len(LAYER)


def test_where_the_registry_does_not_answer_the_mirror_says_what_a_tag_is_and_that_is_told(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    reference = both(far, near)
    far.on("GET", "/v2/", Reply(503))
    supplier = supply(near)
    resolved = supplier.resolve(reference, task)
    assert (resolved.mirror, resolved.tag_from) == (near.host, near.host)
    assert "may be behind" in supplier.notes[0]
    assert far.host in supplier.notes[0]


def test_where_nobody_answers_the_error_tells_of_the_mirrors_too(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    reference = both(far, near)
    far.on("GET", "/v2/", Reply(503))
    near.on("GET", "/v2/", Reply(500))
    with pytest.raises(RegistryRefused, match=far.host) as failed:
        supply(near).resolve(reference, task)
    assert f"Mirror {near.host} was passed over." in failed.value.hint


def test_a_tag_that_the_registry_does_not_have_is_not_taken_from_a_mirror(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    reference = both(far, near)
    body = b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'
    far.on("GET", "/v2/app/manifests/1", Reply(404, body=body))
    far.on("GET", "/v2/app/tags/list", Reply(body=b'{"name":"app","tags":["2"]}'))
    with pytest.raises(TagNotFound, match=r"has no tag 1"):
        supply(near).resolve(reference, task)
    assert near.requests == []


@pytest.mark.parametrize(
    "trouble",
    {
        "refuses": Reply(503),
        "web-page": Reply(200, {"Content-Type": "text/html"}, b"<html>"),
        "wants-a-login": Reply(401, challenges=['Basic realm="x"']),
    }.values(),
    ids=["refuses", "web-page", "wants-a-login"],
)
def test_a_mirror_that_fails_is_passed_over_with_a_note(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task, trouble: Reply
) -> None:
    reference = both(far, near)
    for _method, path in list(near.scripts):
        near.on("GET", path, trouble)
    supplier = supply(near)
    assert pulled(supplier, reference, task) == LAYER
    (note,) = supplier.notes
    assert note.startswith(f"Mirror {near.host} was passed over.")
    assert supplier.mirrored == 0
    assert len(near.requests) <= 2, "it is left alone after that"


def test_a_mirror_that_stalls_is_passed_over_and_its_bytes_are_gone_on_with(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    reference = both(far, near)
    near.serve_blob("app", LAYER, Reply(body=LAYER, stall=1000))
    supplier = supply(near)
    layer = layer_of(supplier.resolve(reference, task).document)
    pile = Pile()
    fetched = supplier.fetch("app", layer, pile, task)
    assert bytes(pile.data) == LAYER
    assert fetched.received == len(LAYER)
    assert fetched.twice == 0
    assert 0 < supplier.mirrored < len(LAYER)
    (asked,) = far.asked("GET", f"/v2/app/blobs/{layer.digest}")
    assert asked.headers["range"] == f"bytes={supplier.mirrored}-"


@pytest.mark.parametrize("stall", [-1, 1000], ids=["before", "amid"])
def test_a_cancel_is_answered_while_a_mirror_stalls_and_nobody_else_is_asked(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task, stall: int
) -> None:
    reference = both(far, near)
    near.serve_blob("app", LAYER, Reply(body=LAYER, stall=stall))
    supplier = supply(near, slow=True)
    layer = layer_of(supplier.resolve(reference, task).document)
    with cancelled_when(near.stalled) as stopped:
        supplier.fetch("app", layer, Pile(), stopped)
    assert blobs(far) == []
    assert supplier.notes == ()


@pytest.mark.parametrize("size", [len(LAYER), len(LAYER) - 1], ids=["whole", "cut"])
def test_wrong_bytes_of_a_mirror_never_stay(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task, size: int
) -> None:
    reference = both(far, near)
    wrong = Reply(body=b"x" * len(LAYER), cut=size if size < len(LAYER) else None)
    digest = near.serve_blob("app", LAYER, wrong)
    supplier = supply(near)
    pile = Pile()
    fetched = supplier.fetch(
        "app", layer_of(supplier.resolve(reference, task).document), pile, task
    )
    assert Digest.of(bytes(pile.data)) == Digest.parse(digest)
    assert fetched.twice > 0
    assert supplier.notes[0].startswith(f"Mirror {near.host} was passed over.")


def test_a_manifest_of_a_mirror_is_held_against_the_digest_of_the_registry(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    reference = both(far, near)
    other = near.serve_image("evil", "1", [b"evil"])
    swapped = near.scripts["GET", f"/v2/evil/manifests/{other}"]
    real = far.serve_image("app", "1", [LAYER])
    for name in ("1", real):
        near.on("GET", f"/v2/app/manifests/{name}", *swapped)
    supplier = supply(near)
    resolved = supplier.resolve(reference, task)
    assert (str(resolved.descriptor.digest), resolved.mirror) == (real, "")
    assert "arrived damaged" in supplier.notes[0]


def test_mirrors_are_asked_in_their_order(
    far: HostileRegistry,
    near: HostileRegistry,
    elsewhere: HostileRegistry,
    supply: Supply,
    task: Task,
) -> None:
    reference = both(far, near)
    elsewhere.on("GET", "/v2/", Reply(503))
    assert pulled(supply(elsewhere, near), reference, task) == LAYER
    assert elsewhere.requests
    assert blobs(near)
    assert blobs(far) == []


def test_the_login_of_the_registry_never_goes_to_a_mirror(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    reference = both(far, near)
    wall = Reply(401, challenges=['Basic realm="both"'])
    owner = Login("ada", CANARY)

    def guarded(answer: Answering) -> Answering:
        def answering(seen: Seen) -> Reply:
            if "authorization" not in seen.headers:
                return wall
            return answer if isinstance(answer, Reply) else answer(seen)

        return answering

    for registry in (far, near):
        for path, (answer, *_more) in list(registry.scripts.items()):
            registry.on(*path, guarded(answer))
    supplier = supply(near, **{far.host: owner})
    with suppress(RegistryError):
        pulled(supplier, reference, task)
    assert far.heard(CANARY)
    assert near.requests
    assert not near.heard(CANARY)
    assert CANARY not in " ".join(supplier.notes)


def test_a_mirror_has_a_login_of_its_own(
    far: HostileRegistry, near: HostileRegistry, supply: Supply, task: Task
) -> None:
    reference = both(far, near)
    near.on("GET", "/v2/", Reply(401, challenges=['Basic realm="near"']))
    supplier = supply(near, **{near.host: Login("bob", CANARY)})
    assert pulled(supplier, reference, task) == LAYER
    assert near.heard(CANARY)
    assert not far.heard(CANARY)


def test_without_mirrors_nothing_is_asked_differently(
    far: HostileRegistry, supply: Supply, task: Task
) -> None:
    far.serve_image("app", "1", [LAYER])
    assert pulled(supply(), Reference(far.host, "app", "1", None), task) == LAYER
    assert not any(seen.method == "HEAD" or "?" in seen.target for seen in far.requests)
