"""What tests of the extraction write: attributes and contents."""

from __future__ import annotations

import os

from layerscope.engine.content.extraction import Attributes

PLAIN = Attributes(0o640, os.geteuid(), os.getegid(), 1_600_000_000_123_456_789)
FOLDER = Attributes(0o750, os.geteuid(), os.getegid(), 1_500_000_000_000_000_000)


def attributes(**fields: object) -> Attributes:
    values = {"mode": 0o644, "uid": os.geteuid(), "gid": os.getegid(), "mtime_ns": 0, "xattrs": {}}
    return Attributes(**{**values, **fields})  # type: ignore[arg-type]  # fields by their names


def content(text: bytes) -> list[tuple[int, bytes]]:
    return [(0, text)]
