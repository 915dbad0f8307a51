"""What containerd's own tests say that a diff must hold, read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.rootfs import Kind, Row
from layerscope.engine.task import Task
from support import tars
from support.bad_inputs import Door

CONTAINERD = Path(__file__).parents[2] / "data" / "containerd"
DIFFS = json.loads((CONTAINERD / "diff_cases.json").read_bytes())["cases"]


@pytest.mark.parametrize("case", DIFFS, ids=[each["name"] for each in DIFFS])
def test_a_diff_of_containerd_leads_from_the_tree_to_the_changed_tree(
    door: Door, case: dict[str, Any]
) -> None:
    """And reports as changed what was changed."""
    below = Simple(case["a"])
    above = Simple(case["a"])
    for change in case["changes_b"]:
        above.change(change)
    layers = [layer_of(case["a"]), layer_of(case["expected_layer_entries_in_order"])]
    door.plant(*layers)
    assert door.browse().damage == ""
    assert door.warnings() == ""
    assert Simple.shown(door.rows(as_of=1)) == below.things
    assert Simple.shown(door.rows(as_of=2)) == above.things
    gone = set(below.things) - set(above.things)
    row = door.library.image("bad:1", task=Task()).layers[1]
    assert row.deleted == len(gone)
    assert row.added == len(set(above.things) - set(below.things))


class Simple:
    """A tree as containerd's tables describe it: type, mode and size by path."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.things: dict[str, list[Any]] = {}  # names of one file share the list
        for entry in entries:
            self.change(entry)

    def change(self, entry: dict[str, Any]) -> None:
        path = entry["name"].strip("/")
        match entry["type"]:
            case "remove":
                for name in [*self.things]:
                    if name == path or name.startswith(f"{path}/"):
                        del self.things[name]
            case "link":
                self.things[path] = self.things[entry["linkname"].strip("/")]
            case "chmod":
                self.things[path][1] = entry["mode"]
            case "socket":
                return
            case kind:
                self.things[path] = [kind, entry["mode"], len(entry.get("content", ""))]

    @staticmethod
    def shown(rows: dict[bytes, Row]) -> dict[str, list[Any]]:
        return {
            path.decode(): [row.kind.word, row.mode, row.size if row.kind is Kind.FILE else 0]
            for path, row in rows.items()
        }


def layer_of(entries: list[dict[str, Any]]) -> bytes:
    return tars.layer_tar(
        [
            {
                "path": each["name"].lstrip("/"),
                "type": {"link": "hardlink", "whiteout": "file"}.get(each["type"], each["type"]),
                "mode": oct(each.get("mode", 0o644))[2:],
                "linkname": each.get("linkname", "").lstrip("/"),
                "content": each.get("content", ""),
            }
            for each in entries
        ]
    )


def test_a_header_with_a_prefix_and_a_large_owner_as_go_1_7_wrote_it(door: Door) -> None:
    door.plant((CONTAINERD / "prefix_header_go17.tar.gz").read_bytes())
    assert door.browse().damage == ""
    assert {row.uid for row in door.rows().values() if row.kind is Kind.FILE} == {2_097_152}
