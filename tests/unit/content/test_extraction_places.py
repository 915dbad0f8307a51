"""Where something is in the way: what stays, what gives way, what gets a name of its own."""

from __future__ import annotations

import errno
import os
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerscope.engine.content import root as root_module
from layerscope.engine.content.extraction import Extraction, Rules, Why
from layerscope.engine.content.root import Names, Root
from layerscope.engine.errors import LayerscopeError
from layerscope.engine.task import Task
from support.extracting import FOLDER, PLAIN, content


def test_what_is_there_stays_unless_overwriting_is_asked_for(target: Path) -> None:
    target.mkdir()
    (target / "f").write_text("mine")
    (target / "d").mkdir()
    with Extraction(target, Rules(), Task()) as out:
        out.file(b"f", PLAIN, 3, content(b"new"))
        out.symlink(b"d", b"t", PLAIN)
        assert out.so_far.counts == {Why.EXISTS: 2}
        assert out.so_far.left_out == 2
    assert (target / "f").read_text() == "mine"
    with Extraction(target, Rules(overwrite=True), Task()) as out:
        out.file(b"f", PLAIN, 3, content(b"new"))
        out.symlink(b"d", b"t", PLAIN)
        assert out.so_far.counts == {Why.EXISTS: 1}
    assert (target / "f").read_text() == "new"
    assert (target / "d").is_dir()
    assert sorted(os.listdir(target)) == ["d", "f"]


def test_overwriting_replaces_a_link_and_not_what_it_leads_to(target: Path, tmp_path: Path) -> None:
    sentinel = tmp_path / "sentinel"
    sentinel.write_text("untouched")
    target.mkdir()
    (target / "f").symlink_to(sentinel)
    (target / "h").hardlink_to(sentinel)
    with Extraction(target, Rules(overwrite=True), Task()) as out:
        out.file(b"f", PLAIN, 3, content(b"new"))
        out.file(b"h", PLAIN, 3, content(b"new"))
    assert sentinel.read_text() == "untouched"
    assert not (target / "f").is_symlink()
    assert (target / "h").read_text() == "new"


def test_an_overwritten_file_is_whole_or_as_it_was(target: Path) -> None:
    target.mkdir()
    (target / "f").write_text("mine")

    def broken() -> Iterator[tuple[int, bytes]]:
        yield 0, b"half"
        raise LayerscopeError("The layer is damaged.", hint="Pull it again.")

    def work() -> None:
        with Extraction(target, Rules(overwrite=True), Task()) as out:
            out.file(b"other", PLAIN, 5, content(b"whole"))
            out.file(b"f", PLAIN, 8, broken())

    with pytest.raises(LayerscopeError) as caught:
        work()
    assert (target / "f").read_text() == "mine"
    assert sorted(os.listdir(target)) == ["f", "other"]
    assert caught.value.hint == (
        f"Pull it again. {target} holds 1 whole file (5 B) of it and no part of another one."
    )


