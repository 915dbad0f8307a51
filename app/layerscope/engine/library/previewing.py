"""What a pull would fetch, before it starts."""

from __future__ import annotations

from layerscope.engine.oci import Digest, Platform, Reference, choose
from layerscope.engine.task import Task

from .ground import Ground
from .listing import shown_name
from .resolving import Chosen, resolve
from .values import LayerPlan, PullPreview


def preview(ground: Ground, reference: str, platform: str | None, task: Task) -> PullPreview:
    chosen = resolve(ground, Reference.parse(reference), platform, task)
    layers = _layers(ground, chosen)
    unique = {layer.digest: layer for layer in layers}.values()
    return PullPreview(
        reference=chosen.reference.canonical,
        digest=chosen.manifest.digest,
        platform=chosen.descriptor.platform,
        platforms=chosen.platforms,
        runs_here=_runs_here(chosen),
        layers=layers,
        download=sum(layer.size - layer.partial for layer in unique if not layer.here),
        already_here=sum(layer.size for layer in unique if layer.here),
        rate_limit=chosen.rate,
    )


def _layers(ground: Ground, chosen: Chosen) -> tuple[LayerPlan, ...]:
    holders: dict[Digest, str] = {}
    for image in ground.catalogue.images():
        for layer in image.layers:
            holders.setdefault(layer.digest, shown_name(image))
    plans = []
    for number, layer in enumerate(chosen.manifest.layers, 1):
        here = ground.store.has(layer)
        plans.append(
            LayerPlan(
                number=number,
                digest=layer.digest,
                size=layer.size,
                here=here,
                partial=0 if here else min(ground.store.partial_size(layer.digest), layer.size),
                shared_with=holders.get(layer.digest, ""),
            )
        )
    return tuple(plans)


def _runs_here(chosen: Chosen) -> bool:
    """Whether this machine's kernel and processor are those of the image.  An image without an
    index does not say before its config is here; it is taken to run."""
    if chosen.descriptor.platform is None:
        return True
    return choose([chosen.descriptor], Platform.host()) is not None
