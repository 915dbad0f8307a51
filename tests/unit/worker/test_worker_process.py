"""The worker keeps its promises to the window: lanes, cancelling, news, endings."""

from __future__ import annotations

import time
from collections.abc import Callable

from layerscope.engine.errors import ImageNotFound
from layerscope.engine.library.values import Settings
from layerscope.engine.task import Progress
from layerscope.worker.messages import (
    Cancel,
    Done,
    Failed,
    News,
    SettingsChanged,
    Start,
    Stopped,
    StoreChanged,
)
from layerscope.worker.wire import Channel
from support.slow_library import SlowLibrary


def until(channel: Channel, wanted: Callable[[object], bool]) -> list[object]:
    """Everything heard up to and with the message that is waited for."""
    heard = []
    while True:
        heard.append(channel.receive())
        if wanted(heard[-1]):
            return heard


def ended(*jobs: int) -> Callable[[object], bool]:
    left = set(jobs)

    def seen(message: object) -> bool:
        if isinstance(message, Done | Failed | Stopped):
            left.discard(message.job)
        return not left

    return seen


def test_an_operation_is_a_method_of_the_library(channel: Channel) -> None:
    channel.send(Start(1, "images"))
    assert until(channel, ended(1)) == [Done(1, "a listing")]


def test_an_explained_failure_arrives_with_its_facts(channel: Channel) -> None:
    channel.send(Start(1, "image", ("nope",)))
    (failed,) = until(channel, ended(1))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ImageNotFound)
    assert (str(failed.error), failed.error.hint, failed.error.name) == (
        "No image nope.",
        "Look again.",
        "nope",
    )


def test_a_bug_arrives_with_its_traceback_and_the_worker_goes_on(channel: Channel) -> None:
    channel.send(Start(1, "document", ("x", "config")))
    (failed,) = until(channel, ended(1))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, KeyError)
    assert "in document" in failed.error.__notes__[0]
    channel.send(Start(2, "images"))
    assert until(channel, ended(2)) == [Done(2, "a listing")]


def test_only_listed_operations_can_be_asked_for(channel: Channel) -> None:
    channel.send(Start(1, "generation"))
    (failed,) = until(channel, ended(1))
    assert isinstance(failed, Failed)


def test_a_cancel_answers_within_a_quarter_second(channel: Channel, library: SlowLibrary) -> None:
    channel.send(Start(1, "browse", ("x",)))
    assert library.begun.acquire(timeout=5)
    start = time.monotonic()
    channel.send(Cancel(1))
    assert until(channel, ended(1)) == [Stopped(1)]
    assert time.monotonic() - start < 0.25


def test_a_job_that_waits_for_its_turn_can_be_cancelled(
    channel: Channel, library: SlowLibrary
) -> None:
    for job in range(1, 5):
        channel.send(Start(job, "pull", (f"image:{job}",)))
    for _ in range(3):
        assert library.begun.acquire(timeout=5)
    channel.send(Cancel(4))
    channel.send(Cancel(1))
    heard = until(channel, ended(1, 4))
    assert Stopped(4) in heard
    library.go.set()
    until(channel, ended(2, 3))
    assert library.most_running == 3


def test_pulls_never_hold_up_questions_or_changes(channel: Channel, library: SlowLibrary) -> None:
    for job in range(1, 6):
        channel.send(Start(job, "pull", ("x",)))
    channel.send(Start(6, "images"))
    channel.send(Start(7, "tag", ("a", "b")))
    heard = until(channel, ended(6, 7))
    assert {message.job for message in heard if isinstance(message, Done)} == {6, 7}
    library.go.set()
    until(channel, ended(1, 2, 3, 4, 5))


def test_changes_happen_in_the_order_they_were_asked_for(
    channel: Channel, library: SlowLibrary
) -> None:
    targets = [f"tag{number}" for number in range(40)]
    for job, target in enumerate(targets, 1):
        channel.send(Start(job, "tag", ("source", target)))
    until(channel, ended(*range(1, 41)))
    assert library.changes == targets


def test_progress_is_thinned_out_and_its_last_value_comes_before_the_end(channel: Channel) -> None:
    channel.send(Start(1, "search", ("x",)))
    *news, last = until(channel, ended(1))
    assert last == Done(1, "x")
    values = [each.value.done for each in news if isinstance(each, News)]  # type: ignore[attr-defined]  # reported as Progress
    assert values == sorted(values)
    assert len(values) < 100
    assert news[-1] == News(1, Progress(10_000, 10_000))


def test_what_came_in_is_merged_before_anybody_asks(channel: Channel, library: SlowLibrary) -> None:
    channel.send(Start(1, "load", ("x",)))
    (done,) = until(channel, ended(1))
    assert isinstance(done, Done)
    assert library.begun.acquire(timeout=5)
    assert library.browsed == [str(done.value[0].digest)]  # type: ignore[index]  # a tuple


def test_a_change_of_the_store_is_told(channel: Channel, library: SlowLibrary) -> None:
    channel.send(Start(1, "images"))
    until(channel, ended(1))
    library.state = "two"  # as if another program had done it
    (changed,) = until(channel, lambda message: True)
    assert changed == StoreChanged("two")


def test_a_change_of_the_settings_is_told(channel: Channel, library: SlowLibrary) -> None:
    channel.send(Start(1, "images"))
    until(channel, ended(1))
    library.obeyed = Settings(downloads=2)  # as if the command line had done it
    (changed,) = until(channel, lambda message: True)
    assert changed == SettingsChanged()
