"""Platforms, as documents and people write them (containerd's table)."""

from __future__ import annotations

import platform as machine
import re
from dataclasses import dataclass, replace
from typing import Self

from layerscope.engine.errors import BadInput

_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_VERSIONED = re.compile(r"([A-Za-z0-9_.-]{1,64})\(([A-Za-z0-9_.-]{0,64})\)")
# fmt: off
_SYSTEMS = frozenset({
    "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "macos",
    "netbsd", "openbsd", "plan9", "solaris", "wasi", "wasip1", "windows", "zos",
})
_ARCHITECTURES = frozenset({
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv64", "s390x", "wasm",
    "x86_64", "x86-64", "i386", "aarch64", "armhf", "armel",
})
# fmt: on
_ALIASES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "i386": ("386", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_VARIANTS = {
    ("amd64", "v1"): "",
    ("arm64", "8"): "",
    ("arm64", "v8"): "",
    ("arm64", "v8.0"): "",
    ("arm64", "9"): "v9",
    ("arm64", "9.0"): "v9",
    ("arm64", "v9.0"): "v9",
    ("arm", ""): "v7",
    ("arm", "5"): "v5",
    ("arm", "6"): "v6",
    ("arm", "7"): "v7",
    ("arm", "8"): "v8",
}


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """What an image runs on, as its document says it; ``normalised`` makes two comparable."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""
    features: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``os[(version)][/architecture[/variant]]``; a single word is tried as either.  The
        result is normalised, with this machine's architecture or "linux" for what is left out."""
        system, slash, rest = text.partition("/")
        versioned = _VERSIONED.fullmatch(system)
        if versioned and versioned.group(1).lower() in _SYSTEMS:
            bare = cls.parse(versioned.group(1) + slash + rest)
            return replace(bare, os_version=versioned.group(2))
        words = text.split("/")
        if len(words) > 3 or not all(_WORD.fullmatch(word) for word in words):
            raise _not_a_platform(text)
        if len(words) > 1:
            os, architecture, variant = (*words, "")[:3]
            return cls(os, architecture, variant).normalised()
        word = text.lower()
        if word in _SYSTEMS:
            return replace(cls.host(), os=word).normalised()
        if word in _ARCHITECTURES:
            return cls("linux", word).normalised()
        raise _not_a_platform(text)

    @classmethod
    def host(cls) -> Self:
        """What containers run on here: Linux, on macOS and Windows inside a virtual machine."""
        return cls("linux", machine.machine() or "amd64").normalised()

    @property
    def unknown(self) -> bool:
        """Whether the entry says of itself that it is no image (attestations do)."""
        return self.os == "unknown" or self.architecture == "unknown"

    def normalised(self) -> Self:
        """Lower case, with aliases and default variants taken out."""
        os, architecture = self.os.lower(), self.architecture.lower()
        variant = self.variant.lower()
        if os == "macos":
            os = "darwin"
        if architecture in _ALIASES:
            architecture, implied = _ALIASES[architecture]
            variant = implied or variant
        variant = _VARIANTS.get((architecture, variant), variant)
        return replace(self, os=os, architecture=architecture, variant=variant)

    def __str__(self) -> str:
        return "/".join(word for word in (self.os, self.architecture, self.variant) if word)


def _not_a_platform(text: str) -> BadInput:
    return BadInput(
        f"{text[:60]!a} is not a platform.",
        hint="Write it as linux/amd64 or linux/arm/v7.",
    )
