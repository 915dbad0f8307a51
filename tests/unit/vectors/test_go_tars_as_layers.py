"""The archives of Go's own tests of tar, as layers of an image."""

from __future__ import annotations

import bz2
import gzip
import json
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.layers import clean
from layerscope.engine.rootfs import Kind
from layerscope.engine.task import Task
from support.bad_inputs import Door

GO = Path(__file__).parents[2] / "data" / "go-archive-tar"
GO_VECTORS: dict[str, Any] = {
    each["file"]: each for each in json.loads((GO / "expected.json").read_bytes())["vectors"]
}
#: Made by Go's writer tests: headers without the contents that they announce.
CUT = {"writer-big.tar", "writer-big-long.tar"}
GO_FILES = sorted(path.name for path in GO.iterdir() if ".tar" in path.name)
OTHERS = {
    "file-and-dir.tar": ["small.txt", "dir"],
    "gnu-sparse-big.tar": ["gnu-sparse"],
    "hardlink.tar": ["file.txt", "hard.txt"],
    "hdr-only.tar": None,
    "pax-path-hdr.tar": [],  # a PAX header that nothing follows
    "pax-sparse-big.tar": ["pax-sparse"],
    "ustar-file-reg.tar": ["foo"],
    "ustar.tar": ["longname/" * 15 + "file.txt"],
    "writer.tar": ["small.txt", "small2.txt", "link.txt"],
}


@pytest.mark.parametrize("name", GO_FILES)
def test_an_archive_of_go_as_a_layer(door: Door, name: str) -> None:
    data = (GO / name).read_bytes()
    tar = bz2.decompress(data) if name.endswith(".bz2") else data
    door.plant(gzip.compress(tar), name="bad:1")
    damage = door.browse().damage
    vector = GO_VECTORS.get(name)
    if name in CUT or (vector is not None and "err" in vector):
        assert damage.startswith("Layer 1 "), name
        assert all(row.implicit for row in door.rows().values()) or name in CUT
        return
    assert damage == ""
    rows = door.rows()
    if vector is None:
        listed = OTHERS[name]
        if listed is not None:
            assert set(rows) >= {each.encode() for each in listed}
        if name.endswith("sparse-big.tar"):
            (big,) = (row for row in rows.values() if row.kind is Kind.FILE)
            assert big.size == 60_000_000_000
        return
    headers = [each for each in vector["headers"] if each["Typeflag"] != "g"]
    for header in headers:
        row = rows[clean(encoded(header["Name"]))]
        if header["Typeflag"] == "D":
            assert row.implicit  # GNU tar's record of a folder is no folder to any engine
            continue
        assert row.kind is Kind.DIR or row.size == header.get("Size", 0)
        assert row.mode == header.get("Mode", 0) & 0o7777
        assert (row.uid, row.gid) == (header.get("Uid", 0), header.get("Gid", 0))
    for number, chksum in enumerate(vector.get("chksums", ())):
        content = door.library.read_file("bad:1", 1, number, 0, 1 << 24, task=Task())
        assert md5(content, usedforsecurity=False).hexdigest() == chksum


def encoded(name: str | dict[str, str]) -> bytes:
    return name.encode() if isinstance(name, str) else bytes.fromhex(name["bytes_hex"])
