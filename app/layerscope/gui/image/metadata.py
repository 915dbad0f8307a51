"""Everything that a layer says about one file, as facts for people."""

from __future__ import annotations

import struct

from PySide6.QtCore import QCoreApplication

from layerscope.engine.library.values import display_name, size_text
from layerscope.engine.rootfs import Kind, Row, TraceStep
from layerscope.gui.image.facts import device_text, mode_text, time_text
from layerscope.gui.image.facts_table import Fact
from layerscope.gui.image.sentences import kind_text

_CAPABILITIES = (
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
)
_VALUE = 200  #: bytes of an extended attribute that are shown


def metadata(row: Row, step: TraceStep | None, path: bytes) -> tuple[Fact, ...]:
    """The facts of one version: those of ``step`` where it has them, else of ``row``."""
    kind = step.kind if step is not None and step.kind is not None else row.kind
    size = step.size if step is not None and step.size is not None else row.size
    mode = step.mode if step is not None and step.mode is not None else row.mode
    uid = step.uid if step is not None and step.uid is not None else row.uid
    gid = step.gid if step is not None and step.gid is not None else row.gid
    mtime = step.mtime_ns if step is not None and step.mtime_ns is not None else row.mtime_ns
    digest = step.digest if step is not None else row.digest
    xattrs = step.xattrs if step is not None else row.xattrs
    link = step.link if step is not None else row.link
    layer = step.layer if step is not None else row.origin
    facts = [
        Fact(_tr("Path"), "/" + _text(path), mono=True),
        Fact(_tr("Type"), kind_text(kind)),
        Fact(
            _tr("Size"),
            _tr("{size} ({count} bytes)").format(size=size_text(size), count=f"{size:,}"),
        ),
        Fact(_tr("Mode"), f"{mode_text(kind, mode)}  {mode & 0o7777:04o}", mono=True),
        Fact(_tr("Owner"), f"{uid}:{gid}"),
        Fact(_tr("Modified"), _tr("{when} UTC").format(when=time_text(mtime))),
    ]
    if layer:
        facts.append(Fact(_tr("Layer"), str(layer)))
    if link:
        name = _tr("Links to") if kind is Kind.SYMLINK else _tr("Hard link to")
        facts.append(Fact(name, _text(link), mono=True))
    if row.device is not None:
        facts.append(Fact(_tr("Device"), device_text(row.device)))
    if row.links > 1 and kind is not Kind.DIR:
        facts.append(Fact(_tr("Names"), _tr("{count} hard links").format(count=row.links)))
    if digest:
        text = f"sha256:{digest.hex()}"
        facts.append(Fact(_tr("Content"), text, mono=True, copied=text))
    if row.implicit:
        facts.append(Fact(_tr("Note"), _tr("No layer has an entry for this folder.")))
    facts.extend(
        Fact(display_name(name), _attribute(name, value), mono=True)
        for name, value in attributes(xattrs).items()
    )
    return tuple(facts)


def attributes(data: bytes) -> dict[bytes, bytes]:
    """Extended attributes as a layer index writes them: ``<key length> <value length> key value``
    one after the other.  Stops where the data does not follow that."""
    found: dict[bytes, bytes] = {}
    position = 0
    while position < len(data):
        first = data.find(b" ", position)
        second = data.find(b" ", first + 1)
        if first < 0 or second < 0 or not data[position:first].isdigit():
            break
        if not data[first + 1 : second].isdigit():
            break
        middle = second + 1 + int(data[position:first])
        end = middle + int(data[first + 1 : second])
        found[data[second + 1 : middle]] = data[middle:end]
        position = end
    return found


def capabilities(value: bytes) -> str:
    """``security.capability`` as getcap(8) writes it; empty if it is not one we know."""
    if len(value) not in (12, 20, 24):
        return ""
    words = struct.unpack(f"<{len(value) // 4}I", value)
    permitted, inheritable = words[1], words[2]
    if len(value) >= 20:
        permitted |= words[3] << 32
        inheritable |= words[4] << 32
    flags = ("e" if words[0] & 1 else "") + "p" + ("i" if inheritable else "")
    names = [f"cap_{name}" for bit, name in enumerate(_CAPABILITIES) if permitted >> bit & 1]
    return f"{','.join(names)}={flags}" if names else ""


def _attribute(name: bytes, value: bytes) -> str:
    if name == b"security.capability" and (told := capabilities(value)):
        return told
    cut = value[:_VALUE]
    body = cut.rstrip(b"\0")
    try:
        text = body.decode("utf-8")
        printable = text.isprintable()
    except UnicodeDecodeError:
        printable = False
    shown = display_name(body) if printable else cut.hex(" ")
    return shown if len(value) <= _VALUE else f"{shown}…"


def _text(name: bytes) -> str:
    """A name that a table shows escaped and gives away as it is."""
    return name.decode("utf-8", "surrogateescape")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Metadata", text)
