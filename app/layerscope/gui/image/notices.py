"""What the files pane says when it has no files to show, or not all."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance

from layerscope.engine.library.values import Browsable, ImageDetail
from layerscope.engine.rootfs import Matches, View
from layerscope.gui import sizes
from layerscope.gui.image.files_pane import FilesPane
from layerscope.gui.image.seeking import Goal, WantedChange
from layerscope.gui.plain import display


class FilesNotices(QObject):
    """Chooses between list and notice.  ``cancel_wanted``, ``retry_wanted``, ``clear_wanted`` and
    ``pull_wanted`` are what its buttons ask for."""

    cancel_wanted = Signal()
    retry_wanted = Signal()
    clear_wanted = Signal()
    pull_wanted = Signal()

    def __init__(self, files: FilesPane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files = files
        self._buttons: tuple[Callable[[], None], ...] = ()
        self._progress: tuple[str, float | None] = ("", None)
        self._says_search = False  #: above the list there are words about one
        self._goal: Goal | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(sizes.SKELETON_AFTER)
        self._soon.timeout.connect(self._show_waiting)
        files.notice.pressed.connect(self._pressed)
        self._seeking = QTimer(self)
        self._seeking.setSingleShot(True)
        self._seeking.setInterval(sizes.SKELETON_AFTER)
        self._seeking.timeout.connect(self._show_seeking)
        files.view.row_chosen.connect(self._forget_search)
        seeking = files.view.files.seeking
        seeking.began.connect(self._seeks)
        seeking.ended.connect(self._sought)
        seeking.missing.connect(self._missing)

    def waiting(self) -> None:
        """The timeline is being made; say so if it takes longer than a blink."""
        self._progress = ("", None)
        self._files.show_list()
        self._files.show_found("")
        self._soon.start()

    def progressed(self, words: str, share: float | None) -> None:
        self._progress = (words, share)
        if not self._files.listing:
            self._show_waiting()

    def ready(self, browsable: Browsable, layers: int) -> None:
        self._soon.stop()
        self._files.show_list()
        if browsable.top >= layers:
            self._files.show_damage("")
        elif browsable.top:
            words = self.tr("Showing layers 1 to {top} of {count}. {why}")
            told = words.format(top=browsable.top, count=layers, why=browsable.damage)
            self._files.show_damage(told)
        else:
            words = browsable.damage or self.tr("Its blobs are not in the store.")
            self._tell(
                self.tr("No layer of this image can be read."),
                words,
                ((self.tr("Pull missing layers"), self.pull_wanted),),
                "unlink",
                "err",
            )

    def failed(self, error: object) -> None:
        hint = getattr(error, "hint", "")
        again = ((self.tr("Try again"), self.retry_wanted),)
        self._tell(str(error), hint, again, "triangle-alert", "err")

    def stopped(self) -> None:
        again = ((self.tr("Read the layers"), self.retry_wanted),)
        words = self.tr("The files can be shown once its layers have been read.")
        self._tell(self.tr("Reading was stopped."), words, again, "circle-stop")

    def no_layers(self) -> None:
        words = self.tr("It is empty but for its config, like the image called scratch.")
        self._tell(self.tr("This image has no layers."), words, (), "box")

    def listed(self, rows: int, view: View, detail: ImageDetail) -> None:
        """The list is shown, or why it has no rows."""
        if rows:
            self._files.show_list()
        elif view.layer is not None:
            step = detail.layer(view.layer)
            instruction = display(f"{step.keyword} {step.command}"[:200])
            words = self.tr("Its step only sets metadata: {step}").format(step=instruction)
            self._tell(self.tr("This layer changes no files."), words, (), "layers")
        else:
            self._tell(self.tr("There are no files up to this layer."), "", (), "layers")

    def found(self, matches: Matches | None, everything: int, text: str) -> None:
        """How many rows a filter found."""
        if matches is None:
            self._files.show_found("")
            return
        if not matches.total:
            wanted = display(text.strip()[:80])
            title = self.tr("No file matches “{text}”.").format(text=wanted)
            if not wanted:
                title = self.tr("No file has such a change.")
            self._tell(
                title, "", ((self.tr("Clear the filter"), self.clear_wanted),), "list-filter"
            )
            self._files.show_found("")
            return
        self._files.show_list()
        words = self.tr("{found} of {all}").format(
            found=f"{matches.total:,}", all=f"{everything:,}"
        )
        if len(matches.found) < matches.total:
            words = self.tr("{count}, the first {shown} are listed").format(
                count=words, shown=f"{len(matches.found):,}"
            )
        self._files.show_found(words)

    def refused(self, words: str) -> None:
        """A filter that cannot be read; the list stays as it was."""
        self._files.show_found(words)

    def no_such_path(self) -> None:
        self._tell_search(self.tr("This view has no such path."))

    # Inside

    def _show_waiting(self) -> None:
        words, share = self._progress
        title = words or self.tr("Opening the layers …")
        note = self.tr("Each layer is read once; next time the files are there at once.")
        self._tell(title, note, ((self.tr("Cancel"), self.cancel_wanted),))
        self._files.notice.show_progress(share)

    def _seeks(self, goal: Goal) -> None:
        self._goal = goal
        self._forget_search()
        self._seeking.start()

    def _show_seeking(self) -> None:
        if isinstance(self._goal, WantedChange):
            self._tell_search(self.tr("Looking for the next change … Esc stops that."))
        else:
            self._tell_search(self.tr("Looking for it in a large folder …"))

    def _sought(self) -> None:
        self._seeking.stop()
        self._forget_search()

    def _missing(self, goal: Goal) -> None:
        if not isinstance(goal, WantedChange):
            self.no_such_path()
        elif goal.backwards:
            self._tell_search(self.tr("There is no change above."))
        else:
            self._tell_search(self.tr("There is no change below."))

    def _tell_search(self, words: str) -> None:
        self._says_search = True
        self._files.show_found(words)

    def _forget_search(self) -> None:
        if self._says_search:
            self._says_search = False
            self._files.show_found("")

    def _tell(
        self,
        title: str,
        words: str,
        buttons: tuple[tuple[str, SignalInstance], ...],
        icon: str = "",
        tone: str = "tx",
    ) -> None:
        self._soon.stop()
        self._buttons = tuple(signal.emit for _words, signal in buttons)
        self._files.notice.tell(title, words, tuple(name for name, _ in buttons), icon, tone)
        self._files.show_notice()

    def _pressed(self, number: int) -> None:
        if number < len(self._buttons):
            self._buttons[number]()
