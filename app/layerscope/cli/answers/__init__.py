"""The JSON of every answer.  Its keys are a promise to the scripts that read them."""

from .changes import emptied, plan, removal, tagged, trash_row, undone, verified
from .far_side import found, loaded, pulled, reference, tag
from .files import file, trace_step
from .forms import Answer
from .images import detail, disk_use, image, layer, step
from .limits import limit
from .writing import write, write_each

__all__ = [
    "Answer",
    "detail",
    "disk_use",
    "emptied",
    "file",
    "found",
    "image",
    "layer",
    "limit",
    "loaded",
    "plan",
    "pulled",
    "reference",
    "removal",
    "step",
    "tag",
    "tagged",
    "trace_step",
    "trash_row",
    "undone",
    "verified",
    "write",
    "write_each",
]
