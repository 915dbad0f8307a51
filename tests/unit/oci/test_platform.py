"""The entry of an index that runs best is chosen as containerd chooses it."""

from __future__ import annotations

import pytest

from layerscope.engine.errors import BadInput
from layerscope.engine.oci import Descriptor, Digest, Platform, choose, media_types


def _entry(platform: str | Platform | None, **annotations: str) -> Descriptor:
    if isinstance(platform, str):
        os, architecture, variant = (*platform.split("/"), "")[:3]
        platform = Platform(os, architecture, variant)
    digest = Digest.of(repr(platform).encode())
    return Descriptor(media_types.OCI_MANIFEST, digest, 1, annotations, platform)


_TABLE = {
    "amd64": ["amd64", "386"],
    "amd64/v3": ["amd64/v3", "amd64/v2", "amd64", "386"],
    "arm": ["arm/v7", "arm/v6", "arm/v5"],
    "arm/v7": ["arm/v7", "arm/v6", "arm/v5"],
    "arm/v6": ["arm/v6", "arm/v5"],
    "arm/v8": ["arm/v8", "arm/v7", "arm/v6", "arm/v5"],
    "arm64": ["arm64", "arm/v8", "arm/v7", "arm/v6", "arm/v5"],
    "arm64/v8": ["arm64", "arm/v8", "arm/v7", "arm/v6", "arm/v5"],
    "arm64/v8.2": ["arm64/v8.2", "arm64/v8.1", "arm64/v8", "arm/v8", "arm/v7"],
    "arm64/v9": ["arm64/v9", "arm64/v8.5", "arm64/v8.4", "arm64/v8.1", "arm64", "arm/v8"],
    "arm64/v9.2": ["arm64/v9.2", "arm64/v9.1", "arm64/v9", "arm64/v8.7", "arm64", "arm/v8"],
    "arm64/v9.6": ["arm64/v9.6", "arm64/v9.1", "arm64/v9", "arm64/v8.9", "arm64", "arm/v8"],
    "riscv64": ["riscv64"],
    "386": ["386"],
}


@pytest.mark.parametrize("wanted", _TABLE)
def test_the_order_of_candidates_is_containerds(wanted: str) -> None:
    entries = [_entry(f"linux/{name}") for name in reversed(_TABLE[wanted])]
    while entries:
        chosen = choose(entries, Platform.parse(f"linux/{wanted}"))
        assert chosen is entries[-1]
        entries.pop()


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("linux/amd64", "windows/amd64"),
        ("linux/amd64", "linux/amd64/v2"),
        ("linux/amd64", "linux/arm64"),
        ("linux/386", "linux/amd64"),
        ("linux/arm/v6", "linux/arm/v7"),
        ("linux/arm64", "linux/arm64/v9"),
        ("linux/arm64/v9", "linux/arm64/v8.6"),
        ("linux/arm64/v9.6", "linux/arm64/v8.11"),
        ("linux/arm64", "linux/arm/v4"),
    ],
)
def test_what_would_not_run_is_not_chosen(wanted: str, offered: str) -> None:
    assert choose([_entry(offered)], Platform.parse(wanted)) is None


def test_the_first_of_equals_wins() -> None:
    first, second = _entry("linux/amd64", a="1"), _entry("linux/x86_64", a="2")
    assert choose([first, second], Platform("linux", "amd64")) is first
    assert choose([second, first], Platform("linux", "amd64")) is second


def test_attestations_are_never_chosen() -> None:
    attestation = _entry("unknown/unknown")
    marked = _entry(None, **{"vnd.docker.reference.type": "attestation-manifest"})
    assert attestation.is_attestation
    assert marked.is_attestation
    assert choose([attestation, marked], Platform("linux", "amd64")) is None
    assert choose([attestation], Platform("unknown", "unknown")) is None


def test_an_entry_without_platform_is_the_last_resort() -> None:
    nameless, wrong, right = _entry(None), _entry("linux/s390x"), _entry("linux/386")
    assert choose([nameless, wrong, right], Platform("linux", "amd64")) is right
    assert choose([nameless, wrong], Platform("linux", "amd64")) is nameless
    assert choose([], Platform("linux", "amd64")) is None


def test_windows_needs_its_build() -> None:
    old = _entry(Platform("windows", "amd64", os_version="10.0.17763.1"))
    new = _entry(Platform("windows", "amd64", os_version="10.0.20348.9", features=("win32k",)))
    assert choose([old, new], Platform("windows", "amd64", os_version="10.0.20348.1")) is new
    assert choose([old, new], Platform("windows", "amd64")) is old
    assert choose([old], Platform("windows", "amd64", os_version="10.0.20348.1")) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("linux/amd64", "linux/amd64"),
        ("Linux/X86_64", "linux/amd64"),
        ("linux/x86-64/v1", "linux/amd64"),
        ("linux/i386", "linux/386"),
        ("macos/aarch64", "darwin/arm64"),
        ("linux/arm64/v8.0", "linux/arm64"),
        ("linux/arm64/8", "linux/arm64"),
        ("linux/arm64/9.0", "linux/arm64/v9"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("arm64", "linux/arm64"),
        ("s390x", "linux/s390x"),
    ],
)
def test_platforms_are_normalised(text: str, written: str) -> None:
    platform = Platform.parse(text)
    assert str(platform) == written
    assert Platform.parse(str(platform)) == platform


def test_a_version_of_the_system_may_stand_in_brackets() -> None:
    wanted = Platform("windows", "amd64", os_version="10.0.17763")
    assert Platform.parse("Windows(10.0.17763)/x86_64") == wanted
    assert Platform.parse("windows(10.0.17763)").os_version == "10.0.17763"
    assert Platform.parse("windows()/amd64") == Platform("windows", "amd64")


def test_a_lone_system_means_this_machines_processor() -> None:
    host = Platform.host()
    assert host.os == "linux"
    assert Platform.parse("windows") == Platform("windows", host.architecture, host.variant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "linux/",
        "toaster",
        "a/b/c/d",
        "linux/a b",
        "x" * 999,
        "amd64(1)",
        "linux(1)(2)/amd64",
        "linux(1/amd64",
        "linux/amd64(1)",
        "(1)" * 9999,
    ],
)
def test_nonsense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        Platform.parse(text)
    assert "linux/amd64" in refusal.value.hint
