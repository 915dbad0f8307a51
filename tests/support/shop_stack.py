"""The only maker of the small stack that tests of the image page look into."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layerscope.engine.rootfs import Timeline
from support.stacks import Entry, file, folder, hardlink, opaque, quick_timeline, symlink, whiteout

LAYERS: tuple[Sequence[Entry], ...] = (
    (
        folder("etc"),
        file("etc/hostname", "shop"),
        file("etc/passwd", "root:x:0:0\n"),
        file("etc/shadow", "root:*"),
        folder("usr"),
        folder("usr/share"),
        folder("usr/share/doc"),
        file("usr/share/doc/copyright", "all rights"),
        folder("usr/share/man"),
        file("usr/share/man/ls.1", ".TH LS"),
        symlink("bin", "usr/bin"),
    ),
    (
        folder("etc"),
        file("etc/passwd", "root:x:0:0\napp:x:1:1\n"),
        file("etc/shadow", "root:*", mode="0600"),
        folder("app"),
        file("app/main.py", "print()"),
        hardlink("app/again.py", "app/main.py"),
    ),
    (
        folder("usr/share"),
        whiteout("usr/share/doc"),
        folder("usr/share/man"),
        opaque("usr/share/man"),
        file("usr/share/man/new.1", ".TH NEW"),
        file("app/\u202egpj.exe", "x"),
    ),
)


def shop_timeline(place: Path) -> Timeline:
    """Three layers: a base, a change of each kind, and deletions."""
    return quick_timeline(place, LAYERS)


def wide_timeline(place: Path, children: int) -> Timeline:
    """One folder with many children, and one file after it."""
    entries = [folder("wide"), file("zebra", "z")]
    entries += [file(f"wide/{number:06}", "") for number in range(children)]
    return quick_timeline(place, [entries])
