"""One validated digest type stands before every path and URL."""

from __future__ import annotations

import hashlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.errors import MalformedDigest
from layerscope.engine.oci import Digest

_HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "digest_format"),
        ("sha256", "digest_format"),
        ("sha256:", "digest_length"),
        (f":{_HEX}", "digest_format"),
        (f"SHA256:{_HEX}", "digest_format"),
        (f"sha256:{_HEX.upper()}", "digest_format"),
        (f"sha256:{_HEX[:-1]}", "digest_length"),
        (f"sha256:{_HEX}0", "digest_length"),
        (f"sha256:{_HEX}\n", "digest_length"),
        (f"sha256:{_HEX[:-1]}\n", "digest_format"),
        (f"sha256:{_HEX[:-1]}\0", "digest_format"),
        (f"sha256:{_HEX[:-2]}ٱٱ", "digest_format"),
        ("sha256:../../x", "digest_length"),
        ("sha256:" + "../" * 21 + "x", "digest_format"),
        ("../x:abc", "digest_format"),
        ("md5:d41d8cd98f00b204e9800998ecf8427e", "digest_unsupported"),
        (f"sha384:{_HEX}{_HEX[:32]}", "digest_unsupported"),
        (f"sha512:{_HEX}", "digest_length"),
    ],
)
def test_malformed_digests_are_refused(text: str, code: str) -> None:
    with pytest.raises(MalformedDigest) as refusal:
        Digest.parse(text)
    assert refusal.value.code == code
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("text", [f"sha256:{_HEX}", f"sha512:{_HEX}{_HEX}"])
def test_a_digest_is_read_and_written_back(text: str) -> None:
    digest = Digest.parse(text)
    assert str(digest) == text
    assert digest.short == "0123456789ab"
    assert pickle.loads(pickle.dumps(digest)) == digest


def test_content_is_hashed_with_the_digests_own_algorithm() -> None:
    assert str(Digest.of(b"{}")) == (
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )
    long = Digest.parse("sha512:" + hashlib.sha512(b"x").hexdigest())
    assert long.matches(b"x")
    assert not long.matches(b"y")


@pytest.mark.parametrize(
    "text",
    ["md5:d41d8cd98f00b204e9800998ecf8427e", "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSP"],
)
def test_documents_may_name_content_that_cannot_be_verified(text: str) -> None:
    digest = Digest.stored(text)
    assert str(digest) == text
    assert not digest.verifiable
    with pytest.raises(MalformedDigest):
        digest.hasher()
    with pytest.raises(MalformedDigest):
        digest.matches(b"")


@given(st.text(max_size=100) | st.from_regex(r"[a-z0-9+._-]{1,20}:[a-zA-Z0-9=_./-]{1,80}"))
def test_whatever_is_taken_is_safe_as_the_name_of_a_file(text: str) -> None:
    try:
        digest = Digest.stored(text)
    except MalformedDigest:
        return
    for part in (digest.algorithm, digest.hex):
        assert part
        assert part.isascii()
        assert part.isprintable()
        assert part not in (".", "..")
        assert not set(part) & set("/\\: ")
