"""What of an image did not reach the disk as it is in the image, and why; told, never silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from layerscope.engine.content.wording import count_text, size_text
from layerscope.engine.dataclass import dataclass

_MOST = 20  #: notes of one kind that are kept; all are counted


class Why(StrEnum):
    """The words are stable: programs read them."""

    DEVICE = "device"
    FIFO = "fifo"
    UNKNOWN = "unknown-type"
    WHITEOUT = "whiteout"
    BROKEN_LINK = "broken-link"
    NAME = "name"
    EXISTS = "exists"
    REFUSED = "refused"
    INSIDE = "inside"
    REPLACED = "replaced"
    RENAMED = "renamed"
    COPIED = "copied"
    SETUID = "setuid"
    OWNER = "owner"
    XATTR = "xattr"
    TIME = "time"
    MODE = "mode"

    @property
    def sentence(self) -> str:
        """What happened to such things, for people; after a count and a colon."""
        return _SENTENCES[self]


_SENTENCES = {
    Why.DEVICE: "device nodes are never made",
    Why.FIFO: "pipes are never made",
    Why.UNKNOWN: "no tool knows this type of entry",
    Why.WHITEOUT: "a whiteout only deletes what lies below it",
    Why.BROKEN_LINK: "the link leads to nothing that could be written",
    Why.NAME: "this disk cannot hold the name",
    Why.EXISTS: "something is there already and was kept",
    Why.REFUSED: "the system did not permit it",
    Why.INSIDE: "the folder around it was left out",
    Why.REPLACED: "another program has taken its place meanwhile",
    Why.RENAMED: "the disk takes its name for that of another file, so it got one of its own",
    Why.COPIED: "this disk has no hard links, so it is a copy",
    Why.SETUID: "its setuid, setgid or capability was taken away",
    Why.OWNER: "its owner could not be kept",
    Why.XATTR: "an extended attribute could not be kept",
    Why.TIME: "its time could not be kept",
    Why.MODE: "its permissions could not be kept",
}

#: What is not there at all; everything else is there, but not in every detail.
LEFT_OUT = frozenset(
    {
        Why.DEVICE,
        Why.FIFO,
        Why.UNKNOWN,
        Why.WHITEOUT,
        Why.BROKEN_LINK,
        Why.NAME,
        Why.EXISTS,
        Why.REFUSED,
        Why.INSIDE,
    }
)
#: Left out by rule: nobody who extracts an image wants these on their disk.
BY_RULE = frozenset({Why.DEVICE, Why.FIFO, Why.UNKNOWN, Why.WHITEOUT})


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that is not there, or not as it is in the image."""

    why: Why
    path: bytes
    detail: str = ""


class Notes:
    """All notes of one extraction, counted; only the first of each kind are kept."""

    def __init__(self) -> None:
        self.counts: Counter[Why] = Counter()
        self._kept: list[Note] = []

    def add(self, why: Why, path: bytes, detail: str = "") -> None:
        """``path`` is in the image; ``detail`` is for people and may be empty."""
        self.counts[why] += 1
        if self.counts[why] <= _MOST:
            self._kept.append(Note(why, path, detail))

    @property
    def first(self) -> tuple[Note, ...]:
        """The first of each kind, in the order they came."""
        return tuple(self._kept)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was written into ``folder``; ``links`` counts symbolic links and further names of
    files, ``bytes`` content.  ``notes`` are the first of each kind, ``counts`` all of them."""

    folder: str
    files: int
    folders: int
    links: int
    bytes: int
    notes: tuple[Note, ...] = ()
    counts: Mapping[Why, int] = field(default_factory=dict)

    @property
    def left_out(self) -> int:
        """How many things of the image are not there."""
        return sum(count for why, count in self.counts.items() if why in LEFT_OUT)

    @property
    def what_is_there(self) -> str:
        """For people, when something ended before its end."""
        if not (self.files or self.links or self.folders):
            return f"Nothing was written to {self.folder}."
        if not self.files:
            return f"{self.folder} holds folders and links of it, and no file."
        whole = f"{count_text(self.files, 'whole file')} ({size_text(self.bytes)})"
        return f"{self.folder} holds {whole} of it and no part of another one."
