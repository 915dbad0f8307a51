"""Generated stacks of layers as builders write them, and odder ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from support.stacks import Entry, opaque, whiteout

NAMES = st.sampled_from(["a", "b", "usr", "lib", "ü", "x y", ".hidden", "new\nline", "B"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
TARGETS = st.one_of(PATHS, PATHS.map("/".__add__), PATHS.map("../".__add__), st.just("nowhere"))
MODES = st.sampled_from(["0644", "0600", "0755", "4755", "2755", "1777", "0000"])
OWNERS = st.sampled_from([0, 0, 1000, 65534, 100_000])
MTIMES = st.sampled_from([0, 1, 1_700_000_000, 1_700_000_000.25])
ATTRIBUTES = st.sampled_from([{}, {}, {}, {"user.note": "yes"}, {"user.a": "1", "user.b": ""}])
COMMON: dict[str, st.SearchStrategy[Any]] = {"uid": OWNERS, "gid": OWNERS, "mtime": MTIMES}
FILES = st.fixed_dictionaries(
    COMMON
    | {
        "type": st.just("file"),
        "mode": MODES,
        "content": st.sampled_from(["", "x", "some words\n", "long" * 400]),
        "xattrs": ATTRIBUTES,
    }
)
FOLDERS = st.fixed_dictionaries(
    COMMON | {"type": st.just("dir"), "mode": MODES, "xattrs": ATTRIBUTES}
)
SYMLINKS = st.fixed_dictionaries(COMMON | {"type": st.just("symlink"), "linkname": TARGETS})
SPECIAL = st.fixed_dictionaries(
    COMMON
    | {
        "type": st.sampled_from(["char", "block", "fifo"]),
        "mode": MODES,
        "major": st.integers(0, 300),
        "minor": st.integers(1, 300),
    }
)
MOSTLY = st.integers(0, 9).map(bool)


@st.composite
def layer(draw: st.DrawFn) -> list[Entry]:
    """Mostly paths that occur once, and hard links to files of the same layer."""
    entries: list[Entry] = []
    files: list[str] = []
    used: set[str] = set()
    for _ in range(draw(st.integers(1, 9))):
        path = draw(PATHS)
        inside_a_file = any(path.startswith(f"{file}/") for file in files)
        if draw(MOSTLY) and (path in used or inside_a_file):
            continue
        used.add(path)
        kind = draw(st.integers(0, 12))
        if kind <= 1:
            entries.append(whiteout(path))
        elif kind == 2:
            entries.append(opaque(path))
        elif kind <= 4:
            entries.append({"path": path, **draw(FOLDERS)})
        elif kind == 5:
            entries.append({"path": path, **draw(SYMLINKS)})
        elif kind == 6:
            real = draw(MOSTLY) and files
            target = draw(st.sampled_from(files)) if real else draw(PATHS)
            entries.append({"path": path, "type": "hardlink", "linkname": target})
        elif kind == 7:
            entries.append({"path": path, **draw(SPECIAL)})
        else:
            entries.append({"path": path, **draw(FILES)})
            files.append(path)
    return entries


STACKS = st.lists(layer(), min_size=1, max_size=5)
