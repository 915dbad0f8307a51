"""Pictures of every screen with real data, in light and dark, as PNG files.

    QT_QPA_PLATFORM=offscreen python tests/support/screenshots.py FOLDER [SCENE…]

The images are those of ``support.far_side`` and the bundled sample; without SCENE all are made.
"""

from __future__ import annotations

import gzip
import importlib.resources
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOTS = [Path(__file__).parents[2] / part for part in ("app", "resources", "tests")]
if __name__ == "__main__":
    sys.path[:0] = map(str, ROOTS)

from PySide6.QtCore import QDeadlineTimer, QEventLoop, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from layerscope.engine.library.door import open_library  # noqa: E402
from layerscope.engine.task import Task  # noqa: E402
from layerscope.gui import theme  # noqa: E402
from layerscope.gui.app import bare_application, dress, make_window  # noqa: E402
from layerscope.gui.image.page import ImagePage  # noqa: E402
from layerscope.gui.jobs import Jobs  # noqa: E402
from layerscope.gui.palette import Palette  # noqa: E402
from layerscope.gui.troubles import Troubles  # noqa: E402
from layerscope.gui.window import MainWindow  # noqa: E402
from support import archives, tars  # noqa: E402
from support.far_side import FarSide, far_side  # noqa: E402
from support.hostile_registry import HostileRegistry  # noqa: E402
from support.person import Person  # noqa: E402
from support.replies import Reply  # noqa: E402
from support.surroundings import live_in  # noqa: E402

SIZE = (1600, 960)
SMALL = (960, 600)
SHOP = "docker.io/acme/shop-web"
SAMPLE = "localhost/sample:1.0"


class Patience:
    """Runs the event loop until something is so; the part of a qtbot that a Person uses."""

    def waitUntil(self, state: Callable[[], bool], timeout: int) -> None:  # as Qt spells it
        deadline = QDeadlineTimer(timeout)
        while not state():
            if deadline.hasExpired():
                raise TimeoutError
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.005)


@dataclass
class Studio:
    """The window, a person at it, and where the pictures go."""

    app: QApplication
    window: MainWindow
    person: Person
    far: FarSide
    folder: Path

    def shoot(self, name: str, size: tuple[int, int] = SIZE) -> None:
        """One picture in each theme."""
        self.window.resize(*size)
        for look in ("light", "dark"):
            theme.apply(self.app, look)
            self.settle()
            self.window.grab().save(str(self.folder / f"{name}-{look}.png"))

    def settle(self) -> None:
        """Let timers that wait for a rest do their work."""
        end = time.monotonic() + 0.35
        while time.monotonic() < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

    def go_to(self, path: str) -> None:
        person = self.person
        person.waits(lambda: person.rows("Files"), "the files")
        person.list("Files").setFocus()
        person.presses("Ctrl+L")
        person.fills("Path", f"/{path}")
        person.presses("Return")
        person.sees(f"/{path}, Size")

    def open_image(self, name: str) -> None:
        self.window.open_image(name)
        self.person.waits(lambda: self._shows(name), f"the files of {name}")

    def _shows(self, name: str) -> bool:
        page = self.window.pages.currentWidget()
        return (
            isinstance(page, ImagePage)
            and page.row is not None
            and name in page.row.references
            and page.files.files.view.files.rowCount() > 0
        )


# Scenes, in the order in which they are made


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


# The data


