"""Stacks made to break, stall or fill a merge: bounded, remarked upon, and browsable afterwards."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import LimitReached
from layerscope.engine.rootfs import ROOT, Kind, View
from layerscope.engine.rootfs.build import write_stack
from layerscope.engine.task import Cancelled, Task
from support.stacks import (
    LIMITS,
    Entry,
    MemoryBlock,
    chunks,
    file,
    folder,
    hardlink,
    opaque,
    paths,
    quick_timeline,
    symlink,
    timeline,
    whiteout,
)


def test_names_that_climb_stay_below_the_root(tmp_path: Path) -> None:
    odd = ["../../etc/x", "/../x", "..\\..\\x", "C:\\x", "\\\\srv\\share\\x", "a/../../b"]
    with timeline(tmp_path, [[file(path, "1") for path in odd]]) as stack:
        assert paths(stack, View(1)) == [
            "..\\..\\x",
            "\\\\srv\\share\\x",
            "b",
            "C:\\x",
            "etc",
            "etc/x",
            "x",
        ]


@pytest.mark.parametrize("target", ["../../victim", "/victim"])
def test_a_symlinked_folder_leads_inside_the_root(tmp_path: Path, target: str) -> None:
    layers = [[symlink("one", target), symlink("two", "one")], [file("two/x", "1")]]
    with quick_timeline(tmp_path, layers) as stack:
        assert paths(stack, View(2)) == ["one", "two", "victim", "victim/x"]


def test_links_that_go_round_are_given_up_with_a_remark(tmp_path: Path) -> None:
    layer = [symlink("a", "b"), symlink("b", "a"), file("a/x"), file("ok"), symlink("s", "s/s")]
    with quick_timeline(tmp_path, [layer, [file("s/x")]]) as stack:
        assert paths(stack, View(2)) == ["a", "b", "ok", "s"]
        assert [(each.layer, each.code, each.path) for each in stack.warnings] == [
            (1, "symlink-loop", b"a"),
            (2, "symlink-loop", b"s"),
            (2, "overlay-folder", b"s"),
        ]


def test_hard_links_that_lead_nowhere_are_broken_and_said_to_be(tmp_path: Path) -> None:
    layer = [
        hardlink("self", "self"),
        hardlink("up", "../../victim"),
        hardlink("later", "end"),
        hardlink("to-broken", "later"),
        folder("d"),
        hardlink("to-folder", "d"),
        hardlink("to-root", "/"),
        file("end", "1"),
    ]
    with quick_timeline(tmp_path, [layer]) as stack:
        rows = {row.name: row for row in stack.children(ROOT, View(1))}
        broken = {name for name, row in rows.items() if row.kind is Kind.HARDLINK}
        assert broken == {b"self", b"up", b"later", b"to-broken", b"to-folder", b"to-root"}
        assert {each.code for each in stack.warnings} == {
            "hard-link-to-itself",
            "broken-hard-link",
            "hard-link-to-folder",
        }


def test_a_chain_of_a_hundred_thousand_hard_links_is_one_inode(tmp_path: Path) -> None:
    layer = [file("l0", "1")] + [hardlink(f"l{at}", f"l{at - 1}") for at in range(1, 100_000)]
    with quick_timeline(tmp_path, [layer]) as stack:
        row = stack.find(b"l99999", View(1))
        assert row is not None
        assert (row.entry, row.links) == ((1, 0), 100_000)
        assert stack.layers[0].visible_bytes == 1


@pytest.mark.parametrize("root", ["./", "/", ".", "x/.."])
def test_the_root_never_becomes_anything_else(tmp_path: Path, root: str) -> None:
    link = {"path": root, "type": "symlink", "linkname": "/etc", "mode": "0777"}
    with timeline(tmp_path, [[file("a", "1")], [link, file("b", "2")]]) as stack:
        assert paths(stack, View(2)) == ["a", "b"]
        top = stack.row(ROOT, View(2))
        assert top is not None
        assert top.kind is Kind.DIR
        assert [each.code for each in stack.warnings] == ["root-not-folder"]


def test_the_root_takes_the_attributes_of_a_folder(tmp_path: Path) -> None:
    with timeline(tmp_path, [[folder("./", "0700", uid=5), file("a")]]) as stack:
        top = stack.row(ROOT, View(1))
        assert top is not None
        assert (top.mode, top.uid, top.origin, top.entry) == (0o700, 5, 1, (1, 0))


@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh..."])
def test_a_whiteout_of_no_name_deletes_nothing(tmp_path: Path, name: str) -> None:
    layers = [[folder("d"), file("d/a", "1")], [file(f"d/{name}"), file(name)]]
    with timeline(tmp_path, layers) as stack:
        assert paths(stack, View(2)) == ["d", "d/a"]
        assert [(each.code, each.count) for each in stack.warnings] == [("invalid-whiteout", 2)]


def test_a_path_of_a_hundred_thousand_folders_is_browsable(tmp_path: Path) -> None:
    depth = 100_000
    deep = "/".join(["d"] * depth + ["f"])
    with quick_timeline(tmp_path, [[file(deep, "12345")], [whiteout("d")]]) as stack:
        row = stack.find(deep.encode(), View(1))
        assert row is not None
        assert (row.depth, row.size) == (depth + 1, 5)
        assert stack.path(row.node) == deep.encode()
        assert len(stack.ancestors(row.node)) == depth + 1
        assert stack.layers[1].deleted == depth + 1
        assert paths(stack, View(2)) == []


def test_names_of_any_bytes_and_lengths_are_kept(tmp_path: Path) -> None:
    odd = [
        "x" * 100_000,
        "\udcff\udcfe",
        "é",
        "e\u0301",
        "A",
        "a",
        "ß",
        "ss",
        "con",
        "x ",
        "\n",
        "*",
    ]
    with quick_timeline(tmp_path, [[file(name, "1") for name in odd]]) as stack:
        assert set(paths(stack, View(1))) == set(odd)
        for name in odd:
            assert stack.find(name.encode("utf-8", "surrogateescape"), View(1)) is not None


def flips(count: int) -> list[Entry]:
    """A full folder that becomes a file and a folder again, over and over."""
    return [entry for _ in range(count) for entry in (file("d"), folder("d"))]


@pytest.mark.parametrize(
    "more",
    [
        flips(20_000),
        [opaque("d")] * 40_000,
        [opaque("")] * 40_000,
        [whiteout("d")] * 40_000,
        [symlink("d", "e"), symlink("d", "f")] * 20_000,
    ],
    ids=["flips", "opaque", "opaque-root", "whiteouts", "links"],
)
def test_no_order_of_entries_costs_more_than_its_length(
    tmp_path: Path, more: Sequence[Entry]
) -> None:
    full = [folder("d")] + [file(f"d/{number}") for number in range(20_000)]

    def seconds(layers: Sequence[Sequence[Entry]]) -> float:
        blocks: Iterator[Iterator[MemoryBlock]] = (chunks(layer, 8192) for layer in layers)
        start = time.process_time()
        write_stack(blocks, len(layers), tmp_path / "timeline", LIMITS, Task())
        return time.process_time() - start

    plain = seconds([full, [*full, *(file(f"e{number}") for number in range(len(more)))]])
    assert seconds([full, [*full, *more]]) < 8 * plain + 1


def test_paths_that_use_up_the_budget_stop_with_the_name_of_the_limit(tmp_path: Path) -> None:
    target = tmp_path / "timeline"
    blocks = [[MemoryBlock([file("/".join("d" * 400) + str(number)) for number in range(100)])]]
    with pytest.raises(LimitReached) as caught:
        write_stack(blocks, 1, target, Limits(path_budget=10_000), Task())
    assert (caught.value.limit, caught.value.value) == ("path_budget", 10_000)
    assert list(tmp_path.iterdir()) == []


def test_long_symbolic_links_are_not_walked_for_ever(tmp_path: Path) -> None:
    turn = "/".join(["d", ".."] * 600 + ["d"])
    layer = [folder("d"), symlink("l", turn), symlink("k", "x/" * 3000)]
    for number in range(20_000):
        layer += [folder(f"g{number}"), file(f"g{number}", "1"), file(f"l/{number}")]
    limits = Limits(path_budget=20_000_000)
    with pytest.raises(LimitReached):
        write_stack([chunks(layer, 4096)], 1, tmp_path / "t", limits, Task())


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    task = Task()

    def blocks() -> Iterator[MemoryBlock]:
        yield MemoryBlock([file("a")])
        task.cancel()
        yield MemoryBlock([file("b")])

    with pytest.raises(Cancelled):
        write_stack([blocks()], 1, tmp_path / "timeline", LIMITS, task)
    assert list(tmp_path.iterdir()) == []


class Watch(Task):
    """Measures the longest time of this process between two looks at the task."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._last = time.process_time()

    def checkpoint(self) -> None:
        now = time.process_time()
        self.longest = max(self.longest, now - self._last)
        self._last = now
        super().checkpoint()


def test_a_build_looks_at_its_task_all_the_time(tmp_path: Path) -> None:
    layer = [file(f"d{number % 300}/f{number}", "1") for number in range(100_000)]
    blocks = list(chunks(layer, 8192))
    longest = []
    for _ in range(3):  # a busy machine makes it longer, never shorter
        watch = Watch()
        write_stack([blocks], 1, tmp_path / "timeline", LIMITS, watch)
        longest.append(watch.longest)
    assert min(longest) < 0.25


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units elsewhere")
def test_memory_stays_bounded_for_many_entries(tmp_path: Path) -> None:
    def blocks() -> Iterator[MemoryBlock]:
        for start in range(0, 200_000, 4096):
            yield MemoryBlock(
                [file(f"d{at // 20}/file-{at}.js", "1") for at in range(start, start + 4096)]
            )

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write_stack([blocks()], 1, tmp_path / "timeline", LIMITS, Task())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 * 1024
