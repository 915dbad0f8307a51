"""The settings that the engine obeys, as a file of their own that survives damage."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path

from layerscope.engine.content.files import write_whole

from .values import Settings

_LARGEST = 1 << 20  # bytes; a settings file beyond this is not one of ours


def read_settings(path: Path) -> tuple[Settings, str]:
    """The settings and, when the file could not be understood, a sentence that says so.

    Such a file is set aside beside itself, never lost; a missing one means the defaults.
    """
    try:
        return _read(path), ""
    except FileNotFoundError:
        return Settings(), ""
    except OSError as error:
        return Settings(), f"The settings in {path} cannot be read: {error.strerror}."
    except (ValueError, TypeError, RecursionError):
        return Settings(), _set_aside(path)


def read_changed(path: Path) -> Settings | None:
    """The settings of a file that has changed under us; None if it is gone or not understood.

    It stays where it is: perhaps somebody is writing it by hand just now.
    """
    try:
        return _read(path)
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def identity(path: Path) -> tuple[int, int, int] | None:
    """Differs once the file is another or has been written to; None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def write_settings(path: Path, settings: Settings) -> None:
    """Keep what other versions of the program have written beside our own fields."""
    document = {**_existing(path), **asdict(settings)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(document, indent=2).encode() + b"\n")


def _read(path: Path) -> Settings:
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError("too large")
    return _parse(json.loads(data))


def _parse(document: object) -> Settings:
    if not isinstance(document, dict):
        raise TypeError("not an object")
    known = {each.name: document[each.name] for each in fields(Settings) if each.name in document}
    for name in ("registries", "plain_http"):
        if name in known:
            known[name] = tuple(_text(item) for item in _list(known[name]))
    if "ca_files" in known:
        known["ca_files"] = {_text(k): _text(v) for k, v in _object(known["ca_files"]).items()}
    for name in ("mirrors", "token_servers"):
        if name in known:
            known[name] = {
                _text(host): tuple(_text(each) for each in _list(others))
                for host, others in _object(known[name]).items()
            }
    if "limits" in known:
        known["limits"] = {_text(k): _whole(v) for k, v in _object(known["limits"]).items()}
    if "downloads" in known:
        known["downloads"] = max(1, min(8, _whole(known["downloads"])))
    return Settings(**known)


def _existing(path: Path) -> dict[str, object]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _set_aside(path: Path) -> str:
    kept = path.with_name(path.name + ".damaged")
    try:
        path.replace(kept)
    except OSError:
        return f"The settings in {path} are damaged; the defaults are used."
    return f"The settings were damaged and have been reset; the old file is {kept}."


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("not a whole number")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _object(value: object) -> dict[object, object]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value
