"""Pushes: blobs first, then configs, manifests and indexes, and the tag last of all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from layerscope.engine.errors import BlobDamaged, BlobMissing, RepositoryNotFound, SignInNeeded
from layerscope.engine.oci import Descriptor, Digest, media_types
from layerscope.engine.registry import (
    Client,
    Outcome,
    SendProgress,
    Sent,
    digest_of,
    push_blob,
    put_document,
)
from layerscope.engine.task import LayerState, Task

from .board import Board
from .ground import Ground
from .shipment import Freight, Shipment, shipment_of, sources
from .trees import held
from .values import Pushed, PushedLayer

_ENDS = {
    Outcome.PUSHED: LayerState.PUSHED,
    Outcome.EXISTS: LayerState.EXISTS,
    Outcome.MOUNTED: LayerState.MOUNTED,
}


def push(ground: Ground, name: str, target: str | None, task: Task) -> Pushed:
    shipment = shipment_of(ground, name, target, task)
    client = ground.registries.client(shipment.target.registry)
    with held(ground, shipment.digests, task):
        replaced = tagged_now(client, shipment, task)
        run = _Run(ground, client, shipment, task)
        layers = run.layers()
        others = run.configs()
        _documents(client, shipment, task)
    once = {each.layer.digest: sent for each, sent in layers if sent is not None}
    mounted = {digest for digest, sent in once.items() if sent.outcome is Outcome.MOUNTED}
    sizes = {each.layer.digest: each.layer.size for each, _sent in layers}
    return Pushed(
        reference=shipment.target.canonical,
        digest=shipment.top.digest,
        index=bool(shipment.indexes),
        platforms=shipment.platforms,
        uploaded=sum(sent.sent for sent in (*once.values(), *others)),
        mounted=sum(sizes[digest] for digest in mounted),
        sent_twice=sum(sent.twice for sent in (*once.values(), *others)),
        layers=tuple(_told(each, sent) for each, sent in layers),
        replaced=None if replaced == shipment.top.digest else replaced,
        notes=shipment.notes,
    )


def tagged_now(client: Client, shipment: Shipment, task: Task) -> Digest | None:
    """What the tag names before the push; None too where we may not look or nothing is there."""
    target = shipment.target
    try:
        return digest_of(client.session, target.repository, str(target.tag), task, pushes=True)
    except (SignInNeeded, RepositoryNotFound):
        return None  # some say so of repositories that a push would make; it will tell


class _Run:
    """The blobs of one push, several at once.  The first failure stops all others."""

    def __init__(self, ground: Ground, client: Client, shipment: Shipment, task: Task) -> None:
        self._ground = ground
        self._client = client
        self._shipment = shipment
        self._freight = shipment.freight
        self._task = task
        self._work = Task()
        self._lock = threading.Lock()
        self._failure: BaseException | None = None
        self._board = Board(
            shipment.target.familiar,
            ", ".join(shipment.platforms),
            [each.layer for each in self._freight],
            task,
            LayerState.PUSHING,
        )

    def layers(self) -> list[tuple[Freight, Sent | None]]:
        """In the order of the layers; a blob that several hold goes once.  None for one that is
        not to be distributed."""
        first: dict[Digest, int] = {}
        for row, each in enumerate(self._freight, 1):
            if media_types.is_nondistributable(each.layer.media_type):
                self._board.exists(row, LayerState.SKIPPED)
            else:
                first.setdefault(each.layer.digest, row)
        sent: dict[Digest, Sent] = {}
        width = self._ground.settings.downloads
        with self._task.interrupted_by(self._work.cancel):
            pool = ThreadPoolExecutor(width, thread_name_prefix="push")
            try:
                largest_first = sorted(
                    first.items(), key=lambda item: -self._freight[item[1] - 1].layer.size
                )
                for digest, row in largest_first:
                    pool.submit(self._guarded, digest, row, sent)
            finally:
                pool.shutdown()
        self._task.checkpoint()  # a cancel from outside wins over what it broke inside
        if self._failure is not None:
            raise self._failure
        for row, each in enumerate(self._freight, 1):
            if each.layer.digest in sent and first[each.layer.digest] != row:
                self._board.exists(row)
        return [(each, sent.get(each.layer.digest)) for each in self._freight]

    def configs(self) -> list[Sent]:
        return [self._push(config, None, self._task) for config in self._shipment.configs]

    def _guarded(self, digest: Digest, row: int, sent: dict[Digest, Sent]) -> None:
        """Runs on a pool's thread.  Keeps the first failure, which stops the other threads."""
        try:
            self._work.checkpoint()
            done = self._layer(row)
            with self._lock:
                sent[digest] = done
        except BaseException as error:  # told again by ``layers``, on the caller's thread
            with self._lock:
                if self._failure is None:
                    self._failure = error
            self._work.cancel()

    def _layer(self, row: int) -> Sent:
        layer = self._freight[row - 1].layer
        try:
            done = self._push(layer, row, self._work)
        except BaseException:
            stopped = self._work.cancelled
            self._board.show(row, LayerState.CANCELLED if stopped else LayerState.FAILED)
            raise
        state = _ENDS[done.outcome]
        if done.outcome is Outcome.PUSHED:
            self._board.show(row, state)
        else:
            self._board.exists(row, state, f"from {done.source}" if done.source else "")
        return done

    def _push(self, blob: Descriptor, row: int | None, task: Task) -> Sent:
        ground = self._ground
        target = self._shipment.target
        checked = False
        moving = False

        def open_at(offset: int) -> BinaryIO:
            nonlocal checked
            if not checked:
                _require_sound(ground, blob, task)
                checked = True
            file = ground.store.open_blob(blob.digest, blob.size)
            file.seek(offset)
            return file

        def report(progress: SendProgress) -> None:
            nonlocal moving
            if row is None:
                return
            if not moving:
                moving = True
                self._board.begin(row, 0)
            if progress.retry is not None:
                self._board.show(row, LayerState.RETRYING, str(progress.retry), progress.done)
            else:
                self._board.advance(row, progress.done, LayerState.PUSHING)

        others = () if row is None else sources(ground, target, blob.digest)
        return push_blob(self._client, target.repository, blob, open_at, task, report, others)


def _documents(client: Client, shipment: Shipment, task: Task) -> None:
    repository = shipment.target.repository
    *children, top = shipment.documents
    for child in children:
        put_document(client, repository, child, str(child.digest), task)
    put_document(client, repository, top, str(shipment.target.tag), task)


def _require_sound(ground: Ground, blob: Descriptor, task: Task) -> None:
    if ground.store.sound(blob, task):
        return
    if not ground.store.blob_path(blob.digest).exists():
        raise BlobMissing(
            f"{blob.digest} is neither stored here nor in the repository.",
            hint="Pull its image again.",
            digest=str(blob.digest),
        )
    raise BlobDamaged(
        f"{blob.digest} is damaged in the store and was not pushed.",
        hint="Pull its image again to replace it.",
        digest=str(blob.digest),
    )


def _told(each: Freight, sent: Sent | None) -> PushedLayer:
    return PushedLayer(
        digest=each.layer.digest,
        size=each.layer.size,
        status="skipped" if sent is None else sent.outcome.value,
        platform=each.platform,
        mounted_from="" if sent is None else sent.source,
    )
