"""Every screen, as it is come by, for pictures of it."""

from __future__ import annotations

import gzip
import importlib.resources
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from layerscope.gui.palette import Palette
from support import tars
from support.hostile_registry import HostileRegistry
from support.pictured_store import SAMPLE
from support.replies import Reply
from support.studio import SIZE, SMALL, Studio


def library(studio: Studio) -> None:
    studio.person.presses("Ctrl+1")
    studio.person.waits(lambda: len(studio.person.rows("Images")) > 8, "the images")
    studio.shoot("library")
    studio.person.clicks_row("acme/shop-web:1.4", "Images")
    studio.person.clicks_row("localhost/sample:1.0", "Images", add=True)
    studio.person.sees("deleting them frees")
    studio.shoot("library-selection")
    studio.person.clicks("Clear selection")
    studio.shoot("library-small", SMALL)


def search(studio: Studio) -> None:
    person, host = studio.person, studio.far.plain.host
    studio.window.resize(*SIZE)
    person.presses("Ctrl+P")
    studio.shoot("search-start")
    person.chooses(host, "Registry")
    person.fills("Search a registry", "shop")
    person.sees("3 results")
    person.clicks_row("shop/web", "Search results")
    person.clicks_row("latest", "Tags")
    person.sees("already on this disk")
    studio.settle()
    studio.shoot("search-preview")
    person.fills("Search a registry", "nothing-like-this")
    person.sees("Nothing on")
    studio.shoot("search-nothing")
    person.fills("Search a registry", f"{studio.far.protected.host}/shop/web:1.1")
    person.sees("Sign in to pull")
    studio.settle()
    studio.shoot("search-refused")


def transfers(studio: Studio) -> None:
    person = studio.person
    layers = [_noise_layer(number, size) for number, size in enumerate((90, 800, 400, 1500, 60))]
    with HostileRegistry() as server:
        server.serve_image("team/service", "2.1", layers)
        for layer in layers[1:4:2]:
            stall = len(layer) * 3 // 5
            server.serve_blob("team/service", layer, Reply(body=layer, ranges=True, stall=stall))
        studio.window.transfers.start_pull(f"{studio.far.plain.host}/multi/app:1", "linux/arm64")
        studio.window.transfers.start_pull(f"{studio.far.plain.host}/no/such:1")
        moving = studio.window.transfers.start_pull(f"{server.host}/team/service:2.1")
        studio.window.show_transfers(True)
        person.waits(lambda: moving.layers_over >= 3, "three layers to be here")
        person.waits(lambda: len(studio.window.transfers.active) == 1, "the others to be through")
        studio.shoot("transfers")
        person.clicks("Cancel")
        person.sees("Cancelled.")
        studio.shoot("transfers-cancelled")
    studio.window.transfers.forget_ended()
    studio.shoot("transfers-empty")
    studio.window.show_transfers(False)


def files(studio: Studio) -> None:
    person = studio.person
    studio.open_image(SAMPLE)
    studio.shoot("files-nothing-selected")
    studio.go_to("usr/bin/count")
    studio.go_to("etc/passwd")
    studio.shoot("files")
    person.clicks_tab("Hex")
    studio.shoot("inspector-hex")
    person.clicks_tab("Metadata")
    studio.shoot("inspector-metadata")
    person.clicks_tab("Text")
    studio.go_to("usr/share")
    studio.shoot("inspector-folder")
    person.list("Files").setFocus()
    person.presses("Ctrl+H")
    studio.go_to("usr/share/doc/tags.txt")
    studio.shoot("files-deleted")
    person.presses("Ctrl+H")
    person.list("Files").setFocus()
    person.types("[[")
    person.sees("as of 3")
    studio.shoot("files-as-of")
    person.types("}")
    person.presses("Ctrl+M")
    studio.settle()
    person.types("*")
    studio.shoot("layer-only")
    person.presses("Ctrl+M")
    person.list("Files").setFocus()
    person.types("/")
    person.types("*.so*")
    studio.settle()
    studio.shoot("filter")
    person.presses("Esc")
    studio.go_to("etc/passwd")
    studio.shoot("files-small", SMALL)
    studio.window.resize(*SIZE)


def documents(studio: Studio) -> None:
    studio.open_image(SAMPLE)
    for tab, name in (("History", "history"), ("Config", "config"), ("Raw JSON", "raw")):
        studio.person.clicks_tab(tab)
        studio.settle()
        studio.shoot(name)
    studio.person.clicks_tab("Files")


def names(studio: Studio) -> None:
    """Names as long and as strange as they come."""
    studio.open_image("docker.io/library/long:1")
    person = studio.person
    for folder in ("short", "a-folder"):
        person.clicks_row(folder, "Files")
        person.presses("Right")
    studio.settle()
    person.presses("End")
    studio.shoot("long-names")
    studio.shoot("long-names-small", SMALL)
    studio.window.resize(*SIZE)


