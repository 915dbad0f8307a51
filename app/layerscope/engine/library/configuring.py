"""How each registry is spoken to, and limits: what is written into the settings, what refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import BadInput, MalformedReference
from layerscope.engine.oci import Reference
from layerscope.engine.registry import HUB_HOSTS, Mirror
from layerscope.engine.registry.http.origin import bare_host
from layerscope.engine.registry.http.trust import require_authority
from layerscope.engine.registry.mirrors import MOST
from layerscope.engine.task import Task

from . import locations
from .ground import Ground
from .settings import read_settings
from .values import Settings

_HUB = "docker.io"


def configure_registry(
    ground: Ground,
    registry: str,
    plain_http: bool | None,
    ca_file: str | None,
    mirrors: Sequence[str] | None,
    token_servers: Sequence[str] | None,
    task: Task,
) -> Settings:
    host = registry_host(registry)
    with ground.settings_held(task):
        settings = _configured(_newest(ground), host, plain_http, ca_file, mirrors, token_servers)
        ground.change_settings(settings)
    return settings


def allow_token_server(ground: Ground, registry: str, server: str, task: Task) -> Settings:
    host = registry_host(registry)
    with ground.settings_held(task):
        settings = _newest(ground)
        servers = (*settings.token_servers.get(host, ()), server)
        settings = _configured(settings, host, None, None, None, servers)
        ground.change_settings(settings)
    return settings


def remove_registry(ground: Ground, registry: str, task: Task) -> Settings:
    host = registry_host(registry)
    with ground.settings_held(task):
        settings = _removed(_newest(ground), host)
        ground.change_settings(settings)
    return settings


def change_limits(ground: Ground, values: Mapping[str, int], task: Task) -> None:
    known = {each.name: each for each in Limits().described()}
    for name, value in values.items():
        if name not in known:
            raise BadInput(
                f"No limit is named {name!r}.", hint="`layerscope limits` lists all of them."
            )
        if not 0 <= value <= known[name].most:
            raise BadInput(
                f"{name} is a number from 0 to {known[name].most}, not {value}.",
                hint="Nothing was changed.",
            )
    with ground.settings_held(task):
        settings = _newest(ground)
        others = {name: value for name, value in settings.limits.items() if name not in values}
        changed = {name: value for name, value in values.items() if value != known[name].default}
        ground.change_settings(replace(settings, limits={**others, **changed}))


def registry_host(text: str) -> str:
    """The host as references name it.  Raises BadInput for what is none: a path behind it would
    be lost, and a word without a dot or a port is a name on Docker Hub."""
    plain = text.strip()
    for scheme in ("https://", "http://"):
        plain = plain.removeprefix(scheme)
    plain = plain.rstrip("/")
    if plain in HUB_HOSTS:
        return _HUB
    try:
        reference = Reference.parse(f"{plain}/repository:tag")
    except MalformedReference as error:
        raise _no_host(text) from error
    if reference.registry != plain:
        raise _no_host(text)
    return plain


def _configured(
    settings: Settings,
    host: str,
    plain_http: bool | None,
    ca_file: str | None,
    mirrors: Sequence[str] | None,
    token_servers: Sequence[str] | None,
) -> Settings:
    if host not in settings.registries and not _is_mirror(settings, host):
        settings = replace(settings, registries=(*settings.registries, host))
    if plain_http is not None:
        settings = _with_plain_http(settings, host, plain_http)
    if ca_file is not None:
        settings = _with_ca_file(settings, host, ca_file)
    if mirrors is not None:
        settings = _with_mirrors(settings, host, mirrors)
    if token_servers is not None:
        settings = _with_token_servers(settings, host, token_servers)
    return settings


def _removed(settings: Settings, host: str) -> Settings:
    if host not in settings.registries:
        raise BadInput(
            f"{host} is not in the list of registries.",
            hint="Nothing was changed.",
        )
    still_used = _is_mirror(settings, host)
    settings = replace(
        settings,
        registries=tuple(each for each in settings.registries if each != host),
        mirrors={name: each for name, each in settings.mirrors.items() if name != host},
        token_servers={name: each for name, each in settings.token_servers.items() if name != host},
    )
    if not still_used:
        settings = replace(
            _with_ca_file(settings, host, ""),
            plain_http=tuple(each for each in settings.plain_http if each != host),
        )
    return settings


def _newest(ground: Ground) -> Settings:
    """As the file has them by now: a command line and a window may both be changing them."""
    if not locations.settings_file().exists():
        return ground.settings
    settings, damage = read_settings(locations.settings_file())
    return ground.settings if damage else settings


def _with_plain_http(settings: Settings, host: str, wanted: bool) -> Settings:
    if wanted and host == _HUB:
        raise BadInput(
            "Docker Hub is never spoken to without encryption.", hint="Nothing was changed."
        )
    others = tuple(each for each in settings.plain_http if each != host)
    bare = bare_host(host)
    if not wanted and bare in others:
        raise BadInput(
            f"Plain HTTP is on for every port of {bare}.",
            hint=f"Switch it off for {bare}.",
        )
    return replace(settings, plain_http=(*others, host) if wanted else others)


def _with_ca_file(settings: Settings, host: str, text: str) -> Settings:
    """A relative path means something else from another folder, so it is kept whole."""
    files = {name: path for name, path in settings.ca_files.items() if name != host}
    if text.strip():
        path = Path(text.strip()).expanduser().absolute()
        require_authority(path)
        files[host] = str(path)
    return replace(settings, ca_files=files)


def _with_mirrors(settings: Settings, host: str, texts: Sequence[str]) -> Settings:
    mirrors = tuple(dict.fromkeys(map(Mirror.parse, texts)))
    if Mirror(host) in mirrors:
        raise BadInput(f"{host} cannot be a mirror of itself.", hint="Nothing was changed.")
    if len(mirrors) > MOST:
        raise BadInput(
            f"{len(mirrors)} mirrors are too many for {host}.",
            hint=f"At most {MOST} are asked, as each that fails holds a pull up.",
        )
    known = {name: each for name, each in settings.mirrors.items() if name != host}
    if mirrors:
        known[host] = tuple(map(str, mirrors))
    return replace(settings, mirrors=known)


def _with_token_servers(settings: Settings, host: str, servers: Sequence[str]) -> Settings:
    known = {name: each for name, each in settings.token_servers.items() if name != host}
    if servers:
        known[host] = tuple(dict.fromkeys(map(registry_host, servers)))
    return replace(settings, token_servers=known)


def _is_mirror(settings: Settings, host: str) -> bool:
    return any(
        each.partition("/")[0] == host for mirrors in settings.mirrors.values() for each in mirrors
    )


def _no_host(text: str) -> BadInput:
    return BadInput(
        f"{text.strip()!r} is not the name of a registry.",
        hint="Write a host name, with a port if it needs one: registry.example.com:5000.",
    )
