"""Which entry of an index fits a platform best (containerd's table)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from layerscope.engine.oci.descriptor import Descriptor
from layerscope.engine.oci.platform import Platform

_NUMBERED = re.compile(r"v([0-9]{1,2})(?:\.([0-9]{1,2}))?")


def choose(entries: Sequence[Descriptor], wanted: Platform) -> Descriptor | None:
    """The entry that runs best on ``wanted``, the first among equals, or None.

    Never another operating system.  An entry that names no platform is the last resort.
    """
    wanted = wanted.normalised()
    offered = [
        (entry, entry.platform.normalised() if entry.platform else None)
        for entry in entries
        if not entry.is_attestation
    ]
    for architecture, variant in _candidates(wanted.architecture, wanted.variant):
        for entry, platform in offered:
            if (
                platform is not None
                and platform.os == wanted.os
                and (platform.architecture, platform.variant) == (architecture, variant)
                and _same_build(platform, wanted)
            ):
                return entry
    return next((entry for entry, platform in offered if platform is None), None)


def _candidates(architecture: str, variant: str) -> Iterator[tuple[str, str]]:
    """Architecture and variant, best first: what runs on one machine (containerd's vectors)."""
    yield architecture, variant
    numbers = _NUMBERED.fullmatch(variant)
    major = int(numbers[1]) if numbers else 0
    minor = int(numbers[2] or 0) if numbers else 0
    match architecture:
        case "amd64":
            for level in range(major - 1, 1, -1):
                yield "amd64", f"v{level}"
            if variant:
                yield "amd64", ""
            yield "386", ""
        case "arm":
            for level in range(major - 1, 4, -1):
                yield "arm", f"v{level}"
        case "arm64":
            yield from _weaker_arm64(major, minor)
            for level in range(8, 4, -1):
                yield "arm", f"v{level}"


def _weaker_arm64(major: int, minor: int) -> Iterator[tuple[str, str]]:
    """What Arm's architecture versions include: 9.x includes 8.(x+5)."""
    if major == 9:
        for level in range(minor - 1, -1, -1):
            yield "arm64", f"v9.{level}" if level else "v9"
        minor = min(minor + 5, 9) + 1
    if major in (8, 9):
        for level in range(minor - 1, -1, -1):
            yield "arm64", f"v8.{level}" if level else ""


def _same_build(offered: Platform, wanted: Platform) -> bool:
    """Windows containers need the build of Windows that they were made for."""
    if wanted.os != "windows" or not wanted.os_version or not offered.os_version:
        return True
    return offered.os_version.split(".")[:3] == wanted.os_version.split(".")[:3]
