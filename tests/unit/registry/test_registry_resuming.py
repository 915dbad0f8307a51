"""Downloads that go on where they stopped, and what is told meanwhile."""

from __future__ import annotations

import random

import pytest

from layerscope.engine.registry import FetchProgress, fetch_blob
from layerscope.engine.task import Cancelled, Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen
from support.visitors import ClientOf, Pile, cancelled_when, config_for, layer_of, with_patience

DATA = random.Random(1).randbytes(300_000)


LAYER = layer_of(DATA)


GOOD = Reply(body=DATA, ranges=True)


def test_a_resume_asks_for_the_rest_only(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    digest = far.serve_blob("app", DATA)
    pile = Pile(DATA[:200_000])
    fetched = fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert bytes(pile.data) == DATA
    assert (fetched.received, fetched.resumed, fetched.twice) == (100_000, 200_000, 0)
    (seen,) = far.asked("GET", f"/v2/app/blobs/{digest}")
    assert seen.headers["range"] == "bytes=200000-"


@pytest.mark.parametrize(
    "first",
    [
        Reply(body=DATA),
        Reply(206, {"Content-Range": "bytes 0-299999/300000"}, DATA),
        Reply(206, {"Content-Range": "bytes 100000-299999/300000"}, DATA[100_000:200_000]),
        Reply(206, {"Content-Range": "bytes 200000-299999/999999"}, DATA[200_000:]),
        Reply(206, {"Content-Range": "bytes 200000-250000/300000"}, DATA[200_000:250_001]),
        Reply(206, {"Content-Range": "nonsense"}, DATA[200_000:]),
        Reply(206, {}, DATA[200_000:]),
        Reply(416, {"Content-Range": "bytes */300000"}),
        Reply(400),
    ],
    ids=[
        "200",
        "from 0",
        "other start",
        "other total",
        "other end",
        "nonsense",
        "none",
        "416",
        "400",
    ],
)
def test_a_range_answered_otherwise_means_from_the_start(
    far: HostileRegistry, client_of: ClientOf, task: Task, first: Reply
) -> None:
    far.serve_blob("app", DATA, first, Reply(body=DATA))
    pile = Pile(DATA[:200_000])
    news: list[FetchProgress] = []
    fetched = fetch_blob(client_of(far), "app", LAYER, pile, task, news.append)
    assert bytes(pile.data) == DATA
    assert fetched.twice == 200_000
    assert not news[-1].resumable


def test_a_resume_from_wrong_bytes_is_repaired(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_blob("app", DATA)
    pile = Pile(b"?" * 200_000)
    fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert bytes(pile.data) == DATA


def test_more_than_the_blob_on_disk_is_thrown_away(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_blob("app", DATA)
    pile = Pile(DATA + b"?")
    fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert bytes(pile.data) == DATA


def test_a_resume_goes_back_to_the_registry_not_to_the_storage(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """Signed addresses expire."""
    digest = layer_of(DATA).digest
    signs = iter(range(10))

    def signed(_seen: Seen) -> Reply:
        return Reply(307, {"Location": f"{elsewhere.url}/store?sig={next(signs)}"})

    far.on("GET", f"/v2/app/blobs/{digest}", signed)
    elsewhere.on("GET", "/store", Reply(body=DATA, cut=1000), GOOD)
    pile = Pile()
    fetch_blob(client_of(far), "app", LAYER, pile, task)
    assert bytes(pile.data) == DATA
    assert [seen.target for seen in elsewhere.requests] == ["/store?sig=0", "/store?sig=1"]


def test_cancelling_keeps_what_arrived(far: HostileRegistry, client_of: ClientOf) -> None:
    far.serve_blob("app", DATA, Reply(body=DATA, stall=123_456))
    pile = Pile()
    client = client_of(far, with_patience(config_for(far), stall_window=30))
    with cancelled_when(far.stalled) as task:
        fetch_blob(client, "app", LAYER, pile, task)
    assert 0 < pile.offset <= 123_456
    assert bytes(pile.data) == DATA[: pile.offset]


def test_progress_is_told_at_most_twenty_times_a_second(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    data = bytes(40 << 20)
    far.serve_blob("app", data)
    news: list[FetchProgress] = []
    fetch_blob(client_of(far), "app", layer_of(data), Pile(), task, news.append)
    assert news[-1].done == len(data)
    assert len(news) < 160, "one for each chunk"


def test_a_listener_that_cancels_stops_the_fetch(far: HostileRegistry, client_of: ClientOf) -> None:
    far.serve_blob("app", DATA)
    task = Task()
    with pytest.raises(Cancelled):
        fetch_blob(client_of(far), "app", LAYER, Pile(), task, lambda _news: task.cancel())
