"""Starts the window: checks the surroundings, dresses the application, catches what nobody did."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import sys
import threading
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from layerscope.engine.task import Cancelled

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from layerscope.gui.jobs import Jobs
    from layerscope.gui.settings import Settings
    from layerscope.gui.troubles import Troubles
    from layerscope.gui.window import MainWindow


def main(store: Path | None = None) -> int:
    """Open the window on ``store`` (None: the store of this user) and run until it closes.

    Returns the exit code: 0, or 1 with one line on stderr if no window can be opened here.
    """
    complaint = bad_pair() or no_display() or dead_display()
    if complaint:
        print(f"layerscope: {complaint}", file=sys.stderr)
        return 1
    if sys.stderr is not None:
        faulthandler.enable()
    from layerscope.gui import zoom
    from layerscope.gui.troubles import Troubles

    zoom.use_kept(settings_file())
    app = bare_application()
    troubles = Troubles()
    catch_everything(troubles)
    window = make_window(app, None, settings_file(), troubles)
    window.furnish_when_seen(partial(_bring_jobs, app, store, window.settings))
    window.show()
    watch_signals(window)
    return app.exec()


def _bring_jobs(app: QApplication, store: Path | None, settings: Settings) -> Jobs:
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.stores import remembered

    dress(app)
    if store is None:
        store, gone = remembered(settings)
        settings.trouble = settings.trouble or gone
    return Jobs(store)


def bad_pair(
    python: tuple[int, ...] = sys.version_info[:2], qt: tuple[int, ...] | None = None
) -> str:
    """Why this pair of Python and PySide6 cannot be used; "" if it can.

    PySide6 6.12 gives one reference to None away per call before Python 3.12, where None became
    immortal, and the process dies after some thousand calls.
    """
    if qt is None:
        import PySide6

        qt = PySide6.__version_info__[:2]
    if python < (3, 12) and qt >= (6, 12):
        return (
            f"PySide6 {qt[0]}.{qt[1]} does not work with Python {python[0]}.{python[1]}. "
            'Install "PySide6-Essentials<6.12", or use Python 3.12 or newer.'
        )
    return ""


def no_display(environment: dict[str, str] | None = None, platform: str = sys.platform) -> str:
    """Why no window can open here; "" if one can.  Asked first, because Qt aborts the process."""
    known = dict(os.environ) if environment is None else environment
    if not platform.startswith("linux"):
        return ""
    if known.get("DISPLAY") or known.get("WAYLAND_DISPLAY") or known.get("QT_QPA_PLATFORM"):
        return ""
    return "there is no display here; run it from a desktop, or see layerscope --help."


def dead_display(environment: dict[str, str] | None = None) -> str:
    """Why the X server that DISPLAY names cannot be used; "" if it can, or if none is meant."""
    known = dict(os.environ) if environment is None else environment
    asked = known.get("DISPLAY", "")
    if not asked or known.get("WAYLAND_DISPLAY") or known.get("QT_QPA_PLATFORM"):
        return ""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return ""  # then Qt says better what it misses
    xcb.xcb_connect.restype = ctypes.c_void_p
    for function in (xcb.xcb_connection_has_error, xcb.xcb_disconnect):
        function.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(os.fsencode(asked), None)
    broken = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return f"the display {asked} does not answer; check DISPLAY." if broken else ""


def bare_application() -> QApplication:
    """The one QApplication with its names only, which is all that an outline needs."""
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    QGuiApplication.setDesktopFileName("dev.layerscope.Layerscope")
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Layerscope")
    app.setOrganizationName("layerscope")
    return app


def dress(app: QApplication) -> None:
    """Words, fonts and icon: before the first widget that shows text."""
    from layerscope.gui import icons, paint
    from layerscope.gui.language import English

    if app.property("dressed"):
        return
    app.setProperty("dressed", True)
    app.installTranslator(English(app))
    paint.load_fonts()
    app.setFont(paint.font(13))
    app.setWindowIcon(icons.of_the_program())


def make_window(
    app: QApplication, jobs: Jobs | None, settings_path: Path | None, troubles: Troubles
) -> MainWindow:
    """Dress the window in its theme and build it; without ``jobs``, only its outline."""
    from layerscope.gui import theme
    from layerscope.gui.settings import Settings
    from layerscope.gui.window import MainWindow

    settings = Settings(settings_path)
    wanted = settings.value("look.theme", "system")
    for choice in theme.CHOICES:
        if choice == wanted:
            theme.apply(app, choice)
            break
    else:
        theme.apply(app, "system")
    window = MainWindow(jobs, settings)
    settings.setParent(window)
    window.watch(troubles)
    return window


def settings_file() -> Path:
    import platformdirs

    return platformdirs.user_config_path("layerscope", appauthor=False) / "window.json"


def catch_everything(troubles: Troubles) -> None:
    """Send what nobody caught, in any thread, and what Qt says, to ``troubles`` and stderr."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    def uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        sys.__excepthook__(kind, error, trace)
        if not issubclass(kind, KeyboardInterrupt | SystemExit | Cancelled):
            troubles.add(error)

    def in_thread(what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None:
            uncaught(what.exc_type, what.exc_value, what.exc_traceback)

    def in_a_destructor(what: sys.UnraisableHookArgs) -> None:
        sys.__unraisablehook__(what)
        if what.exc_value is not None:
            troubles.add(what.exc_value)

    def from_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        print(f"Qt: {message}", file=sys.stderr)
        if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            troubles.arrived.emit(message, f"Qt: {message}\n{context.file}:{context.line}")

    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = in_a_destructor
    qInstallMessageHandler(from_qt)


def watch_signals(window: MainWindow) -> None:
    """SIGTERM and SIGINT close the window, without a question, with exit code 0."""
    import signal

    from PySide6.QtCore import QTimer

    from layerscope.gui.bell import Bell

    def leave(_number: int, _frame: object) -> None:
        # Python calls this between any two byte codes, perhaps in the middle of painting.
        QTimer.singleShot(0, window, window.leave_now)

    Bell(window)
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
