"""What a push would do, asked of the registry before anything is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from layerscope.engine.errors import RegistryError, RepositoryNotFound, SignInNeeded
from layerscope.engine.oci import Descriptor, Digest, media_types
from layerscope.engine.registry import Client, has_blob
from layerscope.engine.task import Task

from .ground import Ground
from .pushing import tagged_now
from .shipment import Shipment, shipment_of, sources
from .values import PushLayer, PushPlan, PushState

_Answer = tuple[PushState, str]


def plan_push(ground: Ground, name: str, target: str | None, task: Task) -> PushPlan:
    shipment = shipment_of(ground, name, target, task)
    client = ground.registries.client(shipment.target.registry)
    replaces = tagged_now(client, shipment, task)
    states = _states(ground, client, shipment, task)
    layers = tuple(
        PushLayer(
            number=each.number,
            digest=each.layer.digest,
            size=each.layer.size,
            state=states[each.layer.digest][0],
            platform=each.platform,
            mount_from=states[each.layer.digest][1],
        )
        for each in shipment.freight
    )
    sizes = {each.layer.digest: each.layer.size for each in shipment.freight}

    def total(state: PushState) -> int:
        return sum(size for digest, size in sizes.items() if states[digest][0] is state)

    missing = [layer for layer in layers if layer.state is PushState.MISSING]
    return PushPlan(
        source=shipment.source,
        reference=shipment.target.canonical,
        registry=shipment.target.registry,
        tag=str(shipment.target.tag),
        digest=shipment.top.digest,
        index=bool(shipment.indexes),
        platforms=shipment.platforms,
        layers=layers,
        upload=total(PushState.UPLOAD),
        exists=total(PushState.EXISTS),
        mountable=total(PushState.MOUNT),
        signed_in_as=client.signed_in_as(task),
        replaces=replaces,
        notes=shipment.notes,
        trouble=_missing(missing[0]) if missing else "",
    )


def _missing(layer: PushLayer) -> str:
    return f"Layer {layer.number} is not stored. Pull the image again."


def _states(
    ground: Ground, client: Client, shipment: Shipment, task: Task
) -> dict[Digest, _Answer]:
    """Several layers are asked about at once: an image may have a hundred."""
    blobs = {each.layer.digest: each.layer for each in shipment.freight}
    work = Task()

    def ask(blob: Descriptor) -> _Answer:
        work.checkpoint()
        return _state(ground, client, shipment, blob, work)

    with (
        task.interrupted_by(work.cancel),
        ThreadPoolExecutor(ground.settings.downloads, thread_name_prefix="ask") as pool,
    ):
        answers = list(pool.map(ask, blobs.values()))
    return dict(zip(blobs, answers, strict=True))


def _state(
    ground: Ground, client: Client, shipment: Shipment, blob: Descriptor, task: Task
) -> _Answer:
    target = shipment.target
    if media_types.is_nondistributable(blob.media_type):
        return PushState.SKIPPED, ""
    try:
        if has_blob(client.session, target.repository, blob, task, pushes=True):
            return PushState.EXISTS, ""
    except (SignInNeeded, RepositoryNotFound):
        pass  # some say so of repositories that a push would make; it will tell
    for other in sources(ground, target, blob.digest):
        try:
            if has_blob(client.session, other, blob, task):
                return PushState.MOUNT, other
        except RegistryError:
            continue  # then it cannot be taken over from there
    return (PushState.UPLOAD if ground.store.has(blob) else PushState.MISSING), ""
