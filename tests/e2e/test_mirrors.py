"""A cache that fills itself from a registry, and stands in for it when that is gone."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from support.command_line import CommandLine
from support.far_side import FarSide
from support.real_registry import real_registry


def test_a_cache_serves_pulls_and_stands_in_for_a_registry_that_is_gone(
    tmp_path: Path, far: FarSide
) -> None:
    shell = CommandLine(tmp_path)
    other = CommandLine(tmp_path / "other")
    with ExitStack() as until_it_is_gone:
        origin = until_it_is_gone.enter_context(real_registry(tmp_path / "origin"))
        origin.push(f"oci:{far.layout('shop/web:1.0')}:made", "shop/web:1.0")
        image = f"{origin.host}/shop/web:1.0"
        with real_registry(tmp_path / "cache", mirror_of=origin.host) as cache:
            for each in (shell, other):
                each.home.mkdir(exist_ok=True)
                each.run("registries", "set", origin.host, "--mirror", cache.host)
            first = shell.json("pull", image)
            until_it_is_gone.close()
            later = other.json("pull", image)
    assert first["from_mirrors"] == first["downloaded"] > 0
    assert (first["tag_from"], first["warnings"]) == (None, [])
    assert later["digest"] == first["digest"]
    assert later["from_mirrors"] == later["downloaded"] > 0
    assert later["tag_from"] == cache.host
    (warning,) = later["warnings"]
    assert "may be behind" in warning
