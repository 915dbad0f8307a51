"""What the library answers: frozen values that the window and the command line show.

Numbers are bytes unless a name says otherwise, times are aware datetimes or None, layers are
numbered from the bottom starting at 1, digests are ``Digest`` values.  All values pickle, because
they travel from the worker to the window.  Each subject has its module; all are imported from here.
"""

from layerscope.engine.content.wording import display_name, size_text

from .checking import Finding, Repaired, Verified
from .files import Browsable
from .images import BlockUse, DiskUse, Document, ImageDetail, ImageRow, LayerRow, Listing, StepRow
from .registries import FoundRow, RegistryRow, Searching, TagRow
from .removal import Candidate, Removal, RemovalPlan, TagChange
from .settings import Settings
from .transfers import LayerPlan, Loaded, Pulled, PulledLayer, PullPreview

__all__ = [  # names that pass through here are for the window, which sees no lower floor
    "BlockUse",
    "Browsable",
    "Candidate",
    "DiskUse",
    "Document",
    "Finding",
    "FoundRow",
    "ImageDetail",
    "ImageRow",
    "LayerPlan",
    "LayerRow",
    "Listing",
    "Loaded",
    "PullPreview",
    "Pulled",
    "PulledLayer",
    "RegistryRow",
    "Removal",
    "RemovalPlan",
    "Repaired",
    "Searching",
    "Settings",
    "StepRow",
    "TagChange",
    "TagRow",
    "Verified",
    "display_name",
    "size_text",
]
