"""Image configurations: what was built, how it runs, and the DiffIDs of its layers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Self

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import MalformedDigest
from layerscope.engine.oci import strict_json
from layerscope.engine.oci.digest import Digest
from layerscope.engine.oci.fields import Fields, clause
from layerscope.engine.oci.frozen_map import FrozenMap
from layerscope.engine.oci.history import History
from layerscope.engine.oci.platform import Platform

# fmt: off
_NAMES = (
    "created", "author", "architecture", "os", "variant", "os.version", "os.features", "config",
    "rootfs", "history",
)
_RUN_NAMES = (
    "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels",
    "StopSignal", "Healthcheck", "OnBuild", "Shell",
)
# fmt: on
_ROOTFS_NAMES = ("type", "diff_ids")
_HISTORY_NAMES = ("created", "created_by", "author", "comment", "empty_layer")
_HEALTH_NAMES = ("Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,6})?\d*([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """How docker asks a container whether it is well; times are nanoseconds, 0 for default."""

    test: tuple[str, ...] = ()
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What a container of the image starts with.  All of it is data that somebody wrote:
    shown, never obeyed.  ``entrypoint``, ``cmd`` and ``shell`` are None where not set."""

    user: str = ""
    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    working_dir: str = ""
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=FrozenMap)
    stop_signal: str = ""
    healthcheck: Healthcheck | None = None
    shell: tuple[str, ...] | None = None
    on_build: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The configuration of one image.  ``raw`` are the bytes whose digest is the image ID."""

    raw: bytes = field(repr=False)
    created: datetime | None
    author: str
    architecture: str
    os: str
    variant: str
    os_version: str
    os_features: tuple[str, ...]
    diff_ids: tuple[Digest, ...]
    history: tuple[History, ...]
    run: RunConfig

    @classmethod
    def parse(cls, data: bytes, what: str) -> Self:
        """Read a config (image-spec config.md); ``what`` names it in errors: "The config of
        app:1".  Values that are merely odd (dates, empty platforms) are kept or left out; values
        of the wrong type raise MalformedDocument."""
        fields = Fields(strict_json.loads(data, what, strict_json.CONFIG_LIMIT), what, _NAMES)
        return cls(
            raw=data,
            created=parsed_time(fields.text("created")),
            author=fields.text("author"),
            architecture=fields.text("architecture"),
            os=fields.text("os"),
            variant=fields.text("variant"),
            os_version=fields.text("os.version"),
            os_features=fields.texts("os.features") or (),
            diff_ids=_diff_ids(fields),
            history=tuple(
                _history(item, fields.part(f"Step {number} in the history"))
                for number, item in enumerate(fields.items("history") or [], 1)
            ),
            run=_run(fields),
        )

    @property
    def image_id(self) -> Digest:
        """The digest of the config's bytes, which docker calls the image ID."""
        return Digest.of(self.raw)

    @property
    def platform(self) -> Platform:
        """As written, not normalised."""
        return Platform(self.os, self.architecture, self.variant, self.os_version, self.os_features)


def parsed_time(text: str) -> datetime | None:
    """A time of RFC 3339 in UTC, cut to microseconds; None if it is unset (year 1) or no time."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    day, time, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{time}{fraction or ''}{zone.upper()}")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year > 1 else None


def _diff_ids(fields: Fields) -> tuple[Digest, ...]:
    if "rootfs" not in fields:
        return ()
    rootfs = Fields(fields.value("rootfs"), fields.part("The rootfs"), _ROOTFS_NAMES)
    if rootfs.text("type", absent="layers") != "layers":
        rootfs.refuse("type", 'is not "layers"')
    try:
        return tuple(Digest.stored(text) for text in rootfs.texts("diff_ids") or ())
    except MalformedDigest as error:
        rootfs.refuse("diff_ids", f"are malformed: {clause(error)}", error)


def _history(value: object, where: str) -> History:
    fields = Fields(value, where, _HISTORY_NAMES)
    return History(
        created=parsed_time(fields.text("created")),
        created_by=fields.text("created_by"),
        author=fields.text("author"),
        comment=fields.text("comment"),
        empty_layer=fields.flag("empty_layer"),
    )


def _run(fields: Fields) -> RunConfig:
    if "config" not in fields:
        return RunConfig()
    run = Fields(fields.value("config"), fields.part("The run settings")).folded(_RUN_NAMES)
    return RunConfig(
        user=run.text("User"),
        env=run.texts("Env") or (),
        entrypoint=run.texts("Entrypoint", alone=True),
        cmd=run.texts("Cmd", alone=True),
        working_dir=run.text("WorkingDir"),
        exposed_ports=run.keys_of("ExposedPorts"),
        volumes=run.keys_of("Volumes"),
        labels=run.text_map("Labels"),
        stop_signal=run.text("StopSignal"),
        healthcheck=_healthcheck(run),
        shell=run.texts("Shell", alone=True),
        on_build=run.texts("OnBuild") or (),
    )


def _healthcheck(run: Fields) -> Healthcheck | None:
    if "Healthcheck" not in run:
        return None
    health = Fields(run.value("Healthcheck"), run.part("The health check")).folded(_HEALTH_NAMES)
    return Healthcheck(
        test=health.texts("Test", alone=True) or (),
        interval=health.integer("Interval"),
        timeout=health.integer("Timeout"),
        start_period=health.integer("StartPeriod"),
        start_interval=health.integer("StartInterval"),
        retries=health.integer("Retries"),
    )
