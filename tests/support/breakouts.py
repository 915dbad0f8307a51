"""Everything that hostile images try in order to write outside of the folder they are given.

Each case is a stack of layers as in overlay.json.  Around the folder lie the sentinel files of
``Surroundings``; whatever a case does, none of them changes and none is added.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.stacks import file, folder, hardlink, symlink, whiteout

Entry = Mapping[str, Any]
Layers = Sequence[Sequence[Entry]]

_UP = "../" * 12


def _device(path: str, kind: str = "char", **fields: Any) -> Entry:
    return {"path": path, "type": kind, "major": 1, "minor": 3, "mode": "0666", **fields}


def cases(victim: Path) -> dict[str, Layers]:
    """``victim`` is a folder outside with a file ``sentinel`` in it."""
    there = str(victim)
    inside = there.lstrip("/")
    sentinel = f"{there}/sentinel"
    return {
        "dots in a name": [[file("../victim/sentinel", "bad"), file(f"{_UP}{inside}/new", "bad")]],
        "dots in the middle": [[folder("a"), file("a/../../victim/sentinel", "bad")]],
        "an absolute name": [[file(sentinel, "bad"), file(f"//{inside}/new", "bad")]],
        "a link, then through it": [[symlink("out", there), file("out/sentinel", "bad")]],
        "a relative link, then through it": [
            [symlink("out", "../victim"), file("out/sentinel", "bad")]
        ],
        "a link in a lower layer": [[symlink("out", there)], [file("out/sentinel", "bad")]],
        "through two links": [
            [symlink("a", "b"), symlink("b", there), file("a/sentinel", "bad"), folder("a/new")]
        ],
        "a link inside to a link up": [
            [
                folder("in"),
                symlink("in/up", ".."),
                symlink("escape", "in/up/../victim"),
                file("escape/sentinel", "bad"),
            ]
        ],
        "a folder replaced by a link": [
            [folder("d"), file("d/a", "ok")],
            [symlink("d", there)],
            [file("d/sentinel", "bad")],
        ],
        "a link replaced by a folder": [
            [symlink("d", there)],
            [whiteout("d"), folder("d"), file("d/sentinel", "fine")],
        ],
        "a file over a link": [[symlink("x", sentinel)], [file("x", "bad")]],
        "a file and a link of one name": [[symlink("x", sentinel), file("x", "bad")]],
        "a hard link to outside": [
            [hardlink("x", sentinel), hardlink("y", "../victim/sentinel"), file("x", "bad")]
        ],
        "a hard link to a link to outside": [
            [symlink("s", sentinel), hardlink("h", "s"), file("h", "bad")]
        ],
        "a hard link through a link": [[symlink("d", there), hardlink("h", "d/sentinel")]],
        "a chain of hard links": [
            [file("f", "ok"), *(hardlink(f"h{n}", f"h{n - 1}" if n else "f") for n in range(50))]
        ],
        "a hard link to itself": [[hardlink("me", "me"), hardlink("a", "b"), hardlink("b", "a")]],
        "a root that is a link": [[symlink(".", there), symlink("/", there), file("x", "ok")]],
        "a whiteout of what is outside": [
            [file("../victim/.wh.sentinel"), whiteout("../victim/sentinel"), file(".wh...")]
        ],
        "whiteouts of no name": [
            [file(".wh."), file(".wh.."), file("d/.wh..."), file("d/x", "ok")]
        ],
        "device nodes": [
            [
                _device("dev/null"),
                _device("dev/sda", "block"),
                {"path": "pipe", "type": "fifo", "mode": "0666"},
                _device("wh", mode="0000", major=0, minor=0),
            ]
        ],
        "a file under a device": [[_device("null"), file("null/x", "bad")]],
        "setuid": [
            [file("su", "#!", mode="4755"), file("sg", "#!", mode="2755"), folder("d", mode="7777")]
        ],
        "strange names": [
            [
                file("new\nline", "1"),
                file("esc\x1b[31m", "2"),
                file("rlo\u202egpj.exe", "3"),
                file("trailing ", "4"),
                file("con", "5"),
                file("a:b", "6"),
                file("..\\..\\up", "7"),
                file("-rf", "8"),
                file("\udcff\udcfe", "9"),
                file("caf\u00e9", "nfc"),
                file("cafe\u0301", "nfd"),
            ]
        ],
        "names that are too long": [
            [file("x" * 300, "bad"), folder("y" * 300), file("y" * 300 + "/in", "bad"), file("z")]
        ],
        "a path that is too long": [
            [folder("/".join(["d" * 200] * n)) for n in range(1, 41)]
            + [file("/".join(["d" * 200] * 40) + "/deep", "ok")]
        ],
        "very deep": [[file("/".join(["d"] * 1500) + "/deep", "ok")]],
        "owners that cannot be": [
            [
                file("max", "1", uid=2**32 - 1, gid=2**32 - 1),
                file("more", "2", uid=2**40, gid=5),
                file("other", "3", uid=1234, gid=2345),
            ]
        ],
        "times that cannot be": [
            [
                file("old", "1", mtime=-1),
                file("far", "2", mtime=2**62),
                file("nano", "3", mtime=1.5),
            ]
        ],
        "attributes of the host": [
            [
                folder("d", xattrs={"trusted.overlay.opaque": "y", "user.mine": "1"}),
                file("f", "1", xattrs={"security.capability": "x", "security.selinux": "y"}),
            ]
        ],
        "modes that shut the door": [
            [
                folder("shut", mode="0000"),
                file("shut/in", "1", mode="0000"),
                folder("ro", mode="0555"),
            ],
            [file("ro/in", "2"), folder("shut/deep", mode="0000")],
        ],
        "mount points of the kernel": [
            [
                symlink("proc", "/proc"),
                file("proc/self/oom_score_adj", "bad"),
                file("proc/x", "bad"),
            ]
        ],
    }


@dataclass(frozen=True)
class Surroundings:
    """A folder to extract into, and its neighbours that must not change."""

    base: Path

    @classmethod
    def made(cls, base: Path) -> Surroundings:
        base.mkdir(mode=0o777, exist_ok=True)
        base.chmod(0o777)
        for name in ("victim", "target-sibling"):
            (base / name).mkdir()
            (base / name).chmod(0o777)  # whoever runs this could write there
            (base / name / "sentinel").write_text("untouched")
            (base / name / "sentinel").chmod(0o666)
            os.utime(base / name / "sentinel", ns=(10**18, 10**18))
            os.utime(base / name, ns=(10**18, 10**18))
        return cls(base)

    @property
    def victim(self) -> Path:
        return self.base / "victim"

    @property
    def target(self) -> Path:
        return self.base / "target"

    def state(self) -> dict[str, object]:
        """Everything outside of the target."""
        found: dict[str, object] = {}
        for name in sorted(os.listdir(self.base)):
            if name == "target":
                continue
            top = self.base / name
            for path in [top, *sorted(top.rglob("*"))]:
                about = path.lstat()
                content = path.read_bytes() if stat.S_ISREG(about.st_mode) else b""
                found[str(path.relative_to(self.base))] = (
                    about.st_mode,
                    about.st_uid,
                    about.st_gid,
                    about.st_nlink,
                    about.st_mtime_ns,
                    hashlib.sha256(content).hexdigest(),
                )
        return found
