"""What somebody may show to a registry."""

from __future__ import annotations

import base64
from dataclasses import field

from layerscope.engine.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Login:
    """User and password, or an identity token (a refresh token for the token server), or a
    registry token (a bearer token as it is).  None of the secrets appear in ``repr``."""

    user: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)
    source: str = ""  #: where it was found, for people

    @property
    def empty(self) -> bool:
        """Whether it has no secret at all, as the entries that helpers leave behind in the
        files."""
        return not (self.password or self.identity_token or self.registry_token)

    @property
    def basic(self) -> str:
        """The value of an Authorization header, or empty without a password."""
        if not self.password:
            return ""
        pair = f"{self.user}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"


ANONYMOUS = Login()
