"""A registry that wants a token, and what those answer who give it."""

from __future__ import annotations

import json
from collections.abc import Callable

from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen, bearer


def guard(far: HostileRegistry, realm: str, token: str = "t0ken", **more: str) -> None:
    """Everything of ``far`` needs this token from now on; ``realm`` gives none by itself."""
    challenge = Reply(401, challenges=[bearer(realm, **more)])

    def guarded(inner: Reply) -> Callable[[Seen], Reply]:
        return lambda seen: (
            inner if seen.headers.get("authorization") == f"Bearer {token}" else challenge
        )

    for (_method, path), answers in list(far.scripts.items()):
        if path.startswith("/v2/") and isinstance(answers[0], Reply):
            far.on("GET", path, guarded(answers[0]))


def token_of(text: str = "t0ken", **more: object) -> Reply:
    """What a server of tokens answers."""
    return Reply(body=json.dumps({"token": text, **more}).encode())
