"""The flat list finds its rows whatever is open."""

from hypothesis import given
from hypothesis import strategies as st

from layerscope.gui.image.outline import PAGE, Branch, Outline, Place


def _spelled_out(branch: Branch[str]) -> list[tuple[int, int]]:
    """The same list the slow way: (node, child number) of every row."""
    rows = []
    for index in range(branch.total):
        rows.append((branch.node, index))
        below = branch.open_child(index)
        if below is not None:
            rows += _spelled_out(below)
    return rows


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 6), st.booleans()), max_size=25))
def test_every_row_is_found_both_ways(steps: list[tuple[int, int, bool]]) -> None:
    outline: Outline[str] = Outline(0, 5)
    for node, (wanted, total, closing) in enumerate(steps, start=1):
        place = outline.place(wanted % len(outline))
        if place.below is None:
            outline.open(place, node, total)
        elif closing:
            outline.close(place)
        rows = _spelled_out(outline.root)
        assert len(outline) == len(rows)
        for number, expected in enumerate(rows):
            found = outline.place(number)
            assert (found.branch.node, found.index) == expected
            assert outline.row(found.branch, found.index) == number


def test_a_folder_of_a_million_opens_without_its_children() -> None:
    outline: Outline[str] = Outline(0, 3)
    outline.open(outline.place(1), 7, 1_000_000)
    assert len(outline) == 1_000_003
    assert outline.place(1_000_002).index == 2
    assert outline.place(500_001) == Place(outline.root.opened[0], 499_999)
    assert outline.place(500_001).value is None


def test_only_fetched_pages_have_values() -> None:
    outline: Outline[str] = Outline(0, PAGE + 5)
    outline.root.pages[1] = ["a", "b"]
    assert outline.place(PAGE + 1).value == "b"
    assert outline.place(PAGE + 2).value is None
    assert outline.place(0).value is None
