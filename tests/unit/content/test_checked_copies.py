"""Copies: exactly what was promised, or an error that says what came instead."""

from __future__ import annotations

import hashlib
import io

import pytest

from layerscope.engine.content.checked import Check, copy_checked
from layerscope.engine.errors import DigestMismatch
from layerscope.engine.oci import Descriptor, Digest, media_types
from layerscope.engine.task import Cancelled, Task

DATA = bytes(range(256)) * 10_000


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_the_right_bytes_are_copied(algorithm: str) -> None:
    digest = Digest(algorithm, hashlib.new(algorithm, DATA).hexdigest())
    sink = io.BytesIO()
    copy_checked(
        io.BytesIO(DATA), sink, Descriptor(media_types.OCI_LAYER, digest, len(DATA)), Task()
    )
    assert sink.getvalue() == DATA


@pytest.mark.parametrize("wrong", [DATA[:-1], DATA + b"x" * 10**7, b"", b"x" + DATA[1:]])
def test_other_bytes_are_refused_and_no_more_than_one_too_many_is_read(wrong: bytes) -> None:
    sink = io.BytesIO()
    descriptor = Descriptor(media_types.OCI_LAYER, Digest.of(DATA), len(DATA))
    with pytest.raises(DigestMismatch) as caught:
        copy_checked(io.BytesIO(wrong), sink, descriptor, Task())
    assert caught.value.expected == str(Digest.of(DATA))
    assert "received" in caught.value.hint
    assert len(sink.getvalue()) <= len(DATA) + 1


def test_a_cancelled_copy_stops() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        copy_checked(
            io.BytesIO(DATA),
            io.BytesIO(),
            Descriptor(media_types.OCI_LAYER, Digest.of(DATA), len(DATA)),
            task,
        )


def test_a_check_of_nothing_is_the_digest_of_nothing() -> None:
    assert Check().digest == Digest.of(b"")
