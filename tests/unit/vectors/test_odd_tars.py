"""Tars that no builder writes are read as Go reads them, which all engines use.

tests/data/odd-tars/verdicts.json is what reader.go there printed for them: null for what Go
refuses, else the hash of the listing.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from layerscope.engine.layers import Kind, clean
from layerscope.engine.layers.header import LATEST
from layerscope.engine.layers.pax import decoded
from support.differences import differences
from support.layer_indexes import Walked
from support.odd_tars import COUNT, odd_tar

_RECORDED = json.loads(
    (Path(__file__).parents[2] / "data" / "odd-tars" / "verdicts.json").read_bytes()
)
_EMPTY = hashlib.sha256().hexdigest()


@pytest.mark.parametrize("number", range(COUNT))
def test_an_odd_tar_is_read_as_go_reads_it(number: int) -> None:
    tar = odd_tar(number)
    recorded = _RECORDED[number]
    assert hashlib.sha256(tar).hexdigest()[:16] == recorded["tar"], "another tar than was recorded"
    walked = Walked(tar)
    verdict = recorded["verdict"]
    if walked.damage is not None:
        assert verdict is None, walked.damage
        return
    if verdict is None:
        assert (walked.codes | far_times(walked)) & set(differences("odd-tars")), "Go refuses it"
    else:
        assert hash_of(listing(walked)) == verdict, listing(walked)


def test_each_deliberate_difference_occurs() -> None:
    """Far times in tars that Go reads as well, the others in such that it refuses."""
    told: set[str] = set()
    for number, recorded in enumerate(_RECORDED):
        walked = Walked(odd_tar(number))
        told |= far_times(walked)
        if recorded["verdict"] is None and walked.damage is None:
            told |= walked.codes
    assert told >= set(differences("odd-tars"))


def far_times(walked: Walked) -> set[str]:
    return {"far-time" for rows in walked.blocks if {LATEST, -LATEST} & {*rows.seconds}}


def listing(walked: Walked) -> list[list[object]]:
    """What we show and the recorded program wrote: of each entry path, kind, size, mode, owner,
    time, link, content and attributes."""
    found: list[list[object]] = []
    for rows in walked.blocks:
        for row, path in enumerate(rows.paths):
            kind = Kind(rows.kinds[row])
            linked = kind in (Kind.HARDLINK, Kind.SYMLINK)
            content = rows.digests[row].hex() or _EMPTY if kind is Kind.FILE else ""
            time = rows.seconds[row] * 10**9 + rows.nanos.get(row, 0)
            xattrs = decoded(rows.xattrs[row]) if row in rows.xattrs else {}
            found.append(
                [path.hex(), kind.word, rows.sizes[row] if kind is Kind.FILE else 0,
                 rows.modes[row], rows.uids[row], rows.gids[row], time,
                 rows.links[row].hex() if linked else "", content,
                 sorted((key.hex(), value.hex()) for key, value in xattrs.items())]
            )  # fmt: skip
    return found


def listing_of_go(headers: list[dict[str, object]]) -> list[list[object]]:
    """The same of the JSON of reader.go."""
    found: list[list[object]] = []
    kinds = {"30": "file", "37": "file", "53": "file", "31": "hardlink", "32": "symlink",
             "33": "char", "34": "block", "35": "dir", "36": "fifo"}  # fmt: skip
    for each in headers:
        if each["Type"] == "67":  # a global header; no engine makes a file of it
            continue
        kind = kinds.get(str(each["Type"]), "other")
        xattrs = each["X"]
        assert isinstance(xattrs, dict)
        mode = each["Mode"]
        assert isinstance(mode, int)
        found.append(
            [clean(bytes.fromhex(str(each["Name"]))).hex(), kind,
             each["Size"] if kind == "file" else 0, mode & 0o7777, each["Uid"], each["Gid"],
             _nearest(each["Seconds"], each["Nanos"]),
             each["Link"] if kind in ("hardlink", "symlink") else "",
             each["Sum"] if kind == "file" else "", sorted(xattrs.items())]
        )  # fmt: skip
    return found


def _nearest(seconds: object, nanos: object) -> int:
    """As time in 64 bits of nanoseconds, of which Go has more."""
    assert isinstance(seconds, int)
    assert isinstance(nanos, int)
    largest = LATEST * 10**9
    return max(-largest, min(seconds * 10**9 + nanos, largest))


def hash_of(entries: list[list[object]]) -> str:
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()[:16]
