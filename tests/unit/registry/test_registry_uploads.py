"""Blobs and manifests on their way out: row N09 of the table of faults."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from layerscope.engine.errors import DigestMismatch, RegistryRefused, SignInNeeded, Unreachable
from layerscope.engine.oci import Descriptor, Digest, Manifest
from layerscope.engine.oci.media_types import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST
from layerscope.engine.registry import (
    Outcome,
    RegistryConfig,
    SendProgress,
    Sent,
    push_blob,
    put_document,
)
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.hostile_uploads import UploadRegistry
from support.pushed_layers import LARGE, SMALL, bytes_from, held, push
from support.replies import Reply, Seen
from support.visitors import ClientOf, config_for, layer_of

# What goes well


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_a_blob_arrives_byte_for_byte(
    up: UploadRegistry, client_of: ClientOf, task: Task, data: bytes, relative: bool
) -> None:
    up.relative = relative
    sent = push(client_of(up), data, task)
    assert (sent.outcome, sent.sent, sent.twice) == (Outcome.PUSHED, len(data), 0)
    assert held(up, data)


def test_the_query_of_a_location_is_kept_as_it_is(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    push(client_of(up), SMALL, task)
    (put,) = up.sent("PUT")
    digest = str(Digest.of(SMALL)).replace(":", "%3A")
    assert put.target.partition("?")[2] == f"_state=a%2Fb%3D%3D&x&digest={digest}"


def test_what_is_there_is_not_sent(up: UploadRegistry, client_of: ClientOf, task: Task) -> None:
    up.blobs["team/app"] = {str(Digest.of(LARGE)): LARGE}
    assert push(client_of(up), LARGE, task) == Sent(Outcome.EXISTS)
    assert not up.sent("POST")


def test_the_bytes_are_told_while_they_go(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    news: list[SendProgress] = []
    push(client_of(up), LARGE, task, report=news.append)
    assert news[-1] == SendProgress(len(LARGE), len(LARGE), len(LARGE))
    assert [each.done for each in news] == sorted(each.done for each in news)


# Mounting


def test_a_blob_of_another_repository_is_mounted(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.blobs["library/base"] = {str(Digest.of(LARGE)): LARGE}
    sent = push(client_of(up), LARGE, task, mount_from=("library/base",))
    assert sent == Sent(Outcome.MOUNTED, source="library/base")
    assert not up.sent("PATCH")
    assert not up.sent("PUT")


def test_an_ignored_mount_becomes_an_upload_of_the_same_session(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.mounts = False
    sent = push(client_of(up), LARGE, task, mount_from=("library/base",))
    assert sent.outcome is Outcome.PUSHED
    assert len(up.sent("POST")) == 1


def answer_mounts(up: UploadRegistry, reply: Reply) -> None:
    """Whoever asks for a mount gets this; uploads begin as ever."""

    def answer(seen: Seen) -> Reply:
        return reply if "mount=" in seen.target else up._begin(seen, "team/app")

    up.on("POST", "/v2/team/app/blobs/uploads/", answer)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 500])
def test_a_refused_mount_is_no_obstacle(
    up: UploadRegistry, client_of: ClientOf, task: Task, status: int
) -> None:
    answer_mounts(up, Reply(status))
    assert push(client_of(up), LARGE, task, mount_from=("base",)).outcome is Outcome.PUSHED
    assert held(up, LARGE)


def test_a_mount_that_is_only_said_is_not_believed(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    answer_mounts(up, Reply(201))
    assert push(client_of(up), LARGE, task, mount_from=("base",)).outcome is Outcome.PUSHED
    assert held(up, LARGE)


# Broken connections


def test_an_upload_goes_on_where_the_registry_says(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts = [1_500_000, 700_000]
    sent = push(client_of(up), LARGE, task)
    assert held(up, LARGE)
    assert len(up.sent("POST")) == 1
    first, second, third = up.sent("PATCH")
    assert "content-range" not in first.headers
    assert second.headers["content-range"] == f"1500000-{len(LARGE) - 1}"
    assert third.headers["content-range"] == f"2200000-{len(LARGE) - 1}"
    assert sent.sent == len(LARGE) + sent.twice
    assert sent.retries == 2


def test_an_upload_whose_session_is_gone_begins_anew(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts, up.forgets = [1_500_000], True
    sent = push(client_of(up), LARGE, task)
    assert held(up, LARGE)
    assert len(up.sent("POST")) == 2
    assert sent.twice >= 1_500_000
    assert sent.sent == len(LARGE) + sent.twice


@pytest.mark.parametrize("cut", [0, 1])
def test_a_range_of_0_0_is_no_offset(
    up: UploadRegistry, client_of: ClientOf, task: Task, cut: int
) -> None:
    """It means nothing and one byte alike."""
    up.cuts = [cut]
    push(client_of(up), LARGE, task)
    assert held(up, LARGE)
    assert len(up.sent("POST")) == 2


def test_a_registry_that_is_silent_about_its_state_gets_a_new_upload(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts, up.shy = [2_000_000], True
    push(client_of(up), LARGE, task)
    assert held(up, LARGE)
    assert len(up.sent("POST")) == 2


def test_a_part_that_is_stored_otherwise_than_sent_is_not_built_upon(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    def lie(_seen: object) -> Reply:
        del up.scripts["PATCH", "/v2/team/app/blobs/uploads/session-1"]
        return Reply(202, {"Range": "0-12"})

    up.on("PATCH", "/v2/team/app/blobs/uploads/session-1", lie)
    push(client_of(up), LARGE, task)
    assert held(up, LARGE)
    assert len(up.sent("POST")) == 2
    assert len(up.sent("PUT")) == 1


def test_a_lost_last_answer_is_no_reason_to_send_again(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    def stored_and_gone(seen: object) -> Reply:
        up._put(seen, "team/app")  # type: ignore[arg-type]  # a Seen
        return Reply(raw=b"")

    up.on("PUT", "/v2/team/app/blobs/uploads/session-1", stored_and_gone)
    sent = push(client_of(up), LARGE, task)
    assert (sent.sent, sent.twice) == (len(LARGE), 0)
    assert len(up.sent("PUT")) == 1


def test_a_connection_that_always_breaks_is_given_up(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts = [5] * 50
    up.forgets = True
    with pytest.raises(Unreachable):
        push_blob(client_of(up), "team/app", layer_of(SMALL), bytes_from(SMALL), task)
    assert len(up.sent("PUT")) == 5


def test_a_registry_that_loses_every_upload_is_given_up_however_much_was_sent(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts, up.forgets = [2_500_000] * 50, True
    with pytest.raises(Unreachable):
        push(client_of(up), LARGE, task)
    assert len(up.sent("POST")) == 5


def test_a_bad_line_that_lets_a_little_through_each_time_is_good_enough(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    data = LARGE * 3
    up.cuts = [1_200_000] * 7
    assert push(client_of(up), data, task).retries == 7
    assert held(up, data)


# Manifests


def _manifest() -> Manifest:
    config = Descriptor(OCI_CONFIG, Digest.of(b"{}"), 2)
    layer = Descriptor(OCI_LAYER, Digest.of(SMALL), len(SMALL))
    raw = json.dumps({"schemaVersion": 2, "odd": "  kept  "}).encode()
    return Manifest(raw, OCI_MANIFEST, config, (layer,))


def test_a_manifest_arrives_byte_for_byte_with_its_type(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    manifest = _manifest()
    put_document(client_of(up), "team/app", manifest, "1.0", task)
    assert up.manifests["team/app"]["1.0"] == (manifest.raw, OCI_MANIFEST)


def test_a_registry_that_rewrites_manifests_is_found_out(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.manifests["team/app"] = {"1.0": (b"{}", OCI_MANIFEST)}
    up.on("PUT", "/v2/team/app/manifests/1.0", Reply(201))
    with pytest.raises(DigestMismatch, match="something else"):
        put_document(client_of(up), "team/app", _manifest(), "1.0", task)


def test_a_tag_that_somebody_else_took_meanwhile_is_told_apart(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    manifest = _manifest()
    digest = str(manifest.digest)
    up.manifests["team/app"] = {
        "1.0": (b"{}", OCI_MANIFEST),
        digest: (manifest.raw, OCI_MANIFEST),
    }
    up.on("PUT", "/v2/team/app/manifests/1.0", Reply(201, {"Docker-Content-Digest": digest}))
    with pytest.raises(DigestMismatch, match="another image meanwhile"):
        put_document(client_of(up), "team/app", manifest, "1.0", task)


def test_a_manifest_that_is_not_taken_says_what_the_registry_says(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    body = b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown"}]}'
    up.on("PUT", "/v2/team/app/manifests/1.0", Reply(404, body=body))
    with pytest.raises(RegistryRefused, match="blob unknown"):
        put_document(client_of(up), "team/app", _manifest(), "1.0", task)


def test_a_stranger_who_pushes_is_told_to_sign_in(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    config: RegistryConfig = replace(config_for(far), credentials=config_for(far).credentials)
    for method, path in (
        ("HEAD", f"/v2/team/app/blobs/{Digest.of(SMALL)}"),
        ("POST", "/v2/team/app/blobs/uploads/"),
    ):
        far.on(method, path, Reply(401, challenges=['Basic realm="x"']))
    with pytest.raises(SignInNeeded, match="Sign in to push to team/app") as caught:
        push(client_of(far, config), SMALL, task)
    assert f"layerscope login {far.host}" in caught.value.hint
