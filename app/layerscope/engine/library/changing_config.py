"""Run settings from lines as in a Dockerfile: ``CMD ["sh"]``, ``ENV KEY=value``, ``USER app``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from typing import Any

from layerscope.engine.errors import BadInput

Config = dict[str, Any]


def changed(lines: Sequence[str]) -> Config:
    """The ``config`` of an image, as image-spec config.md has it.  Raises BadInput."""
    config: Config = {}
    for line in lines:
        keyword, _, rest = line.strip().partition(" ")
        change = _CHANGES.get(keyword.upper())
        if change is None:
            raise BadInput(
                f"{keyword!a} is nothing that an import can change.",
                hint=f"It can change {', '.join(sorted(_CHANGES))}.",
            )
        try:
            change(config, rest.strip())
        except ValueError as error:
            raise BadInput(
                f"{line!a} cannot be read: {error}.", hint="Write it as in a Dockerfile."
            ) from error
    return config


def _command(key: str) -> Callable[[Config, str], None]:
    def change(config: Config, rest: str) -> None:
        config[key] = _words(rest) if rest.startswith("[") else ["/bin/sh", "-c", _needed(rest)]

    return change


def _text(key: str) -> Callable[[Config, str], None]:
    def change(config: Config, rest: str) -> None:
        config[key] = _needed(rest)

    return change


def _set(key: str, ending: str = "") -> Callable[[Config, str], None]:
    def change(config: Config, rest: str) -> None:
        names = _words(rest) if rest.startswith("[") else _needed(rest).split()
        for name in names:
            whole = name if not ending or "/" in name else name + ending
            config.setdefault(key, {})[whole] = {}

    return change


def _env(config: Config, rest: str) -> None:
    for key, value in _pairs(rest):
        kept = [each for each in config.get("Env", []) if each.partition("=")[0] != key]
        config["Env"] = [*kept, f"{key}={value}"]


def _label(config: Config, rest: str) -> None:
    config.setdefault("Labels", {}).update(_pairs(rest))


def _pairs(rest: str) -> list[tuple[str, str]]:
    pairs = []
    for word in shlex.split(_needed(rest)):
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise ValueError("it needs KEY=value")
        pairs.append((key, value))
    return pairs


def _words(rest: str) -> list[str]:
    words = json.loads(rest)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError("it is no list of texts")
    return words


def _needed(rest: str) -> str:
    if not rest:
        raise ValueError("it says nothing")
    return rest


_CHANGES: dict[str, Callable[[Config, str], None]] = {
    "CMD": _command("Cmd"),
    "ENTRYPOINT": _command("Entrypoint"),
    "ENV": _env,
    "EXPOSE": _set("ExposedPorts", "/tcp"),
    "LABEL": _label,
    "STOPSIGNAL": _text("StopSignal"),
    "USER": _text("User"),
    "VOLUME": _set("Volumes"),
    "WORKDIR": _text("WorkingDir"),
}
