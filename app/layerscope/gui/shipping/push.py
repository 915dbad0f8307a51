"""The push sheet: where to, as whom, what has to travel, and what it replaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from layerscope.engine.errors import MalformedReference
from layerscope.engine.library.values import ImageRow, PushPlan, size_text
from layerscope.engine.oci import Reference
from layerscope.gui import paint, sizes
from layerscope.gui.dialogs.choices import Remark
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.dialogs.tag_parts import SourceCard
from layerscope.gui.listing import title
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, plain
from layerscope.gui.shipping.layer_list import PushLayers
from layerscope.gui.transfers.transfers import Order, Transfers

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs


class PushSheet(Sheet):
    """Asks the registry after every change of the name; only what was looked at can be pushed."""

    def __init__(
        self,
        window: QWidget,
        jobs: Jobs,
        transfers: Transfers,
        row: ImageRow,
        sign_in: Callable[[str, Callable[[], None]], None],
    ) -> None:
        words = self.tr("Layers that the registry has are not sent again.")
        super().__init__(window, "upload", self.tr("Push an image"), words, 680)
        self._jobs = jobs
        self._transfers = transfers
        self._name = str(row.digest)
        self._sign_in = sign_in
        self._job: Job | None = None
        self.plan: PushPlan | None = None
        self.body.addWidget(SourceCard(display(title(row)), f"sha256:{row.image_id.short}"))
        label = plain(self.tr("Push to"), 12, 500, "tx2")
        self.field = QLineEdit()
        self.field.setFont(paint.font(14, 500))
        self.field.setFixedHeight(38)
        self.field.setMaxLength(1024)
        self.field.setAccessibleName(self.tr("Push to"))
        self.field.setPlaceholderText(self.tr("registry/repository:tag"))
        label.setBuddy(self.field)
        self.body.addWidget(label)
        self.body.addWidget(self.field)
        line = QHBoxLayout()
        self.account = plain("", 12.5, tone="tx2")
        self.enter = button(self.tr("Sign in…"), "key-round")
        self.enter.clicked.connect(self._ask_to_sign_in)
        line.addWidget(self.account, 1)
        line.addWidget(self.enter)
        self.body.addLayout(line)
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.layers = PushLayers()
        self.body.addWidget(self.layers.area)
        self.summary = plain("", 13, 500, wrap=True)
        self.replaces = plain("", 12.5, tone="warn", wrap=True)
        self.body.addWidget(self.summary)
        self.body.addWidget(self.replaces)
        self.footer.addWidget(Remark("info", self.tr("A push can't be undone here.")), 1)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.dismiss)
        self.accept = button(self.tr("Push"), "upload", "primary")
        self.accept.clicked.connect(self._push)
        for one in (self.cancel, self.accept):
            one.setFixedHeight(34)
            one.setMinimumWidth(98)
            self.footer.addWidget(one)
        self.first, self.default = self.field, self.accept
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(sizes.TYPING)
        self._pause.timeout.connect(self._ask)
        self.field.textChanged.connect(self._read)
        self.closed.connect(self._forget_job)
        self.field.setText(row.familiar[0] if row.familiar else "")
        self._read()

    @property
    def target(self) -> Reference | None:
        """Where to, once it is a name with a tag."""
        try:
            reference = Reference.parse(self.field.text().strip())
        except MalformedReference:
            return None
        return reference if reference.digest is None else None

    # While typing

    def _read(self) -> None:
        self._forget_job()
        self.plan = None
        self.accept.setEnabled(False)
        self.layers.area.hide()
        self.summary.setText("")
        self.replaces.setText("")
        self.banner.hide()
        target = self.target
        self.enter.setVisible(target is not None)
        self.account.setText("")
        if target is not None:
            self.summary.setText(self.tr("Asking %s…") % display(target.registry))
            self._pause.start()
        else:
            self._pause.stop()
        self.refit()

    def _ask(self) -> None:
        target = self.target
        if target is None:
            return
        self._forget_job()
        self._job = self._jobs.start("plan_push", self._name, target.canonical)
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._fail)

    def _show(self, plan: PushPlan) -> None:
        self._job = None
        self.plan = plan
        host = display(plan.registry)
        if plan.signed_in_as:
            words = self.tr("Signed in to %1 as %2.").replace("%1", host)
            self.account.setText(words.replace("%2", display(plan.signed_in_as)))
        else:
            self.account.setText(self.tr("Not signed in to %s.") % host)
        self.enter.setVisible(not plan.signed_in_as)
        self.layers.show_layers(plan.layers)
        self.layers.area.setVisible(bool(plan.layers))
        self.summary.setText(self._amount(plan))
        self.replaces.setText(self._replaced(plan))
        for words in (plan.trouble, *plan.notes):
            if words:
                self.banner.tell(Notice(display(words)), "err" if plan.trouble else "warn")
                break
        self.accept.setEnabled(not plan.trouble)
        self.refit()

    def _fail(self, error: Exception) -> None:
        self._job = None
        self.summary.setText("")
        self.banner.tell(notice(error))
        self.banner.offer(self.tr("Try again"), self._read, "rotate-cw")
        self.refit()

    def _amount(self, plan: PushPlan) -> str:
        parts = [self.tr("%s to upload") % size_text(plan.upload)]
        if plan.exists:
            parts.append(self.tr("%s already there") % size_text(plan.exists))
        if plan.mountable:
            parts.append(self.tr("%s from another repository") % size_text(plan.mountable))
        if plan.platforms:
            parts.append(", ".join(map(display, plan.platforms)))
        return " · ".join(parts)

    def _replaced(self, plan: PushPlan) -> str:
        if plan.unchanged:
            return self.tr("The tag names this very image already.")
        if plan.replaces is None:
            return ""
        words = self.tr("This replaces tag %1 on %2 (was %3).")
        words = words.replace("%1", display(plan.tag)).replace("%2", display(plan.registry))
        return words.replace("%3", plan.replaces.short)

    # Doing it

    def _ask_to_sign_in(self) -> None:
        target = self.target
        if target is not None:
            self._sign_in(target.registry, self._read)

    def _push(self) -> None:
        if self.plan is not None:
            reference = self.plan.reference
            self._transfers.start(Order("push", reference, (self._name, reference)))
            self.dismiss()

    def _forget_job(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
