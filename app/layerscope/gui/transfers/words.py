"""What the line of a transfer says: about what, how much, how fast."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.library.values import size_text
from layerscope.gui.plain import display
from layerscope.gui.transfers import outcome
from layerscope.gui.transfers.transfers import State, Transfer


def about(transfer: Transfer) -> str:
    """What it is about or how it stands: platform and layers, a step, an error."""
    if transfer.error is not None:
        hint = transfer.error.hint if isinstance(transfer.error, LayerscopeError) else ""
        return display(f"{transfer.error} {hint}".strip())
    if outcome.writes(transfer) and not transfer.running:
        return outcome.words(transfer)
    if transfer.state is State.PAUSED:
        if transfer.fraction is None:
            return _tr("Paused. Resume continues from here.")
        words = _tr("Paused at {0} %. Resume continues from here.")
        return words.format(f"{transfer.fraction * 100:.0f}")
    if transfer.state is State.CANCELLED:
        return _tr("Cancelled. What has arrived is kept, and the next try goes on from it.")
    parts = []
    if transfer.progress is not None and transfer.progress.platform:
        parts.append(display(transfer.progress.platform))
    if transfer.layers:
        words = _tr("{0} of {1} layers complete")
        parts.append(words.format(transfer.layers_over, len(transfer.layers)))
        parts += outcome.mirrors(transfer)
    elif transfer.running:
        step = transfer.step.what if transfer.step else ""
        waiting = _tr("Starting…") if outcome.writes(transfer) else ""
        parts.append(display(step) or waiting or _tr("Asking the registry…"))
    return " · ".join(parts)


def amount(transfer: Transfer) -> str:
    """How much has travelled; empty while nobody knows."""
    progress = transfer.progress
    if transfer.fraction is None:
        return ""
    share = f"{transfer.fraction * 100:.0f} %"
    if progress is None or not progress.expected:
        return share if not transfer.over else _tr("Done")
    words = _tr("{0} of {1}")
    travelled = words.format(size_text(progress.received), size_text(progress.expected))
    return f"{share}   {travelled}" if transfer.running else travelled


def speed(transfer: Transfer) -> str:
    """How fast it goes and how long it will take; empty unless it runs."""
    if not transfer.running or transfer.progress is None:
        return ""
    parts = []
    if transfer.rate.speed >= 1 and transfer.fraction != 1:
        parts.append(f"{size_text(int(transfer.rate.speed))}/s")
    left = transfer.seconds_left
    if left is not None and left > 60:
        parts.append(_count("about %n min left", round(left / 60)))
    elif left is not None:
        parts.append(_count("%n s left", max(1, round(left))))
    if transfer.progress.connections:
        parts.append(_count("%n connection(s)", transfer.progress.connections))
    return " · ".join(parts)


def _tr(words: str) -> str:
    return QCoreApplication.translate("TransferCard", words)


def _count(words: str, count: int) -> str:
    return QCoreApplication.translate("TransferCard", words, "", count)
