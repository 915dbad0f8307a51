"""The one list of places where we deliberately do otherwise than a set of vectors says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_FILE = Path(__file__).parents[1] / "data" / "differences.json"


def differences(vectors: str) -> Mapping[str, str]:
    """The reasons by case of one set.  A test that reads them fails where one is out of date."""
    return dict(json.loads(_FILE.read_bytes()).get(vectors, {}))


def all_differences() -> Mapping[str, Mapping[str, str]]:
    found = json.loads(_FILE.read_bytes())
    del found["about"]
    return dict(found)
