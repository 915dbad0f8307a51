"""Values of the OCI world: what documents say, with no file or network behind it."""

from layerscope.engine.oci import media_types, strict_json
from layerscope.engine.oci.chain import chain_ids
from layerscope.engine.oci.choosing import choose
from layerscope.engine.oci.config import Healthcheck, ImageConfig, RunConfig, parsed_time
from layerscope.engine.oci.descriptor import Descriptor
from layerscope.engine.oci.digest import Digest
from layerscope.engine.oci.frozen_map import FrozenMap
from layerscope.engine.oci.history import History
from layerscope.engine.oci.layout_names import LayoutName, layout_name
from layerscope.engine.oci.manifest import Index, Manifest, parse_document
from layerscope.engine.oci.platform import Platform
from layerscope.engine.oci.reference import Reference
from layerscope.engine.oci.steps import Step, pair_history, readable_command

__all__ = [
    "Descriptor",
    "Digest",
    "FrozenMap",
    "Healthcheck",
    "History",
    "ImageConfig",
    "Index",
    "LayoutName",
    "Manifest",
    "Platform",
    "Reference",
    "RunConfig",
    "Step",
    "chain_ids",
    "choose",
    "layout_name",
    "media_types",
    "pair_history",
    "parse_document",
    "parsed_time",
    "readable_command",
    "strict_json",
]
