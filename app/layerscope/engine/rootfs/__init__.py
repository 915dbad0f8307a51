"""All layers together: merge, trace, totals and search over one stack."""

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

__all__ = [
    "ROOT",
    "Badge",
    "Change",
    "ChangeCounts",
    "Kind",
    "LayerTotals",
    "Mark",
    "Matches",
    "Remark",
    "Row",
    "Sort",
    "TimelineSummary",
    "TraceEntry",
    "TraceStep",
    "View",
]
