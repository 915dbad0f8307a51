"""Where something is to be written: a path that is typed or chosen, and what is there now."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from layerscope.gui import paint
from layerscope.gui.plain import button, plain, retone
from layerscope.gui.settings import Settings

_KEY = "giving.folder"


class Destination(QWidget):
    """``path`` is absolute, or "" while nothing usable is typed; the folder is remembered."""

    changed = Signal()

    def __init__(self, settings: Settings, label: str) -> None:
        super().__init__()
        self._settings = settings
        self._folder_wanted = False
        words = plain(label, 12, 500, "tx2")
        self.field = QLineEdit()
        self.field.setFont(paint.font(13))
        self.field.setFixedHeight(34)
        self.field.setAccessibleName(label)
        self.field.setMaxLength(4096)
        words.setBuddy(self.field)
        self.browse = button(self.tr("Browse…"), "folder-open")
        self.browse.setFixedHeight(34)
        self.browse.clicked.connect(self._browse)
        self.remark = plain("", 12, tone="tx2", wrap=True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.field, 1)
        line.addWidget(self.browse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(words)
        column.addLayout(line)
        column.addWidget(self.remark)
        self.field.textChanged.connect(self._look)

    @property
    def path(self) -> str:
        text = self.field.text().strip()
        path = Path(text).expanduser() if text else None
        return str(path) if path is not None and path.is_absolute() else ""

    def propose(self, name: str, *, folder: bool = False) -> None:
        """Offer ``name`` in the folder of last time; ``folder``: it will be one."""
        self._folder_wanted = folder
        self.field.setText(str(Path(self._home()) / name))
        self._look()

    def wants_folder(self, wanted: bool) -> None:
        self._folder_wanted = wanted
        self._look()

    @property
    def usable(self) -> bool:
        """Whether something can be written there as far as can be seen from here."""
        return bool(self.path) and not self._objection()

    def remember(self) -> None:
        self._settings.put(_KEY, str(Path(self.path).parent))

    def _home(self) -> str:
        places = QStandardPaths.StandardLocation
        downloads = QStandardPaths.writableLocation(places.DownloadLocation)
        offered = (self._settings.value(_KEY, ""), downloads)
        return next((one for one in offered if one and Path(one).is_dir()), str(Path.home()))

    def _objection(self) -> str:
        if not self.path:
            return self.tr("Type the whole path, from the root on.")
        path = Path(self.path)
        if self._folder_wanted and path.exists() and not path.is_dir():
            return self.tr("There is a file of that name. Choose a folder.")
        if not self._folder_wanted and path.is_dir():
            return self.tr("That is a folder. Add the name of a file.")
        if not path.parent.is_dir():
            return self.tr("The folder around it does not exist.")
        return ""

    def _look(self) -> None:
        objection = self._objection()
        words = objection
        if not words and not self._folder_wanted and Path(self.path).exists():
            words = self.tr("This file exists and will be replaced.")
        self.remark.setText(words)
        self.remark.setVisible(bool(words))
        retone(self.remark, "err" if objection else "warn")
        self.changed.emit()

    def _browse(self) -> None:
        title = self.tr("Where to write it")
        if self._folder_wanted:
            found = QFileDialog.getExistingDirectory(self, title, self._home())
        else:
            ask = QFileDialog.getSaveFileName
            found, _kind = ask(self, title, self.path or self._home())
        if found:
            self.field.setText(found)
