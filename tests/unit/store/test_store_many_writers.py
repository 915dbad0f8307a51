"""Several programs that write old copies of index.json back: of ours nothing is lost, and nothing
that we took out comes back."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layerscope.engine.oci import Descriptor, Digest, media_types
from layerscope.engine.store import Store
from layerscope.engine.store.index_file import IndexFile
from support.stores import manifest_of, names, raw_index, ref, store_image, write_index

OLD = 1_600_000_000


def copied(store: Store, number: int) -> dict[str, object]:
    """As skopeo does at the end of a copy: it writes the manifest, again if it is there; returns
    what it puts into its list."""
    manifest = manifest_of(Descriptor(media_types.OCI_CONFIG, Digest.of(b"%d" % number), 1), ())
    digest = Digest.of(manifest)
    path = store.blob_path(digest)
    path.unlink(missing_ok=True)
    path.write_bytes(manifest)
    name = {"org.opencontainers.image.ref.name": f"docker.io/library/theirs:{number}"}
    entry = Descriptor(media_types.OCI_MANIFEST, digest, len(manifest), name)
    return dict(entry.to_json())


def write_back(store: Store, old: dict[str, Any], number: int) -> None:
    """Finish a copy that had begun when the list was ``old``."""
    entry = copied(store, number)
    others = [item for item in old["manifests"] if item["digest"] != entry["digest"]]
    write_index(store.path, {**old, "manifests": [*others, entry]})


def put(store: Store, number: int) -> Digest:
    with store.lease() as lease:
        return store_image(lease, [b"shared", b"%d" % number], f"ours:{number}").digest


@dataclass
class World:
    """Our store, what we did to it, and the lists that copies in progress have read."""

    store: Store
    ours: dict[str, Digest] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    read: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def do(self, act: str, choice: int) -> None:
        mine = sorted(self.ours)
        if act == "put":
            self.count += 1
            self.ours[f"ours:{self.count}"] = put(self.store, self.count)
        elif act == "they begin":
            self.read.append(raw_index(self.store))
        elif act == "they end" and self.read:
            write_back(self.store, self.read.pop(choice % len(self.read)), choice % 4)
        elif act == "look":
            names(self.store)
        elif mine and act != "they end":
            self._change(act, mine[choice % len(mine)])

    def _change(self, act: str, name: str) -> None:
        digest = self.ours[name]
        if act == "tag":
            self.count += 1
            self.store.tag(digest, ref(f"also:{self.count}"))
            self.ours[f"also:{self.count}"] = digest
            return
        if act == "untag":
            self.store.untag(ref(name))
            lost = {name}
        else:
            self.store.apply(self.store.plan(remove=[digest], orphans=True))
            lost = {each for each, its in self.ours.items() if its == digest}
        self.gone |= lost
        self.ours = {each: its for each, its in self.ours.items() if each not in lost}


ACTS = ("put", "tag", "untag", "remove", "they begin", "they begin", "they end", "they end", "look")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 11)), min_size=4, max_size=24))
@example([("put", 0), ("they begin", 0), ("untag", 0), ("they end", 0)])
@example(
    [
        *[("put", 0), ("put", 0), ("they begin", 0), ("remove", 1), ("they begin", 0)],
        *[("they end", 1), ("put", 0), ("they end", 2)],
    ]
)
def test_whatever_the_order_ours_stays_and_what_we_took_out_stays_out(
    acts: Sequence[tuple[str, int]],
) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        world = World(Store.open(Path(folder) / "store"))
        for act, choice in acts:
            world.do(act, choice)
            found = set(names(Store.open(world.store.path)))
            assert world.ours.keys() <= found
            assert not world.gone & found


def test_a_copy_that_began_in_an_empty_store_takes_nothing_of_ours(store: Store) -> None:
    empty = raw_index(store)
    write_back(store, empty, 1)
    put(store, 1)
    write_back(store, empty, 2)
    assert {"ours:1", "theirs:2"} <= set(names(store))


def test_an_image_that_is_copied_again_takes_nothing_of_ours(store: Store) -> None:
    write_back(store, raw_index(store), 1)
    before = raw_index(store)
    put(store, 1)
    put(store, 2)
    write_back(store, before, 1)  # its list is one that we had, but it has just copied
    assert set(names(store)) == {"theirs:1", "ours:1", "ours:2"}


def test_what_others_take_out_of_a_list_with_an_image_of_theirs_stays_out(store: Store) -> None:
    write_back(store, raw_index(store), 1)
    os.utime(store.blob_path(Digest.parse(str(copied(store, 1)["digest"]))), (OLD, OLD))
    before = raw_index(store)
    put(store, 1)
    write_index(store.path, before)
    assert set(names(store)) == {"theirs:1"}


def test_an_image_that_we_removed_is_listed_when_it_is_copied_again(store: Store) -> None:
    write_back(store, raw_index(store), 1)
    store.apply(store.plan(remove=[names(store)["theirs:1"]], orphans=True))
    assert names(store) == {}
    write_back(store, raw_index(store), 1)
    assert set(names(store)) == {"theirs:1"}


def test_an_image_of_theirs_that_we_removed_stays_out_of_what_another_copy_lists(
    store: Store,
) -> None:
    write_back(store, raw_index(store), 1)
    old = raw_index(store)
    put(store, 1)
    store.apply(store.plan(remove=[names(store)["theirs:1"]], orphans=True))
    write_back(store, old, 2)
    assert set(names(store)) == {"ours:1", "theirs:2"}


def test_an_old_list_that_arrives_in_the_replaced_file_brings_nothing_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = put(store, 1)
    old = raw_index(store)
    store.apply(store.plan(remove=[gone], orphans=True))
    swap = IndexFile._swap

    def beaten(self: IndexFile, expected: bytes, data: bytes) -> bool:
        monkeypatch.setattr(IndexFile, "_swap", swap)
        with (store.path / "index.json").open("r+") as opened_before:
            done = swap(self, expected, data)
            opened_before.truncate()
            opened_before.write(
                json.dumps({**old, "manifests": [*old["manifests"], copied(store, 1)]})
            )
        return done

    monkeypatch.setattr(IndexFile, "_swap", beaten)
    put(store, 2)
    assert set(names(store)) == {"ours:2", "theirs:1"}
