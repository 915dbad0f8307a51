"""Pulls: everything that an image needs comes in, is verified and read, and is named last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from layerscope.engine.errors import (
    ImageNotFound,
    MalformedDocument,
    MalformedReference,
    RegistryRefused,
)
from layerscope.engine.oci import (
    Descriptor,
    ImageConfig,
    Platform,
    Reference,
    choose,
    media_types,
)
from layerscope.engine.oci.strict_json import CONFIG_LIMIT
from layerscope.engine.registry import FetchProgress
from layerscope.engine.store import BlobWriter, Lease
from layerscope.engine.store.reach import remembering
from layerscope.engine.task import LayerState, Task

from .board import Board
from .ground import Ground
from .resolving import Chosen, resolve
from .searching import tags
from .transfer import Absent, Landed, Transfer, Travelled
from .values import Pulled, PulledLayer
from .verdict import require_right


def pull(ground: Ground, reference: str, platform: str | None, task: Task) -> Pulled:
    wanted = Reference.parse(reference)
    ground.passes.warm_up()  # while the registry is asked
    return _pull(ground, wanted, platform, task)


def pull_all(
    ground: Ground, repository: str, platform: str | None, task: Task
) -> tuple[Pulled, ...]:
    reference = Reference.parse(repository)
    if reference.digest is not None or (reference.tag and reference.tag_explicit):
        raise MalformedReference(
            f"{reference.familiar} is one image; all tags are pulled of a repository.",
            hint=f"The repository is {reference.name}.",
            code="format",
            text=repository,
            suggestion=reference.name,
        )
    names = [row.tag for row in tags(ground, repository, task)]
    return tuple(_pull(ground, reference.with_tag(name), platform, task) for name in names)


def _pull(ground: Ground, reference: Reference, platform: str | None, task: Task) -> Pulled:
    with ground.store.lease() as lease:
        chosen = resolve(ground, reference, platform, task)
        manifest = chosen.manifest
        needed = [layer.digest for layer in manifest.layers]
        lease.keep([manifest.digest, manifest.config.digest, *needed], task)
        config = _config(ground, lease, chosen, task)
        _check_platform(chosen, config, platform)
        landed = _layers(ground, lease, chosen, config, task)
        task.checkpoint()
        for index in chosen.indexes:
            lease.put_as(index.raw, index.descriptor(), task)
        lease.put_as(manifest.raw, manifest.descriptor(), task)
        lease.publish(_entry(chosen, config), [_name(reference)], task)
    return Pulled(
        reference=_name(reference).canonical,
        digest=manifest.digest,
        image_id=manifest.config.digest,
        downloaded=sum(each.travelled.received for each in landed),
        resumed=sum(each.travelled.resumed for each in landed),
        downloaded_twice=sum(each.travelled.twice for each in landed),
        layers=tuple(
            PulledLayer(each.layer.digest, each.layer.size, "exists" if each.existed else "pulled")
            for each in landed
        ),
        warnings=(*chosen.warnings, *chosen.supplier.notes, *_absences(landed)),
        mirrored=chosen.supplier.mirrored,
        tag_from=chosen.tag_from,
    )


def _config(ground: Ground, lease: Lease, chosen: Chosen, task: Task) -> ImageConfig:
    descriptor = chosen.manifest.config
    what = f"The config of {chosen.reference.familiar}"
    if ground.store.sound(descriptor, task):
        data = ground.store.read(descriptor, CONFIG_LIMIT)
    else:
        repository = chosen.reference.repository
        data = chosen.supplier.document(repository, descriptor, CONFIG_LIMIT, task)
    config = ImageConfig.parse(data, what)
    layers = len(chosen.manifest.layers)
    if len(config.diff_ids) != layers:
        raise MalformedDocument(
            f"{what} tells of {len(config.diff_ids)} layers, its manifest of {layers}.",
            hint="The image contradicts itself; nothing was changed.",
        )
    lease.put_as(data, descriptor, task)
    return config


def _check_platform(chosen: Chosen, config: ImageConfig, wanted: str | None) -> None:
    """A manifest without an index says only in its config what it is for."""
    if not wanted or chosen.indexes:
        return
    offer = replace(chosen.descriptor, platform=config.platform)
    if choose([offer], Platform.parse(wanted)) is None:
        raise ImageNotFound(
            f"{chosen.reference.familiar} is not offered for {wanted}.",
            hint=f"It offers {config.platform}. Choose this platform.",
            name=chosen.reference.canonical,
        )


def _layers(
    ground: Ground, lease: Lease, chosen: Chosen, config: ImageConfig, task: Task
) -> tuple[Landed, ...]:
    layers = chosen.manifest.layers
    board = Board(chosen.reference.familiar, str(config.platform), layers, task)

    def fetch(number: int, layer: Descriptor, writer: BlobWriter, work: Task) -> Travelled:
        return _fetch(chosen, board, number, layer, writer, work)

    transfer = Transfer(ground, lease, layers, config.diff_ids, board, fetch)
    landed = transfer.run(ground.settings.downloads, task)
    for each in landed:
        reference = chosen.reference
        diff_id = config.diff_ids[each.number - 1]
        require_right(each, diff_id, reference.familiar, reference.registry)
    return landed


def _fetch(
    chosen: Chosen, board: Board, number: int, layer: Descriptor, writer: BlobWriter, work: Task
) -> Travelled:
    def report(progress: FetchProgress) -> None:
        if progress.retry is not None:
            board.show(number, LayerState.RETRYING, str(progress.retry), done=progress.done)
        else:
            board.advance(number, progress.done, LayerState.DOWNLOADING)

    repository = chosen.reference.repository
    try:
        fetched = chosen.supplier.fetch(repository, layer, writer, work, report)
    except RegistryRefused as error:
        if error.status == 404 and media_types.is_nondistributable(layer.media_type):
            raise Absent from error
        raise
    return Travelled(fetched.received, fetched.resumed, fetched.twice)


def _entry(chosen: Chosen, config: ImageConfig) -> Descriptor:
    """The entry for index.json.  Annotations of the far side are left behind: they would become
    names and notes of ours."""
    plain = chosen.manifest.descriptor()
    platform = chosen.descriptor.platform or config.platform
    entry = replace(plain, platform=platform if platform.os and platform.architecture else None)
    return entry if chosen.index is None else remembering(entry, chosen.index.descriptor())


def _name(reference: Reference) -> Reference:
    """What the image is called here: a pull by digest gives no tag, as in docker."""
    return reference if reference.digest is None else replace(reference, tag=None)


def _absences(landed: Sequence[Landed]) -> tuple[str, ...]:
    return tuple(
        f"Layer {each.number} is not distributed by the registry and is not stored."
        for each in landed
        if each.summary is None
    )
