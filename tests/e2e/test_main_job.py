"""The main job in the real window: from a registry to files, tags and freed space, and back."""

from __future__ import annotations

from support.far_side import FarSide
from support.person import Person


def test_the_first_run_offers_the_sample_and_opens_it(person: Person) -> None:
    person.sees("No images yet")
    person.sees("Pull one from a registry, or load an archive from disk.")
    person.clicks("Try the sample image")
    person.sees("Merged filesystem as of 5 top")
    person.waits(lambda: "app" in person.rows("Files"), "the files of the sample")
    person.presses("Ctrl+1")
    person.waits(lambda: len(person.rows("Images")) == 4, "two images")


def test_search_preview_pull_and_open(person: Person, far: FarSide) -> None:
    person.presses("Ctrl+P")
    person.chooses(far.plain.host, "Registry")
    person.fills("Search a registry", "web")
    person.sees("shop/web")
    print("\n".join(person.reads()))
