"""Where images are kept: an OCI image layout that several processes share."""

from layerscope.engine.store.lease import Lease
from layerscope.engine.store.store import Store
from layerscope.engine.store.values import (
    Change,
    DiskUse,
    Finding,
    FindingKind,
    ImageUse,
    Operation,
    Plan,
    PlannedBlob,
    PlannedImage,
    Recovery,
    Report,
    StoredEntry,
    TrashItem,
)
from layerscope.engine.store.writer import BlobWriter, NewBlob

__all__ = [
    "BlobWriter",
    "Change",
    "DiskUse",
    "Finding",
    "FindingKind",
    "ImageUse",
    "Lease",
    "NewBlob",
    "Operation",
    "Plan",
    "PlannedBlob",
    "PlannedImage",
    "Recovery",
    "Report",
    "Store",
    "StoredEntry",
    "TrashItem",
]
