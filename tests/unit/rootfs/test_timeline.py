"""What the window and the command line see of a stack: rows, orders, pages, layers on their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.engine.errors import PathNotFound, StoreUnreadable
from layerscope.engine.rootfs import ROOT, Badge, Change, Kind, Row, Sort, Timeline, View
from support.stacks import (
    file,
    folder,
    hardlink,
    opaque,
    paths,
    quick_timeline,
    symlink,
    text,
    timeline,
    whiteout,
)

STACK = [
    [
        folder("etc"),
        file("etc/passwd", "root", mode="0644"),
        file("etc/hosts", "localhost"),
        folder("usr"),
        folder("usr/doc"),
        file("usr/doc/a", "12345"),
        file("usr/doc/b", "123"),
        symlink("lib", "usr/lib"),
        folder("usr/lib"),
    ],
    [
        folder("etc"),
        file("etc/passwd", "root and more"),
        file("etc/hosts", "localhost", mode="0600"),
        whiteout("usr/doc"),
        file("usr/lib/x.so", "elf", mode="4755", uid=7, gid=8),
    ],
    [opaque("etc"), file("etc/new", "n"), hardlink("etc/again", "usr/lib/x.so")],
]


@pytest.fixture
def stack(tmp_path: Path) -> Timeline:
    return timeline(tmp_path, STACK)


def row(stack: Timeline, path: str, view: View) -> Row:
    found = stack.find(path.encode(), view)
    assert found is not None
    return found


def names(rows: list[Row]) -> list[str]:
    return [text(each.name) for each in rows]


def test_a_row_knows_its_layers(stack: Timeline) -> None:
    passwd = row(stack, "etc/passwd", View(2, 1))
    assert (passwd.origin, passwd.shadowed, passwd.badge) == (2, (1,), Badge.MODIFIED)
    assert passwd.change is Change.MODIFIED
    assert passwd.entry == (2, 1)
    assert row(stack, "etc/hosts", View(2, 1)).badge is Badge.PROPERTIES
    assert row(stack, "etc/passwd", View(1)).shadowed == ()


def test_a_folder_is_made_up_of_the_layers_that_store_its_bytes(stack: Timeline) -> None:
    etc = row(stack, "etc", View(2, 1))
    assert etc.size == len("root and more") + len("localhost")
    assert etc.composition == ((2, etc.size),)
    assert etc.inside_changed
    root = row(stack, "", View(2))
    assert root.composition == ((2, etc.size + 3),)
    assert row(stack, "", View(1)).composition == ((1, 4 + 9 + 5 + 3),)


def test_an_opaque_folder_wears_its_badge(stack: Timeline) -> None:
    etc = row(stack, "etc", View(3, 2))
    assert (etc.badge, etc.opaque, etc.origin) == (Badge.OPAQUE, True, 2)
    assert names(stack.children(etc.node, View(3, 2))) == ["again", "new"]
    ghosts = stack.children(etc.node, View(3, 2, show_deleted=True))
    assert names(ghosts) == ["again", "hosts", "new", "passwd"]
    assert [each.deleted_in for each in ghosts] == [0, 3, 0, 3]


def test_a_deleted_folder_remembers_what_it_held(stack: Timeline) -> None:
    assert stack.find(b"usr/doc", View(2)) is None
    doc = row(stack, "usr/doc", View(2, 0, show_deleted=True))
    assert (doc.deleted, doc.deleted_in, doc.badge) == (True, 2, Badge.DELETED)
    assert (doc.size, doc.composition, doc.children) == (8, ((1, 8),), 2)
    assert row(stack, "usr", View(2, 1)).children == 1
    assert row(stack, "usr", View(2, 1, show_deleted=True)).children == 2


def test_a_hard_link_to_a_lower_layer_says_where_the_bytes_are(stack: Timeline) -> None:
    again = row(stack, "etc/again", View(3))
    assert (again.origin, again.entry, again.links) == (3, (2, 4), 2)
    assert (again.kind, again.mode, again.uid, again.gid) == (Kind.FILE, 0o4755, 7, 8)
    # Its bytes count once, where they are stored.
    assert row(stack, "", View(3)).composition == ((2, 3), (3, 1))
    assert row(stack, "etc", View(3)).composition == ((3, 1),)


def test_a_layer_on_its_own_lists_whiteouts_and_raw_links(stack: Timeline) -> None:
    second, third = View(3, layer=2), View(3, layer=3)
    assert paths(stack, second) == [
        "etc",
        "etc/hosts",
        "etc/passwd",
        "usr",
        "usr/doc",
        "usr/lib",
        "usr/lib/x.so",
    ]
    doc = row(stack, "usr/doc", second)
    assert (doc.deleted, doc.badge, doc.size, doc.shadowed) == (True, Badge.DELETED, 8, (1,))
    assert doc.kind is Kind.DIR
    usr = row(stack, "usr", second)
    assert (usr.implicit, usr.children, usr.size) == (True, 2, 3)
    again = row(stack, "etc/again", third)
    assert (again.kind, again.link) == (Kind.HARDLINK, b"usr/lib/x.so")
    assert row(stack, "etc", third).opaque
    assert row(stack, "etc", third).badge is Badge.OPAQUE


def test_layers_that_do_not_exist_are_the_nearest_that_do(stack: Timeline) -> None:
    assert paths(stack, View(99)) == paths(stack, View(3))
    assert paths(stack, View(0)) == []
    assert row(stack, "", View(0)).children == 0


def test_walking_below_a_file_gives_the_file_and_below_nothing_an_error(stack: Timeline) -> None:
    assert paths(stack, View(2), b"etc/passwd") == ["etc/passwd"]
    assert paths(stack, View(2), b"usr") == ["usr/lib", "usr/lib/x.so"]
    assert [text(each.name) for each in stack.walk(View(2), recursive=False)] == [
        "etc",
        "lib",
        "usr",
    ]
    with pytest.raises(PathNotFound) as caught:
        list(stack.walk(View(2), b"usr/doc"))
    assert "usr/doc" in str(caught.value)


def test_paths_through_symbolic_links_are_resolved_inside_the_root(stack: Timeline) -> None:
    assert stack.resolve(b"/lib/x.so", View(2)) == b"usr/lib/x.so"
    assert stack.resolve(b"lib", View(2)) == b"lib"
    assert stack.resolve(b"lib", View(2), last=True) == b"usr/lib"
    with pytest.raises(PathNotFound):
        stack.resolve(b"lib/y.so", View(2))
    with pytest.raises(PathNotFound):
        stack.resolve(b"etc/passwd/x", View(2))


def test_names_sort_case_folded_then_by_bytes(tmp_path: Path) -> None:
    layer = [file(name) for name in ("b", "B", "a", "Z", "É", "é", "_", "C")]
    with quick_timeline(tmp_path, [layer]) as stack:
        expected = ["_", "a", "B", "b", "C", "Z", "É", "é"]
        assert names(stack.children(ROOT, View(1))) == expected
        assert names(stack.children(ROOT, View(1), descending=True)) == expected[::-1]


def test_rows_sort_by_size_time_origin_and_folders_first(tmp_path: Path) -> None:
    layers = [
        [file("big", "x" * 9, mtime=3), folder("d", mtime=1), file("d/in", "12345", mtime=9)],
        [file("a", "1", mtime=2), file("nil", mtime=8)],
    ]
    with quick_timeline(tmp_path, layers) as stack:
        view = View(2, 1)
        assert names(stack.children(ROOT, view, Sort.SIZE)) == ["nil", "a", "d", "big"]
        assert names(stack.children(ROOT, view, Sort.SIZE, True)) == ["big", "d", "a", "nil"]
        assert names(stack.children(ROOT, view, Sort.MTIME)) == ["d", "a", "big", "nil"]
        assert names(stack.children(ROOT, view, Sort.ORIGIN)) == ["big", "d", "a", "nil"]
        assert names(stack.children(ROOT, view, folders_first=True))[0] == "d"
        assert names(stack.children(ROOT, view, Sort.CHANGE))[:2] == ["big", "d"]
        sizes = stack.children(ROOT, View(2, layer=2), Sort.SIZE, True)
        assert names(sizes) == ["a", "nil"]


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_put_together_are_the_whole_folder(tmp_path: Path, sort: Sort) -> None:
    layer = [file(f"f{number:03}", "x" * (number % 7), mtime=number % 5) for number in range(250)]
    with quick_timeline(tmp_path, [layer, [whiteout("f100")]]) as stack:
        view = View(2)
        whole = stack.children(ROOT, view, sort)
        assert len(whole) == 249
        pages = [stack.children(ROOT, view, sort, offset=at, limit=40) for at in range(0, 280, 40)]
        assert [each for page in pages for each in page] == whole


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("folders_first", [False, True])
def test_a_position_is_the_place_among_the_children(
    tmp_path: Path, sort: Sort, descending: bool, folders_first: bool
) -> None:
    layer = [folder("d"), folder("d/z"), folder("e")]
    layer += [file(f"d/f{number}", "x" * (number % 3), mtime=number % 5) for number in range(20)]
    with quick_timeline(tmp_path, [layer, [whiteout("d/f7")]]) as stack:
        for view in (View(1), View(2, 1), View(2, 1, show_deleted=True), View(1, layer=1)):
            order = (view, sort, descending)
            for parent in (ROOT, row(stack, "d", view).node):
                children = stack.children(parent, *order, folders_first=folders_first)
                assert [
                    stack.position(child.node, *order, folders_first) for child in children
                ] == list(range(len(children)))


def test_what_a_view_does_not_show_has_no_position(tmp_path: Path) -> None:
    layers = [[folder("d"), file("d/a", "1"), file("d/b", "2")], [whiteout("d/a")]]
    with quick_timeline(tmp_path, layers) as stack:
        node = row(stack, "d/a", View(1)).node
        assert stack.position(node, View(1)) == 0
        assert stack.position(node, View(2)) is None
        assert stack.position(node, View(2, 1, show_deleted=True)) == 0
        assert stack.position(node, View(2, layer=2)) is not None, "the layer deletes it"
        assert stack.position(ROOT, View(2)) is None


def test_a_file_that_is_no_timeline_is_refused_in_words(tmp_path: Path) -> None:
    target = tmp_path / "timeline"
    for data in (b"", b"x" * 100, b"LStl" + bytes(60)):
        target.write_bytes(data)
        with pytest.raises(StoreUnreadable):
            Timeline.open(target)


def test_a_timeline_that_is_cut_off_or_flipped_is_refused(tmp_path: Path) -> None:
    with quick_timeline(tmp_path, [[file("a", "b")]]):
        pass
    (whole,) = tmp_path.glob("timeline-*")
    data = whole.read_bytes()
    broken = tmp_path / "broken"
    for cut in (len(data) - 1, len(data) // 2, 20):
        broken.write_bytes(data[:cut])
        with pytest.raises(StoreUnreadable):
            Timeline.open(broken)
    broken.write_bytes(data[:4] + b"\x63" + data[5:])
    with pytest.raises(StoreUnreadable, match="another version"):
        Timeline.open(broken)


def test_two_timelines_may_be_open_on_one_file(tmp_path: Path) -> None:
    with quick_timeline(tmp_path, [[file("a", "b")]]) as first:
        (path,) = tmp_path.glob("timeline-*")
        with Timeline.open(path) as second:
            assert paths(first, View(1)) == paths(second, View(1)) == ["a"]


def test_an_image_without_layers_is_an_empty_root(tmp_path: Path) -> None:
    with quick_timeline(tmp_path, []) as stack:
        assert stack.layers == ()
        assert stack.children(ROOT, View(0)) == []
        assert row(stack, "", View(0)).kind is Kind.DIR


def test_bytes_with_two_names_stay_when_the_first_name_goes(tmp_path: Path) -> None:
    layers = [
        [folder("a"), folder("b"), file("a/body", "12345"), hardlink("b/name", "a/body")],
        [whiteout("a/body")],
        [whiteout("b/name")],
    ]
    with quick_timeline(tmp_path, layers) as stack:
        sizes = [
            tuple(row(stack, path, View(as_of)).size for path in ("", "a", "b"))
            for as_of in (1, 2, 3)
        ]
        assert sizes == [(5, 5, 0), (5, 0, 5), (0, 0, 0)]
        assert row(stack, "b", View(2)).composition == ((1, 5),)
        assert [layer.visible_bytes for layer in stack.layers] == [5, 5, 0]


def test_of_copies_in_one_layer_the_last_counts(tmp_path: Path) -> None:
    layer = [
        file("f", "1"),
        file("f", "22"),
        folder("d"),
        file("d/g", "1"),
        file("d", "a file for a moment"),
        folder("d"),
        file("d/g", "333"),
        file("gone/x", "1"),
        file("gone", "2"),
    ]
    with quick_timeline(tmp_path, [layer]) as stack:
        for view in (View(1), View(1, layer=1)):
            assert row(stack, "f", view).size == 2
            assert row(stack, "d/g", view).size == 3
            assert row(stack, "d/g", view).shadowed == ()
            assert row(stack, "d", view).kind is Kind.DIR
            assert row(stack, "d", view).shadowed == ()
        assert [step.entry_number for step in stack.trace(b"d/g")] == [6]
        # What its own layer took back is stored, but was never visible.
        assert stack.find(b"gone/x", View(1, 0, show_deleted=True)) is None
        lost = row(stack, "gone/x", View(1, layer=1))
        assert (lost.change, lost.badge) == (None, Badge.NONE)
        assert [(each.code, each.count) for each in stack.warnings] == [("duplicate-path", 4)]


def test_a_replaced_symbolic_link_leads_nowhere_any_more(tmp_path: Path) -> None:
    layers = [
        [folder("one"), folder("two"), symlink("l", "one"), file("l/a", "1")],
        [symlink("l", "two"), file("l/b", "1"), whiteout("one/a"), file("l/c", "1")],
    ]
    with quick_timeline(tmp_path, layers) as stack:
        assert paths(stack, View(2)) == ["l", "one", "two", "two/b", "two/c"]
    within = [folder("one"), folder("two"), symlink("l", "one"), file("l/a"), symlink("l", "two")]
    with quick_timeline(tmp_path, [[*within, file("l/b")]]) as stack:
        assert paths(stack, View(1)) == ["l", "one", "one/a", "two", "two/b"]
