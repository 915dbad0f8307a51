"""Everything about one image but its files."""

from __future__ import annotations

from dataclasses import replace

from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import BlobMissing, LayerscopeError
from layerscope.engine.oci import (
    Descriptor,
    ImageConfig,
    RunConfig,
    Step,
    chain_ids,
    pair_history,
    readable_command,
)
from layerscope.engine.oci.strict_json import CONFIG_LIMIT
from layerscope.engine.rootfs import LayerTotals, Timeline
from layerscope.engine.task import Task

from .browsing import known_timeline
from .catalogue import StoredImage
from .finding import find
from .ground import Ground
from .indexes import known_summary
from .listing import image_rows, shown_name
from .sharing import Sharing
from .stacks import ReadLayer, judged
from .values import Document, ImageDetail, LayerRow, StepRow


def detail(ground: Ground, name: str, task: Task) -> ImageDetail:
    images = ground.catalogue.images()
    image = find(images, name).image
    which = images.index(image)
    rows, sharing = image_rows(ground, images, task)
    config = _config(ground, image)
    layers = _layers(ground, image, config, which, [shown_name(each) for each in images], sharing)
    base, base_name = _base(images, image)
    return ImageDetail(
        row=rows[which],
        layers=layers,
        steps=_steps(config, layers),
        run=config.run if config else RunConfig(),
        author=config.author if config else "",
        base_layers=base,
        base_name=base_name,
        documents=tuple(key for key, value in _documents(image).items() if ground.store.has(value)),
        warnings=tuple(filter(None, (image.parts.unreadable, _contradiction(image)))),
    )


def document(ground: Ground, name: str, which: str) -> Document:
    image = find(ground.catalogue.images(), name).image
    descriptor = _documents(image).get(which)
    if descriptor is None or not ground.store.has(descriptor):
        raise BlobMissing(
            f"The {which} of {display_name(name)} is not stored.",
            hint="An index is kept only for images of several platforms."
            if which == "index"
            else "Pull the image again.",
            digest="" if descriptor is None else str(descriptor.digest),
        )
    # Read without a check, so that a damaged document can be looked at.
    with ground.store.open_blob(descriptor.digest) as file:
        raw = file.read(CONFIG_LIMIT)
    return Document(
        which=which,
        media_type=descriptor.media_type,
        digest=descriptor.digest,
        raw=raw,
        matches=descriptor.digest.matches(raw),
    )


def _documents(image: StoredImage) -> dict[str, Descriptor]:
    documents = {"manifest": image.parts.descriptor}
    if image.index is not None:
        documents = {"index": image.index, **documents}
    if image.parts.manifest is not None:
        documents["config"] = image.parts.manifest.config
    return documents


def _config(ground: Ground, image: StoredImage) -> ImageConfig | None:
    try:
        return ground.catalogue.config(image)
    except LayerscopeError:
        return None  # the row says why it is unreadable


def _layers(
    ground: Ground,
    image: StoredImage,
    config: ImageConfig | None,
    which: int,
    names: list[str],
    sharing: Sharing,
) -> tuple[LayerRow, ...]:
    read = [
        judged(image, number, known_summary(ground, layer.digest))
        for number, layer in enumerate(image.layers, 1)
    ]
    steps = pair_history(config, len(image.layers)) if config else ()
    by_layer = {step.layer: step for step in steps if step.layer is not None}
    totals = _totals(ground, image, read)
    diff_ids = [image.diff_id(number) for number in range(1, len(image.layers) + 1)]
    known = [diff_id for diff_id in diff_ids if diff_id is not None]
    chains = chain_ids(known) if known and len(known) == len(diff_ids) else ()
    rows = []
    for layer in read:
        number = layer.number
        row = _layer_row(ground, image, layer, by_layer.get(number))
        row = replace(
            row,
            chain_id=chains[number - 1] if chains else None,
            shared_by=tuple(names[other] for other in sharing.others(row.digest, which)),
        )
        rows.append(_counted(row, totals[number - 1] if totals else None))
    return tuple(rows)


def _layer_row(ground: Ground, image: StoredImage, layer: ReadLayer, step: Step | None) -> LayerRow:
    descriptor = image.layers[layer.number - 1]
    summary = layer.summary
    history = step.history if step else None
    created_by = history.created_by if history else ""
    keyword, command = readable_command(created_by)
    return LayerRow(
        number=layer.number,
        digest=descriptor.digest,
        diff_id=image.diff_id(layer.number),
        chain_id=None,
        media_type=descriptor.media_type,
        compressed=descriptor.size,
        size=None if summary is None else summary.tar_size,
        created=history.created if history else None,
        created_by=created_by,
        keyword=keyword,
        command=command,
        comment=history.comment if history else "",
        entries=None if summary is None else summary.entries,
        stored=ground.store.has(descriptor),
        damage=layer.trouble,
        warnings=() if summary is None else tuple(each.text for each in summary.warnings),
    )


def _counted(row: LayerRow, totals: LayerTotals | None) -> LayerRow:
    if totals is None:
        return row
    return replace(
        row,
        added=totals.added,
        modified=totals.modified,
        metadata=totals.metadata,
        deleted=totals.deleted,
        opaque=totals.opaque,
        warnings=row.warnings + tuple(remark.text for remark in totals.warnings),
    )


def _totals(ground: Ground, image: StoredImage, layers: list[ReadLayer]) -> tuple[LayerTotals, ...]:
    path = known_timeline(ground, image, layers)
    if path is None:
        return ()
    with Timeline.open(path) as timeline:
        return timeline.layers


def _contradiction(image: StoredImage) -> str:
    """Engines refuse to unpack such an image; it can be looked at, but nothing confirms its
    layers (FORMATS.md 2.9)."""
    facts = image.parts.facts
    if facts is None or len(facts.diff_ids) == len(image.layers):
        return ""
    return (
        f"The manifest lists {len(image.layers)} layers, "
        f"but the config {len(facts.diff_ids)} DiffIDs."
    )


def _steps(config: ImageConfig | None, layers: tuple[LayerRow, ...]) -> tuple[StepRow, ...]:
    if config is None:
        return ()
    rows = []
    for step in reversed(pair_history(config, len(layers))):
        history = step.history
        created_by = history.created_by if history else ""
        keyword, command = readable_command(created_by)
        rows.append(
            StepRow(
                layer=step.layer,
                created=history.created if history else None,
                author=history.author if history else "",
                created_by=created_by,
                keyword=keyword,
                command=command,
                comment=history.comment if history else "",
                size=None if step.layer is None else layers[step.layer - 1].size,
                certain=step.certain,
            )
        )
    return tuple(rows)


def _base(images: tuple[StoredImage, ...], image: StoredImage) -> tuple[int, str]:
    """The largest other image whose layers are the lower part of this one's, by DiffID where that
    is known, as the same layer may be stored compressed in two ways."""
    own = _identities(image)
    best, name = 0, ""
    for other in images:
        theirs = _identities(other)
        if best < len(theirs) < len(own) and own[: len(theirs)] == theirs:
            best, name = len(theirs), shown_name(other)
    return best, name


def _identities(image: StoredImage) -> list[str]:
    return [
        str(image.diff_id(number) or layer.digest) for number, layer in enumerate(image.layers, 1)
    ]
