"""What two JSON parsers could read differently is refused, in one clear sentence."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.errors import LayerscopeError, LimitReached, MalformedDocument
from layerscope.engine.oci import strict_json

_WHAT = "the manifest of app:1"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"a": 1} x', "not valid JSON"),
        (b'{"a": 1}{"a": 1}', "not valid JSON"),
        (b'{"a": 1}\0', "not valid JSON"),
        (b'{"a": 01}', "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": "\n"}', "not valid JSON"),
        (b'{"a": 1,}', "not valid JSON"),
        (b'{"digest": 1, "digest": 2}', '"digest" twice'),
        (b'[[{"\\u0061": 1, "a": 2}]]', '"a" twice'),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": 9223372036854775808}', "64 bits"),
        (b'{"a": -9223372036854775809}', "64 bits"),
        (b'{"a": ' + b"9" * 1_000_000 + b"}", "64 bits"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'["\\ude00\\ud83d"]', "surrogate"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("{}".encode("utf-16"), "byte order mark"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
        (b'{"a": "\xc0\x80"}', "UTF-8"),
        (b"[" * 100_000 + b"]" * 100_000, "64 levels"),
        (b"[" * 100_000, "64 levels"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "64 levels"),
        (b"[" + b"{}," * 300_000 + b"1]", "250,000"),
    ],
)
def test_it_is_refused_in_one_sentence_that_names_the_document(data: bytes, words: str) -> None:
    with pytest.raises(MalformedDocument) as refusal:
        strict_json.loads(data, _WHAT)
    sentence = str(refusal.value)
    assert sentence.startswith("The manifest of app:1 ")
    assert words in sentence
    assert sentence.isprintable()
    assert len(sentence) < 200


def test_good_documents_are_read() -> None:
    data = '{"a": [1, -9223372036854775808, 1.5e3, true, null, "é\\ud83d\\ude00"], "b": {}}'
    assert strict_json.loads(data.encode(), _WHAT) == json.loads(data)
    nested = b"[" * 64 + b"]" * 64
    assert strict_json.loads(nested, _WHAT) == json.loads(nested)
    brackets_in_texts = json.dumps(["[{" * 500, '\\"[[[' * 100, "]" * 500]).encode()
    assert strict_json.loads(brackets_in_texts, _WHAT) == json.loads(brackets_in_texts)


def test_the_size_limit_is_named() -> None:
    with pytest.raises(LimitReached, match="4,096 KiB"):
        strict_json.loads(b" " * (4 * 1024 * 1024 + 1), _WHAT)
    with pytest.raises(LimitReached) as refusal:
        strict_json.loads(b"[1, 2]", _WHAT, limit=5)
    assert refusal.value.value == 5


@pytest.mark.parametrize(
    "unit", [b'"\\"', b'"', b"\\", b"[", b"{", b'["', b'{"a":', b"[],", b'"a",', b"0,", b"-"]
)
def test_four_mebibytes_of_anything_are_judged_quickly(unit: bytes) -> None:
    data = b"[" + unit * (4 * 1024 * 1024 // len(unit) - 2)
    began = time.process_time()
    with pytest.raises(LayerscopeError):
        strict_json.loads(data, _WHAT)
    assert time.process_time() - began < 3


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    try:
        strict_json.loads(data, _WHAT)
    except MalformedDocument:
        pass
    else:
        json.loads(data)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), inner
    ),
)  # fmt: skip


@given(_JSON, st.booleans())
def test_every_clean_document_comes_back(value: object, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert strict_json.loads(data, _WHAT) == value