def test_a_folder_swapped_for_a_link_meanwhile_leads_nowhere(target: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    with Extraction(target, Rules(overwrite=True), Task()) as out:
        out.folder(b"d")
        out.folder(b"e")  # so that the descriptor of d is not the one in use
        os.rename(target / "d", tmp_path / "away")
        (target / "d").symlink_to(victim)
        out.file(b"e/fine", PLAIN, 0, ())
        out.file(b"d/f", PLAIN, 1, content(b"x"))
        out.folder(b"d/sub")
        out.symlink(b"d/s", b"x", PLAIN)
        out.settle(b"d", FOLDER)
        counts = out.so_far.counts
    assert os.listdir(victim) == []
    assert counts == {Why.EXISTS: 3, Why.REPLACED: 1}


def test_a_race_of_swaps_never_lets_anything_out(target: Path, tmp_path: Path) -> None:
    """Another process swaps a folder for a link to the outside all the time."""
    victim = tmp_path / "victim"
    victim.mkdir()
    (target / "d").mkdir(parents=True)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            os.rename(target / "d", target / "d.away")
            os.symlink(victim, target / "d")
            os.unlink(target / "d")
            os.rename(target / "d.away", target / "d")

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        with Extraction(target, Rules(overwrite=True), Task()) as out:
            for number in range(1500):
                out.file(b"d/%d" % number, PLAIN, 1, content(b"x"))
                out.file(b"%d" % number, PLAIN, 0, ())  # lets go of the folder
            written = out.so_far.files
    finally:
        over.set()
        swapping.join()
    assert os.listdir(victim) == []
    assert written >= 1500


class FoldingRoot(Root):
    """A disk that takes names for one that differ only in case or normal form, as APFS and NTFS do;
    it answers with what such a disk answers."""

    def _taken(self, path: Names) -> None:
        listed = map(os.fsencode, os.listdir(self.folder(path[:-1])))
        if any(_folded(name) == _folded(path[-1]) for name in listed):
            raise FileExistsError(errno.EEXIST, "there", path[-1])

    def make_folder(self, path: Names) -> None:
        self._taken(path)
        super().make_folder(path)

    def create(self, path: Names) -> int:
        self._taken(path)
        return super().create(path)

    def make_symlink(self, path: Names, target: bytes) -> None:
        self._taken(path)
        super().make_symlink(path, target)

    def make_link(self, source: Names, path: Names) -> None:
        self._taken(path)
        super().make_link(source, path)


def _folded(name: bytes) -> str:
    return unicodedata.normalize("NFD", os.fsdecode(name)).casefold()


def test_names_that_the_disk_takes_for_one_become_two_files(target: Path) -> None:
    with Extraction(target, Rules(overwrite=True), Task(), FoldingRoot(target)) as out:
        out.file(b"Makefile", PLAIN, 1, content(b"1"))
        out.file(b"makefile", PLAIN, 1, content(b"2"), linked=True)
        out.file(b"MAKEFILE", PLAIN, 1, content(b"3"))
        out.link(b"makeFILE", b"makefile")
        out.file("caf\u00e9".encode(), PLAIN, 1, content(b"4"))
        out.file("cafe\u0301".encode(), PLAIN, 1, content(b"5"))
        out.folder(b"Lib")
        out.folder(b"lib")
        out.file(b"lib/x", PLAIN, 1, content(b"6"))
        out.file(b"Lib/x", PLAIN, 1, content(b"7"))
        out.settle(b"lib", FOLDER)
        done = out.so_far
    contents = {
        str(p.relative_to(target)): p.read_bytes() for p in target.rglob("*") if p.is_file()
    }
    assert contents == {
        "Makefile": b"1",
        "makefile~2": b"2",
        "MAKEFILE~3": b"3",
        "makeFILE~4": b"2",
        "caf\u00e9": b"4",
        "cafe\u0301~2": b"5",
        "lib~2/x": b"6",
        "Lib/x": b"7",
    }
    assert done.counts == {Why.RENAMED: 5}
    assert done.left_out == 0
    assert (target / "lib~2").stat().st_mtime_ns == FOLDER.mtime_ns


def test_descriptors_stay_few_however_deep_the_folders_are(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_module, "_MOST_OPEN", 4)
    before = len(os.listdir("/proc/self/fd"))
    with Extraction(target, Rules(), Task()) as out:
        path = b"0"
        for number in range(1, 40):
            out.folder(path)
            assert len(os.listdir("/proc/self/fd")) <= before + 7
            path += b"/%d" % number
        out.file(b"0/1/2/f", PLAIN, 1, content(b"x"))
        out.file(path[: -len(b"/39")] + b"/g", PLAIN, 1, content(b"y"))
        assert out.so_far.left_out == 0
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_in_a_folder_that_was_left_out_is_left_out(target: Path) -> None:
    reached: list[int] = []

    def runs() -> Iterator[tuple[int, bytes]]:
        reached.append(1)
        yield 0, b"x"

    with Extraction(target, Rules(), Task()) as out:
        long = b"n" * 300
        out.folder(long)
        out.file(long + b"/x", PLAIN, 1, runs())
        out.folder(long + b"/y")
        out.link(long + b"/z", b"x")
        out.settle(long, FOLDER)
        assert out.so_far.counts == {Why.NAME: 1, Why.INSIDE: 2, Why.BROKEN_LINK: 1}
    assert not reached
    assert os.listdir(target) == []
