"""The main job in the real window: from a registry to files, tags and freed space, and back."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path

import pytest

from layerscope.gui.image.hex_view import HexView
from layerscope.gui.transfers.grid import state_words
from support import tars
from support.command_line import CommandLine
from support.far_side import FarSide
from support.hostile_registry import HostileRegistry
from support.person import Person
from support.replies import Reply

# The popups of choices and completions; no other platform says this.
pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support (raise|grabbing the keyboard)", extend=True
)

BASE = 2_000_000  #: what is surely more than half of the base layer of the shop's images


@pytest.fixture
def shop(shell: CommandLine, far: FarSide) -> str:
    """An image of four layers is in the store; its name."""
    name = f"{far.plain.host}/shop/web:latest"
    shell.json("pull", name)
    return name


def test_the_first_run_offers_the_sample_and_opens_it(person: Person) -> None:
    person.sees("No images yet")
    person.sees("Pull one from a registry, or load an archive from disk.")
    person.clicks("Try the sample image")
    person.sees("Merged filesystem as of 5 top")
    person.waits(lambda: "app" in person.rows("Files"), "the files of the sample")
    person.presses("Ctrl+1")
    person.waits(lambda: "localhost/sample:0.9" in person.rows("Images"), "the library")


def test_search_preview_and_pull(person: Person, far: FarSide, shell: CommandLine) -> None:
    host = far.plain.host
    shell.json("pull", f"{host}/shop/web:1.0")
    person.presses("Ctrl+P")
    person.chooses(host, "Registry")
    person.fills("Search a registry", "shop/w")
    person.sees(f"1 result on {host}")
    person.clicks_row("shop/web", "Search results")
    person.clicks_row("1.1", "Tags")
    person.sees("1 of 3 layers is already on this disk and is not fetched again.")
    seen = _states(person)
    person.clicks(f"Pull {host}/shop/web:1.1")
    person.sees("3 of 3 layers complete")
    assert [word for word in seen[1] if word != "Waiting"] == ["Already exists"]
    for words in (seen[2], seen[3]):
        assert words[-1] == "Pull complete"
        assert _in_order(words, ["Waiting", "Downloading", "Verifying", "Indexing"])
    person.sees("Every layer is already on this disk. Pulling only adds the tag.")
    person.sees(f"Pulled {host}/shop/web:1.1.")
    person.clicks("Open")
    person.sees("Merged filesystem as of 3 top")


def test_a_registry_that_asks_for_a_password_is_pulled_from(person: Person, far: FarSide) -> None:
    person.presses("Ctrl+P")
    person.fills("Search a registry", f"{far.protected.host}/multi/app:1")
    person.sees("This is a whole reference: nothing to search for.")
    person.sees("Its one layer is not on this disk yet.")
    person.chooses("linux/arm64", "Platform")
    person.sees("This image is for linux/arm64.")
    person.clicks(f"Pull {far.protected.host}/multi/app:1")
    person.sees("1 of 1 layers complete")
    person.clicks("Open")
    person.waits(lambda: "arch" in person.rows("Files"), "the files")
    person.clicks_row("arch", "Files")
    person.waits(lambda: "arm64" in person.reads(), "the text")


def test_browsing_answers_where_a_file_comes_from(person: Person, shop: str) -> None:
    person.opens_row(shop, "Images")
    person.sees("Merged filesystem as of 4 top")
    person.waits(lambda: "etc" in person.rows("Files"), "the files")
    _goes_to(person, "etc/passwd")
    person.sees("Copied up from layer 1, then changed in layer 2.")
    person.sees("app:x:1000:1000::/app:/bin/sh")
    person.clicks_tab("Hex")
    hexes = person.window.findChildren(HexView)[0]
    person.waits(lambda: hexes.isVisible() and hexes.row(0), "the bytes")
    assert hexes.row(0) == b"root:x:0:0:root:"
    person.clicks_tab("Metadata")
    person.sees("0644")
    _goes_to(person, "bin/tool")
    person.sees("4755")


def test_the_viewing_line_brings_back_what_is_deleted(person: Person, shop: str) -> None:
    person.opens_row(shop, "Images")
    _goes_to(person, "usr")
    assert "doc" not in person.rows("Files")
    person.list("Files").setFocus()
    person.types("{")
    person.sees("Merged filesystem as of 1")
    _goes_to(person, "usr/share/doc/readme")
    person.sees("Read me.")
    person.types("}")
    person.sees("Merged filesystem as of 4 top")
    person.waits(lambda: "readme" not in person.rows("Files"), "the file to be gone")


def test_one_layer_shows_its_whiteouts_and_the_filter_finds(person: Person, shop: str) -> None:
    person.opens_row(shop, "Images")
    person.waits(lambda: "etc" in person.rows("Files"), "the files")
    person.presses("Ctrl+M")
    person.waits(lambda: "app" not in person.rows("Files"), "the layer by itself")
    for folder in ("usr", "share"):
        person.clicks_row(folder, "Files")
        person.presses("Right")
    person.waits(
        lambda: any(
            row.startswith("doc, folder") and "deleted" in row for row in person.rows("Files")
        ),
        "the whiteout",
    )
    person.presses("Ctrl+M")
    person.list("Files").setFocus()
    person.types("/")
    person.types("passwd")
    person.waits(lambda: "passwd" in person.rows("Files"), "what the filter finds")
    assert "motd" not in person.rows("Files")
    person.presses("Esc")
    person.waits(lambda: "app" in person.rows("Files"), "all files again")


def test_names_that_steer_are_shown_harmless(person: Person, shop: str) -> None:
    person.opens_row(shop, "Images")
    _goes_to(person, "app/main.py")
    rows = person.rows("Files")
    assert any("two" in row and "gpj.exe" in row for row in rows)
    assert "\n" not in "".join(rows)
    assert "\u202e" not in "".join(rows)


def test_a_tag_is_added_taken_away_and_brought_back(person: Person, shop: str) -> None:
    person.clicks_row(shop, "Images")
    person.presses("Ctrl+T")
    person.fills("New tag", "shop:stable")
    person.clicks("Add tag")
    person.sees("Added tag shop:stable.")
    person.waits(
        lambda: any("shop:stable" in row and shop in row for row in person.rows("Images")),
        "both names on one row",
    )
    person.presses("Ctrl+Z")
    person.sees("Undone.")
    person.waits(lambda: not any("stable" in row for row in person.rows("Images")), "one name")


def test_an_image_is_removed_and_brought_back(person: Person, shop: str) -> None:
    person.clicks_row(shop, "Images")
    person.presses("Del")
    person.sees("Frees ")
    person.clicks("Remove image")
    person.sees("Freed ")
    person.sees("No images yet")
    person.clicks("Undo")
    person.waits(lambda: shop in person.rows("Images"), "the image")


def test_prune_frees_exactly_what_it_says(
    person: Person, shop: str, shell: CommandLine, far: FarSide
) -> None:
    other = f"{far.plain.host}/multi/app:1"
    shell.json("pull", other)
    shell.json("tag", shop, other)  # leaves the image of two platforms without a name
    person.waits(lambda: len(person.rows("Images")) == 4, "both images")
    before = _blobs(shell.store)
    person.presses("Ctrl+Shift+Del")
    person.sees("untagged")
    plan = shell.json("prune", "--dry-run")
    person.clicks("Delete 1 image")
    person.sees("Freed ")
    after = _blobs(shell.store)
    gone = {name: size for name, size in before.items() if name not in after}
    assert sum(gone.values()) == plan["reclaimed"]
    assert {f"sha256:{name}" for name in gone} == set(plan["deleted"])
    person.clicks("Undo")
    person.waits(lambda: _blobs(shell.store) == before, "all blobs to be back")
    person.waits(lambda: len(person.rows("Images")) == 4, "both images")
    assert shell.json("verify")["findings"] == []


def test_the_palette_finds_a_file_and_reveals_it(person: Person, shop: str) -> None:
    person.opens_row(shop, "Images")
    person.waits(lambda: "etc" in person.rows("Files"), "the files")
    person.presses("Ctrl+K")
    person.types("passw")
    person.waits(lambda: "passwd" in person.rows("Matches"), "the file")
    person.presses("Return")
    person.sees("/etc/passwd, Size")


def test_a_cancelled_pull_goes_on_where_it_stopped(person: Person, shell: CommandLine) -> None:
    blob = gzip.compress(tars.tar(tars.member(b"noise", random.Random(1).randbytes(BASE))), 0)
    with HostileRegistry() as server:
        server.serve_image("app", "1", [blob])
        digest = server.serve_blob("app", blob, Reply(body=blob, ranges=True, stall=BASE // 2))
        person.presses("Ctrl+P")
        person.fills("Search a registry", f"{server.host}/app:1")
        person.clicks(f"Pull {server.host}/app:1")
        person.waits(server.stalled.is_set, "the download to stand still")
        person.sees("Layer 1, downloading")
        person.clicks("Cancel")
        person.sees("Cancelled. What has arrived is kept")
        server.serve_blob("app", blob)
        person.clicks("Resume")
        person.sees("1 of 1 layers complete")
        last = server.asked("GET", f"/v2/app/blobs/{digest}")[-1]
        assert int(last.headers["range"].removeprefix("bytes=").rstrip("-")) > 700_000
    assert shell.json("verify")["findings"] == []


def _goes_to(person: Person, path: str) -> None:
    """By the path bar, as Ctrl+L opens it."""
    name = path.rpartition("/")[2]
    person.waits(lambda: person.rows("Files"), "the files")
    person.list("Files").setFocus()
    person.presses("Ctrl+L")
    person.fills("Path", f"/{path}")
    person.presses("Return")
    person.waits(lambda: name in person.rows("Files"), f"the row {name!r}")
    person.sees(f"/{path}, Size")


def _states(person: Person) -> dict[int, list[str]]:
    """Every word that each layer of any transfer goes through from now on."""
    seen: dict[int, list[str]] = {}

    def note() -> None:
        for transfer in person.window.transfers.all:
            for layer in transfer.layers:
                words = state_words(layer)
                past = seen.setdefault(layer.number, [])
                if past[-1:] != [words]:
                    past.append(words)

    person.window.transfers.changed.connect(note)
    return seen


def _in_order(words: list[str], order: list[str]) -> bool:
    places = [order.index(word) for word in words if word in order]
    return places == sorted(places)


def _blobs(store: Path) -> dict[str, int]:
    """What is on the disk: the size of each blob by its hex digest."""
    folder = store / "blobs" / "sha256"
    return {
        path.name: path.stat().st_size
        for path in folder.iterdir()
        if re.fullmatch("[0-9a-f]{64}", path.name)
    }
