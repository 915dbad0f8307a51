"""Build steps find their layers, and say in readable words what they did."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.oci import ImageConfig, Step, pair_history, readable_command


def _config(*steps: str) -> ImageConfig:
    """Each step is a created_by; "-" in front marks it as one without files."""
    history = [
        {"created_by": step.removeprefix("-"), "empty_layer": step.startswith("-")}
        for step in steps
    ]
    return ImageConfig.parse(json.dumps({"history": history}).encode(), "c")


def _rows(steps: tuple[Step, ...]) -> list[tuple[str | None, int | None, bool]]:
    return [
        (step.history.created_by if step.history else None, step.layer, step.certain)
        for step in steps
    ]


def test_steps_with_files_pair_in_order() -> None:
    assert _rows(pair_history(_config("ADD x", "-ENV", "RUN y", "-CMD"), 2)) == [
        ("ADD x", 1, True),
        ("-ENV"[1:], None, True),
        ("RUN y", 2, True),
        ("CMD", None, True),
    ]


def test_no_history_gives_a_row_for_each_layer() -> None:
    assert _rows(pair_history(_config(), 3)) == [(None, n, True) for n in (1, 2, 3)]
    assert pair_history(_config(), 0) == ()


def test_too_few_steps_pair_from_the_bottom_and_are_flagged() -> None:
    assert _rows(pair_history(_config("ADD x", "-ENV"), 3)) == [
        ("ADD x", 1, False),
        ("ENV", None, True),
        (None, 2, False),
        (None, 3, False),
    ]


def test_nop_steps_are_metadata_where_that_makes_it_fit() -> None:
    steps = (
        "/bin/sh -c #(nop) ADD file:1 in /",
        '/bin/sh -c #(nop)  CMD ["sh"]',
        "/bin/sh -c #(nop) COPY file:2 in /",
        "/bin/sh -c #(nop)  ENV A=1",
    )
    assert [(row[1], row[2]) for row in _rows(pair_history(_config(*steps), 2))] == [
        (1, True),
        (None, True),
        (2, True),
        (None, True),
    ]


def test_too_many_steps_pair_from_the_bottom_and_are_flagged() -> None:
    assert _rows(pair_history(_config("RUN a", "RUN b", "-ENV", "RUN c"), 1)) == [
        ("RUN a", 1, False),
        ("RUN b", None, False),
        ("ENV", None, True),
        ("RUN c", None, False),
    ]


def test_a_squashed_image_pairs_its_merge() -> None:
    rows = pair_history(_config("-RUN a", "-RUN b", "merge sha256:x to sha256:y"), 1)
    assert [row.layer for row in rows] == [None, None, 1]
    assert all(row.certain for row in rows)


@given(
    st.lists(st.sampled_from(["-ENV", "RUN", "/bin/sh -c #(nop) CMD x", "#(nop) ADD y"])),
    st.integers(0, 12),
)
def test_every_layer_and_every_step_has_exactly_one_row(steps: list[str], layers: int) -> None:
    config = _config(*steps)
    rows = pair_history(config, layers)
    assert [row.layer for row in rows if row.layer] == list(range(1, layers + 1))
    assert tuple(row.history for row in rows if row.history) == config.history


@pytest.mark.parametrize(
    ("created_by", "keyword", "rest"),
    [
        ('/bin/sh -c #(nop)  CMD ["nginx" "-g"]', "CMD", '["nginx" "-g"]'),
        ("/bin/sh -c #(nop) ADD file:abc in / ", "ADD", "file:abc in /"),
        ("/bin/sh -c #(nop) COPY --chown=0 multi:abc in /x", "COPY", "--chown=0 multi:abc in /x"),
        ("/bin/sh -c #(nop)  ENV A=#(nop)", "ENV", "A=#(nop)"),
        ("cmd /S /C #(nop)  WORKDIR C:\\app", "WORKDIR", "C:\\app"),
        ("powershell -Command #(nop)  USER x", "USER", "x"),
        ("/bin/sh -c apt-get update", "RUN", "apt-get update"),
        ("/bin/bash -o pipefail -c make | tee x", "RUN", "make | tee x"),
        ("/bin/bash -euo pipefail -c make", "RUN", "make"),
        ("/bin/sh -ec make", "RUN", "make"),
        ("cmd /S /C dir", "RUN", "dir"),
        ("powershell -NoLogo -Command Get-Item", "RUN", "Get-Item"),
        ("|2 A=1 B=2 /bin/sh -c make", "RUN", "make"),
        ("|1 A=hello world /bin/sh -c make it", "RUN", "make it"),
        ("|0 /bin/sh -c make", "RUN", "make"),
        ("|1 A=1 make it", "RUN", "make it"),
        ("RUN /bin/sh -c apt-get update # buildkit", "RUN", "apt-get update"),
        ("RUN |2 A=1 B=2 /bin/sh -c make # buildkit", "RUN", "make"),
        ("RUN make it # buildkit", "RUN", "make it"),
        ("RUN /bin/sh -c <<EOF\nx\nEOF # buildkit", "RUN", "<<EOF\nx\nEOF"),
        ("COPY a b # buildkit", "COPY", "a b"),
        ("COPY --from=build /x /y # buildkit", "COPY", "--from=build /x /y"),
        ("ENTRYPOINT [\"/e\"]", "ENTRYPOINT", '["/e"]'),
        ("HEALTHCHECK &{[\"CMD\"]}", "HEALTHCHECK", '&{["CMD"]}'),
        ("ENV PATH=/bin", "ENV", "PATH=/bin"),
        ("ADD rootfs.tar.xz / # buildkit", "ADD", "rootfs.tar.xz /"),
        ("sh -c echo", "RUN", "echo"),
        ("bash", "", "bash"),
        ("nginx -g daemon off;", "", "nginx -g daemon off;"),
        ("bazel build ...", "", "bazel build ..."),
        ("ADDUSER x", "", "ADDUSER x"),
        ("jib-gradle-plugin:3.4", "", "jib-gradle-plugin:3.4"),
        ("RUN", "RUN", ""),
        ("", "", ""),
        ("   ", "", ""),
    ],
)  # fmt: skip
def test_the_noise_of_builders_is_taken_off(created_by: str, keyword: str, rest: str) -> None:
    assert readable_command(created_by) == (keyword, rest)


@given(st.text() | st.text(st.sampled_from("|12 /binshc-#(op)RUNE=\n")))
def test_any_text_gives_a_keyword_and_a_rest(text: str) -> None:
    keyword, rest = readable_command(text)
    assert keyword == "" or keyword.isupper()
    assert rest == rest.strip()
    assert len(rest) <= len(text)


@pytest.mark.parametrize(
    "text", ["|1 " + "a" * 10**6, "#" * 10**6, " " * 10**6 + "x", "sh -a" * 10**5, "|9 " * 10**5,
             "RUN |2 " + " -c" * 10**5, "/bin/sh" + " -a" * 10**5, "x # buildkit" * 10**5]
)  # fmt: skip
def test_endless_commands_are_read_in_linear_time(text: str) -> None:
    began = time.process_time()
    readable_command(text)
    assert time.process_time() - began < 2
