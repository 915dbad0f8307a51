"""A damaged list of images: looked at from the last good copy, and mended when asked to."""

from __future__ import annotations

import pytest

from layerscope.engine.errors import StoreReadOnly
from layerscope.engine.library import Library
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support import tars
from support.stores import names, store_image

LAYER = tars.tar(tars.member(b"file", b"1"))


@pytest.fixture
def filled(store: Store) -> Store:
    with store.lease() as lease:
        store_image(lease, [LAYER], "app:1", "app:2")
    return store


@pytest.mark.parametrize("content", [b"", b"{bad", None])
def test_a_damaged_list_is_shown_refuses_changes_and_is_mended(
    library: Library, filled: Store, content: bytes | None
) -> None:
    before = names(filled)
    index = filled.path / "index.json"
    if content is None:
        index.unlink()
    else:
        index.write_bytes(content)
    assert library.images(task=Task()).images[0].familiar == ("app:1", "app:2")
    with pytest.raises(StoreReadOnly, match="The list of images is damaged") as caught:
        library.tag("app:1", "app:3", task=Task())
    assert "--repair" in caught.value.hint
    assert library.verify(task=Task()).repairable
    repaired = library.repair(task=Task())
    assert repaired.references == ("docker.io/library/app:1", "docker.io/library/app:2")
    assert names(filled) == before
    verified = library.verify(task=Task())
    assert (verified.findings, verified.repairable) == ((), False)
    library.tag("app:1", "app:3", task=Task())


def test_a_sound_list_is_left_alone(library: Library, filled: Store) -> None:
    before = (filled.path / "index.json").read_bytes()
    assert library.repair(task=Task()).references == ()
    assert (filled.path / "index.json").read_bytes() == before
