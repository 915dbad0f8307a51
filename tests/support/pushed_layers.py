"""Layers on their way to a registry that takes uploads."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import BinaryIO

from layerscope.engine.oci import Digest
from layerscope.engine.registry import Client, Sent, push_blob
from layerscope.engine.task import Task
from support.hostile_uploads import UploadRegistry
from support.visitors import layer_of

LARGE = random.Random(1).randbytes(3 << 20)
SMALL = b"a small layer"


def bytes_from(data: bytes) -> Callable[[int], BinaryIO]:
    """What an upload reads, from an offset on."""
    return lambda offset: io.BytesIO(data[offset:])


def push(client: Client, data: bytes, task: Task, **more: object) -> Sent:
    """Push a layer into team/app; ``more`` is ``report`` and ``mount_from``."""
    return push_blob(client, "team/app", layer_of(data), bytes_from(data), task, **more)  # type: ignore[arg-type]  # report, mount_from


def held(up: UploadRegistry, data: bytes) -> bool:
    """Whether the registry has exactly these bytes in team/app."""
    return up.blobs.get("team/app", {}).get(str(Digest.of(data))) == data
