"""Takes note of names that mean trouble, and keeps them from doing any."""

from __future__ import annotations

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import names
from layerscope.engine.layers.columns import Rows, starts
from layerscope.engine.layers.header import BLOCK
from layerscope.engine.layers.notes import Notes
from layerscope.engine.layers.values import Kind, Mark

_CLIMBING = 'Names hold ".." or a drive of Windows; they are shown as if inside the root.'
_SLASHED_FILE = "A file has a name that ends like a folder's. Other readers may see other files."
_LONG = "Paths are longer or deeper than file systems allow."
_NAMELESS = "A whiteout names nothing that could be removed; it is ignored."
_ROOT = "An entry would replace the root, or has no name; it is ignored."
_SLASHED = (names.SLASHED, names.DOTTED_SLASHED)


def header_of(rows: Rows, row: int) -> int:
    """Where the header of a row is in the tar, or of the one after the last."""
    kinds = rows.kinds[:row] + bytes([Kind.FILE])
    return starts(kinds, [*rows.sizes[:row], 0], rows.first_header, rows.places)[row] - BLOCK


def judge(rows: Rows, notes: Notes, limits: Limits) -> None:
    """Note what is odd about the names of these rows; what would harm the root is ignored."""

    def note(code: str, text: str, row: int) -> None:
        notes.add(code, text, 0 if notes.knows(code, text) else header_of(rows, row))

    for row, raw in rows.odd_names.items():
        if names.climbs(raw):
            note("climbing-name", _CLIMBING, row)
    if b"\\" in b"\0".join(rows.paths):
        for row, path in enumerate(rows.paths):
            if row not in rows.odd_names and names.climbs(path):
                note("climbing-name", _CLIMBING, row)
    if sum(map(rows.styles.count, _SLASHED)) > rows.kinds.count(Kind.DIR):
        for row, style in enumerate(rows.styles):
            if style in _SLASHED and rows.kinds[row] == Kind.FILE:
                note("ambiguous", _SLASHED_FILE, row)
    if max(map(len, rows.paths)) > limits.warn_name_bytes:
        for row, path in enumerate(rows.paths):
            if len(path) > limits.warn_name_bytes and _is_long(path, limits):
                note("long-path", _LONG, row)
    if Mark.IGNORED in rows.marks:
        for row, path in enumerate(rows.paths):
            if rows.marks[row] == Mark.IGNORED and names.is_nameless_whiteout(path):
                note("nameless-whiteout", _NAMELESS, row)
    if b"" in rows.paths:
        marks = bytearray(rows.marks)
        for row, path in enumerate(rows.paths):
            if not path and (rows.kinds[row] != Kind.DIR or rows.odd_names.get(row) == b""):
                marks[row] = Mark.IGNORED
                note("root-replaced", _ROOT, row)
        rows.marks = bytes(marks)


def _is_long(path: bytes, limits: Limits) -> bool:
    parts = path.split(b"/")
    return (
        len(path) > limits.warn_path_bytes
        or len(parts) > limits.warn_depth
        or max(map(len, parts)) > limits.warn_name_bytes
    )
