"""The verbs of registries: push, sign in and out, and whom we know."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from layerscope.engine.library.values import CopiedLogins, ImageRow, RegistryRow, SignedIn
from layerscope.gui.plain import display

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.toasts import Toasts
    from layerscope.gui.transfers.transfers import Transfers


class Shipping(QObject):
    """For one window.  The sheets are loaded when they are first asked for.  ``signed_in`` tells
    the host that knows us now, after whoever asked for the sign-in has heard of it."""

    signed_in = Signal(str)

    def __init__(self, jobs: Jobs, transfers: Transfers, toasts: Toasts, window: QWidget) -> None:
        super().__init__(window)
        self._jobs = jobs
        self._transfers = transfers
        self._toasts = toasts
        self._window = window

    def push(self, row: ImageRow) -> None:
        from layerscope.gui.shipping.push import PushSheet

        PushSheet(self._window, self._jobs, self._transfers, row, self.sign_in).appear()

    def sign_in(self, host: str, then: Callable[[], None]) -> None:
        """Ask who we are at ``host``; ``then`` is called once it is known."""
        from layerscope.gui.shipping.sign_in import SignInSheet

        def done(signed_in: SignedIn) -> None:
            self._tell(signed_in)
            then()
            self.signed_in.emit(host)

        SignInSheet(self._window, self._jobs, host, done).appear()

    def registries(self) -> None:
        from layerscope.gui.shipping.registries import RegistriesSheet

        RegistriesSheet(self._window, self._jobs, self.sign_in, self._reach, self._copy).appear()

    def _reach(self, row: RegistryRow | None, then: Callable[[str], None]) -> None:
        from layerscope.gui.search.registry_sheet import RegistrySheet

        RegistrySheet(self._window, self._jobs, then, row).appear()

    def _copy(self, then: Callable[[], None]) -> None:
        from layerscope.gui.shipping.logins import LoginsSheet

        def done(copied: CopiedLogins) -> None:
            names = ", ".join(display(host) for host, _user in copied.copied)
            words = self.tr("Copied the logins for %1. Kept in: %2.")
            self._toasts.add(words.replace("%1", names).replace("%2", display(copied.where)))
            then()
            for host, _user in copied.copied:
                self.signed_in.emit(host)

        LoginsSheet(self._window, self._jobs, done).appear()

    def _tell(self, signed_in: SignedIn) -> None:
        words = self.tr("Signed in to %1 as %2. Kept in: %3.")
        for mark, value in (
            ("%1", signed_in.registry),
            ("%2", signed_in.user),
            ("%3", signed_in.where),
        ):
            words = words.replace(mark, display(value))
        self._toasts.add(words)
