"""What becomes of the list of images in a store, by row S05 of the table of bad inputs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def instead(path: Path, make: Callable[[], object]) -> None:
    """Something else in the place of a file."""
    path.unlink()
    make()


#: By test ID; each is given the path of index.json.
TORN: dict[str, Callable[[Path], object]] = {
    "S05-empty": lambda path: path.write_bytes(b""),
    "S05-truncated": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "S05-no-object": lambda path: path.write_bytes(b"[]"),
    "S05-gone": lambda path: path.unlink(),
    "S05-folder": lambda path: instead(path, path.mkdir),
    "S05-fifo": lambda path: instead(path, lambda: os.mkfifo(path)),
    "S05-symlink": lambda path: instead(path, lambda: path.symlink_to("/etc/passwd")),
}
