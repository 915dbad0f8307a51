"""Bodies that are not what they should be: rows N01 to N03 of the table of faults."""

from __future__ import annotations

import gzip
import random
import threading

import pytest
import zstandard

from layerscope.engine.errors import (
    DigestMismatch,
    NotARegistry,
    RegistryError,
    RegistryRefused,
    Unreachable,
)
from layerscope.engine.registry import fetch_blob
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.visitors import ClientOf, Pile, layer_of

DATA = random.Random(1).randbytes(300_000)
LAYER = layer_of(DATA)
GOOD = Reply(body=DATA, ranges=True)


def test_a_blob_arrives_whole(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    far.serve_blob("app", DATA)
    pile = Pile()
    fetched = fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert bytes(pile.data) == DATA
    assert (fetched.received, fetched.resumed, fetched.twice) == (len(DATA), 0, 0)


@pytest.mark.parametrize(
    "broken",
    [
        Reply(body=DATA, cut=100_000),
        Reply(body=DATA, cut=100_000, reset=True),
        Reply(body=DATA, cut=100_000, length=-1),
        Reply(body=DATA, cut=100_000, chunked=True),
        Reply(body=DATA, cut=0),
        Reply(raw=b""),
        Reply(raw=b"HTTP/1.1 200 OK\r\nContent-"),
    ],
    ids=["short", "reset", "no length", "chunked", "no body", "no answer", "half a header"],
)
def test_a_cut_body_is_taken_up_where_it_broke(
    far: HostileRegistry, client_of: ClientOf, task: Task, broken: Reply
) -> None:
    far.serve_blob("app", DATA, broken, GOOD)
    pile = Pile()
    fetched = fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert bytes(pile.data) == DATA
    assert fetched.received < len(DATA) + (1 << 18), "more than one chunk came twice"
    assert pile.restarts == 0


def test_a_cut_that_never_heals_is_an_error_and_keeps_what_came(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_blob("app", DATA, Reply(body=DATA, cut=50_000, length=-1), Reply(raw=b""))
    pile = Pile()
    with pytest.raises(Unreachable):
        fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert bytes(pile.data) == DATA[:50_000]


@pytest.mark.parametrize(
    "wrong",
    [
        Reply(body=DATA[:-1] + b"x"),
        Reply(body=DATA + b"and more"),
        Reply(body=DATA + b"and more", length=-1),
        Reply(body=DATA + b"and more", chunked=True),
        Reply(body=DATA[:-5]),
    ],
    ids=["other bytes", "longer", "longer without length", "longer in chunks", "shorter"],
)
def test_wrong_bytes_get_one_more_chance_and_then_a_name(
    far: HostileRegistry, client_of: ClientOf, task: Task, wrong: Reply
) -> None:
    digest = far.serve_blob("app", DATA, wrong)
    pile = Pile()
    with pytest.raises(DigestMismatch) as caught:
        fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert caught.value.expected == digest
    assert "xpected" in caught.value.hint
    assert "eceived" in caught.value.hint
    assert pile.offset == 0, "wrong bytes were kept"
    assert len(far.asked("GET", f"/v2/app/blobs/{digest}")) == 2


def test_wrong_bytes_once_are_forgiven(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_blob("app", DATA, Reply(body=DATA[:-1] + b"x"), GOOD)
    pile = Pile()
    fetched = fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert bytes(pile.data) == DATA
    assert fetched.twice == len(DATA)


def test_bytes_after_the_body_do_not_reach_the_next_answer(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """Content-Length is right, but the server keeps on talking."""
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(DATA)
    digest = far.serve_blob("app", DATA, Reply(raw=head + DATA + evil), GOOD)
    client = client_of(far)
    for _round in range(2):
        pile = Pile()
        fetch_blob(client, "app", LAYER, pile, task)
        assert bytes(pile.data) == DATA
    assert len(far.asked("GET", f"/v2/app/blobs/{digest}")) == 2


def test_an_endless_body_ends(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    far.serve_blob("app", DATA, Reply(body=b"x" * 65536, length=-1, endless=True))
    pile = Pile()
    with pytest.raises(DigestMismatch):
        fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert pile.offset == 0


def test_an_empty_blob_is_a_blob(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    fetched = fetch_blob(client_of(far), "app", layer_of(b""), Pile(), task)
    assert fetched.received == 0


# Content codings


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "zstd"])
def test_a_blob_packed_for_the_journey_is_unpacked_before_it_is_hashed(
    far: HostileRegistry, client_of: ClientOf, task: Task, coding: str
) -> None:
    packed = zstandard.compress(DATA) if coding == "zstd" else gzip.compress(DATA)
    far.serve_blob("app", DATA, Reply(headers={"Content-Encoding": coding}, body=packed))
    pile = Pile()
    fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert bytes(pile.data) == DATA


@pytest.mark.parametrize("length", [None, -1], ids=["with length", "without length"])
def test_a_blob_that_is_only_labelled_as_packed_is_kept_as_it_is(
    far: HostileRegistry, client_of: ClientOf, task: Task, length: int | None
) -> None:
    """Stores that take the gzip of a layer for a coding."""
    blob = gzip.compress(DATA)
    labelled = Reply(headers={"Content-Encoding": "gzip"}, body=blob, length=length)
    far.serve_blob("app", blob, labelled)
    pile = Pile()
    fetch_blob(client_of(far), "app", layer_of(blob), pile, task)
    assert bytes(pile.data) == blob


def test_nothing_is_asked_for_packed(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    far.serve_image("app", "1", [DATA])
    fetch_blob(client_of(far), "app", LAYER, Pile(), task)
    assert {seen.headers.get("accept-encoding") for seen in far.requests} == {"identity"}


def test_an_unknown_coding_is_named(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    far.serve_blob("app", DATA, Reply(headers={"Content-Encoding": "br"}, body=b"..."))
    with pytest.raises(RegistryError, match="br"):
        fetch_blob(client_of(far), "app", LAYER, Pile(), task)


def test_a_packed_bomb_stops_at_the_size_of_the_blob(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    for bomb in (gzip.compress(bytes(1 << 28), 9), zstandard.compress(bytes(1 << 28), 19)):
        coding = "gzip" if bomb[0] == 0x1F else "zstd"
        far.serve_blob("app", DATA, Reply(headers={"Content-Encoding": coding}, body=bomb))
        pile = Pile()
        with pytest.raises(DigestMismatch):
            fetch_blob(client_of(far), "app", LAYER, pile, task)
        assert pile.offset == 0


# Not a registry, not there


def test_a_web_page_instead_of_a_blob_is_called_that(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    page = Reply(headers={"Content-Type": "text/html"}, body=b"<html>Sign in</html>")
    far.serve_blob("app", DATA, page)
    with pytest.raises(NotARegistry, match="web page"):
        fetch_blob(client_of(far), "app", LAYER, Pile(), task)


def test_a_blob_that_is_not_there_is_said_at_once(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    with pytest.raises(RegistryRefused) as caught:
        fetch_blob(client_of(far), "app", LAYER, Pile(), task)
    assert caught.value.status == 404


def test_many_threads_share_one_client(far: HostileRegistry, client_of: ClientOf) -> None:
    blobs = [random.Random(seed).randbytes(200_000) for seed in range(12)]
    for blob in blobs:
        far.serve_blob("app", blob)
    client = client_of(far)
    piles = [Pile() for _blob in blobs]

    def fetch(blob: bytes, pile: Pile) -> None:
        fetch_blob(client, "app", layer_of(blob), pile, Task())

    threads = [threading.Thread(target=fetch, args=pair) for pair in zip(blobs, piles, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [bytes(pile.data) for pile in piles] == blobs
    assert len(far.asked("GET", "/v2/")) == 1, "pinged more than once"


def test_a_kept_connection_that_just_closed_is_replaced_without_a_word(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """A server may close a kept connection at the very moment it is used again."""
    far.serve_blob("app", DATA, Reply(raw=b""), GOOD)
    client = client_of(far)
    client.ping(task)
    assert fetch_blob(client, "app", LAYER, Pile(), task).retries == 0
    assert far.connections == 2


def test_connections_are_used_again(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    far.serve_blob("app", DATA)
    client = client_of(far)
    for _round in range(5):
        fetch_blob(client, "app", LAYER, Pile(), task)
    assert far.connections == 1
