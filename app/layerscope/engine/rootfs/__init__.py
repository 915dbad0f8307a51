"""All layers together: merge, trace, totals and search over one stack."""

from typing import TYPE_CHECKING

from layerscope.engine.rootfs.query import Query
from layerscope.engine.rootfs.timeline import PAGE, Timeline
from layerscope.engine.rootfs.values import (
    ROOT,
    Badge,
    Change,
    ChangeCounts,
    Kind,
    LayerTotals,
    Mark,
    Matches,
    Remark,
    Row,
    Sort,
    TimelineSummary,
    TraceEntry,
    TraceStep,
    View,
)
from layerscope.engine.rootfs.writing import TIMELINE_VERSION

if TYPE_CHECKING:
    from layerscope.engine.rootfs.build import build_timeline

__all__ = [
    "PAGE",
    "ROOT",
    "TIMELINE_VERSION",
    "Badge",
    "Change",
    "ChangeCounts",
    "Kind",
    "LayerTotals",
    "Mark",
    "Matches",
    "Query",
    "Remark",
    "Row",
    "Sort",
    "Timeline",
    "TimelineSummary",
    "TraceEntry",
    "TraceStep",
    "View",
    "build_timeline",
]


def __getattr__(name: str) -> object:
    """Building needs the readers of layers, which a window that only looks does not import."""
    if name == "build_timeline":
        from layerscope.engine.rootfs.build import build_timeline

        return build_timeline
    raise AttributeError(name)
