"""What the library answers: frozen values that the window and the command line show.

Numbers are bytes unless a name says otherwise, times are aware datetimes or None, layers are
numbered from the bottom starting at 1, digests are ``Digest`` values.  All values pickle, because
they travel from the worker to the window.  Each subject has its module, which is loaded
when one of its names is first asked for: a few dozen classes take a while to make, and no program
needs them all at its start.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerscope.engine.content.limits import Limit
    from layerscope.engine.content.wording import display_name, size_text

    from .checking import Finding, Repaired, Verified
    from .files import Browsable
    from .giving_back import (
        Conflict,
        Exported,
        ImageToLoad,
        ImageToSave,
        Imported,
        LoadPlan,
        Note,
        OwnerCount,
        Saved,
        SaveFormat,
        SavePlan,
        TreePlan,
        Why,
        WrittenPath,
    )
    from .images import (
        BlockUse,
        DiskUse,
        Document,
        ImageDetail,
        ImageRow,
        LayerRow,
        Listing,
        StepRow,
    )
    from .pushing import Pushed, PushedLayer, PushLayer, PushPlan, PushState
    from .registries import FoundRow, RegistryRow, Searching, TagRow
    from .removal import Candidate, Emptied, Removal, RemovalPlan, TagChange, TrashRow
    from .settings import Settings
    from .signing_in import (
        ConnectionTest,
        CopiedLogins,
        Keep,
        LoginPlaces,
        NotedLogin,
        NotedLogins,
        RegistryState,
        SignedIn,
        SignedOut,
    )
    from .transfers import LayerPlan, Loaded, Pulled, PulledLayer, PullPreview

__all__ = [  # names that pass through here are for the window, which sees no lower floor
    "BlockUse",
    "Browsable",
    "Candidate",
    "Conflict",
    "ConnectionTest",
    "CopiedLogins",
    "DiskUse",
    "Document",
    "Emptied",
    "Exported",
    "Finding",
    "FoundRow",
    "ImageDetail",
    "ImageRow",
    "ImageToLoad",
    "ImageToSave",
    "Imported",
    "Keep",
    "LayerPlan",
    "LayerRow",
    "Limit",
    "Listing",
    "LoadPlan",
    "Loaded",
    "LoginPlaces",
    "Note",
    "NotedLogin",
    "NotedLogins",
    "OwnerCount",
    "PullPreview",
    "Pulled",
    "PulledLayer",
    "PushLayer",
    "PushPlan",
    "PushState",
    "Pushed",
    "PushedLayer",
    "RegistryRow",
    "RegistryState",
    "Removal",
    "RemovalPlan",
    "Repaired",
    "SaveFormat",
    "SavePlan",
    "Saved",
    "Searching",
    "Settings",
    "SignedIn",
    "SignedOut",
    "StepRow",
    "TagChange",
    "TagRow",
    "TrashRow",
    "TreePlan",
    "Verified",
    "Why",
    "WrittenPath",
    "display_name",
    "size_text",
]

_HOMES = {
    "layerscope.engine.content.limits": ("Limit",),
    "layerscope.engine.content.wording": ("display_name", "size_text"),
    ".checking": ("Finding", "Repaired", "Verified"),
    ".files": ("Browsable",),
    ".giving_back": (
        "Conflict",
        "Exported",
        "ImageToLoad",
        "ImageToSave",
        "Imported",
        "LoadPlan",
        "Note",
        "OwnerCount",
        "SaveFormat",
        "SavePlan",
        "Saved",
        "TreePlan",
        "Why",
        "WrittenPath",
    ),
    ".images": (
        "BlockUse",
        "DiskUse",
        "Document",
        "ImageDetail",
        "ImageRow",
        "LayerRow",
        "Listing",
        "StepRow",
    ),
    ".pushing": ("PushLayer", "PushPlan", "PushState", "Pushed", "PushedLayer"),
    ".registries": ("FoundRow", "RegistryRow", "Searching", "TagRow"),
    ".removal": ("Candidate", "Emptied", "Removal", "RemovalPlan", "TagChange", "TrashRow"),
    ".settings": ("Settings",),
    ".signing_in": (
        "ConnectionTest",
        "CopiedLogins",
        "Keep",
        "LoginPlaces",
        "NotedLogin",
        "NotedLogins",
        "RegistryState",
        "SignedIn",
        "SignedOut",
    ),
    ".transfers": ("LayerPlan", "Loaded", "Pulled", "PulledLayer", "PullPreview"),
}
_LATER = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(_LATER[name], __name__), name)
