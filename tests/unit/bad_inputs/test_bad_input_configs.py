"""Configs and names that want to be more than data."""

from __future__ import annotations

from typing import Any

import pytest

from layerscope.engine.errors import (
    BadInput,
)
from layerscope.engine.task import Task
from support import archives
from support.archives import Layout
from support.bad_inputs import Door, image
from support.far_images import LAYER

MIB = 1 << 20
NASTY = "<img src=/dev/zero>\x1b[31m\u202egpj\u200b\0&\n"


def test_nasty_texts_of_a_config_reach_no_terminal(door: Door) -> None:
    """M06"""
    config = {
        "created": "2026-01-01T00:00:00Z",
        "author": NASTY,
        "config": {
            "Env": [f"A={NASTY}", "LONG=" + "v" * (10 * MIB)],
            "Labels": {NASTY: NASTY},
            "Cmd": [NASTY],
        },
        "history": [{"created_by": f"RUN {NASTY}", "comment": NASTY, "author": NASTY}],
    }
    door.library.load(door.offer(LAYER, config=config), task=Task())
    for command in ("inspect", "history", "layers", "images", "files"):
        arguments = [command] if command == "images" else [command, "bad:1"]
        status, out, err = door.run(*arguments)
        assert (status, err) == (0, ""), command
        assert not any(mark in out for mark in "\x1b\u202e\u200b\0"), command
    detail = door.library.image("bad:1", task=Task())
    assert detail.run.labels[NASTY] == NASTY
    assert len(detail.run.env[1]) == 10 * MIB + 5


NAMES = {
    "M07-path": "../../x",
    "M07-space": "a b",
    "M07-300-KB": "n" * 300_000,
    "M07-upper-case": "Shop:1",
    "M07-escapes": "\x1b[31m\u202e",
    "M07-option": "--help",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_that_is_none_is_a_row_and_nothing_more(door: Door, name: str) -> None:
    before = sorted(path.name for path in door.folder.iterdir())
    layout = Layout()
    entry = image(layout, [LAYER], annotations={archives.REF_NAME: name, archives.IMAGE_NAME: name})
    door.write(layout, entry)
    (row,) = (row for row in door.library.images(task=Task()).images if not row.familiar)
    assert row.invalid_name
    assert not row.dangling
    assert set(door.rows(row.digest.hex[:12])) == {b"f"}
    status, out, err = door.run("images")
    assert (status, err) == (0, "")
    assert not any(mark in out for mark in "\x1b\u202e")
    assert max(map(len, out.splitlines())) < 1200
    door.answer("images")
    assert door.library.plan_prune(task=Task()).images == ()
    assert sorted(path.name for path in door.folder.iterdir()) == before
    (loaded,) = door.library.load(door.archive(layout, entry), task=Task())
    assert loaded.reference == ""


CONFIGS: dict[str, dict[str, Any]] = {
    "M07-created-nonsense": {"created": "9999-99-99"},
    "M07-created-number": {"created": 7},
    "M07-architecture-empty": {"architecture": ""},
    "M07-architecture-null": {"architecture": None},
    "M07-os-path": {"os": "../../etc"},
    "M07-own-labels": {"config": {"Labels": {
        "dev.layerscope.index.digest": f"sha256:{'0' * 64}", "dev.layerscope.delete": "yes"}}},
    "M07-null-fields": {"config": None, "history": None},
}  # fmt: skip


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_facts_of_a_config_are_data_only(door: Door, config: dict[str, Any]) -> None:
    """Whoever takes it, takes it everywhere; whoever refuses it says so."""
    door.plant(LAYER, config=config)
    (row,) = (row for row in door.library.images(task=Task()).images if row.familiar == ("bad:1",))
    for command in ("images", "layers", "history", "inspect", "files"):
        status, _out, err = door.run(*([command] if command == "images" else [command, "bad:1"]))
        assert status == 0, err
    assert door.run("inspect", "bad:1", "--raw", "config")[0] == 0
    if row.unreadable:
        door.load_refused(BadInput, door.offer(LAYER, name="again:1", config=config))
    else:
        door.library.load(door.offer(LAYER, name="again:1", config=config), task=Task())
    assert set(door.rows()) == {b"f"}
    assert not door.library.plan_prune(task=Task()).images
