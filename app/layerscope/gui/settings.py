"""The only file that knows where the window's settings are kept: one small JSON document."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QByteArray, QObject, QSaveFile, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QWidget

T = TypeVar("T", bool, int, str, list[int])

VERSION = 1
_LARGEST = 1_000_000


class Settings(QObject):
    """Values by key, each with a default that also fixes its type.

    Nothing that is wrong with the file stops the program: a file that cannot be read is set aside
    under another name and ``trouble`` says so; one from a newer version is read as far as it is
    understood and never written.  ``Settings(None)`` remembers until the program ends.
    """

    changed = Signal(str)

    def __init__(self, path: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.trouble = ""
        self._path = path
        self._values: dict[str, object] = {}
        self._writable = path is not None
        if path is not None:
            self._load(path)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(400)
        self._soon.timeout.connect(self.flush)

    def value(self, key: str, default: T) -> T:
        """What was put under ``key``, or ``default`` if nothing of its type was."""
        found = self._values.get(key)
        if type(found) is type(default):
            return found
        return default

    def put(self, key: str, value: bool | int | str | list[int]) -> None:
        """Remember ``value``; it is written a moment later."""
        if self._values.get(key) == value:
            return
        self._values[key] = value
        self._soon.start()
        self.changed.emit(key)

    def flush(self) -> None:
        """Write now what waits to be written."""
        self._soon.stop()
        if self._path is None or not self._writable:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.trouble = self.tr("Settings are not kept: %s.") % error.strerror
            return
        file = QSaveFile(str(self._path))
        if file.open(QSaveFile.OpenModeFlag.WriteOnly):
            document = {"version": VERSION, "values": self._values}
            file.write(json.dumps(document, indent=1, sort_keys=True).encode())
        if not file.commit():
            self.trouble = self.tr("Settings are not kept: %s.") % file.errorString()

    # What widgets like to have remembered

    def keep_splitter(self, splitter: QSplitter, key: str) -> None:
        """Give a splitter the sizes it had, and remember those it gets."""
        sizes = self.value(f"splitter.{key}", list[int]())
        if len(sizes) == splitter.count() and all(type(size) is int for size in sizes):
            splitter.setSizes(sizes)
        splitter.splitterMoved.connect(
            lambda *_moved: self.put(f"splitter.{key}", splitter.sizes())
        )

    def keep_geometry(self, widget: QWidget) -> None:
        """Remember where a window is; call it while the window closes."""
        self.put("window.geometry", bytes(widget.saveGeometry().toHex().data()).decode())

    def restore_geometry(self, widget: QWidget) -> bool:
        text = self.value("window.geometry", "")
        return bool(text) and widget.restoreGeometry(QByteArray.fromHex(text.encode()))

    def _load(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                data = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return
        except OSError as error:
            self._writable = False
            self.trouble = self.tr("Settings could not be read: %s.") % error.strerror
            return
        try:
            document = json.loads(data) if len(data) <= _LARGEST else {}
            version, values = document["version"], document["values"]
            if type(version) is not int or type(values) is not dict:
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            self._set_aside(path)
            return
        self._values = values
        if version > VERSION:
            self._writable = False
            self.trouble = self.tr(
                "Settings were written by a newer Layerscope and are not changed here."
            )

    def _set_aside(self, path: Path) -> None:
        aside = path.with_name(f"{path.name}.damaged")
        try:
            os.replace(path, aside)
        except OSError as error:
            self._writable = False
            words = self.tr("Settings are damaged and could not be set aside: %s.")
            self.trouble = words % error.strerror
        else:
            words = self.tr("Settings were damaged and start afresh; the old file is %s.")
            self.trouble = words % aside
