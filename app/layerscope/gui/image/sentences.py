"""The one sentence that explains where a file comes from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from layerscope.engine.dataclass import dataclass
from layerscope.engine.library.values import display_name, size_text
from layerscope.engine.rootfs import Change, Kind, TraceEntry, TraceStep
from layerscope.gui.image.lookup import answers, seen


@dataclass(frozen=True, slots=True)
class Explanation:
    """``headline`` says what happened; ``detail``, which may be empty, what it costs or means."""

    headline: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a trace does not tell.

    ``as_of`` is the layer one looks from; ``names`` how many names the file has; ``opaque``
    whether a layer replaced the folder as a whole; ``implicit`` whether a folder is there only
    because something is in it; ``contributors`` the layers that a folder's content comes from,
    ascending.
    """

    as_of: int
    names: int = 1
    opaque: bool = False
    implicit: bool = False
    contributors: tuple[int, ...] = ()


def explain(steps: Sequence[TraceStep], around: Circumstances) -> Explanation:
    """Explain a trace (top first, at least one layer has an entry) in plain words."""
    in_view = [step for step in steps if step.layer <= around.as_of and answers(step)]
    above = [step for step in steps if step.layer > around.as_of and answers(step)]
    if around.implicit:
        return Explanation(_tr("No layer has an entry for this folder; its content makes it."))
    if not in_view:
        return _not_yet(above)
    below_line = bool(above)
    visible = seen(steps, around.as_of)
    older = [step for step in in_view[1:] if _stored(step)]
    if visible is None:
        told = _hidden(in_view[0], older)
    elif visible.kind is Kind.DIR:
        told = _folder(visible, in_view[1:], around, below_line)
    else:
        told = _file(visible, in_view[1:], older, around, below_line)
    return _and_above(told, above, gone=visible is None)


def layers_text(numbers: Sequence[int]) -> str:
    """``layer 3``, ``layers 1 and 3`` or, for runs, first and last with a dash; in any order."""
    ordered = sorted(set(numbers))
    if len(ordered) == 1:
        return _tr("layer {number}").format(number=ordered[0])
    first, last = ordered[0], ordered[-1]
    if len(ordered) > 2 and last - first == len(ordered) - 1:
        return _tr("layers {first}\N{EN DASH}{last}").format(first=first, last=last)
    listed = ", ".join(map(str, ordered[:-1]))
    return _tr("layers {listed} and {last}").format(listed=listed, last=last)


# What is seen


def _file(
    visible: TraceStep,
    below: Sequence[TraceStep],
    older: Sequence[TraceStep],
    around: Circumstances,
    below_line: bool,
) -> Explanation:
    number = visible.layer
    if not below:
        return Explanation(_only_once(number, around, below_line), _nature(visible, around))
    nearest = below[0]
    if not _stored(nearest):
        headline = _tr("Deleted in layer {lower}, then added again in layer {number}.")
        told = headline.format(lower=nearest.layer, number=number)
    elif nearest.kind != visible.kind:
        told = _tr("Replaced in layer {number}: it was a {before} before.").format(
            number=number, before=kind_text(nearest.kind)
        )
    else:
        told = _changed(visible, nearest)
    details = [_still_stored(older), _nature(visible, around)]
    return Explanation(told, " ".join(filter(None, details)))


def _changed(visible: TraceStep, nearest: TraceStep) -> str:
    number, lower = visible.layer, nearest.layer
    match visible.change:
        case Change.METADATA:
            told = _tr(
                "Only its properties changed in layer {number}, so all of it is stored again in"
                " full."
            )
        case Change.REWRITTEN | Change.TOUCHED:
            told = _tr("Stored again in layer {number}, byte for byte as in layer {lower}.")
        case _:
            told = _tr("Copied up from layer {lower}, then changed in layer {number}.")
    return told.format(number=number, lower=lower)


def _only_once(number: int, around: Circumstances, below_line: bool) -> str:
    """``below_line``: layers above the viewing line do something to it, which is told next."""
    if below_line and number == around.as_of:
        return _tr("Added in layer {number}, at the viewing line.").format(number=number)
    if below_line:
        told = _tr("Added in layer {number} and unchanged up to the viewing line.")
        return told.format(number=number)
    if number == around.as_of:
        return _tr("Added in layer {number}; no other layer has it.").format(number=number)
    return _tr("Added in layer {number} and never changed since.").format(number=number)


def _nature(visible: TraceStep, around: Circumstances) -> str:
    if visible.content is not None and visible.content[0] != visible.layer:
        told = _tr("A hard link to bytes that layer {number} stores.")
        return told.format(number=visible.content[0])
    if around.names > 1:
        told = _tr("A hard link: {count} names share these bytes, which are stored once.")
        return told.format(count=around.names)
    return ""


