"""What a row of the file list says: to a screen reader, in its tooltip, by its icon."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from layerscope.engine.library.values import display_name, size_text
from layerscope.engine.rootfs import Badge, Kind, Row
from layerscope.gui.image.facts import device_text
from layerscope.gui.image.sentences import kind_text, layers_text

_ICONS = {
    "file-code": "py js ts c h cc cpp go rs rb pl pm sh bash zsh css html xml json yaml yml toml",
    "binary": "so a o bin pyc pyo exe dll dat db sqlite cache mo ko wasm class",
    "file-key": "pem key crt cer p12 pfx gpg pub",
    "file-image": "png jpg jpeg gif webp svg bmp ico tif tiff",
    "file-box": "tar gz tgz xz bz2 zst zip whl jar deb rpm apk gem egg",
}
_BY_ENDING = {ending: icon for icon, endings in _ICONS.items() for ending in endings.split()}
_SECRETS = {b"shadow", b"shadow-", b"gshadow", b"gshadow-", b"id_rsa", b"id_ed25519", b".netrc"}


def icon_name(row: Row, is_open: bool = False) -> str:
    """The icon of a row, by its kind and, for files, the end of its name."""
    match row.kind:
        case Kind.DIR:
            return "folder-open" if is_open else "folder"
        case Kind.SYMLINK:
            return "link"
        case Kind.CHAR | Kind.BLOCK:
            return "hard-drive"
        case Kind.FILE | Kind.HARDLINK:
            return _file_icon(row)
    return "file"


def extra_text(row: Row) -> str:
    """What follows the name in grey: a link's target, a device's numbers, other names."""
    if row.link:
        return f"→ {display_name(row.link)}"
    if row.device is not None:
        return device_text(row.device)
    if row.links > 1 and row.kind is not Kind.DIR:
        return _tr("{count} names").format(count=row.links)
    return ""


def sentence(row: Row, is_open: bool | None = None) -> str:
    """The row in one sentence, in reading order; ``is_open`` is None for what does not open."""
    said = [display_name(row.name), kind_text(row.kind)]
    if is_open is not None:
        said.append(_tr("expanded") if is_open else _tr("collapsed"))
    said.append(_tr("level {depth}").format(depth=row.depth))
    origin = row.deleted_in if row.deleted and row.deleted_in else row.origin
    if origin:
        said.append(_tr("from layer {number}").format(number=origin))
    if row.badge:
        said.append(badge_text(row))
    elif row.inside_changed:
        said.append(_tr("contains changes"))
    if row.kind is not Kind.SYMLINK:
        said.append(size_text(row.size))
    if row.shadowed and not row.deleted and row.kind is not Kind.DIR:  # folders are merged
        said.append(_tr("older copy in {layers}").format(layers=layers_text(row.shadowed)))
    if row.composition:
        said.append(composition_text(row))
    return ", ".join(said)


def badge_text(row: Row) -> str:
    match row.badge:
        case Badge.ADDED:
            return _tr("added")
        case Badge.MODIFIED:
            return _tr("modified")
        case Badge.PROPERTIES:
            return _tr("properties changed")
        case Badge.DELETED if row.shadowed:
            told = _tr("deleted, still stored in {layers}")
            return told.format(layers=layers_text(row.shadowed))
        case Badge.DELETED:
            return _tr("deleted")
        case Badge.OPAQUE:
            return _tr("replaces folder")
    return ""


def composition_text(row: Row) -> str:
    """``layer 1 62 %, layer 2 34 %``; a long list ends with "and more"."""
    total = sum(size for _layer, size in row.composition) or 1
    parts = sorted(row.composition, key=lambda part: -part[1])
    said = [
        _tr("layer {number} {share} %").format(number=layer, share=round(100 * size / total))
        for layer, size in parts[:6]
    ]
    if len(parts) > 6:
        said.append(_tr("and more"))
    return ", ".join(said)


def tip(row: Row, path: bytes) -> str:
    """Lines of the tooltip, plain text."""
    lines = [f"/{display_name(path)}", _tr("{count} bytes").format(count=f"{row.size:,}")]
    if row.kind is Kind.DIR:
        told = _tr("{files} files below, {children} entries inside")
        lines.append(told.format(files=f"{row.files:,}", children=f"{row.children:,}"))
    if row.badge:
        lines.append(badge_text(row))
    elif row.shadowed and row.kind is not Kind.DIR:
        lines.append(_tr("Older copy in {layers}").format(layers=layers_text(row.shadowed)))
    if row.composition:
        lines.append(composition_text(row))
    return "\n".join(lines)


def _file_icon(row: Row) -> str:
    if row.name in _SECRETS:
        return "file-key"
    stem, dot, ending = row.name.rpartition(b".")
    if dot and stem:
        if ending.isdigit() and b".so." in row.name:
            return "binary"
        found = _BY_ENDING.get(ending.decode("ascii", "replace").lower())
        if found:
            return found
    elif row.mode & 0o111 and row.size > 4096:
        return "binary"
    return "file-text"


def _tr(text: str) -> str:
    return QCoreApplication.translate("FileRows", text)
