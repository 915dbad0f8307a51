"""Bytes that pass: exactly what was promised, or an error that says what came instead."""

from __future__ import annotations

import hashlib
import io

import pytest

from layerscope.engine.content.checked import Check, hash_file
from layerscope.engine.errors import DigestMismatch
from layerscope.engine.oci import Digest
from layerscope.engine.task import Cancelled, Task

DATA = bytes(range(256)) * 10_000


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_the_right_bytes_pass(algorithm: str) -> None:
    check = Check(algorithm)
    hash_file(io.BytesIO(DATA), check, Task())
    check.require(Digest(algorithm, hashlib.new(algorithm, DATA).hexdigest()), len(DATA))


@pytest.mark.parametrize("wrong", [DATA[:-1], DATA + b"x" * 10**7, b"", b"x" + DATA[1:]])
def test_other_bytes_are_refused(wrong: bytes) -> None:
    check = Check()
    hash_file(io.BytesIO(wrong), check, Task())
    with pytest.raises(DigestMismatch) as caught:
        check.require(Digest.of(DATA), len(DATA))
    assert caught.value.expected == str(Digest.of(DATA))
    assert caught.value.received == str(Digest.of(wrong))
    assert "received" in caught.value.hint


def test_cancelled_hashing_stops() -> None:
    task = Task()
    task.cancel()
    check = Check()
    with pytest.raises(Cancelled):
        hash_file(io.BytesIO(DATA), check, task)
    assert check.size == 0


def test_a_check_of_nothing_is_the_digest_of_nothing() -> None:
    assert Check().digest == Digest.of(b"")
