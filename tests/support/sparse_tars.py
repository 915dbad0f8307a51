"""Sparse files in every way that tar has of writing them; pairs are (offset, length) of data."""

from __future__ import annotations

from support import tars
from support.tars import header, member, pax


def sparse_0_1(pairs: str, real: int, data: bytes) -> bytes:
    count = (pairs.count(",") + 1) // 2
    records = {
        b"GNU.sparse.major": b"0",
        b"GNU.sparse.minor": b"1",
        b"GNU.sparse.name": b"holes",
        b"GNU.sparse.size": b"%d" % real,
        b"GNU.sparse.numblocks": b"%d" % count,
        b"GNU.sparse.map": pairs.encode(),
    }
    return pax(records) + member(b"f", data)


def sparse_0_0(pairs: list[tuple[int, int]], real: int, data: bytes) -> bytes:
    records: list[tuple[bytes, bytes]] = [
        (b"GNU.sparse.size", b"%d" % real),
        (b"GNU.sparse.numblocks", b"%d" % len(pairs)),
    ]
    for offset, length in pairs:
        records += [
            (b"GNU.sparse.offset", b"%d" % offset),
            (b"GNU.sparse.numbytes", b"%d" % length),
        ]
    return pax(records) + member(b"holes", data)


def sparse_1_0(text: bytes, real: int, data: bytes) -> bytes:
    records = {
        b"GNU.sparse.major": b"1",
        b"GNU.sparse.minor": b"0",
        b"GNU.sparse.name": b"holes",
        b"GNU.sparse.realsize": b"%d" % real,
    }
    return pax(records) + member(b"f", tars.padded(text) + data)


def sparse_old(pairs: list[tuple[int, int]], real: int, data: bytes) -> bytes:
    block = bytearray(header(b"holes", type=b"S", size=len(data), magic=tars.GNU))
    for number, (offset, length) in enumerate(pairs):
        place = 386 + 24 * number
        block[place : place + 24] = tars.number(offset, 12) + tars.number(length, 12)
    block[483:495] = tars.number(real, 12)
    return tars.rechecked(bytes(block)) + tars.padded(data)