def _folder(
    visible: TraceStep, below: Sequence[TraceStep], around: Circumstances, below_line: bool
) -> Explanation:
    number = visible.layer
    if around.opaque:
        return Explanation(
            _tr("Layer {number} replaced this folder as a whole.").format(number=number),
            _tr("What the layers below had in it is hidden, but still stored."),
        )
    sources = around.contributors or tuple(step.layer for step in (visible, *below))
    if len(set(sources)) > 1:
        return Explanation(
            _tr("A merged folder: its content comes from {layers}.").format(
                layers=layers_text(sources)
            ),
            _tr("Its own mode and owner are those of layer {number}.").format(number=number),
        )
    holders = [step.layer for step in (visible, *below) if _stored(step)]
    if len(holders) > 1:
        headline = _tr("All of its content comes from layer {number}.")
        detail = _tr("{layers} have an entry for it; mode and owner are those of layer {number}.")
        listed = layers_text(holders)
        return Explanation(
            headline.format(number=sources[0]),
            detail.format(layers=listed[:1].upper() + listed[1:], number=number),
        )
    return Explanation(_only_once(number, around, below_line))


# What is not seen


def _hidden(top: TraceStep, older: Sequence[TraceStep]) -> Explanation:
    if top.entry is TraceEntry.WHITEOUT and not top.by:
        headline = _tr("Deleted in layer {number} by a whiteout (a marker that hides it).")
    elif top.entry is TraceEntry.WHITEOUT:
        headline = _tr("Deleted in layer {number} together with /{folder}.")
    elif top.by:
        headline = _tr("Hidden because layer {number} replaced /{folder}.")
    else:
        headline = _tr("Hidden because layer {number} replaced it.")
    told = headline.format(number=top.layer, folder=display_name(top.by))
    return Explanation(told, _still_stored(older))


def _not_yet(above: Sequence[TraceStep]) -> Explanation:
    if not above:
        return Explanation(_tr("No layer has this path."))
    told = _tr("Not there yet: it first appears in layer {number}.")
    return Explanation(told.format(number=above[-1].layer))


def _and_above(told: Explanation, above: Sequence[TraceStep], *, gone: bool) -> Explanation:
    """Add what the layers above the viewing line do, from the line up: change the path, take it
    away, bring it back.  ``gone``: it is not seen at the line."""
    does = {
        "changed": _tr("changed in {layers}"),
        "stored": _tr("stored again in {layers}"),
        "deleted": _tr("deleted in {layers}"),
        "hidden": _tr("hidden in {layers}"),
        "added": _tr("added again in {layers}"),
    }
    runs: list[tuple[str, list[int]]] = []
    for step in reversed(above):
        verb = _above_verb(step, gone)
        gone = not _stored(step)
        if runs and runs[-1][0] == verb:
            runs[-1][1].append(step.layer)
        else:
            runs.append((verb, [step.layer]))
    if not runs:
        return told
    listed = [does[verb].format(layers=layers_text(numbers)) for verb, numbers in runs]
    more = _tr("Above the viewing line it is {what}.").format(what=_tr(", then ").join(listed))
    return Explanation(told.headline, f"{told.detail} {more}".strip())


def _above_verb(step: TraceStep, gone: bool) -> str:
    if not _stored(step):
        return "deleted" if step.entry is TraceEntry.WHITEOUT else "hidden"
    if gone:
        return "added"
    return "stored" if step.change in (Change.REWRITTEN, Change.TOUCHED) else "changed"


# Words


def kind_text(kind: Kind | None) -> str:
    """The word that people use for a kind."""
    return {
        "file": _tr("file"),
        "dir": _tr("folder"),
        "symlink": _tr("symbolic link"),
        "hardlink": _tr("hard link"),
        "char": _tr("character device"),
        "block": _tr("block device"),
        "fifo": _tr("named pipe"),
    }.get(kind.word if kind is not None else "", _tr("special file"))


def _still_stored(older: Sequence[TraceStep]) -> str:
    if not older:
        return ""
    numbers = sorted({step.layer for step in older})
    size = size_text(sum(step.size or 0 for step in older))
    if len(numbers) == 1:
        return _tr("Layer {number} still stores its {size}.").format(number=numbers[0], size=size)
    listed = layers_text(numbers)
    told = _tr("{layers} still store {size} of older copies.")
    return told.format(layers=listed[:1].upper() + listed[1:], size=size)


def _stored(step: TraceStep) -> bool:
    return step.entry is TraceEntry.PRESENT


def _tr(text: str) -> str:
    return QCoreApplication.translate("Sentences", text)
