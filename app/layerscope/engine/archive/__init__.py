"""Archives of images on disk: OCI layouts and what docker save writes, read only."""

from layerscope.engine.archive.assembly import assembled, layer_media_type, oci_media_type
from layerscope.engine.archive.contents import Blob
from layerscope.engine.archive.opening import open_archive
from layerscope.engine.archive.values import Archive, ArchivedImage, ArchivedLayer, NotIncluded

__all__ = [
    "Archive",
    "ArchivedImage",
    "ArchivedLayer",
    "Blob",
    "NotIncluded",
    "assembled",
    "layer_media_type",
    "oci_media_type",
    "open_archive",
]
