"""Looks for a secret wherever it may have gone."""

from __future__ import annotations

import base64
from pathlib import Path


def forms_of(secret: str) -> tuple[bytes, ...]:
    """As it is, and as it stands in base64 behind anything."""
    packed = (base64.b64encode(b"x" * pad + secret.encode()).decode() for pad in range(3))
    inner = (each[start:-4].encode() for each, start in zip(packed, (0, 2, 3), strict=True))
    return secret.encode(), *inner


def files_with(secret: str, folder: Path, *but: Path) -> list[Path]:
    """Files below ``folder`` that hold it, in their name or their content: logs, settings,
    databases, what is left over."""
    forms = forms_of(secret)
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path not in but
        and (
            secret in path.name
            or (path.is_file() and any(form in path.read_bytes() for form in forms))
        )
    ]
