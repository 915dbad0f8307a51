"""A made-up library for tests and pictures of the window: the images of the mockups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from layerscope.engine.library.values import (
    BlockUse,
    Candidate,
    DiskUse,
    ImageRow,
    Listing,
    RemovalPlan,
)
from layerscope.engine.oci import Digest, Platform, Reference

MB = 1_000_000
DEBIAN = BlockUse("debian", 75 * MB, 9, "debian:bookworm-slim")
CERTS = BlockUse("certs", 9_300_000, 5, "certs")
PYTHON = BlockUse("python", 44 * MB, 4, "python:3.12-slim")
TOOLS = BlockUse("tools", 209 * MB, 2, "buildpack-deps")
ALPINE = BlockUse("alpine", 7_800_000, 3, "alpine:3.20")


def image(
    names: Sequence[str],
    identity: str,
    size: float,
    unique: float,
    shared: float,
    age: timedelta,
    blocks: Sequence[BlockUse],
    *,
    missing: int = 0,
    layers: int = 5,
) -> ImageRow:
    """One image; sizes in MB; ``identity`` is the start of its ID."""
    references = [Reference.parse(name) for name in names]
    own = (BlockUse(f"own-{identity}", int(unique * MB), 1),) if unique else ()
    return ImageRow(
        image_id=Digest("sha256", identity.ljust(64, "0")),
        digest=Digest("sha256", identity[::-1].ljust(64, "1")),
        references=tuple(one.canonical for one in references),
        familiar=tuple(one.familiar for one in references),
        created=datetime.now(UTC) - age,
        platform=Platform("linux", "amd64"),
        size=int(size * MB),
        compressed=int((unique + shared) * MB),
        unique=int(unique * MB),
        shared=int(shared * MB),
        layers=layers,
        blocks=(*blocks, *own),
        dangling=not names,
        missing=missing,
    )


def images() -> tuple[ImageRow, ...]:
    hours, days = timedelta(hours=1), timedelta(days=1)
    slim = (DEBIAN, CERTS, PYTHON)
    return (
        image(
            ["shop-web:1.4", "shop-web:latest"],
            "7c41e9d02b5f",
            226.9,
            98.7,
            128.2,
            3.2 * hours,
            slim,
        ),
        image(["shop-web:1.3"], "a81b20cc47d1", 221.4, 93.2, 128.2, 6.1 * days, slim),
        image(["postgres:16"], "c0de51f7a9b3", 431.9, 357.1, 74.8, 12.3 * days, (DEBIAN,)),
        image(["python:3.12"], "5d0b7d1c88aa", 1020, 736, 284, 21.2 * days, (DEBIAN, TOOLS)),
        image(["python:3.12-slim"], "e11f0c63b7d2", 128.2, 0, 128.2, 22 * days, slim),
        image(["node:22"], "77d0a1e4c3f8", 1120, 836, 284, 23 * days, (DEBIAN, TOOLS)),
        image(
            ["nginx:latest", "nginx:1.27"],
            "b2c9d83e0f17",
            192.5,
            117.7,
            74.8,
            24 * days,
            (DEBIAN,),
        ),
        image(["nginx:1.27-alpine"], "0a4ef0b5d6c1", 48.2, 40.4, 7.8, 25 * days, (ALPINE,)),
        image(
            ["debian:bookworm-slim"], "4b1f2c7e99a0", 74.8, 0, 74.8, 36 * days, (DEBIAN,), layers=1
        ),
        image(["alpine:3.20"], "d7e2a9b31c44", 7.8, 0, 7.8, 43 * days, (ALPINE,), layers=1),
        image([], "9f3c1a7be204", 219, 90.8, 128.2, 6.4 * days, slim),
        image([], "41d0c8aa93ff", 18.6, 10.8, 7.8, 9.2 * days, (ALPINE,)),
    )


def listing(
    rows: Sequence[ImageRow] | None = None,
    *,
    generation: str = "1",
    undoable: str = "",
    redoable: str = "",
    writable: bool = True,
    warnings: tuple[str, ...] = (),
) -> Listing:
    """Those images with their disk use, or others."""
    rows = images() if rows is None else tuple(rows)
    shared = {block.key: block for row in rows for block in row.blocks if block.images > 1}
    unique = sum(row.unique for row in rows)
    held = sum(block.size for block in shared.values())
    disk = DiskUse(
        path="/home/jo/.local/share/layerscope/store",
        images=len(rows),
        layers=61 if rows else 0,
        on_disk=unique + held,
        if_not_shared=sum(row.compressed for row in rows),
        shared=held,
        unique=unique,
        reclaimable=sum(row.unique for row in rows if row.dangling),
        trash=0,
        partial=0,
        derived=0,
        blocks=tuple(shared.values()),
    )
    return Listing(generation, tuple(rows), disk, undoable, warnings, writable, redoable)


def plan(
    rows: Sequence[ImageRow],
    unchecked: frozenset[Digest] = frozenset(),
    *,
    why: str = "untagged",
    generation: str = "1",
    kept: Mapping[Digest, str] | None = None,
    choice: Mapping[str, object] | None = None,
) -> RemovalPlan:
    """A plan that deletes all ``rows`` but the unchecked and the kept ones."""
    kept = kept or {}
    candidates = tuple(
        Candidate(
            row.digest,
            row.image_id,
            row.familiar,
            why,
            row.unique,
            row.digest not in unchecked and row.digest not in kept,
            kept.get(row.digest, ""),
        )
        for row in rows
    )
    going = [one for one in candidates if one.checked]
    frees = sum(one.frees for one in going)
    return RemovalPlan(
        generation=generation,
        candidates=candidates,
        untag=tuple(name for one in going for name in one.references),
        images=tuple(one.digest for one in going),
        layers=2 * len(going),
        reclaimed=frees,
        on_disk=3_800 * MB,
        stays_shared=int(312.9 * MB) if going else 0,
        needed_by=("debian:bookworm-slim", "nginx:latest", "postgres:16", "shop-web:1.4"),
        shared_only_inside=0,
        choice=choice or {},
    )
