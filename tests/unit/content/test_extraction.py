"""The one class that writes files of images to a disk: what it keeps, refuses and tells."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layerscope.engine.content.extraction import Extraction, Rules, Why
from layerscope.engine.errors import DiskFull, LayerscopeError
from layerscope.engine.task import Cancelled, Task
from support.extracting import FOLDER, PLAIN, attributes, content


def test_a_file_is_there_with_content_mode_and_time(target: Path) -> None:
    with Extraction(target, Rules(), Task()) as out:
        out.folder(b"etc")
        out.file(b"etc/passwd", PLAIN, 5, [(0, b"ro"), (2, b"ot\n")])
        out.settle(b"etc", FOLDER)
        done = out.so_far
    about = (target / "etc/passwd").stat()
    assert (target / "etc/passwd").read_bytes() == b"root\n"
    assert stat.S_IMODE(about.st_mode) == 0o640
    assert about.st_mtime_ns == PLAIN.mtime_ns
    assert (target / "etc").stat().st_mtime_ns == FOLDER.mtime_ns
    assert stat.S_IMODE((target / "etc").stat().st_mode) == 0o750
    assert (done.files, done.folders, done.bytes, done.notes) == (1, 1, 5, ())


def test_a_folder_is_closed_to_others_until_it_is_settled(target: Path) -> None:
    with Extraction(target, Rules(), Task()) as out:
        out.folder(b"d")
        assert stat.S_IMODE((target / "d").stat().st_mode) == 0o700


def test_holes_stay_holes(target: Path) -> None:
    size = 1 << 30
    with Extraction(target, Rules(), Task()) as out:
        out.file(b"sparse", PLAIN, size, [(512 << 20, b"middle")])
    about = (target / "sparse").stat()
    assert about.st_size == size
    assert about.st_blocks * 512 < 1 << 20
    with (target / "sparse").open("rb") as file:
        file.seek(512 << 20)
        assert file.read(8) == b"middle\0\0"


@pytest.mark.parametrize(
    "path", [b"..", b"../x", b"a/../../x", b"/etc/x", b"a//b", b".", b"a/.", b"nul\0x", b"a/"]
)
def test_what_is_no_path_is_left_out(path: bytes, target: Path, tmp_path: Path) -> None:
    with Extraction(target, Rules(), Task()) as out:
        out.folder(b"a")
        out.file(path, PLAIN, 1, content(b"x"))
        out.symlink(path, b"t", PLAIN)
        out.folder(path)
        assert out.so_far.counts[Why.NAME] == 3
    assert sorted(os.listdir(tmp_path)) == ["target"]
    assert os.listdir(target) == ["a"]


def test_what_a_cancel_leaves_is_whole_and_told(target: Path) -> None:
    task = Task()

    def slow() -> Iterator[tuple[int, bytes]]:
        yield 0, b"half"
        task.cancel()
        yield 4, b"more"

    def work() -> None:
        with Extraction(target, Rules(), task) as out:
            out.file(b"a", PLAIN, 1, content(b"a"))
            out.file(b"b", PLAIN, 8, slow())

    with pytest.raises(Cancelled) as caught:
        work()
    assert os.listdir(target) == ["a"]
    assert "1 whole file (1 B)" in str(caught.value)


def test_a_full_disk_stops_it_and_tells_what_is_there(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: bytes, offset: int) -> int:
        raise OSError(errno.ENOSPC, "no room")

    def work() -> None:
        with Extraction(target, Rules(), Task()) as out:
            out.file(b"a", PLAIN, 1, content(b"a"))
            monkeypatch.setattr(os, "pwrite", full)
            out.file(b"b", PLAIN, 1, content(b"b"))

    with pytest.raises(DiskFull, match="full") as caught:
        work()
    assert "1 whole file" in caught.value.hint
    assert os.listdir(target) == ["a"]


def test_setuid_and_capabilities_go_unless_asked_for(target: Path) -> None:
    bits = attributes(mode=0o6755)
    for rules, mode in ((Rules(), 0o755), (Rules(keep_setuid=True), 0o6755)):
        with Extraction(target / str(mode), rules, Task()) as out:
            out.file(b"su", bits, 0, ())
            assert out.so_far.counts == ({} if rules.keep_setuid else {Why.SETUID: 1})
        assert stat.S_IMODE((target / str(mode) / "su").stat().st_mode) == mode
    with Extraction(target / "x", Rules(), Task()) as out:
        out.file(b"cap", attributes(xattrs={b"security.capability": b"x"}), 0, ())
        assert out.so_far.counts == {Why.SETUID: 1}
    assert os.listxattr(target / "x/cap") == []


def test_attributes_of_the_host_are_never_set(target: Path) -> None:
    hostile = {b"trusted.overlay.opaque": b"y", b"security.selinux": b"x", b"user.ok": b"1"}
    with Extraction(target, Rules(keep_setuid=True), Task()) as out:
        out.file(b"f", attributes(xattrs=hostile), 0, ())
        out.folder(b"d")
        out.settle(b"d", attributes(mode=0o755, xattrs=hostile))
        assert out.so_far.counts[Why.XATTR] >= 4
    for name in ("f", "d"):
        assert set(os.listxattr(target / name)) <= {"user.ok"}


def test_owners_that_cannot_be_kept_are_told(target: Path) -> None:
    with Extraction(target, Rules(keep_owners=False), Task()) as out:
        out.file(b"f", attributes(uid=1234, gid=4321), 0, ())
        out.file(b"mine", attributes(), 0, ())
        assert [(note.path, note.detail) for note in out.so_far.notes] == [(b"f", "1234:4321")]
    assert (target / "f").stat().st_uid == os.geteuid()
    with Extraction(target, Rules(keep_owners=True), Task()) as out:
        out.file(b"most", attributes(uid=2**32 - 1, gid=2**40), 0, ())
        assert out.so_far.counts == {Why.OWNER: 1}


def test_names_of_one_file_stay_one_file(target: Path) -> None:
    with Extraction(target, Rules(), Task()) as out:
        out.file(b"first", PLAIN, 1, content(b"x"), linked=True)
        out.link(b"second", b"first")
        out.symlink(b"s", b"elsewhere", PLAIN, linked=True)
        out.link(b"s2", b"s")
        assert out.so_far.links == 3
    assert (target / "first").samefile(target / "second")
    assert (target / "s2").lstat().st_ino == (target / "s").lstat().st_ino


def test_a_link_to_what_was_not_written_by_us_is_left_out(target: Path) -> None:
    target.mkdir()
    (target / "there").write_text("mine")
    with Extraction(target, Rules(), Task()) as out:
        out.file(b"there", PLAIN, 1, content(b"x"), linked=True)
        out.link(b"name", b"there")
        out.link(b"other", b"nothing")
        assert out.so_far.counts == {Why.EXISTS: 1, Why.BROKEN_LINK: 2}
    assert os.listdir(target) == ["there"]


def test_a_file_put_in_the_place_of_ours_is_not_linked_to(target: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with Extraction(target, Rules(), Task()) as out:
        out.file(b"first", PLAIN, 1, content(b"x"), linked=True)
        (target / "first").unlink()
        (target / "first").hardlink_to(secret)
        out.link(b"second", b"first")
        assert out.so_far.counts == {Why.BROKEN_LINK: 1}
    assert os.listdir(target) == ["first"]


def test_a_disk_without_hard_links_gets_copies(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    with Extraction(target, Rules(), Task()) as out:
        out.file(b"first", PLAIN, 4, content(b"data"), linked=True)
        out.link(b"second", b"first")
        assert out.so_far.counts == {Why.COPIED: 1}
    assert (target / "second").read_bytes() == b"data"
    assert (target / "second").stat().st_mtime_ns == PLAIN.mtime_ns


def test_notes_do_not_grow_with_the_image(target: Path) -> None:
    with Extraction(target, Rules(), Task()) as out:
        for number in range(1000):
            out.note(Why.DEVICE, b"dev/%d" % number)
        assert len(out.so_far.notes) == 20
        assert out.so_far.counts == {Why.DEVICE: 1000}


@pytest.mark.parametrize("blocked", [lambda p: p.write_text("x"), lambda p: p.symlink_to("x")])
def test_what_is_no_folder_cannot_be_extracted_into(
    blocked: Callable[[Path], None], target: Path
) -> None:
    blocked(target)
    with pytest.raises(LayerscopeError, match="is not a folder"):
        Extraction(target, Rules(), Task())
