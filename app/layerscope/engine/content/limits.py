"""The only budgets for content: what a layer may cost before we stop and say so.

A limit is a brake, not a judgement: legal content may exceed each of them, so every one is shown
and adjustable in the settings under the name of its field.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes unless the name says otherwise.

    ``layer_bytes``: of one uncompressed layer.  ``layer_entries``: headers of one layer.
    ``extension_bytes``: of one PAX header, GNU long name or sparse map (Go's limit, FORMATS.md
    5.4).  ``window_bytes``: what a zstd frame may ask the decoder to remember.  ``ratio``: of
    uncompressed to compressed bytes, a warning only, once ``ratio_from`` bytes have come out.
    ``hole_bytes``: zeros of sparse files that are hashed for one layer; files beyond it carry no
    digest.  ``path_bytes``, ``component_bytes`` and ``depth`` (in components): a warning only.
    """

    layer_bytes: int = 50 * GIB
    layer_entries: int = 2_000_000
    extension_bytes: int = MIB
    window_bytes: int = 128 * MIB
    ratio: int = 200
    ratio_from: int = 64 * MIB
    hole_bytes: int = 64 * MIB
    path_bytes: int = 4096
    component_bytes: int = 255
    depth: int = 256
