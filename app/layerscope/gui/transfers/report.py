"""A report about a transfer for somebody who can help: what was asked, what came, the facts."""

from __future__ import annotations

from layerscope.engine.errors import LayerscopeError
from layerscope.gui.notices import notice, surroundings
from layerscope.gui.transfers import outcome
from layerscope.gui.transfers.transfers import Transfer


def report(transfer: Transfer) -> str:
    """Lines of text; names of the image are in it, and no secret."""
    error = transfer.error
    if error is None:
        return outcome.report(transfer)
    told = notice(error)
    lines = [f"{transfer.operation} {transfer.name}", told.title, told.text, told.details]
    if isinstance(error, LayerscopeError):
        lines.append(type(error).__name__)
        lines += [f"{name}: {_open(fact)}" for name, fact in sorted(vars(error).items()) if fact]
    lines += [
        f"layer {layer.number} {layer.digest} {layer.state.value} {layer.done} of {layer.size}"
        for layer in transfer.layers
    ]
    return "\n".join([*(line for line in lines if line), "", surroundings()])


def _open(fact: object) -> str:
    """A fact without what may sign somebody in: the query of a URL."""
    text = str(fact)
    return text.partition("?")[0] if "://" in text else text