def fill(store: Path, far: FarSide) -> None:
    """Several repositories, aliases, a dangling image, long names."""
    shelf = open_library(store)
    shelf.load_sample(task=Task())
    host = far.plain.host
    for image, name in (
        ("shop/web:1.0", f"{SHOP}:1.2"),
        ("shop/web:1.1", f"{SHOP}:1.3"),
        ("shop/web:latest", f"{SHOP}:1.4"),
        ("shop/zstd:1.1", "ghcr.io/acme/shop-web:zstd"),
        ("multi/app:1", "docker.io/library/tool:1"),
    ):
        shelf.pull(f"{host}/{image}", task=Task())
        shelf.tag(f"{host}/{image}", name, task=Task())
        shelf.untag(f"{host}/{image}", task=Task())
    shelf.tag(f"{SHOP}:1.4", f"{SHOP}:latest", task=Task())
    shelf.pull(f"{host}/multi/app:1", "linux/arm64", task=Task())
    shelf.untag(f"{host}/multi/app:1", task=Task())
    with tempfile.TemporaryDirectory() as folder:
        layout = archives.Layout()
        files = layout.whole(layout.image("an image that no name is left of"), _long_names(layout))
        shelf.load(archives.as_folder(files, Path(folder)), task=Task())
    for name in (SAMPLE, f"{SHOP}:1.4", f"{SHOP}:1.3", f"{SHOP}:1.2", "tool:1", "long:1"):
        shelf.browse(name, task=Task())


def _long_names(layout: archives.Layout) -> dict[str, object]:
    long = "a-folder-with-a-name-that-goes-on-and-on-" * 3
    members = [
        tars.member(b"short/", type=b"5", mode=0o755),
        tars.pax({b"path": f"{long}/".encode()}),
        tars.member(b"x/", type=b"5", mode=0o755),
        tars.pax({b"path": f"{long}/{'file-' * 30}.tar.gz".encode()}),
        tars.member(b"x", bytes(12_345)),
        tars.pax({b"path": f"{long}/两行\nnext\u202egpj.exe & <b>bold</b>.txt".encode()}),
        tars.member(b"x", b"data\n"),
        tars.pax({b"linkpath": f"/{long}/{'file-' * 30}.tar.gz".encode()}),
        tars.member(b"short/link", type=b"2", mode=0o777),
        tars.member(b"short/caf\xe9", b"latin"),
    ]
    layer = tars.tar(*members)
    words = "RUN " + " && ".join(f"step-{number} --with-a-long-option=value" for number in range(9))
    config = archives.config([layer], history=[{"created_by": words}])
    manifest = {
        "schemaVersion": 2,
        "mediaType": archives.OCI_MANIFEST,
        "config": layout.blob(config, archives.OCI_CONFIG),
        "layers": [layout.blob(gzip.compress(layer, mtime=0), archives.OCI_LAYER_GZIP)],
    }
    name = {archives.REF_NAME: "docker.io/library/long:1"}
    return layout.blob(json.dumps(manifest).encode(), archives.OCI_MANIFEST, annotations=name)


def _noise_layer(number: int, kilobytes: int) -> bytes:
    noise = random.Random(number).randbytes(kilobytes * 1000)
    return gzip.compress(tars.tar(tars.member(b"noise-%d" % number, noise)), 0, mtime=0)


@contextmanager
def studio(folder: Path, work: Path) -> Iterator[Studio]:
    """A window on an empty store, which is filled once the welcome has been photographed."""
    os.environ.update(live_in(work))
    with far_side(work / "far") as far:
        settings = work / "layerscope" / "settings.json"
        settings.parent.mkdir()
        hosts = [far.plain.host, "docker.io", "quay.io", "ghcr.io"]
        ca_files = {far.protected.host: str(far.protected.ca)}
        settings.write_text(json.dumps({"registries": hosts, "ca_files": ca_files}))
        app = bare_application()
        dress(app)
        jobs = Jobs(work / "store")
        window = make_window(app, jobs, None, Troubles())
        window.resize(*SIZE)
        window.show()
        window.activateWindow()
        made = Studio(app, window, Person(Patience(), window), far, folder)  # type: ignore[arg-type]  # all of a qtbot that a Person uses
        try:
            made.person.sees("No images yet")
            made.shoot("welcome")
            fill(work / "store", far)
            yield made
        finally:
            window.leave_now()
            jobs.close()


def main(folder: Path, wanted: Sequence[str] = ()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, studio(folder, Path(work)) as made:
        for name in wanted or SCENES:
            SCENES[name](made)
    for path in sorted(folder.glob("*.png")):
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
