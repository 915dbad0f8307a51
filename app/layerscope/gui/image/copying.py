"""What goes to the clipboard: the real text or bytes, never the escaped form that is shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QMimeData, QSize, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from layerscope.gui import icons
from layerscope.gui.plain import tooltip

_THANKS = 1_200  #: milliseconds for which a copy button shows that it has copied


def copy_text(text: str, mode: QClipboard.Mode = QClipboard.Mode.Clipboard) -> None:
    """Copy ``text``, byte for byte where it has bytes that are not UTF-8 (surrogateescape).

    ``mode`` is for X11's selection; nothing happens where there is none.
    """
    if mode is QClipboard.Mode.Selection and not _clipboard().supportsSelection():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        _copy_bytes(text.encode("utf-8", "surrogateescape"), mode)
    else:
        _clipboard().setText(text, mode)


def copy_paths(paths: list[bytes]) -> None:
    """Absolute paths, one a line, byte for byte; plain text as well if they are UTF-8."""
    joined = b"\n".join(b"/" + path for path in paths)
    copy_text(joined.decode("utf-8", "surrogateescape"))


class CopyButton(QPushButton):
    """A small button that copies one text and shows that it did."""

    def __init__(self, name: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._text = text
        self._thanks = QTimer(self)
        self._thanks.setSingleShot(True)
        self._thanks.setInterval(_THANKS)
        self._thanks.timeout.connect(self._rest)
        self.setProperty("kind", "flat")
        self.setProperty("square", "true")
        self.setAutoDefault(False)
        self.setIconSize(QSize(14, 14))
        self.setFixedSize(24, 24)
        self.setAccessibleName(name)
        self.clicked.connect(self._copy)
        self._rest()

    def offer(self, text: str) -> None:
        """From now on copy ``text``; an empty one hides the button."""
        self._text = text
        self.setVisible(bool(text))
        self._rest()

    def _copy(self) -> None:
        copy_text(self._text)
        self.setIcon(icons.icon("check", "ok"))
        self.setToolTip(tooltip(self.tr("Copied")))
        self._thanks.start()

    def _rest(self) -> None:
        self.setIcon(icons.icon("copy", "tx3"))
        self.setToolTip(tooltip(self._name))


def _clipboard() -> QClipboard:
    return QGuiApplication.clipboard()


def _copy_bytes(content: bytes, mode: QClipboard.Mode) -> None:
    data = QMimeData()
    data.setData("text/plain", content)
    data.setData("application/octet-stream", content)
    _clipboard().setMimeData(data, mode)
    # Some platforms keep the data in a static of Qt, which would end it after Python has ended.
    app = QCoreApplication.instance()
    if app is not None:
        app.aboutToQuit.connect(_let_go)


def _let_go() -> None:
    if _clipboard().ownsClipboard():
        _clipboard().clear()
    if _clipboard().ownsSelection():
        _clipboard().clear(QClipboard.Mode.Selection)
