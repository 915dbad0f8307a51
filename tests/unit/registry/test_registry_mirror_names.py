"""What a mirror may be called, and how long one that failed is left alone."""

from __future__ import annotations

import pytest

from layerscope.engine.errors import BadInput
from layerscope.engine.registry import Mirror
from layerscope.engine.registry.mirrors import Rests


def test_who_failed_is_asked_again_after_a_minute() -> None:
    clock = [0.0]
    rests = Rests(lambda: clock[0])
    rests.begin("near")
    assert rests.resting("near")
    assert not rests.resting("far")
    clock[0] = 61.0
    assert not rests.resting("near")


@pytest.mark.parametrize(
    ("text", "mirror"),
    [
        ("mirror.example.com", Mirror("mirror.example.com")),
        (" https://mirror.example.com/ ", Mirror("mirror.example.com")),
        ("localhost:5000/hub/cache", Mirror("localhost:5000", "hub/cache")),
        ("[::1]:5000", Mirror("[::1]:5000")),
    ],
)
def test_a_mirror_is_written_as_a_host_perhaps_with_a_path(text: str, mirror: Mirror) -> None:
    assert Mirror.parse(text) == mirror
    assert Mirror.parse(str(mirror)) == mirror


@pytest.mark.parametrize(
    "text",
    ["", "mirror", "a b.c", "user@host.example", "http://host.example", "ftp://host.example",
     "host.example/UP", "host.example?x", "host.example/a:1", "host.example\nx"],
)  # fmt: skip
def test_what_names_no_mirror_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Mirror.parse(text)
