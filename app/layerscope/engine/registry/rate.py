"""What a registry says about how much more it will answer."""

from __future__ import annotations

import re
from collections.abc import Mapping

from layerscope.engine.dataclass import dataclass

_FORM = re.compile(r"\s*([0-9]{1,9})\s*(?:;\s*w=([0-9]{1,9}))?.*", re.ASCII)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """``window`` is seconds, 0 where it is not said; ``source`` is whom the registry counts: an
    address or an account."""

    limit: int
    remaining: int
    window: int = 0
    source: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> RateLimit | None:
        """None if the registry does not count (FORMATS 3.8)."""
        limit = _FORM.fullmatch(headers.get("ratelimit-limit", ""))
        remaining = _FORM.fullmatch(headers.get("ratelimit-remaining", ""))
        if limit is None or remaining is None:
            return None
        source = headers.get("docker-ratelimit-source", "")
        return cls(
            int(limit[1]),
            int(remaining[1]),
            int(limit[2] or remaining[2] or 0),
            source[:100] if source.isprintable() else "",
        )

    def __str__(self) -> str:
        """In words: "76 of 100 pulls left for 6 hours"."""
        if self.window >= 3600:
            span = f" for {self.window / 3600:g} hours"
        else:
            span = f" for {self.window / 60:g} minutes" if self.window else ""
        return f"{self.remaining} of {self.limit} pulls left{span}"
