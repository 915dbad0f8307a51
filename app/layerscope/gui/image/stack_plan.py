"""What the layer stack lists, from the container layer down to the kernel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto

from layerscope.engine.dataclass import dataclass
from layerscope.engine.library.values import ImageDetail, LayerRow, StepRow
from layerscope.gui.image.bands import Band


class Part(Enum):
    """The kinds of things in the stack."""

    CONTAINER = auto()
    LINE = auto()  #: the viewing line
    LAYER = auto()
    BASE = auto()  #: the name of the base image, above its top layer
    STEP = auto()  #: a step that only sets metadata
    BAND = auto()
    KERNEL = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the stack.  ``above`` tells that it lies above the viewing line; ``inside`` that
    it belongs to an open band; ``open`` that the band is open."""

    part: Part
    layer: LayerRow | None = None
    step: StepRow | None = None
    band: Band | None = None
    above: bool = False
    inside: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """How the stack is shown: ``steps`` lists metadata steps in place; ``bands`` is empty when
    all layers are listed; ``opened`` are the first layers of the open bands."""

    as_of: int
    steps: bool = False
    bands: tuple[Band, ...] = ()
    opened: frozenset[int] = frozenset()


def stack(detail: ImageDetail, shown: Shown) -> tuple[Item, ...]:
    """The rows of the stack, top first."""
    return (Item(Part.CONTAINER), *_middle(detail, shown), Item(Part.KERNEL))


def hidden_steps(detail: ImageDetail) -> int:
    return sum(step.layer is None for step in detail.steps)


def _middle(detail: ImageDetail, shown: Shown) -> Iterator[Item]:
    between = _steps_above(detail.steps) if shown.steps and not shown.bands else {}
    if not shown.bands:
        for layer in reversed(detail.layers):
            yield from _steps(between.get(layer.number, ()), layer.number > shown.as_of)
            yield from _layer(detail, layer, shown)
        yield from _steps(between.get(0, ()), False)
        return
    for band in reversed(shown.bands):
        inner = band.first <= shown.as_of < band.last
        is_open = inner or band.first in shown.opened
        if band.last == shown.as_of and not is_open:
            yield Item(Part.LINE)
        yield Item(Part.BAND, band=band, above=band.first > shown.as_of, open=is_open)
        if is_open:
            for layer in reversed(detail.layers[band.first - 1 : band.last]):
                yield from _layer(detail, layer, shown, inside=True)


def _layer(
    detail: ImageDetail, layer: LayerRow, shown: Shown, inside: bool = False
) -> Iterator[Item]:
    if layer.number == detail.base_layers and detail.base_name and not inside:
        yield Item(Part.BASE, layer=layer)
    if layer.number == shown.as_of:
        yield Item(Part.LINE)
    above = layer.number > shown.as_of
    yield Item(Part.LAYER, layer=layer, above=above, inside=inside)


def _steps(steps: Sequence[StepRow], above: bool) -> Iterator[Item]:
    for step in steps:
        yield Item(Part.STEP, step=step, above=above)


def _steps_above(steps: Sequence[StepRow]) -> dict[int, list[StepRow]]:
    """Metadata steps by the layer they came right after; 0 for those before the first layer."""
    between: dict[int, list[StepRow]] = {}
    below = 0
    for step in reversed(steps):
        if step.layer is not None:
            below = step.layer
        else:
            between.setdefault(below, []).insert(0, step)
    return between
