"""All layers together: merge, trace, totals and search over one stack."""

from importlib import import_module
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from layerscope.engine.rootfs.build import build_timeline
    from layerscope.engine.rootfs.query import Query
    from layerscope.engine.rootfs.timeline import PAGE, Timeline
    from layerscope.engine.rootfs.writing import TIMELINE_VERSION, check_timeline

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
    "check_timeline",
]


_LATER = {
    "PAGE": "timeline",
    "Query": "query",
    "TIMELINE_VERSION": "writing",
    "Timeline": "timeline",
    "build_timeline": "build",
    "check_timeline": "writing",
}


def __getattr__(name: str) -> object:
    """Each comes with its first use: a window that only looks builds nothing, and a pull that
    only names values looks at nothing."""
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
