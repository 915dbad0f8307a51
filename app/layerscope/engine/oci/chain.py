"""ChainIDs: the names of stacks of layers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from layerscope.engine.oci.digest import Digest


def chain_ids(diff_ids: Iterable[Digest]) -> tuple[Digest, ...]:
    """For each layer, bottom first, the ID of the stack that ends with it (image-spec config.md,
    "Layer ChainID"); always sha256 above the first layer."""
    chain: list[Digest] = []
    for diff_id in diff_ids:
        if chain:
            both = f"{chain[-1]} {diff_id}".encode("ascii")
            chain.append(Digest("sha256", hashlib.sha256(both).hexdigest()))
        else:
            chain.append(diff_id)
    return tuple(chain)
