"""Reads what ``docker save`` writes: manifest.json, and the configs and layers that it names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from layerscope.engine.archive.contents import Blob, Contents
from layerscope.engine.archive.headers import cleaned
from layerscope.engine.archive.layout import LayoutReading
from layerscope.engine.archive.values import ArchivedImage, ArchivedLayer
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    LayerscopeError,
    MalformedDocument,
    MalformedReference,
    NotAnArchive,
)
from layerscope.engine.oci import Digest, ImageConfig, Reference, strict_json
from layerscope.engine.oci.fields import Fields
from layerscope.engine.task import Task

MANIFEST = "manifest.json"
REPOSITORIES = "repositories"
_NAMES = ("Config", "RepoTags", "Layers")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One image as manifest.json lists it."""

    config: str
    tags: tuple[str, ...]
    layers: tuple[str, ...]


def is_docker_save(contents: Contents) -> bool:
    return contents.find(MANIFEST) is not None


def add_docker_save(reading: LayoutReading, contents: Contents, task: Task) -> None:
    """Add what manifest.json says to what an OCI layout in the same archive has said.

    Docker from 25 on writes both; images without a tag may be in one of them only.  An image that
    is in both, which its config tells, gets the names of both.  Raises NotAnArchive if there is
    no image at all, and MalformedDocument where the only image is broken.
    """
    entries = _entries(contents)
    if not entries and not reading.images:
        raise NotAnArchive(
            f"{contents.what} holds no image: its manifest.json is empty.",
            hint="Save the image again, by its name.",
            path=contents.what,
        )
    by_config = {image.config.image_id: n for n, image in enumerate(reading.images)}
    failed: LayerscopeError | None = None
    for entry in entries:
        task.checkpoint()
        try:
            config = _config(contents, entry)
            known = by_config.get(config.image_id)
            if known is None:
                reading.images.append(_image(contents, entry, config))
                by_config[config.image_id] = len(reading.images) - 1
            else:
                named = {name for image in reading.images for name in image.references}
                image = reading.images[known]
                if _is_shuffled(image):
                    image = _in_order(image, _image(contents, entry, config))
                reading.images[known] = _with_tags(image, entry, named)
        except LayerscopeError as error:
            failed = failed or error
            reading.warnings.append(f"An image was left out: {error}")
    if failed and not reading.images:
        raise failed


def _entries(contents: Contents) -> list[_Entry]:
    found = contents.find(MANIFEST)
    what = f"The manifest.json of {contents.what}"
    document = strict_json.loads(found.read(strict_json.MANIFEST_LIMIT), what) if found else None
    if document is None:
        return []
    if not isinstance(document, list):
        raise MalformedDocument(f"{what} is not a list of images.")
    return [_entry(item, f"Image {number} in {what}") for number, item in enumerate(document, 1)]


def _entry(item: object, where: str) -> _Entry:
    fields = Fields(item, where).folded(_NAMES)
    return _Entry(
        config=fields.required_text("Config"),
        tags=fields.texts("RepoTags") or (),
        layers=fields.texts("Layers") or (),
    )


def _config(contents: Contents, entry: _Entry) -> ImageConfig:
    blob = _found(contents, entry.config, "config")
    what = f"The config {entry.config[:100]!a} in {contents.what}"
    return ImageConfig.parse(blob.read(strict_json.CONFIG_LIMIT), what)


def _image(contents: Contents, entry: _Entry, config: ImageConfig) -> ArchivedImage:
    if len(entry.layers) != len(config.diff_ids):
        raise MalformedDocument(
            f"{contents.what} has {len(entry.layers)} layers for the image "
            f"{config.image_id.short}, but its config has {len(config.diff_ids)}.",
            hint="Save the image again.",
        )
    image = ArchivedImage(
        references=(),
        invalid_names=(),
        manifest=None,
        config=config,
        layers=tuple(
            _layer(contents, number, name, diff_id)
            for number, (name, diff_id) in enumerate(
                zip(entry.layers, config.diff_ids, strict=True), 1
            )
        ),
    )
    return _with_tags(image, entry)


def _is_shuffled(image: ArchivedImage) -> bool:
    """Whether the manifest lists the right layers in a wrong order, as docker 25.0.0 wrote it."""
    digests = [str(layer.descriptor.digest) for layer in image.layers if layer.descriptor]
    diff_ids = [str(diff_id) for diff_id in image.config.diff_ids]
    return digests != diff_ids and sorted(digests) == sorted(diff_ids) and image.index is None


def _in_order(image: ArchivedImage, ordered: ArchivedImage) -> ArchivedImage:
    """The image that manifest.json describes, under the names that index.json gives it."""
    return replace(
        ordered,
        references=image.references,
        invalid_names=image.invalid_names,
        warnings=("Its OCI manifest lists the layers in a wrong order; manifest.json was used.",),
    )


def _layer(contents: Contents, number: int, name: str, diff_id: Digest) -> ArchivedLayer:
    return ArchivedLayer(number, None, diff_id, _found(contents, name, f"layer {number}"))


def _with_tags(
    image: ArchivedImage, entry: _Entry, taken: Collection[Reference] = ()
) -> ArchivedImage:
    """The image under the tags of ``entry`` too; those that are no tags are kept as texts.  Names
    that index.json gives stay where they are: two images may differ in their packing alone, and
    then they have one config."""
    references = list(image.references)
    invalid = list(image.invalid_names)
    for tag in entry.tags:
        try:
            reference = Reference.parse(tag)
        except MalformedReference:
            invalid.append(tag)
        else:
            if reference not in references and reference not in taken:
                references.append(reference)
    return replace(image, references=tuple(references), invalid_names=tuple(invalid))


def _found(contents: Contents, name: str, role: str) -> Blob:
    if not cleaned(name):
        raise MalformedDocument(
            f"{contents.what} names {name[:200]!a} as its {role}, which is outside of the archive.",
            hint="No builder writes that; the archive may have been made to do harm.",
        )
    blob = contents.find(name)
    if blob is None:
        raise MalformedDocument(
            f"{contents.what} names {name[:200]!a} as its {role}, but does not hold it.",
            hint="The archive is not complete; save the image again.",
        )
    return blob
