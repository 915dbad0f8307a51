"""Which environment values look like secrets and are masked until somebody asks."""

from __future__ import annotations

import re

MASK = "••••••••"

_NAME = re.compile(
    r"(?:^|[_.-])(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRETS?|TOKEN|CREDENTIALS?|AUTH|APIKEY|COOKIE"
    r"|(?:API|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION|MASTER|LICEN[CS]E)_?KEY(?:_ID)?"
    r"|CONNECTION_?STRING|DSN)(?:$|[_.-]|\d)",
    re.IGNORECASE,
)
_HARMLESS_NAME = re.compile(
    r"(?:_FILE|_PATH|_DIR|_URL_PATH|_LENGTH|_TTL|_TYPE|_NAME)$", re.IGNORECASE
)
_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bglpat-[A-Za-z0-9_-]{15,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bsk-[A-Za-z0-9_-]{20,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|://[^/\s:@]+:[^/\s:@]+@"
)
_HARMLESS_VALUES = frozenset({"", "0", "1", "true", "false", "yes", "no", "on", "off", "none"})


def looks_secret(name: str, value: str) -> bool:
    """By the name of the variable, or because the value has the shape of a known credential."""
    if value.lower() in _HARMLESS_VALUES:
        return False
    if _VALUE.search(value[:10_000]):
        return True
    if name.upper() in ("PWD", "OLDPWD") or _HARMLESS_NAME.search(name[:200]):
        return False
    return bool(_NAME.search(name[:200]))