def sheets(studio: Studio) -> None:
    person = studio.person
    person.presses("Ctrl+1")
    person.clicks_row("acme/shop-web:1.4", "Images")
    person.presses("Ctrl+T")
    studio.shoot("tag-empty")
    person.fills("New tag", "acme/shop-web:stable")
    studio.settle()
    studio.shoot("tag")
    person.fills("New tag", "acme/shop-web:1.3")
    person.sees("Move tag")
    studio.shoot("tag-move")
    person.fills("New tag", "Acme/Shop")
    person.sees("Use it")
    studio.shoot("tag-complaint")
    person.presses("Esc")
    person.clicks_row("acme/shop-web:1.3", "Images")
    person.presses("Del")
    person.sees("Frees")
    studio.shoot("remove")
    person.presses("Esc")
    person.presses("Ctrl+Shift+Del")
    person.sees("untagged")
    studio.shoot("prune")
    studio.shoot("prune-small", SMALL)
    studio.window.resize(*SIZE)
    person.presses("Esc")
    person.presses("Ctrl+/")
    studio.settle()
    studio.shoot("keys")
    person.presses("Esc")


def palette(studio: Studio) -> None:
    studio.open_image(SAMPLE)
    studio.window.open_palette("pass")
    studio.settle()
    studio.shoot("palette")
    shown = studio.window.findChild(Palette)
    assert shown is not None
    QTest.keyClick(shown.field, Qt.Key.Key_Escape)


def giving(studio: Studio) -> None:
    """What is written to the disk, and what an archive would bring."""
    person = studio.person
    person.presses("Ctrl+1")
    person.clicks_row("acme/shop-web:1.4", "Images")
    person.clicks_row(SAMPLE, "Images", add=True)
    person.presses("Ctrl+S")
    person.sees("shared")
    studio.shoot("save")
    person.presses("Esc")
    person.clicks_row(SAMPLE, "Images")
    person.presses("Ctrl+E")
    person.sees("files,")
    studio.shoot("export")
    person.clicks("A folder")
    studio.settle()
    studio.shoot("export-folder")
    person.presses("Esc")
    found = importlib.resources.files("layerscope_assets") / "sample" / "sample.oci.tar"
    with importlib.resources.as_file(found) as sample:
        studio.window.changes.load([str(sample)])
        person.sees("all layers are here")
    studio.shoot("load")
    person.presses("Esc")


def shipping(studio: Studio) -> None:
    """A push that replaces a tag, and whom we know."""
    person, window = studio.person, studio.window
    person.presses("Ctrl+1")
    person.clicks_row("acme/shop-web:1.4", "Images")
    person.presses("Ctrl+Shift+U")
    person.fills("Push to", f"{studio.far.plain.host}/shop/web:1.0")
    person.sees("already there")
    studio.shoot("push")
    person.clicks("Sign in…")
    studio.shoot("sign-in")
    person.presses("Esc")
    person.presses("Esc")
    window.actions_["tools.registries"].trigger()
    person.sees("Not signed in")
    studio.shoot("registries")
    person.presses("Esc")


def settings(studio: Studio) -> None:
    person = studio.person
    studio.window.actions_["tools.limits"].trigger()
    person.sees("layer_entries")
    studio.shoot("limits")
    person.presses("Escape")
    person.presses("Ctrl+1")
    person.clicks_row("acme/shop-web:1.3", "Images")
    person.presses("Del")
    person.sees("Frees")
    person.clicks("Remove image")
    person.sees("Freed")
    studio.window.actions_["tools.trash"].trigger()
    person.sees("Restore")
    studio.shoot("trash")
    person.presses("Escape")


def stores(studio: Studio) -> None:
    """A folder that is no store, and back again."""
    window = studio.window
    assert window.images.listing is not None
    good = Path(window.images.listing.disk.path)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "letter.txt").write_text("no image")
        window.stores.show(Path(folder))
        studio.person.sees("is not an image store")
        studio.shoot("store-unreadable")
    window.stores.show(good)
    studio.person.waits(lambda: studio.person.rows("Images"), "the images again")


#: In the order in which they are made.
SCENES: dict[str, Callable[[Studio], None]] = {
    one.__name__: one
    for one in (
        library,
        search,
        transfers,
        files,
        documents,
        names,
        sheets,
        giving,
        shipping,
        settings,
        palette,
        stores,
    )
}


def _noise_layer(number: int, kilobytes: int) -> bytes:
    noise = random.Random(number).randbytes(kilobytes * 1000)
    return gzip.compress(tars.tar(tars.member(b"noise-%d" % number, noise)), 0, mtime=0)
