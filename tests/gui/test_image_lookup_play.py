"""Playing the lookup of a path: its sentences, its keys, its clock, and that it rests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from layerscope.engine.rootfs import Timeline
from layerscope.gui import motion
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.lookup import stations
from layerscope.gui.image.lookup_box import LookupBox
from layerscope.gui.image.lookup_steps import LookupStep, lookup_steps
from layerscope.gui.image.sentences import Explanation
from layerscope.gui.settings import Settings
from support.fake_images import shop_web
from support.shop_stack import shop_timeline
from support.stacks import file, folder, quick_timeline


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Timeline]:
    made = shop_timeline(tmp_path)
    yield made
    made.close()


def steps(
    timeline: Timeline, path: bytes, as_of: int = 3, *, folder: bool = False, opaque: bool = False
) -> tuple[LookupStep, ...]:
    found = stations(timeline.trace(path), as_of)
    return lookup_steps(found, as_of, folder=folder, opaque=opaque)


def said(found: tuple[LookupStep, ...]) -> list[str]:
    return [one.sentence for one in found]


def test_a_file_is_found_in_the_first_layer_that_has_it(timeline: Timeline) -> None:
    assert said(steps(timeline, b"etc/passwd")) == [
        "The container layer is asked first. Nothing was written there.",
        "Layer 3 has no entry.",
        "Layer 2 has it, 21 B. The lookup stops: this is what a process sees."
        " Older copies below are not looked at.",
    ]


def test_layers_above_the_viewing_line_are_not_asked(timeline: Timeline) -> None:
    found = steps(timeline, b"etc/passwd", as_of=1)
    assert [one.station for one in found] == [0, 3]
    assert said(found)[-1].startswith("Layer 1 has it")


def test_a_whiteout_and_a_replaced_folder_end_the_lookup(timeline: Timeline) -> None:
    assert said(steps(timeline, b"usr/share/doc"))[-1] == (
        "Layer 3 has a whiteout (a marker that hides it). The lookup stops."
        " Older copies below are not looked at."
    )
    hidden = said(steps(timeline, b"usr/share/man/ls.1"))[-1]
    assert hidden.startswith("Layer 3 hides /usr/share/man of the layers below.")


def test_a_folder_is_asked_for_in_every_layer_unless_one_replaced_it(timeline: Timeline) -> None:
    assert said(steps(timeline, b"etc", folder=True))[1:] == [
        "Layer 3 has no entry.",
        "Layer 2 has the folder: its mode and owner count.",
        "Layer 1 has it, too: its content is merged in. That was the lowest layer.",
    ]
    replaced = steps(timeline, b"usr/share/man", folder=True, opaque=True)
    assert said(replaced)[-1].startswith("Layer 3 replaced this folder as a whole.")


def test_a_path_that_is_nowhere_is_said_to_be_nowhere(timeline: Timeline) -> None:
    assert said(steps(timeline, b"app/main.py", as_of=1))[-1] == (
        "Layer 1 has no entry. There is no such path."
    )


def test_a_run_is_one_step_and_ends_at_the_viewing_line(tmp_path: Path) -> None:
    layers = ([file("a", "x")], *([file(f"b{n}", "y")] for n in range(6)))
    timeline = quick_timeline(tmp_path, layers)
    assert said(steps(timeline, b"a", as_of=7))[1] == "Layers 7 down to 2 have no entry."
    assert said(steps(timeline, b"a", as_of=5))[1] == "Layers 5 down to 2 have no entry."


def test_braces_in_a_name_are_letters(tmp_path: Path) -> None:
    layers = ([folder("{a}"), file("{a}/b", "x")], [file("{a}", "now a file")])
    timeline = quick_timeline(tmp_path, layers)
    assert "/{a}" in said(steps(timeline, b"{a}/b", as_of=2))[-1]


class Playing:
    def __init__(self, bot: QtBot, timeline: Timeline) -> None:
        self.still = False
        self.box = LookupBox(lambda: self.still)
        bot.addWidget(self.box)
        trace = timeline.trace(b"etc/passwd")
        self.box.track.show_stations(stations(trace, 3), shop_web().layers[:3], Hues(), False)
        self.told = Explanation("Copied up.", "Layer 1 still stores it.")
        self.box.show_lookup(steps(timeline, b"etc/passwd"), self.told, folder=False)
        self.box.resize(320, 300)
        self.box.show()
        self.box.activateWindow()
        bot.waitUntil(self.box.isActiveWindow)

    @property
    def running(self) -> list[QTimer]:
        return [timer for timer in self.box.findChildren(QTimer) if timer.isActive()]

    def presses(self, key: Qt.Key) -> None:
        QTest.keyClick(self.box.track, key)


@pytest.fixture
def playing(qtbot: QtBot, timeline: Timeline) -> Playing:
    return Playing(qtbot, timeline)


def test_it_plays_to_the_first_hit_and_rests_there(qtbot: QtBot, playing: Playing) -> None:
    box = playing.box
    box.player._beat.setInterval(1)
    assert box.explanation.text == "Copied up. Layer 1 still stores it."
    box.play.click()
    assert box.play.text() == "Pause"
    assert box.explanation.text.startswith("The container layer is asked first.")
    qtbot.waitUntil(lambda: box.player.ended)
    assert box.player.at == 2
    assert not box.player.playing
    assert box.play.text() == "Play again"
    assert box.explanation.text.endswith("Copied up. Layer 1 still stores it.")
    assert playing.running == []


def test_space_pauses_arrows_step_and_home_starts_again(playing: Playing) -> None:
    box = playing.box
    box.start()
    assert box.track.hasFocus()
    playing.presses(Qt.Key.Key_Space)
    assert (box.player.at, box.player.playing) == (0, False)
    assert box.play.text() == "Go on"
    playing.presses(Qt.Key.Key_Right)
    assert (box.player.at, box.track.marks.reached) == (1, 1)
    playing.presses(Qt.Key.Key_Right)
    playing.presses(Qt.Key.Key_Right)
    assert box.player.at == 2
    playing.presses(Qt.Key.Key_Left)
    assert box.player.at == 1
    playing.presses(Qt.Key.Key_Home)
    assert box.player.at == 0
    assert playing.running == []
    box.player.stop()
    assert box.explanation.text == "Copied up. Layer 1 still stores it."
    assert box.track.marks.reached is None


def test_with_reduced_motion_each_press_is_one_step(playing: Playing) -> None:
    box = playing.box
    playing.still = True
    for at in (0, 1, 2, 0):
        box.play.click()
        assert box.player.at == at
        assert playing.running == []


def test_another_file_ends_what_is_played(playing: Playing, timeline: Timeline) -> None:
    playing.box.start()
    playing.box.show_lookup(steps(timeline, b"etc/shadow"), playing.told, folder=False)
    assert not playing.box.player.active
    assert playing.running == []


def test_keys_do_what_they_always_do_while_nothing_is_played(playing: Playing) -> None:
    playing.box.track.setFocus()
    playing.presses(Qt.Key.Key_Space)
    playing.presses(Qt.Key.Key_Right)
    assert not playing.box.player.active


def test_a_person_may_ask_for_less_motion() -> None:
    settings = Settings(None)
    settings.put(motion.KEY, "on")
    assert motion.reduced(settings)
    settings.put(motion.KEY, "off")
    assert not motion.reduced(settings)
