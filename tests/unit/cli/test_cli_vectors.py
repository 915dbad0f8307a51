"""The JSON of the command line speaks the words of the vectors: types, changes, references."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from layerscope.cli import answers
from layerscope.cli.main import main
from layerscope.engine.rootfs import View
from support.stacks import text, timeline

_DATA = Path(__file__).parents[2] / "data"
_STACKS = json.loads((_DATA / "overlay.json").read_text())["vectors"]
_REFERENCES = json.loads((_DATA / "reference.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", _STACKS, ids=[each["name"] for each in _STACKS])
def test_a_file_is_told_in_the_words_of_the_vectors(vector: dict[str, Any], tmp_path: Path) -> None:
    with timeline(tmp_path, vector["layers"]) as stack:
        view = View(len(vector["layers"]))
        told = {
            text(path): answers.file(path, row)
            for row in stack.walk(view)
            for path in [stack.path(row.node)]
        }
        for path, expected in vector["expected"].items():
            row = told[path]
            assert row["path"] == path
            assert row["type"] == expected["type"]
            assert row["origin"] == expected["origin"] + 1
            assert row["mode"] == expected.get("mode", row["mode"])
            assert row["link"] == expected.get("linkname")
            assert row.get("device") == expected.get("dev")
            top = answers.trace_step(stack.trace(path.encode("utf-8", "surrogateescape"))[0])
            assert top["type"] in (None, row["type"])
        for number, changes in enumerate(vector.get("changes", ()), 2):
            for path, change in changes.items():
                steps = stack.trace(path.encode("utf-8", "surrogateescape"))
                (step,) = [each for each in steps if each.layer == number]
                assert answers.trace_step(step)["change"] == change


def test_a_hard_link_is_one_only_within_its_layer(tmp_path: Path) -> None:
    stored = {"path": "a", "type": "file", "content": "1"}
    link = {"path": "b", "type": "hardlink", "linkname": "a"}
    with timeline(tmp_path, [[stored], [link]]) as stack:
        (entry,) = [row for row in stack.walk(View(2, layer=2)) if row.name == b"b"]
        (merged,) = [row for row in stack.walk(View(2)) if row.name == b"b"]

        assert answers.file(b"b", entry, merged=False)["type"] == "hardlink"
        assert answers.file(b"b", merged)["type"] == "file"


@pytest.mark.parametrize("vector", _REFERENCES, ids=[each["input"][:40] for each in _REFERENCES])
def test_references_are_taken_apart_as_the_vectors_say(
    vector: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(_no_window, ["reference", "--json", "--", vector["input"]])
    out, complaint = capsys.readouterr()
    if vector["valid"]:
        promised = {
            key: vector[key]
            for key in ("registry", "repository", "tag", "digest", "canonical", "familiar")
        }
        assert (status, json.loads(out)) == (0, promised)
    else:
        assert (status, out) == (1, "")
        assert complaint.startswith("layerscope: ")
        assert complaint.count("\n") == 1


def _no_window(store: Path | None) -> int:
    raise AssertionError("a command does not open the window")
