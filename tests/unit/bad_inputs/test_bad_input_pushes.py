"""N09: registries that lose, lie about, lead away or refuse what is pushed; seen from a push."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from layerscope.engine.errors import LayerscopeError, RegistryError, RegistryRefused
from layerscope.engine.library import open_library, remote
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.oci import Digest
from layerscope.engine.registry import Login, Registries
from layerscope.engine.task import Task
from support.bad_inputs import GOOD, Door, is_one_sentence, standing
from support.canary import files_with
from support.hostile_registry import HostileRegistry
from support.hostile_uploads import UPLOADS, UploadRegistry
from support.replies import Reply
from support.visitors import CANARY, config_for

LAYER = str(Digest.of(GOOD[0]))


class Push:
    """good:1 on its way to app:1, by a person who is signed in there."""

    def __init__(self, door: Door, registry: UploadRegistry) -> None:
        self.door = door
        self.registry = registry
        self.target = f"{registry.host}/app:1"

    def push(self) -> object:
        return self.door.library.push("good:1", self.target, task=Task())

    def refused(self, kind: type[LayerscopeError]) -> LayerscopeError:
        """No push, one sentence that names the registry, everything here as it was."""
        before = standing(self.door.store)
        with pytest.raises(kind) as caught:
            self.push()
        is_one_sentence(f"{caught.value} {caught.value.hint}".strip(), self.registry.host)
        self.door.unharmed(before)
        sentence = self.door.complaint("push", "good:1", self.target)
        assert self.registry.host in sentence
        return caught.value

    def arrived(self) -> None:
        """All of it is there, byte for byte, and the login went nowhere else."""
        held = self.registry.blobs["app"]
        assert all(str(Digest.of(data)) == name for name, data in held.items())
        assert LAYER in held
        assert "1" in self.registry.manifests["app"]


@pytest.fixture
def up(door: Door, monkeypatch: pytest.MonkeyPatch) -> Iterator[Push]:
    with UploadRegistry() as registry:
        login = Login("me", CANARY)
        registry.wanted = login.basic
        registry.challenge = 'Basic realm="far"'
        config = config_for(registry, login=login)
        config = replace(config, patience=replace(config.patience, attempts=3))
        monkeypatch.setattr(
            remote, "make_registries", lambda settings, hosts, logins: Registries(config)
        )
        registry.on("GET", "/v2/", Reply(401, challenges=[registry.challenge]))
        library = open_library(door.store, InlinePasses())
        yield Push(Door(door.folder, library, door.capture), registry)
        assert files_with(CANARY, door.folder) == []


def _loses(up: UploadRegistry) -> None:
    up.cuts, up.forgets = [100], True


def _is_relative(up: UploadRegistry) -> None:
    up.relative = True


def _ignores_mounts(up: UploadRegistry) -> None:
    up.mounts = False


def _is_cut(up: UploadRegistry) -> None:
    up.cuts = [100, None, 50]


def _is_silent(up: UploadRegistry) -> None:
    up.cuts, up.shy = [100], True


ODD: dict[str, Callable[[UploadRegistry], None]] = {
    "N09-loses-the-session": _loses,
    "N09-relative-location": _is_relative,
    "N09-mount-ignored": _ignores_mounts,
    "N09-cut-twice": _is_cut,
    "N09-tells-no-range": _is_silent,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_push_gets_by(up: Push, odd: Callable[[UploadRegistry], None]) -> None:
    odd(up.registry)
    up.push()
    up.arrived()


def test_a_location_elsewhere_gets_the_bytes_and_no_login(up: Push) -> None:
    """N09"""
    with UploadRegistry() as storage:
        storage.blobs, storage.uploads = up.registry.blobs, up.registry.uploads
        up.registry.storage = storage.url
        up.push()
        up.arrived()
        assert storage.sent("PATCH") or storage.sent("PUT")
        assert up.registry.heard(CANARY)
        assert not storage.heard(CANARY)


def test_another_digest_than_was_pushed_is_found_out(up: Push) -> None:
    """N09: the registry says 201 and has rewritten the manifest."""
    other = b'{"schemaVersion":2}'
    headers = {"Docker-Content-Digest": str(Digest.of(other))}
    up.registry.on("PUT", "/v2/app/manifests/1", Reply(201, headers))
    for method in ("GET", "HEAD"):
        up.registry.on(method, "/v2/app/manifests/1", Reply(200, headers, other))
    up.refused(LayerscopeError)


def test_a_manifest_that_is_not_there_afterwards_was_not_pushed(up: Push) -> None:
    """N09"""
    up.registry.on("PUT", "/v2/app/manifests/1", Reply(201))
    up.refused(RegistryError)


@pytest.mark.parametrize("status", [400, 403, 413, 507], ids="N09-{}".format)
def test_a_registry_that_will_not_have_it_is_told_with_what_it_says(up: Push, status: int) -> None:
    body = b'{"errors":[{"code":"SIZE_INVALID","message":"the quota of this project is used up"}]}'
    real = up.registry._put

    def put(seen: object, repository: str) -> Reply:
        return Reply(status, {"Content-Type": "application/json"}, body)

    up.registry._put = put  # type: ignore[method-assign]  # at the end of each upload
    up.refused(RegistryError if status == 507 else LayerscopeError)
    assert "1" not in up.registry.manifests.get("app", {})
    up.registry._put = real  # type: ignore[method-assign]
    up.push()
    up.arrived()


def test_two_who_push_one_tag_at_once_are_told_who_was_last(up: Push) -> None:
    """N09: somebody else's manifest is there when the tag is looked at again."""
    other = b'{"schemaVersion":2,"somebody":"else"}'
    headers = {"Docker-Content-Digest": str(Digest.of(other))}
    up.registry.on("GET", "/v2/app/manifests/1", Reply(404), Reply(200, headers, other))
    up.registry.on("HEAD", "/v2/app/manifests/1", Reply(404), Reply(200, headers, other))
    with pytest.raises(LayerscopeError) as caught:
        up.push()
    is_one_sentence(f"{caught.value} {caught.value.hint}", "app")


def test_a_server_without_uploads_is_no_obstacle_to_a_sentence(up: Push) -> None:
    """N09"""
    up.registry.on("POST", UPLOADS.format("app"), Reply(405))
    up.refused(RegistryRefused)


def test_a_stranger_at_the_door_of_the_storage_learns_nothing(up: Push) -> None:
    """N09: the storage asks who we are, and sends us on to a third place."""
    with HostileRegistry() as third, UploadRegistry() as storage:
        storage.wanted, storage.challenge = "Basic x", f'Bearer realm="{third.url}/token"'
        up.registry.storage = storage.url
        up.refused(LayerscopeError)
        assert not storage.heard(CANARY)
        assert not third.heard(CANARY)
