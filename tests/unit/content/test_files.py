"""Files: whole or absent, never through a link, and every no of the disk in words."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from layerscope.engine.content import files
from layerscope.engine.errors import DiskFull, LayerscopeError, StoreReadOnly, StoreUnreadable


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with files.whole_or_absent(target) as file:
        file.write(b"content")
        file.flush()
        assert not target.exists()
    assert target.read_bytes() == b"content"
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def write_half() -> None:
        with files.whole_or_absent(target) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


class Recording:
    """os, with notes of what was called."""

    def __init__(self, failing: str = "", error: int = 0) -> None:
        self.calls: list[str] = []
        self._failing = failing
        self._error = error

    def __getattr__(self, name: str) -> object:
        real = getattr(os, name)
        if name not in ("replace", "fsync", "unlink", "mkdir", "open", "fchmod", "utime"):
            return real

        def called(*arguments: object, **options: object) -> object:
            self.calls.append(name)
            if name == self._failing:
                raise OSError(self._error, os.strerror(self._error))
            return real(*arguments, **options)

        return called


def test_bytes_are_synced_before_the_name_and_the_folder_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording()
    monkeypatch.setattr(files, "os", recording)
    files.write_whole(tmp_path / "file", b"content")
    order = [call for call in recording.calls if call in ("fsync", "replace")]
    assert order == ["fsync", "replace", "fsync"]


def test_a_new_folder_is_synced_into_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording()
    monkeypatch.setattr(files, "os", recording)
    files.make_folder(tmp_path / "a/b")
    assert [c for c in recording.calls if c != "open"] == ["mkdir", "fsync", "mkdir", "fsync"]
    files.make_folder(tmp_path / "a/b")
    assert recording.calls.count("mkdir") == 2


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EFBIG, DiskFull),
        (errno.EROFS, StoreReadOnly),
        (errno.EACCES, StoreReadOnly),
        (errno.EIO, StoreUnreadable),
        (errno.EMFILE, StoreUnreadable),
    ],
)
@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_every_no_of_the_disk_names_the_file_and_leaves_no_rest(
    call: str,
    code: int,
    kind: type[LayerscopeError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "file"
    monkeypatch.setattr(files, "os", Recording(call, code))
    with pytest.raises(kind) as caught:
        files.write_whole(target, b"content")
    assert str(tmp_path) in str(caught.value)
    assert caught.value.hint
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_says_how_much_is_needed_and_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(DiskFull) as caught:
        files.write_all(Full(), b"12345", tmp_path / "file", needed=100)  # type: ignore[arg-type]
    assert caught.value.needed == 100
    assert caught.value.free > 0
    with pytest.raises(DiskFull):
        files.require_space(tmp_path, 1 << 60)
    files.require_space(tmp_path, 1)


def test_short_writes_are_continued(tmp_path: Path) -> None:
    class Slow:
        def __init__(self) -> None:
            self.data = b""

        def write(self, data: memoryview) -> int:
            self.data += bytes(data[:2])
            return min(2, len(data))

    slow = Slow()
    files.write_all(slow, b"12345", tmp_path)  # type: ignore[arg-type]
    assert slow.data == b"12345"


@pytest.mark.parametrize("what", ["link", "folder", "pipe", "device"])
def test_only_regular_files_are_opened(tmp_path: Path, what: str) -> None:
    path = tmp_path / "x"
    if what == "link":
        (tmp_path / "target").write_bytes(b"secret")
        path.symlink_to(tmp_path / "target")
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)  # opening it would wait for ever
    else:
        path = Path("/dev/null")
    with pytest.raises(StoreUnreadable, match="not a regular file"):
        files.open_regular(path)
    with pytest.raises(FileNotFoundError):
        files.open_regular(tmp_path / "absent")


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"keep")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for opening in (files.open_to_change, files.open_to_append, files.create):
        with pytest.raises((LayerscopeError, OSError)):
            opening(tmp_path / "link")
    files.write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"keep"
    assert not (tmp_path / "link").is_symlink()


def test_reading_stops_behind_the_limit(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert files.read_regular(tmp_path / "x", 3) == b"1234"
    assert files.read_regular(tmp_path / "x", 5) == b"12345"


def test_removing_tells_whether_there_was_anything(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    assert files.remove(tmp_path / "x")
    assert not files.remove(tmp_path / "x")
    files.remove_tree(tmp_path / "absent")
    assert files.folder_content(tmp_path / "absent") == []
