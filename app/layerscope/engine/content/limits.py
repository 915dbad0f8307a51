"""The only budgets for content: what it may cost before we stop and say so.

A limit is a brake, not a judgement: legal content may exceed each of them, so every one has a name,
is shown by ``layerscope limits`` and can be raised there with ``--limit NAME=VALUE`` or, under the
same name, in the settings.  The values are those of RELIABILITY.md (T06, T12, T13).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, fields, replace

from layerscope.engine.dataclass import dataclass

MIB = 1024 * 1024
GIB = 1024 * MIB
#: The largest value of any limit: what a file can have bytes.
LARGEST = 2**63 - 1
#: Above this, no zstd decoder obeys ``window_bytes`` (RFC 8878 section 3.1.1.1.2 allows more).
WIDEST_WINDOW = 2**31

_VALUE = re.compile(r"([0-9]{1,19})([kmgt]i?)?b?", re.IGNORECASE)
_UNITS = {"": 1} | {
    letter + i: (1024 if i else 1000) ** power
    for power, letter in enumerate("kmgt", 1)
    for i in ("", "i")
}


def _limit(
    default: int, unit: str, meaning: str, *, most: int = LARGEST, stops: bool = True
) -> int:
    about = {"unit": unit, "meaning": meaning, "most": most, "stops": stops}
    described: int = field(default=default, metadata=about)
    return described


@dataclass(frozen=True, slots=True)
class Limits:
    """Whole numbers from 0 upwards; the unit of each is in its description.

    Reading stops where content exceeds one, and what was read until then can be browsed.  Beyond
    ``hole_bytes``, and limits whose names begin with ``warn_``, there is only a warning.  Raises
    ValueError for a value that no limit may have.
    """

    layer_bytes: int = _limit(50 * GIB, "bytes", "one uncompressed layer")
    layer_entries: int = _limit(2_000_000, "entries", "headers of one layer")
    path_budget: int = _limit(
        2_000_000_000,
        "bytes",
        "all paths of one layer together, and all that merging layers walks through",
    )
    path_bytes: int = _limit(MIB, "bytes", "one path inside a layer")
    depth: int = _limit(500_000, "folders", "names in one path inside a layer")
    extension_bytes: int = _limit(
        MIB, "bytes", "one extended header (PAX, GNU long name) or map of a sparse file"
    )
    window_bytes: int = _limit(
        128 * MIB, "bytes", "what zstd or xz asks the reader to remember", most=WIDEST_WINDOW
    )
    hole_bytes: int = _limit(
        64 * MIB,
        "bytes",
        "zeros of sparse files hashed for one layer; other files have no digest",
        stops=False,
    )
    archive_bytes: int = _limit(50 * GIB, "bytes", "one archive of images, unpacked")
    archive_members: int = _limit(200_000, "members", "files of one archive of images")
    warn_ratio: int = _limit(
        200, "times", "uncompressed to compressed bytes of one layer", stops=False
    )
    warn_ratio_from: int = _limit(
        64 * MIB, "bytes", "uncompressed, before the ratio is looked at", stops=False
    )
    warn_path_bytes: int = _limit(4096, "bytes", "one path, as Linux allows it", stops=False)
    warn_name_bytes: int = _limit(
        255, "bytes", "one name of a path, as file systems allow it", stops=False
    )
    warn_depth: int = _limit(256, "folders", "names in one path", stops=False)

    def __post_init__(self) -> None:
        for each in fields(self):
            if not 0 <= getattr(self, each.name) <= each.metadata["most"]:
                raise ValueError(
                    f"{each.name} is a number from 0 to {each.metadata['most']}, "
                    f"not {getattr(self, each.name)}"
                )

    def changed(self, values: Mapping[str, int]) -> Limits:
        """These limits with other values; names that no limit has are ignored, as another version
        of the program may have written them, and so are values that no limit may have."""
        most = {each.name: each.metadata["most"] for each in fields(self)}
        fitting = {
            name: value
            for name, value in values.items()
            if name in most and 0 <= value <= most[name]
        }
        return replace(self, **fitting)

    def described(self) -> tuple[Limit, ...]:
        """All limits in the order in which they are best read."""
        return tuple(
            Limit(
                name=each.name,
                value=getattr(self, each.name),
                default=getattr(_DEFAULTS, each.name),
                unit=each.metadata["unit"],
                meaning=each.metadata["meaning"],
                stops=each.metadata["stops"],
                most=each.metadata["most"],
            )
            for each in fields(self)
        )


_DEFAULTS = Limits()


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, for people.  ``meaning`` says what is measured, in ``unit``; ``stops`` is False
    for those that only warn; ``most`` is the largest value that it may have."""

    name: str
    value: int
    default: int
    unit: str
    meaning: str
    stops: bool
    most: int = LARGEST

    def amount(self, text: str) -> int:
        """The value that ``text`` asks for; units such as 20GiB, 500M or 10k are allowed.
        Raises ValueError with a sentence that says what is wrong."""
        match = _VALUE.fullmatch(text)
        value = int(match[1]) * _UNITS[(match[2] or "").lower()] if match else -1
        if not 0 <= value <= self.most:
            raise ValueError(f"{self.name} is a number from 0 to {self.most}, not {text!r}")
        return value


def reached(limit: str, value: int) -> str:
    """How every sentence names the limit that stopped something."""
    return f"stopped at limit {limit} ({value:,})"


def raising(limit: str) -> str:
    """The hint that goes with it."""
    return f"Raise it with `--limit {limit}=VALUE` or in the settings if you trust this."


def parsed(text: str) -> tuple[str, int]:
    """The limit and the value in ``NAME=VALUE``, as ``Limit.amount`` reads it.  Raises ValueError
    with a sentence that says what is wrong."""
    name, equals, amount = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not of the form NAME=VALUE")
    for each in _DEFAULTS.described():
        if each.name == name:
            return name, each.amount(amount)
    raise ValueError(f"no limit is named {name!r}; `layerscope limits` lists them")
