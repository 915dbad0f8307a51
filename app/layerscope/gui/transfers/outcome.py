"""What a transfer to the disk has written, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from layerscope.engine.library.values import Exported, Pulled, Saved, Why, display_name, size_text
from layerscope.gui.transfers.transfers import State, Transfer

_WRITING = ("save", "export", "export_layer", "extract")


def writes(transfer: Transfer) -> bool:
    """Whether it writes to the disk rather than into the store."""
    return transfer.operation in _WRITING


def words(transfer: Transfer) -> str:
    """How a transfer to the disk has ended, unless it has failed."""
    match transfer.result:
        case Saved(bytes=size, references=names):
            return f"{_count('%n name(s)', len(names))} · {size_text(size)}"
        case Exported() as done:
            return _exported(done)
    if transfer.state is State.CANCELLED:
        text = "Cancelled. An archive is whole or absent; a folder may hold a part."
        return QCoreApplication.translate("Outcome", text)
    return ""


def mirrors(transfer: Transfer) -> list[str]:
    """What mirrors had to do with a finished pull; usually nothing."""
    match transfer.result:
        case Pulled(tag_from=mirror) if mirror:
            text = "The tag is what mirror {0} knows"
            return [QCoreApplication.translate("Outcome", text).format(display_name(mirror))]
        case Pulled(mirrored=size) if size:
            text = "{0} by mirrors"
            return [QCoreApplication.translate("Outcome", text).format(size_text(size))]
    return []


def report(transfer: Transfer) -> str:
    """Everything that is not on the disk as it is in the image, or that did not go as it should
    on the way, a line each; usually empty."""
    match transfer.result:
        case Pulled(warnings=warnings) if warnings:
            return "\n".join((transfer.name, *map(display_name, warnings)))
        case Exported(notes=notes, counts=counts) if counts:
            lines = [f"{transfer.name}"]
            lines += [f"{count} x {Why(why).sentence}" for why, count in counts]
            lines += [f"  {display_name(note.path)}: {note.why.sentence}" for note in notes]
            return "\n".join(lines)
    return ""


def _exported(done: Exported) -> str:
    parts = [_count("%n file(s)", done.files)] if done.files else []
    if done.folders:
        parts.append(_count("%n folder(s)", done.folders))
    if done.links:
        parts.append(_count("%n link(s)", done.links))
    parts.append(size_text(done.size or done.bytes))
    if done.left_out:
        parts.append(_count("%n left out", done.left_out))
    changed = sum(count for _why, count in done.counts) - done.left_out
    if changed > 0:
        parts.append(_count("%n not in every detail", changed))
    return " · ".join(parts)


def _count(text: str, count: int) -> str:
    return QCoreApplication.translate("Outcome", text, "", count)
