"""Tars that lie: refused with the place and the reason, or shown with a word about it."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from layerscope.engine.errors import BadInput, LayerDamaged, LimitReached
from layerscope.engine.library.values import Settings
from layerscope.engine.task import Task
from support import tars
from support.bad_inputs import AFTER, BEFORE, Door, damaged
from support.sparse_tars import sparse_1_0
from support.tars import header, member, pax, tar

# T06, T09: damage with its place

LYING = {
    "T06-negative-size": (header(b"f", size=tars.base256(-6, 12)), "negative"),
    "T06-2^63": (header(b"f", size=2**63), "64 bits"),
    "T06-base-256-huge": (header(b"f", size=b"\x80" + b"\x7f" * 11), "64 bits"),
    "T06-size-no-number": (header(b"f", size=b"0000000zzzz"), "not a"),
    "T06-pax-size": (pax({b"size": b"12z"}) + header(b"f"), "not a number"),
    "T06-pax-negative-size": (pax({b"size": b"-1"}) + header(b"f"), "negative"),
    "T06-pax-mtime": (pax({b"mtime": b"yesterday"}) + header(b"f"), "time"),
    "T06-pax-length-long": (member(b"x", b"99 path=a\n", type=b"x") + header(b"f"), "length"),
    "T06-pax-length-short": (member(b"x", b"5 path=a\n", type=b"x") + header(b"f"), "length"),
    "T06-pax-nul-in-path": (pax({b"path": b"a\0b"}) + header(b"f"), "zero byte"),
    "T06-pax-1-GiB": (header(b"x", type=b"x", size=1 << 30), "extension_bytes"),
    "T06-long-name-1-GiB": (header(b"x", type=b"L", size=1 << 30), "extension_bytes"),
    "T09-checksum": (header(b"f", checksum=b"000000\0 "), "checksum"),
}


@pytest.mark.parametrize(("part", "reason"), LYING.values(), ids=LYING)
def test_a_lying_header_is_refused_with_reason_and_place(
    door: Door, part: bytes, reason: str
) -> None:
    start = time.monotonic()
    offered = door.offer(damaged(part))
    error = door.load_refused(BadInput, offered, "ayer 1", "bad:1", "byte 1,024", reason)
    assert isinstance(error, LayerDamaged | LimitReached)
    assert time.monotonic() - start < 4  # three loads and their checks
    assert door.names() == {"good:1"}


@pytest.mark.parametrize(("part", "reason"), LYING.values(), ids=LYING)
def test_a_damaged_layer_of_somebody_else_is_shown_as_far_as_it_goes(
    door: Door, part: bytes, reason: str
) -> None:
    door.plant(damaged(part), tar(member(b"upper.txt", b"upper")))
    for _ in range(2):
        found = door.browse()
        assert "Layer 1 can't be read past byte 1,024" in found.damage
        assert reason in found.damage
        assert set(door.rows()) == {b"before.txt", b"upper.txt"}
        assert door.read(b"before.txt") == b"before"
    status, out, err = door.run("files", "bad:1")
    assert status == 0
    assert "before.txt" in out
    assert err.splitlines() == [f"layerscope: {found.damage}"]


CUT = {
    "T09-in-header": (tar(BEFORE, AFTER, end=b"")[:1300], "in the middle of a header"),
    "T09-in-body": (tar(BEFORE, member(b"big", bytes(9000)), end=b"")[:5000], "of 9000 bytes"),
    "T09-garbage-after-lone-zeros": (tar(BEFORE, bytes(512), b"x" * 512), "not a tar header"),
}


@pytest.mark.parametrize(("layer", "reason"), CUT.values(), ids=CUT)
def test_a_tar_that_is_cut_off_is_refused_and_says_where(
    door: Door, layer: bytes, reason: str
) -> None:
    door.load_refused(LayerDamaged, door.offer(layer), "bad:1", "byte", reason)
    door.plant(layer)
    assert b"before.txt" in door.rows()


WHOLE = {
    "T09-no-end-blocks": (tar(BEFORE, end=b""), "no end mark"),
    "T09-one-end-block": (tar(BEFORE, end=bytes(512)), ""),
    "T09-data-after-the-end": (tar(BEFORE) + b"junk" * 400, "after the end"),
    "T09-another-tar-after-the-end": (tar(BEFORE) + tar(AFTER), "after the end"),
    "T09-empty-file": (b"", ""),
    "T09-nothing-but-zeros": (bytes(1024), ""),
}


@pytest.mark.parametrize(("layer", "warning"), WHOLE.values(), ids=WHOLE)
def test_an_odd_end_is_accepted_and_the_digest_covers_all(
    door: Door, layer: bytes, warning: str
) -> None:
    """The DiffID of the config is that of all bytes: a load would refuse another one."""
    (loaded,) = door.library.load(door.offer(layer), task=Task())
    assert loaded.warnings == ()
    assert b"after.txt" not in door.rows()
    assert warning in door.warnings()


def test_a_lone_zero_block_is_passed_over_and_told(door: Door) -> None:
    """T09"""
    door.library.load(door.offer(tar(BEFORE, bytes(512), AFTER)), task=Task())
    assert set(door.rows()) == {b"before.txt", b"after.txt"}
    assert "engines refuse this layer" in door.warnings()


# T07: two readings

CONTENT = b"content"
DESYNC = {
    "T07-pax-size-and-header-size": (
        pax({b"size": b"7"}) + header(b"f", size=3) + tars.padded(CONTENT),
        b"f",
    ),
    "T07-pax-then-long-name": (
        pax({b"path": b"p"}) + tars.gnu_long(b"l") + member(b"f", CONTENT),
        b"l",
    ),
    "T07-double-key": (
        pax([(b"path", b"one"), (b"path", b"two")]) + member(b"f", CONTENT),
        b"two",
    ),
    "T07-two-long-names": (
        tars.gnu_long(b"one") + tars.gnu_long(b"two") + member(b"f", CONTENT),
        b"two",
    ),
    "T07-global-path": (pax({b"path": b"global"}, type=b"g") + member(b"f", CONTENT), b"f"),
}


@pytest.mark.parametrize(("part", "name"), DESYNC.values(), ids=DESYNC)
def test_two_readings_are_shown_as_the_engines_read_them_and_flagged(
    door: Door, part: bytes, name: bytes
) -> None:
    door.library.load(door.offer(tar(BEFORE, part, AFTER)), task=Task())
    assert set(door.rows()) == {b"before.txt", name, b"after.txt"}
    assert "Other readers may see other files" in door.warnings()
    assert door.read(name) == CONTENT
    (layer,) = door.answer("layers", "bad:1")
    assert any("Other readers" in warning for warning in layer["warnings"])


# T14: types, owners and times of every kind

TYPES = {
    b"3": "char",
    b"4": "block",
    b"6": "fifo",
    b"7": "file",
    b"M": "other",
    b"s": "other",
    b"Z": "other",
    b"V": "other",
}
TIMES = (b"-1", b"9223372036854775808", b"1e+30", b"-62135596800", b"0.000000001")


def test_entries_of_every_type_owner_and_time_are_listed(door: Door) -> None:
    """T14"""
    parts = [
        header(b"type-" + letter, type=letter, major=1, minor=3, mode=0o7777) for letter in TYPES
    ]
    parts += [pax({b"mtime": time_}) + header(b"time-" + time_) for time_ in TIMES]
    parts += [
        header(b"modeless", mode=0),
        header(b"setuid", mode=0o6755, uid=2**32 - 1, gid=2**32 - 1),
        header(b"before-1970", mtime=tars.base256(-1, 12)),
    ]
    door.library.load(door.offer(tar(*parts)), task=Task())
    found = {row["path"].lstrip("/"): row for row in door.answer("files", "bad:1", "--recursive")}
    assert {letter: found[f"type-{letter.decode()}"]["type"] for letter in TYPES} == TYPES
    assert found["setuid"]["mode"].endswith("6755")
    assert found["setuid"]["uid"] == 2**32 - 1
    assert int(found["modeless"]["mode"], 8) == 0
    assert len(found) == len(parts)
    status, out, _err = door.run("files", "bad:1")
    assert status == 0
    assert len(out.splitlines()) == 1 + len(parts)
    for letter in (b"3", b"6"):
        assert "not a file" in door.complaint("cat", "bad:1", f"/type-{letter.decode()}")


LIMITED = {
    "T06-pax-of-2-MiB": (
        {"extension_bytes": 1 << 20},
        tar(BEFORE, pax({b"comment": b"c" * (2 << 20)}) + member(b"f", b"x")),
        len(BEFORE),
    ),
    "T08-map-of-many-parts": (
        {"extension_bytes": 512},
        tar(BEFORE, sparse_1_0(b"600\n" + b"0\n0\n" * 600, 3, b"")),
        len(BEFORE),
    ),
    "T12-entries": ({"layer_entries": 1}, tar(BEFORE, AFTER), len(BEFORE)),
    "T12-bytes": ({"layer_bytes": 900}, tar(BEFORE, AFTER), 0),
}


@pytest.mark.parametrize(("limits", "layer", "offset"), LIMITED.values(), ids=LIMITED)
def test_a_limit_is_named_and_once_it_is_raised_the_layer_is_read(
    door: Door, limits: dict[str, int], layer: bytes, offset: int
) -> None:
    offered = door.offer(layer)
    door.plant(layer, name="planted:1")
    door.library.change_settings(Settings(limits=limits), task=Task())
    (limit,) = limits
    words = f"byte {offset:,}", f"stopped at limit {limit} ({limits[limit]:,})", "in the settings"
    error = door.load_refused(LimitReached, offered, "layer 1 of bad:1", *words)
    assert (error.limit, error.value) == (limit, limits[limit])
    found = door.browse("planted:1")
    assert all(word in found.damage for word in words)
    door.library.change_settings(Settings(), task=Task())
    if len(layer) > 1 << 20:
        door.library.change_settings(Settings(limits={limit: 4 << 20}), task=Task())
    door.library.load(offered, task=Task())
    assert len(door.rows()) == 2
    assert door.browse("planted:1").damage == ""
    assert len(door.rows("planted:1")) == 2


def test_every_prefix_of_a_layer_ends_in_words_or_in_a_listing(door: Door, tmp_path: Path) -> None:
    """T09: wherever the disk of the publisher was full."""
    whole = tar(BEFORE, pax({b"mtime": b"1.5"}), AFTER, sparse_1_0(b"1\n0\n6\n", 9, b"abcdef"))
    serial = itertools.count()
    for length in range(0, len(whole), 333):
        name = f"cut{next(serial)}:1"
        door.plant(whole[:length], name=name)
        found = door.browse(name)
        assert found.damage == "" or "Layer 1 can't be read past byte" in found.damage
