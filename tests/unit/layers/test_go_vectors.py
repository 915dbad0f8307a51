"""The archives of Go's own tests: each is read as Go reads it, or refused where Go refuses.

Go's archive/tar is what containerd, docker, podman and umoci read layers with.
"""

from __future__ import annotations

import bz2
import json
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.layers import Entry, open_file
from support.differences import differences
from support.layer_indexes import Indexed, Walked

DATA = Path(__file__).parents[2] / "data" / "go-archive-tar"
VECTORS: list[dict[str, Any]] = json.loads((DATA / "expected.json").read_text())["vectors"]


#: Fields that we deliberately show otherwise; the reasons stand with all other differences.
DIFFERENCES = {"ustar-file-devs.tar": {"Devmajor", "Devminor"}}


def content(vector: dict[str, Any]) -> bytes:
    data = (DATA / vector["file"]).read_bytes()
    return bz2.decompress(data) if vector["file"].endswith(".bz2") else data


def named(vectors: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", vectors, ids=[item["file"] for item in vectors])


REFUSED = [vector for vector in VECTORS if "err" in vector]
READ = [vector for vector in VECTORS if "err" not in vector]


@named(REFUSED)
@pytest.mark.parametrize("step", [1, 511, 1 << 20])
def test_what_go_refuses_is_refused_with_a_reason(vector: dict[str, Any], step: int) -> None:
    walked = Walked(content(vector), step)
    assert walked.damage is not None
    assert walked.damage.reason
    assert walked.paths == []


@named(READ)
@pytest.mark.parametrize("step", [1, 513, 1 << 20])
def test_the_size_of_pieces_changes_nothing(vector: dict[str, Any], step: int) -> None:
    walked, whole = Walked(content(vector), step), Walked(content(vector))
    assert walked.damage is None
    assert walked.names == whole.names
    assert walked.sizes == whole.sizes
    assert walked.digests == whole.digests
    assert walked.codes == whole.codes


@named(READ)
def test_what_go_reads_is_read_the_same(vector: dict[str, Any], tmp_path: Path) -> None:
    indexed = Indexed(tmp_path, content(vector), bytes)
    assert indexed.summary.damage is None
    entries = indexed.entries
    # Go shows global headers as entries; layers have none (engines skip them).
    headers = [header for header in vector["headers"] if header["Typeflag"] != "g"]
    assert len(entries) == len(headers)
    spared = DIFFERENCES.get(vector["file"], set())
    otherwise = set()
    for entry, header in zip(entries, headers, strict=True):
        shown = _as_go_shows(entry)
        for field, value in header.items():
            if field in spared and shown[field] != value:
                otherwise.add(field)
            elif field in shown:
                assert shown[field] == value, field
    assert otherwise == spared


@named([vector for vector in READ if vector.get("chksums")])
def test_contents_are_those_that_go_reads(vector: dict[str, Any], tmp_path: Path) -> None:
    indexed = Indexed(tmp_path, content(vector))
    with indexed.open() as index:
        for number, expected in enumerate(vector["chksums"]):
            with open_file(indexed.blob, index, number) as file:
                data = file.read()
            assert md5(data, usedforsecurity=False).hexdigest() == expected
            assert index.entry(number).digest == sha256(data).digest()


def test_each_deliberate_difference_is_about_a_vector_and_has_a_reason() -> None:
    assert set(DIFFERENCES) <= {vector["file"] for vector in READ}
    assert set(DIFFERENCES) == set(differences("go-archive-tar"))


def _as_go_shows(entry: Entry) -> dict[str, Any]:
    """Fields by Go's names, for those that we keep; Go keeps type bits in Mode, we do not."""
    try:
        name: Any = entry.name.decode()
    except UnicodeDecodeError:
        name = {"bytes_hex": entry.name.hex()}
    return {
        "Name": name,
        "Size": entry.size,
        "Uid": entry.uid,
        "Gid": entry.gid,
        "Uname": entry.user.decode(),
        "Gname": entry.group.decode(),
        "Linkname": entry.link.decode(),
        "ModTime": list(divmod(entry.mtime_ns, 10**9)),
        "Typeflag": entry.type_letter.replace(b"\0", b"0").decode(),
        "Devmajor": entry.major,
        "Devminor": entry.minor,
        "Xattrs": {key.decode(): value.decode() for key, value in entry.xattrs.items()},
    }


@named(READ)
def test_modes_are_those_of_go_without_its_type_bits(
    vector: dict[str, Any], tmp_path: Path
) -> None:
    modes = [entry.mode for entry in Indexed(tmp_path, content(vector), bytes).entries]
    headers = [header for header in vector["headers"] if header["Typeflag"] != "g"]
    assert modes == [header.get("Mode", 0) & 0o7777 for header in headers]
