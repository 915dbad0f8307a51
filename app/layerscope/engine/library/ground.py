"""What all operations stand on: one store, the registries, the settings, and who runs passes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import LayerscopeError
from layerscope.engine.oci import Digest
from layerscope.engine.store import Store
from layerscope.engine.task import Task

from . import locations
from .catalogue import Catalogue
from .passes import InlinePasses
from .settings import identity, read_changed, read_settings, write_settings
from .values import Settings

if TYPE_CHECKING:
    from layerscope.engine.layers import LayerSummary
    from layerscope.engine.registry import Registries, SessionLogins

    from .passes import Passes


_POLL = 0.05  #: seconds between two looks at a task while waiting for a lock
_EARLY = 2


class Ground:
    """Shared by all threads.  ``built`` counts the indexes and timelines that this process has
    made, because the listing shows more once they exist."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        passes: Passes,
        plain_http: Iterable[str] = (),
        notices: tuple[str, ...] = (),
        registries: Registries | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self.store = store
        self._settings = settings
        self._seen = identity(locations.settings_file())
        self.passes = passes
        self.notices = notices
        self.catalogue = Catalogue(store)
        self._plain_http = tuple(plain_http)
        self._limits = dict(limits or {})
        self._registries = registries
        self._logins: SessionLogins | None = None
        self._lock = threading.Lock()
        self._built = 0
        self._making: dict[Path, threading.Lock] = {}
        #: What finished layer indexes say about their layers; a blob never changes.
        self.summaries: dict[Digest, LayerSummary] = {}
        #: Layers whose index this process has made, or read to its end.
        self.sound: set[Digest] = set()
        #: Seats for passes over layers that are still arriving.
        self.early = threading.BoundedSemaphore(_EARLY)

    @classmethod
    def open(
        cls,
        store: Path | None,
        passes: Passes | None,
        plain_http: Iterable[str],
        limits: Mapping[str, int] | None = None,
    ) -> Ground:
        seen = identity(locations.settings_file())
        settings, notice = read_settings(locations.settings_file())
        ground = cls(
            Store.open(store or locations.store_folder()),
            settings,
            passes or InlinePasses(),
            plain_http,
            (notice,) if notice else (),
            limits=limits,
        )
        ground._seen = seen
        return ground

    @property
    def settings(self) -> Settings:
        """As the file has them by now: this process lives long, and another may change them.
        Transfers go on with the registries that they began with."""
        path = locations.settings_file()
        now = identity(path)
        if now != self._seen:
            newest = read_changed(path)
            with self._lock:
                self._seen = now
                if newest is not None and newest != self._settings:
                    self._settings = newest
                    self._registries = None
        return self._settings

    @property
    def registries(self) -> Registries:
        _ = self.settings  # those that were made for older ones are forgotten by this
        with self._lock:
            if self._registries is None:
                from .remote import make_registries

                self._registries = make_registries(
                    self._settings, self._plain_http, self._session_logins()
                )
            return self._registries

    @property
    def limits(self) -> Limits:
        """The defaults, with what the settings change and then what this process was asked for."""
        return Limits().changed({**self.settings.limits, **self._limits})

    @property
    def plain_http(self) -> frozenset[str]:
        """Hosts that are spoken to without TLS, by the settings or the command line."""
        return frozenset((*self.settings.plain_http, *self._plain_http))

    @property
    def session_logins(self) -> SessionLogins:
        """Logins that are kept for as long as this process runs, whatever the settings."""
        with self._lock:
            return self._session_logins()

    def forget_registries(self) -> None:
        """Somebody signed in or out: what was known of registries is asked again."""
        with self._lock:
            self._registries = None

    def _session_logins(self) -> SessionLogins:
        if self._logins is None:
            from layerscope.engine.registry import SessionLogins

            self._logins = SessionLogins()
        return self._logins

    @contextmanager
    def settings_held(self, task: Task) -> Iterator[None]:
        """No other process that asks for this changes the settings during the block.  Raises
        StoreBusy."""
        from layerscope.engine.content import files
        from layerscope.engine.content.locks import FileLock

        lock = locations.settings_lock()
        files.make_folder(lock.parent)
        with FileLock(lock).held(task):
            yield

    def change_settings(self, settings: Settings) -> None:
        write_settings(locations.settings_file(), settings)
        with self._lock:
            # What the file is like now is not noted: somebody may have written it since.
            self._settings = settings
            self._registries = None

    def has_built(self) -> None:
        with self._lock:
            self._built += 1

    @contextmanager
    def making(self, path: Path, task: Task) -> Iterator[None]:
        """Alone among the jobs of this process in making one derived file."""
        with self._lock:
            lock = self._making.setdefault(path, threading.Lock())
        while not lock.acquire(timeout=_POLL):
            task.checkpoint()
        try:
            yield
        finally:
            lock.release()

    def generation(self) -> str:
        try:
            return f"{self.store.generation()}+{self._built}"
        except (LayerscopeError, OSError) as error:
            return f"unreadable: {error}"
