"""A small image with one of every kind of entry, and what it is when it lies on a disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from layerscope.engine.store import Store
from support.stacks import file, folder, hardlink, opaque, symlink, whiteout
from support.stores import store_image
from support.tars import layer_tar

ME: dict[str, Any] = {"uid": os.geteuid(), "gid": os.getegid()}
LAYERS = (
    [
        folder("bin", **ME),
        file("bin/sh", "shell", mode="4755", **ME),
        hardlink("bin/ash", "bin/sh"),
        symlink("lib", "usr/lib"),
        folder("usr", **ME),
        folder("usr/lib", mode="0555", mtime=1_600_000_000, **ME),
        file("usr/lib/a.so", "a" * 3000, **ME),
        folder("etc", **ME),
        file("etc/passwd", "root", **ME),
        file("etc/gone", "gone", **ME),
        {"path": "dev/null", "type": "char", "major": 1, "minor": 3, "mode": "0666"},
    ],
    [
        whiteout("etc/gone"),
        file("etc/passwd", "root\nuser", xattrs={"user.note": "x"}, uid=1234, gid=1234),
        file("lib/b.so", "b", **ME),
        folder("var", **ME),
        opaque("var"),
        file("etc/empty", "", **ME),
    ],
)
TARS = tuple(layer_tar(layer) for layer in LAYERS)


def store_full_image(store: Store) -> str:
    """What it is called."""
    with store.lease() as lease:
        store_image(lease, TARS, "app:1")
    return "app:1"


def tree(folder: Path) -> dict[str, str]:
    """All paths below a folder: the text of a file, ``/`` for a folder, where a link leads."""
    return {
        str(path.relative_to(folder)): (
            f"-> {os.readlink(path)}"
            if path.is_symlink()
            else "/"
            if path.is_dir()
            else path.read_text()
        )
        for path in folder.rglob("*")
    }


#: The tree of the whole image, but for its device.
WHOLE = {
    "bin": "/",
    "bin/sh": "shell",
    "bin/ash": "shell",
    "lib": "-> usr/lib",
    "usr": "/",
    "usr/lib": "/",
    "usr/lib/a.so": "a" * 3000,
    "usr/lib/b.so": "b",
    "etc": "/",
    "etc/passwd": "root\nuser",
    "etc/empty": "",
    "var": "/",
    "dev": "/",
}
