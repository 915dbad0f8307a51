"""Configs of all ages are read; what is odd in them is data, never control."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

from layerscope.engine.errors import AmbiguousDocument, LimitReached, MalformedDocument
from layerscope.engine.oci import (
    Digest,
    Healthcheck,
    ImageConfig,
    Platform,
    RunConfig,
    chain_ids,
    parsed_time,
)

# fmt: off
_NAMES = [
    "created", "author", "architecture", "os", "variant", "os.version", "os.features", "config",
    "rootfs", "history",
]
_RUN_NAMES = [
    "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels",
    "StopSignal", "Healthcheck", "OnBuild", "Shell", "ArgsEscaped", "Image",
]
# fmt: on


def _config(**members: object) -> ImageConfig:
    return ImageConfig.parse(json.dumps(members).encode(), "The config of app:1")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2015-10-31T22:22:56.015925234Z", datetime(2015, 10, 31, 22, 22, 56, 15925, UTC)),
        ("2024-05-01T12:00:00+02:00", datetime(2024, 5, 1, 10, 0, tzinfo=UTC)),
        ("2024-05-01t12:00:00.5z", datetime(2024, 5, 1, 12, 0, 0, 500000, UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("9999-99-99", None),
        ("2024-02-30T00:00:00Z", None),
        ("2024-05-01", None),
        ("2024-05-01T12:00:00", None),
        ("yesterday", None),
        ("٢٠٢٤-05-01T12:00:00Z", None),
        ("2024-05-01T12:00:00Z\n", None),
        ("2" * 100_000, None),
        ("", None),
    ],
)
def test_times_are_read_or_left_out(text: str, time: datetime | None) -> None:
    assert parsed_time(text) == time
    assert _config(created=text, history=[{"created": text}]).created == time


def test_every_optional_field_may_be_null_or_missing() -> None:
    empty = _config()
    nulls = _config(**dict.fromkeys(_NAMES))
    inner = _config(
        config=dict.fromkeys(_RUN_NAMES),
        rootfs={"type": None, "diff_ids": None},
        history=[dict.fromkeys(("created", "created_by", "author", "comment", "empty_layer"))],
    )
    for config in (empty, nulls, inner):
        assert config.run == RunConfig()
        assert config.created is None
        assert config.diff_ids == ()
        assert config.platform == Platform("", "")
    assert len(inner.history) == 1


def test_a_full_config_is_read() -> None:
    diff_ids = ["sha256:" + "ab" * 32, "sha256:" + "cd" * 32]
    config = _config(
        author="A <a@example.test>",
        architecture="arm",
        os="linux",
        variant="v7",
        **{"os.version": "1", "os.features": ["x"]},
        config={
            "User": "1000:0",
            "Env": ["PATH=/bin", "ODD"],
            "Entrypoint": ["/e"],
            "Cmd": [],
            "WorkingDir": "/w",
            "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
            "Volumes": {"/data": {}},
            "Labels": {"a": "1", "b": None},
            "StopSignal": "SIGINT",
            "Healthcheck": {"Test": ["CMD", "x"], "Interval": 30_000_000_000, "Retries": 3},
            "Shell": ["/bin/bash", "-c"],
            "OnBuild": ["RUN x"],
        },
        rootfs={"type": "layers", "diff_ids": diff_ids},
    )
    assert config.run == RunConfig(
        user="1000:0",
        env=("PATH=/bin", "ODD"),
        entrypoint=("/e",),
        cmd=(),
        working_dir="/w",
        exposed_ports=("80/tcp", "53/udp"),
        volumes=("/data",),
        labels={"a": "1", "b": ""},
        stop_signal="SIGINT",
        healthcheck=Healthcheck(("CMD", "x"), interval=30_000_000_000, retries=3),
        shell=("/bin/bash", "-c"),
        on_build=("RUN x",),
    )
    assert [str(diff_id) for diff_id in config.diff_ids] == diff_ids
    assert config.platform == Platform("linux", "arm", "v7", "1", ("x",))
    assert config.image_id == Digest.of(config.raw)
    again = pickle.loads(pickle.dumps(config))
    assert again == config
    assert hash(again) == hash(config)


def test_very_old_configs_have_texts_for_lists_and_other_capitals() -> None:
    run = _config(config={"Cmd": "sh", "Entrypoint": "/e x", "ENV": ["A=1"]}).run
    assert run.cmd == ("sh",)
    assert run.entrypoint == ("/e x",)
    assert run.env == ("A=1",)


@pytest.mark.parametrize(
    "members",
    [
        {"config": {"Env": "A=1"}},
        {"config": {"Cmd": [1]}},
        {"config": {"Volumes": ["/a"]}},
        {"config": {"Labels": {"a": 1}}},
        {"config": {"Healthcheck": {"Interval": 1.5}}},
        {"config": []},
        {"os": 1},
        {"created": 1},
        {"history": {}},
        {"history": [1]},
        {"history": [{"empty_layer": "yes"}]},
        {"rootfs": {"type": "trees"}},
        {"rootfs": {"diff_ids": ["sha256:../x"]}},
        {"rootfs": {"diff_ids": [None]}},
    ],
)
def test_wrong_types_are_refused(members: dict[str, object]) -> None:
    with pytest.raises(MalformedDocument, match="config of app:1"):
        _config(**members)


@pytest.mark.parametrize(
    "members",
    [
        {"rootfs": {}, "Rootfs": {}},
        {"rootFS": {}},
        {"rootfs": {"Diff_Ids": []}},
        {"history": [{"Empty_layer": True}]},
        {"config": {"Cmd": ["a"], "cmd": ["b"]}},
    ],
)
def test_keys_in_other_capitals_are_ambiguous(members: dict[str, object]) -> None:
    with pytest.raises(AmbiguousDocument):
        _config(**members)


def test_hostile_values_are_only_data() -> None:
    text = "<img src=/dev/zero>\x1b[2J\u202e\0" + "x" * 10_000_000
    config = _config(config={"Labels": {"a": text}})
    assert config.run.labels == {"a": text}
    with pytest.raises(LimitReached):
        _config(author="x" * (17 * 1024 * 1024))


def test_chain_ids_have_the_specifications_values() -> None:
    diff_ids = [Digest("sha256", letter * 64) for letter in "abc"]
    assert [str(chain) for chain in chain_ids(diff_ids)] == [
        "sha256:" + "a" * 64,
        "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c",
        "sha256:c1377126441fb2f5ec2c21ae2a60255331d639e830f0ee1b40a36e52d4c40588",
    ]
    assert chain_ids([]) == ()


def test_chain_ids_of_the_specifications_test() -> None:
    chain: list[Any] = [str(c) for c in chain_ids([Digest("sha256", letter) for letter in "abc"])]
    assert chain == [
        "sha256:a",
        "sha256:970a948bffa8de94d6e22d747ba8c95030e6e546909f98f54e99a13005e173a8",
        "sha256:dee159b33409cefa3f6eda71539f006014283e9d9130c18a1dea7bd8a33c9b1b",
    ]
