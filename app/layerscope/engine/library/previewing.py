"""What a pull would fetch, before it starts."""

from __future__ import annotations

from dataclasses import replace

from layerscope.engine.oci import Descriptor, Digest, ImageConfig, Platform, Reference, choose
from layerscope.engine.oci.strict_json import CONFIG_LIMIT
from layerscope.engine.task import Task

from .ground import Ground
from .listing import shown_name
from .resolving import Chosen, resolve
from .values import LayerPlan, PullPreview


def preview(ground: Ground, reference: str, platform: str | None, task: Task) -> PullPreview:
    chosen = resolve(ground, Reference.parse(reference), platform, task)
    layers = _layers(ground, chosen)
    unique = {layer.digest: layer for layer in layers}.values()
    runs_on = chosen.descriptor.platform or _platform_of_config(ground, chosen, task)
    return PullPreview(
        reference=chosen.reference.canonical,
        digest=chosen.manifest.digest,
        platform=runs_on,
        platforms=chosen.platforms or (runs_on,),
        runs_here=_runs_here(chosen.descriptor, runs_on),
        layers=layers,
        download=sum(layer.size - layer.partial for layer in unique if not layer.here),
        already_here=sum(layer.size for layer in unique if layer.here),
        rate_limit=chosen.rate,
        mirror=chosen.mirror,
        tag_from=chosen.tag_from,
        notes=chosen.supplier.notes,
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


def _platform_of_config(ground: Ground, chosen: Chosen, task: Task) -> Platform:
    """An image without an index says what it runs on in its config only."""
    config = chosen.manifest.config
    if ground.store.has(config):
        data = ground.store.read(config, CONFIG_LIMIT)
    else:
        repository = chosen.reference.repository
        data = chosen.supplier.document(repository, config, CONFIG_LIMIT, task)
    return ImageConfig.parse(data, f"the config of {chosen.reference.familiar}").platform


def _runs_here(manifest: Descriptor, platform: Platform) -> bool:
    """Whether this machine's kernel and processor are those of the image."""
    return choose([replace(manifest, platform=platform)], Platform.host()) is not None
