"""containerd's tables of breakouts and apply cases: same files, nothing outside the root."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.errors import PathNotFound
from layerscope.engine.rootfs import Kind, Row, Timeline, View
from support.stacks import timeline

CASES = [
    case
    for case in json.loads(
        (Path(__file__).parents[2] / "data" / "containerd" / "apply_cases.json").read_text()
    )["cases"]
    if "skipped" not in case  # upstream builds it from paths of the host
]


@pytest.mark.parametrize("case", CASES, ids=[each["name"] for each in CASES])
def test_the_layer_does_what_containerd_says(case: dict[str, Any], tmp_path: Path) -> None:
    layers = [[entry(each) for each in case[part]] for part in ("base", "layer")]
    with timeline(tmp_path, layers) as stack:
        for expected in case["expect"]:
            check(stack, dict(expected))


def check(stack: Timeline, expected: dict[str, Any]) -> None:
    match next(iter(expected)):
        case "same_file":
            one, other = (look(stack, path) for path in expected["same_file"])
            assert one is not None
            assert other is not None
            assert one.entry == other.entry
        case "not_same_file":
            one, other = (look(stack, path) for path in expected["not_same_file"])
            assert one is None or other is None or one.entry != other.entry
        case "same_symlink":
            one, other = (
                stack.find(path.strip("/").encode(), View(2)) for path in expected["same_symlink"]
            )
            assert one is not None
            assert other is not None
            assert (one.kind, one.link) == (Kind.SYMLINK, other.link)
            assert one.entry == other.entry
        case "absent":
            assert look(stack, expected["absent"]) is None
        case "file":
            row = look(stack, expected["file"])
            assert row is not None
            if "content" in expected or "content_hex" in expected:
                assert row.digest == hashlib.sha256(content(expected)).digest()
        case word:
            assert word in ("outside_root_untouched", "error", "dir"), expected


def content(case: dict[str, Any]) -> bytes:
    if "content_hex" in case:
        return bytes.fromhex(case["content_hex"])
    return str(case.get("content", "")).encode()


def entry(case: dict[str, Any]) -> dict[str, Any]:
    kind = {"link": "hardlink", "whiteout": "file"}.get(case["type"], case["type"])
    return {
        "path": case["name"],
        "type": kind,
        "mode": oct(case.get("mode", 0o644))[2:],
        "linkname": case.get("linkname", ""),
        "content_b64": base64.b64encode(content(case)).decode(),
    }


def look(stack: Timeline, path: str) -> Row | None:
    """Symbolic links are followed inside the root."""
    try:
        return stack.find(stack.resolve(path.encode(), View(2), last=True), View(2))
    except PathNotFound:
        return None
