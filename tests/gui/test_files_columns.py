"""Where the columns of the file list are: names come first where room is scarce."""

from __future__ import annotations

from itertools import pairwise

import pytest

from layerscope.gui.image.files_columns import Columns

ARROW_AND_ICON = 37


def _room_for_a_name(width: float, level: int) -> float:
    columns = Columns.of_width(width)
    return columns.badge - columns.name - columns.inset(level) - ARROW_AND_ICON


@pytest.mark.parametrize("level", range(6))
def test_a_narrow_list_has_room_for_the_names_of_deep_files(level: int) -> None:
    assert _room_for_a_name(450, level) >= 110


@pytest.mark.parametrize("width", [400, 559, 560, 1200])
def test_each_level_is_further_in_than_the_one_above(width: float) -> None:
    columns = Columns.of_width(width)
    insets = [columns.inset(level) for level in range(8)]
    assert insets[0] == 0
    assert all(deeper - inset >= 6 for inset, deeper in pairwise(insets))


@pytest.mark.parametrize("width", [400, 559, 560, 1200])
def test_columns_do_not_overlap(width: float) -> None:
    columns = Columns.of_width(width)
    assert columns.origin + 30 < columns.name < columns.badge
    assert columns.badge + 18 < columns.layers
    assert columns.layers + columns.bar < columns.size - 60


def test_a_wide_list_sets_every_level_in_alike() -> None:
    columns = Columns.of_width(900)
    assert {columns.inset(level + 1) - columns.inset(level) for level in range(8)} == {16}
