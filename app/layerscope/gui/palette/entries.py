"""What the palette finds for a text: entries in groups, at most five of each kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import MalformedReference
from layerscope.engine.library.values import ImageRow, LayerRow
from layerscope.engine.oci import Reference
from layerscope.gui.listing import address, title
from layerscope.gui.plain import display

if TYPE_CHECKING:
    from layerscope.gui.actions import Actions

MOST = 5
KINDS = (">", "#", "@", "?")
_HEX = re.compile(r"(?:sha256:)?[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.  ``group`` is the heading it stands under; ``reason`` says why it
    cannot be chosen, and is empty when it can; ``layer`` draws a chip.  ``key`` is the same for the
    same thing whenever it is found; ``stays`` leaves the palette open after ``act``."""

    group: str
    icon: str
    name: str
    detail: str = ""
    keys: str = ""
    reason: str = ""
    layer: int = 0
    act: Callable[[], object] | None = None
    key: str = ""
    stays: bool = False


class OpenImage(Protocol):
    """What the palette asks of the page that shows an image."""

    @property
    def title(self) -> str: ...

    @property
    def waiting(self) -> str:
        """How far the files are while they are still being read; empty when they can be found."""
        ...

    @property
    def searching(self) -> bool:
        """Whether files are still looked for: ask for the same again when that is over."""
        ...

    def find_files(self, text: str, limit: int) -> Sequence[tuple[bytes, int]]:
        """Paths of the merged view that contain ``text``, each with its origin layer; none while
        they are looked for."""
        ...

    def reveal(self, path: bytes) -> None: ...

    def layer_rows(self) -> Sequence[LayerRow]: ...

    def select_layer(self, number: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where entries come from; ``image`` is the page of the open image, if one is open."""

    actions: Actions
    images: Sequence[ImageRow]
    image: OpenImage | None
    open_image: Callable[[str], None]
    pull: Callable[[str], None]
    type: Callable[[str], None]  #: put a text into the field
    recent: Callable[[Iterator[Entry]], list[Entry]] = list  #: those chosen lately come first


def entries(text: str, sources: Sources) -> list[Entry]:
    """All that fits ``text``; a first letter of ``> # @ / ?`` asks for one kind only."""
    kind, rest = (text[:1], text[1:].strip()) if text[:1] in KINDS else ("", text.strip())
    if text.startswith("/"):
        return list(_files(text.strip("/"), sources, MOST * 4))
    match kind:
        case ">":
            return list(_commands(rest, sources, MOST * 12))
        case "#":
            return list(_layers(rest, sources, MOST * 8))
        case "@":
            return list(_images(rest, sources, MOST * 8))
        case "?":
            return list(_help(rest, sources))
    found = list(_digests(rest, sources))
    found += _files(rest, sources, MOST) if rest else ()
    found += _commands(rest, sources, MOST if rest else MOST * 2)
    found += _images(rest, sources, MOST)
    found += _references(rest, sources)
    return found


def _files(text: str, sources: Sources, most: int) -> Iterator[Entry]:
    page = sources.image
    if page is None or not text:
        return
    group = _tr("Files in {0}").format(display(page.title))
    if page.waiting:
        words = _tr("Files are still being read")
        yield Entry(group, "list-tree", words, reason=display(page.waiting))
        return
    for path, origin in page.find_files(text, most):
        name = path.rpartition(b"/")[2]

        def reveal(path: bytes = path) -> None:
            page.reveal(path)

        detail = "/" + display(path)
        yield Entry(group, "file-text", display(name), detail, layer=origin, act=reveal)


def _commands(text: str, sources: Sources, most: int) -> list[Entry]:
    found = _actions(_tr("Commands"), text, sources, sources.actions)
    return sources.recent(found)[:most]


def _actions(group: str, text: str, sources: Sources, identities: Iterable[str]) -> Iterator[Entry]:
    wanted = text.lower()
    for identity in identities:
        action = sources.actions[identity]
        name = action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
        if identity == "tools.palette" or wanted not in name.lower():
            continue
        keys = action.shortcut().toString()
        reason = "" if action.isEnabled() else sources.actions.reasons.get(identity, "")
        icon = identity.partition(".")[0]
        picture = _ICONS.get(icon, "command")
        act = action.trigger if action.isEnabled() else None
        yield Entry(group, picture, name, keys=keys, reason=reason, act=act, key=identity)


def _help(text: str, sources: Sources) -> Iterator[Entry]:
    group = _tr("What can be typed")
    for kind, words in (
        (">", _tr("Run a command")),
        ("#", _tr("Go to a layer of the open image")),
        ("@", _tr("Open an image by a tag")),
        ("/", _tr("Go to a path in the open image")),
        ("sha256:", _tr("Find anything by its digest")),
    ):
        if text.lower() in words.lower():

            def put(kind: str = kind) -> None:
                sources.type(kind)

            yield Entry(group, "keyboard", words, kind, act=put, stays=True)
    known = (one for one in sources.actions if one.startswith("help."))
    yield from _actions(_tr("Help"), text, sources, known)


_ICONS = {"file": "folder-open", "image": "package", "view": "eye", "theme": "sun-moon"}


def _layers(text: str, sources: Sources, most: int) -> Iterator[Entry]:
    page = sources.image
    if page is None:
        return
    group, count = _tr("Layers of the open image"), 0
    for row in reversed(page.layer_rows()):
        words = f"{row.keyword} {row.command}".strip()
        if text and text != str(row.number) and text.lower() not in words.lower():
            continue

        def select(number: int = row.number) -> None:
            page.select_layer(number)

        name = _tr("Layer {0}").format(row.number)
        yield Entry(group, "layers", name, display(words), layer=row.number, act=select)
        count += 1
        if count == most:
            return


def _images(text: str, sources: Sources, most: int) -> list[Entry]:
    group, wanted = _tr("Images"), text.lower()
    found = (
        _image(group, row, sources)
        for row in sources.images
        if any(wanted in name.lower() for name in (row.familiar or (row.image_id.short,)))
    )
    return sources.recent(found)[:most]


def _digests(text: str, sources: Sources) -> Iterator[Entry]:
    if not _HEX.fullmatch(text):
        return
    wanted, group = text.removeprefix("sha256:"), _tr("Objects with this digest")
    for row in sources.images:
        if any(one.hex.startswith(wanted) for one in (row.image_id, row.digest)):
            yield _image(group, row, sources)
    if (page := sources.image) is not None:
        for layer in page.layer_rows():
            known = (layer.digest, layer.diff_id, layer.chain_id)
            if any(one is not None and one.hex.startswith(wanted) for one in known):

                def select(number: int = layer.number) -> None:
                    page.select_layer(number)

                name = _tr("Layer {0}").format(layer.number)
                yield Entry(
                    group, "layers", name, str(layer.digest), layer=layer.number, act=select
                )


def _references(text: str, sources: Sources) -> Iterator[Entry]:
    """An offer to pull what is not here."""
    if not text or " " in text or _HEX.fullmatch(text):
        return
    try:
        reference = Reference.parse(text)
    except MalformedReference:
        return
    if any(reference.canonical in row.references for row in sources.images):
        return

    def pull() -> None:
        sources.pull(text)

    name = _tr("Pull {0}").format(display(reference.familiar))
    yield Entry(_tr("From a registry"), "download", name, display(reference.canonical), act=pull)


def _image(group: str, row: ImageRow, sources: Sources) -> Entry:
    def show() -> None:
        sources.open_image(address(row))

    others = " ".join(display(name) for name in row.familiar[1:])
    return Entry(
        group,
        "package",
        display(title(row)),
        others or row.image_id.short,
        act=show,
        key=address(row),
    )


def _tr(words: str) -> str:
    return QCoreApplication.translate("palette", words)


def spoken(entry: Entry) -> str:
    """One sentence for a screen reader."""
    parts = (entry.name, entry.detail, entry.keys, entry.reason)
    return ", ".join(part for part in parts if part)
