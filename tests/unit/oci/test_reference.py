"""References are read exactly as docker reads them (vectors checked against docker itself)."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.errors import MalformedReference
from layerscope.engine.oci import Digest, Reference

_DATA = Path(__file__).parents[2] / "data"
_VECTORS = json.loads((_DATA / "reference.json").read_text("utf-8"))["vectors"]
_HEX = "a" * 64


@pytest.mark.parametrize("vector", [v for v in _VECTORS if v["valid"]], ids=lambda v: v["reason"])
def test_a_valid_reference_is_completed_like_docker_does(vector: dict[str, Any]) -> None:
    reference = Reference.parse(vector["input"])
    assert reference.registry == vector["registry"]
    assert reference.repository == vector["repository"]
    assert reference.tag == vector["tag"]
    assert reference.tag_explicit == vector["tag_explicit"]
    assert (str(reference.digest) if reference.digest else None) == vector["digest"]
    assert reference.canonical == vector["canonical"]
    assert reference.familiar == vector["familiar"]


@pytest.mark.parametrize(
    "vector", [v for v in _VECTORS if not v["valid"]], ids=lambda v: v["reason"]
)
def test_an_invalid_reference_is_refused_with_its_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedReference) as refusal:
        Reference.parse(vector["input"])
    assert refusal.value.code == vector["error"]
    assert refusal.value.text == vector["input"]
    assert str(refusal.value).isprintable()
    assert refusal.value.hint


def test_the_vectors_are_all_there() -> None:
    assert len(_VECTORS) == 69


@given(st.text(max_size=300) | st.from_regex(r"[a-zA-Z0-9._/:@\[\]-]{0,80}"))
def test_any_text_is_a_reference_or_is_refused(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except MalformedReference:
        return
    assert Reference.parse(reference.canonical) == reference
    assert Reference.parse(reference.familiar) == reference


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Ubuntu", "ubuntu"),
        ("ghcr.io/Owner/App:V1", "ghcr.io/owner/app:V1"),
        ("  nginx:1.25 ", "nginx:1.25"),
        ("https://ghcr.io/acme/shop", "ghcr.io/acme/shop"),
        ("docker://quay.io/a/b:1", "quay.io/a/b:1"),
        ("docker pull redis:7", "redis:7"),
        ("docker image pull --platform linux/arm64 redis:7", "redis:7"),
        ("https://hub.docker.com/_/postgres?tab=tags", "postgres"),
        ("https://hub.docker.com/r/grafana/grafana/tags", "grafana/grafana"),
        ("https://quay.io/repository/prometheus/node-exporter?tab=info",
         "quay.io/prometheus/node-exporter"),
        ("shop:web", ""),
        ("shop:web/1", "shop/web:1"),
        ("shop/web/", "shop/web"),
        ("shop\\web", "shop/web"),
        ("my app", "my-app"),
        (f"app@sha256:{_HEX.upper()}", f"app@sha256:{_HEX}"),
        ("example.com/", ""),
        ("@@@", ""),
        ("\u202e", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_near_reference_is_suggested(typed: str, meant: str) -> None:
    assert Reference.suggestion(typed) == meant


@given(st.text(max_size=200))
def test_a_suggestion_is_always_valid(text: str) -> None:
    suggestion = Reference.suggestion(text)
    if suggestion:
        Reference.parse(suggestion)


def test_a_refusal_carries_the_suggestion() -> None:
    with pytest.raises(MalformedReference) as refusal:
        Reference.parse("UBUNTU:22.04")
    assert refusal.value.suggestion == "ubuntu:22.04"
    assert "ubuntu:22.04" in refusal.value.hint


def test_a_tag_names_whatever_is_behind_it_and_a_digest_pins() -> None:
    reference = Reference.parse("app:1")
    digest = Digest.of(b"x")
    pinned = reference.with_digest(digest)
    assert pinned.familiar == f"app:1@{digest}"
    assert pinned.with_tag("2").canonical == "docker.io/library/app:2"
    assert reference.name == "docker.io/library/app"
    with pytest.raises(MalformedReference):
        reference.with_tag("no/slash")


def test_latest_is_equal_whether_typed_or_filled_in() -> None:
    assert Reference.parse("app") == Reference.parse("app:latest")
    assert len({Reference.parse("app"), Reference.parse("docker.io/library/app:latest")}) == 1
    assert not Reference.parse("app").tag_explicit


def test_references_and_refusals_travel_between_processes() -> None:
    reference = Reference.parse(f"ghcr.io/a/b:1@sha256:{_HEX}")
    assert pickle.loads(pickle.dumps(reference)) == reference
    with pytest.raises(MalformedReference) as refusal:
        Reference.parse("A")
    again = pickle.loads(pickle.dumps(refusal.value))
    assert (str(again), again.code, again.suggestion) == (str(refusal.value), "uppercase", "a")


@pytest.mark.parametrize("text", ["a" * 10**6, "a/" * 10**6, "a-" * 10**6, "a:" * 10**6])
def test_endless_names_are_refused_at_once(text: str) -> None:
    with pytest.raises(MalformedReference):
        Reference.parse(text)
