"""What the inspector says about a path, for every way a path can have come about."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.engine.rootfs import Timeline, TraceEntry
from layerscope.gui.image.current_file import holding
from layerscope.gui.image.lookup import Stop, seen, stations
from layerscope.gui.image.metadata import attributes, capabilities
from layerscope.gui.image.secrets import looks_secret
from layerscope.gui.image.sentences import Circumstances, explain, layers_text
from layerscope.gui.image.shell_line import argv_text, shell_line
from support.shop_stack import shop_timeline
from support.stacks import file, folder, quick_timeline, whiteout


@pytest.fixture
def timeline(tmp_path: Path) -> Timeline:
    return shop_timeline(tmp_path)


def told(timeline: Timeline, path: bytes, as_of: int = 3, **around: object) -> str:
    said = explain(timeline.trace(path), Circumstances(as_of, **around))  # type: ignore[arg-type]
    return f"{said.headline} {said.detail}".strip()


def test_a_changed_file_names_both_layers_and_what_is_still_stored(timeline: Timeline) -> None:
    assert told(timeline, b"etc/passwd") == (
        "Copied up from layer 1, then changed in layer 2. Layer 1 still stores its 11 B."
    )


def test_a_change_of_properties_is_said_to_store_everything_again(timeline: Timeline) -> None:
    said = told(timeline, b"etc/shadow")
    assert said.startswith("Only its properties changed in layer 2")
    assert "stored again in full" in said
    assert said.endswith("Layer 1 still stores its 6 B.")


def test_a_file_that_never_changed(timeline: Timeline) -> None:
    assert told(timeline, b"etc/hostname") == "Added in layer 1 and never changed since."


def test_a_file_of_the_top_layer(timeline: Timeline) -> None:
    assert told(timeline, b"usr/share/man/new.1") == "Added in layer 3; no other layer has it."


def test_a_deleted_folder_and_what_was_in_it(timeline: Timeline) -> None:
    assert told(timeline, b"usr/share/doc").startswith("Deleted in layer 3 by a whiteout")
    assert told(timeline, b"usr/share/doc/copyright") == (
        "Deleted in layer 3 together with /usr/share/doc. Layer 1 still stores its 10 B."
    )


def test_a_file_under_an_opaque_folder_names_the_folder(timeline: Timeline) -> None:
    assert told(timeline, b"usr/share/man/ls.1") == (
        "Hidden because layer 3 replaced /usr/share/man. Layer 1 still stores its 6 B."
    )


def test_a_folder_of_many_layers_whose_content_is_of_one(timeline: Timeline) -> None:
    said = told(timeline, b"etc", contributors=(2,))
    assert said.startswith("All of its content comes from layer 2. Layers 1 and 2 have an entry")


def test_an_opaque_folder_itself(timeline: Timeline) -> None:
    assert told(timeline, b"usr/share/man", opaque=True).startswith(
        "Layer 3 replaced this folder as a whole."
    )


def test_a_merged_folder_names_its_sources(timeline: Timeline) -> None:
    assert told(timeline, b"etc", contributors=(1, 2)).startswith(
        "A merged folder: its content comes from layers 1 and 2."
    )


def test_hard_links_share_their_bytes(timeline: Timeline) -> None:
    assert "2 names share these bytes" in told(timeline, b"app/main.py", names=2)


def test_from_below_a_later_file_is_not_there_yet(timeline: Timeline) -> None:
    assert told(timeline, b"app/main.py", as_of=1) == (
        "Not there yet: it first appears in layer 2."
    )


def test_from_below_a_later_change_is_mentioned(timeline: Timeline) -> None:
    assert told(timeline, b"etc/passwd", as_of=1).endswith(
        "Above the viewing line it is changed in layer 2."
    )


def test_from_below_nothing_is_said_to_have_never_changed_that_does_so_above(
    timeline: Timeline, tmp_path: Path
) -> None:
    assert told(timeline, b"etc/passwd", as_of=1).startswith(
        "Added in layer 1, at the viewing line. Above"
    )
    assert told(timeline, b"usr/share/doc/copyright", as_of=2) == (
        "Added in layer 1 and unchanged up to the viewing line."
        " Above the viewing line it is deleted in layer 3."
    )


def test_what_happens_above_is_told_from_the_line_up(tmp_path: Path) -> None:
    layers = ([file("a", "1")], [file("a", "2")], [whiteout("a")], [file("a", "4")])
    timeline = quick_timeline(tmp_path, layers)
    assert told(timeline, b"a", as_of=1).endswith(
        "it is changed in layer 2, then deleted in layer 3, then added again in layer 4."
    )
    assert told(timeline, b"a", as_of=3).endswith("it is added again in layer 4.")


def test_from_below_a_later_deletion_is_called_one(timeline: Timeline) -> None:
    assert told(timeline, b"usr/share/doc/copyright", as_of=1).endswith(
        "Above the viewing line it is deleted in layer 3."
    )


def test_deleted_then_added_again(tmp_path: Path) -> None:
    layers = ([file("a", "one")], [whiteout("a")], [file("a", "two")])
    timeline = quick_timeline(tmp_path, layers)
    assert told(timeline, b"a").startswith("Deleted in layer 2, then added again in layer 3.")


def test_a_file_where_a_folder_was(tmp_path: Path) -> None:
    layers = ([folder("a"), file("a/b", "x")], [file("a", "now a file")])
    timeline = quick_timeline(tmp_path, layers)
    assert told(timeline, b"a", as_of=2).startswith("Replaced in layer 2: it was a folder before.")


def test_what_was_in_a_folder_that_a_file_replaced(tmp_path: Path) -> None:
    layers = ([folder("a"), file("a/b", "x")], [file("a", "now a file")])
    timeline = quick_timeline(tmp_path, layers)
    assert told(timeline, b"a/b", as_of=2) == (
        "Hidden because layer 2 replaced /a. Layer 1 still stores its 1 B."
    )
    assert stops(timeline, b"a/b", as_of=2) == [
        (Stop.CONTAINER, 0),
        (Stop.HIDDEN, 2),
        (Stop.SHADOWED, 1),
    ]
    assert seen(timeline.trace(b"a/b"), 2) is None


def test_the_same_bytes_stored_again(tmp_path: Path) -> None:
    timeline = quick_timeline(tmp_path, ([file("a", "one")], [file("a", "one")]))
    said = told(timeline, b"a", as_of=2)
    assert said.startswith("Stored again in layer 2, byte for byte as in layer 1.")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((3,), "layer 3"),
        ((3, 1), "layers 1 and 3"),
        ((1, 2, 3), "layers 1\N{EN DASH}3"),
        ((5, 1, 2), "layers 1, 2 and 5"),
    ],
)
def test_layers_are_listed_as_people_would(numbers: tuple[int, ...], words: str) -> None:
    assert layers_text(numbers) == words


# The track


def stops(timeline: Timeline, path: bytes, as_of: int = 3) -> list[tuple[Stop, int]]:
    return [(one.stop, one.first) for one in stations(timeline.trace(path), as_of)]


def test_the_lookup_stops_at_the_first_copy(timeline: Timeline) -> None:
    assert stops(timeline, b"etc/passwd") == [
        (Stop.CONTAINER, 0),
        (Stop.NOTHING, 3),
        (Stop.SEEN, 2),
        (Stop.SHADOWED, 1),
    ]
    assert [one.after for one in stations(timeline.trace(b"etc/passwd"), 3)] == [
        False,
        False,
        False,
        True,
    ]


def test_a_whiteout_ends_the_lookup(timeline: Timeline) -> None:
    assert (Stop.DELETED, 3) in stops(timeline, b"usr/share/doc")
    assert seen(timeline.trace(b"usr/share/doc"), 3) is None
    assert seen(timeline.trace(b"usr/share/doc"), 2) is not None


def test_a_replaced_folder_hides_what_was_in_it(timeline: Timeline) -> None:
    assert (Stop.HIDDEN, 3) in stops(timeline, b"usr/share/man/ls.1")


def test_copies_above_the_line_are_not_what_is_seen(timeline: Timeline) -> None:
    assert (Stop.ABOVE, 2) in stops(timeline, b"etc/passwd", as_of=1)
    assert (Stop.SEEN, 1) in stops(timeline, b"etc/passwd", as_of=1)


def test_every_copy_below_the_one_that_is_seen_is_shadowed(tmp_path: Path) -> None:
    layers = ([file("a", "1")], [file("a", "2")], [file("b", "")], [file("a", "3")])
    found = stations(quick_timeline(tmp_path, layers).trace(b"a"), 4)
    assert [one.stop for one in found] == [
        Stop.CONTAINER,
        Stop.SEEN,
        Stop.NOTHING,
        Stop.SHADOWED,
        Stop.SHADOWED,
    ]
    assert [one.after for one in found] == [False, False, True, True, True]


def test_long_runs_without_the_path_become_one_station(tmp_path: Path) -> None:
    layers = ([file("a", "x")], *([file(f"b{n}", "y")] for n in range(6)), [file("c", "z")])
    found = stations(quick_timeline(tmp_path, layers).trace(b"a"), 8)
    assert [(one.stop, one.first, one.last) for one in found] == [
        (Stop.CONTAINER, 0, 0),
        (Stop.NOTHING, 2, 8),
        (Stop.SEEN, 1, 1),
    ]


def test_the_stack_marks_the_copy_that_is_seen(timeline: Timeline) -> None:
    assert holding(timeline.trace(b"etc/passwd"), 3) == {2: True, 1: False}
    assert holding(timeline.trace(b"usr/share/doc"), 3) == {1: False}
    assert timeline.trace(b"usr/share/doc")[0].entry is TraceEntry.WHITEOUT


# Small words


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DB_PASSWORD", "hunter2hunter2", True),
        ("API_TOKEN", "abc", True),
        ("AWS_SECRET_ACCESS_KEY", "x" * 40, True),
        ("DATABASE_URL", "postgres://shop:pw@db/shop", True),
        ("NOTHING_SPECIAL", "ghp_" + "a" * 30, True),
        ("PATH", "/usr/bin", False),
        ("PWD", "/app", False),
        ("PASSWORD_FILE", "/run/secrets/pw", False),
        ("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D", False),
        ("KEYBOARD", "us", False),
        ("TOKEN_TTL", "300", False),
        ("USE_AUTH", "true", False),
    ],
)
def test_secrets_are_guessed_by_name_and_shape(name: str, value: str, secret: bool) -> None:
    assert looks_secret(name, value) is secret


def test_arguments_are_shown_exactly_and_as_a_line() -> None:
    assert argv_text(["python", "-m", 'a "b"']) == '["python", "-m", "a \\"b\\""]'
    assert shell_line(["sh", "-c", "echo $HOME"]) == "sh -c 'echo $HOME'"


def test_extended_attributes_are_read_as_the_index_writes_them() -> None:
    data = b"9 3 user.noteabc19 20 security.capability" + bytes.fromhex(
        "0100000200040000000000000000000000000000"
    )
    found = attributes(data)
    assert found[b"user.note"] == b"abc"
    assert capabilities(found[b"security.capability"]) == "cap_net_bind_service=ep"


def test_broken_attributes_end_the_list() -> None:
    assert attributes(b"nonsense") == {}
    assert attributes(b"3 x abc") == {}
    assert capabilities(b"\x01") == ""
