"""The only door to the engine: one method for each thing that a person can do with images.

The methods load what they need when they are called, because a listing should not have to wait
for the import of an HTTP library, nor hold one in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.engine.library.ground import Ground
from layerscope.engine.task import Task

from .bringing import Bringing
from .changes import Changes
from .far_side import FarSide
from .giving_back import GivingBack
from .looking import Looking

if TYPE_CHECKING:
    from layerscope.engine.library.passes import Passes
    from layerscope.engine.library.values import Limit, Settings


def open_library(
    store: Path | None = None,
    passes: Passes | None = None,
    plain_http: Iterable[str] = (),
    limits: Mapping[str, int] | None = None,
) -> Library:
    """The library over a store folder (None: the one of this user), made if it is not there.

    ``passes`` None runs heavy passes in this process.  ``plain_http`` are hosts to be spoken to
    without TLS, besides those of the settings; ``limits`` go before those of the settings.
    Raises StoreError.
    """
    return Library(Ground.open(store, passes, plain_http, limits))


class Library(Looking, FarSide, Bringing, Changes, GivingBack):
    """What a person can do with images.  Any thread may call any method at any time.

    ``name`` is a reference, an image ID (7 or more hex digits) or a digest, as text; ImageNotFound
    or AmbiguousName if it does not name one image.  All methods raise LayerscopeError for what can
    be explained, and Cancelled within 250 ms of a cancel.
    """

    def settings(self, *, task: Task) -> Settings:
        """As they are in force now; see ``change_settings``."""
        return self._ground.settings

    def limits(self, *, task: Task) -> tuple[Limit, ...]:
        """What content may cost: the limits that are obeyed, in the order they are best read."""
        return self._ground.limits.described()

    def change_limits(self, values: Mapping[str, int], *, task: Task) -> tuple[Limit, ...]:
        """Write some limits into the settings, nothing else of them, and obey them from now on;
        those that were given for this process alone go before.  A default is not written.  Returns
        what ``limits`` tells then.  Raises BadInput for names and values that no limit may have."""
        from layerscope.engine.library.configuring import change_limits

        change_limits(self._ground, values, task)
        return self._ground.limits.described()

    def change_settings(self, settings: Settings, *, task: Task) -> Settings:
        """Write the settings and obey them from now on, whatever others have written by now."""
        with self._ground.settings_held(task):
            self._ground.change_settings(settings)
        return settings
