"""How a registry is spoken to: written, obeyed, taken back, and refused where it makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.engine.errors import BadInput, NotTrusted
from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.locations import settings_file
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.remote import make_registries
from layerscope.engine.library.settings import read_settings
from layerscope.engine.library.values import RegistryRow, Settings
from layerscope.engine.registry import Mirror, SessionLogins
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.real_registry import make_certificates
from support.replies import Reply

LAYER = b"layer"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder / "ca.pem"


def row(library: Library, host: str) -> RegistryRow:
    return next(each for each in library.registries(task=Task()) if each.host == host)


def test_what_is_configured_stands_in_the_file_and_in_the_list(
    library: Library, authority: Path
) -> None:
    told = library.configure_registry(
        "https://registry.acme.dev/",
        plain_http=True,
        ca_file=str(authority),
        mirrors=["https://mirror.acme.dev/", "localhost:5000/hub"],
        task=Task(),
    )
    assert read_settings(settings_file()) == (told, "")
    found = row(library, "registry.acme.dev")
    assert (found.plain_http, found.ca_file) == (True, str(authority))
    assert found.mirrors == ("mirror.acme.dev", "localhost:5000/hub")
    mirror = row(library, "localhost:5000")
    assert (mirror.mirror_of, mirror.only_mirror, mirror.listed) == (
        ("registry.acme.dev",),
        True,
        False,
    )


def test_what_another_process_has_changed_meanwhile_is_not_lost(
    library: Library, store: Store
) -> None:
    other = Library(Ground(store, Settings(), InlinePasses()))
    other.configure_registry("docker.io", mirrors=["m.acme.dev"], task=Task())
    library.configure_registry("registry.acme.dev", plain_http=True, task=Task())
    settings, _damage = read_settings(settings_file())
    assert settings.mirrors == {"docker.io": ("m.acme.dev",)}
    assert settings.plain_http == ("registry.acme.dev",)


def test_what_is_not_named_stays_as_it_is_and_what_is_empty_goes(
    library: Library, authority: Path
) -> None:
    host = "registry.acme.dev"
    library.configure_registry(
        host, plain_http=True, ca_file=str(authority), mirrors=["m.acme.dev"], task=Task()
    )
    library.configure_registry(host, plain_http=False, task=Task())
    found = row(library, host)
    assert (found.plain_http, found.ca_file, found.mirrors) == (
        False,
        str(authority),
        ("m.acme.dev",),
    )
    library.configure_registry(host, ca_file="", mirrors=(), task=Task())
    found = row(library, host)
    assert (found.ca_file, found.mirrors) == ("", ())


def test_a_registry_that_is_removed_leaves_nothing_of_itself(
    library: Library, authority: Path
) -> None:
    before = library.settings(task=Task())
    library.configure_registry(
        "registry.acme.dev",
        plain_http=True,
        ca_file=str(authority),
        mirrors=["m.acme.dev"],
        task=Task(),
    )
    assert library.remove_registry("registry.acme.dev", task=Task()) == before
    with pytest.raises(BadInput, match="not in the list"):
        library.remove_registry("registry.acme.dev", task=Task())


def test_a_mirror_is_configured_without_being_offered_as_a_registry(library: Library) -> None:
    library.configure_registry("docker.io", mirrors=["m.acme.dev"], task=Task())
    settings = library.configure_registry("m.acme.dev", plain_http=True, task=Task())
    assert "m.acme.dev" not in settings.registries
    assert row(library, "m.acme.dev").plain_http


@pytest.mark.parametrize(
    ("host", "changes"),
    [
        ("a word", {}),
        ("word", {}),
        ("host.example/path", {}),
        ("docker.io", {"plain_http": True}),
        ("registry-1.docker.io", {"plain_http": True}),
        ("m.acme.dev", {"mirrors": ["m.acme.dev"]}),
        ("m.acme.dev", {"mirrors": ["http://other.acme.dev"]}),
        ("m.acme.dev", {"mirrors": [f"m{number}.acme.dev" for number in range(9)]}),
        ("m.acme.dev", {"ca_file": "/nowhere/ca.pem"}),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    library: Library, host: str, changes: dict[str, object]
) -> None:
    with pytest.raises(BadInput) as refused:
        library.configure_registry(host, **changes, task=Task())  # type: ignore[arg-type]  # mixed
    assert refused.value.hint
    assert not settings_file().exists()


def test_a_ca_file_must_hold_certificates(library: Library, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("milk, eggs")
    with pytest.raises(BadInput, match="cannot be used as a CA file"):
        library.configure_registry("registry.acme.dev", ca_file=str(wrong), task=Task())


def test_plain_http_for_every_port_is_not_switched_off_for_one(store: Store) -> None:
    library = Library(Ground(store, Settings(plain_http=("acme.dev",)), InlinePasses()))
    with pytest.raises(BadInput, match=r"every port of acme\.dev"):
        library.configure_registry("acme.dev:5000", plain_http=False, task=Task())


def test_a_mirror_in_the_file_that_is_none_is_passed_over() -> None:
    settings = Settings(mirrors={"docker.io": ("no mirror", "m.acme.dev")})
    registries = make_registries(settings, (), SessionLogins())
    assert registries.config.mirrors == {"docker.io": (Mirror("m.acme.dev"),)}


def test_the_ca_file_of_docker_hub_is_that_of_all_its_hosts(authority: Path) -> None:
    settings = Settings(ca_files={"docker.io": str(authority)})
    files = make_registries(settings, (), SessionLogins()).config.ca_files
    assert files["registry-1.docker.io"] == files["auth.docker.io"] == authority


def test_a_pull_tells_what_came_from_a_mirror_and_what_did_not_work(store: Store) -> None:
    with HostileRegistry() as far, HostileRegistry() as near, HostileRegistry() as broken:
        for registry in (far, near):
            registry.serve_image("app", "1", [LAYER])
        broken.on("GET", "/v2/", Reply(503))
        hosts = tuple(each.host for each in (far, near, broken))
        settings = Settings(
            registries=(far.host,), plain_http=hosts, mirrors={far.host: (broken.host, near.host)}
        )
        library = Library(Ground(store, settings, InlinePasses()))
        preview = library.preview(f"{far.host}/app:1", task=Task())
        assert (preview.mirror, preview.tag_from) == (near.host, "")
        assert preview.notes[0].startswith(f"Mirror {broken.host} was passed over.")


def test_trust_is_bound_to_the_host_of_the_mirror(authority: Path) -> None:
    """A file for the registry says nothing of its mirrors."""
    settings = Settings(
        ca_files={"far.acme.dev": str(authority.with_name("absent"))},
        mirrors={"far.acme.dev": ("m.acme.dev",)},
    )
    registries = make_registries(settings, (), SessionLogins())
    trust = registries._transport._trust
    trust.context("m.acme.dev")
    with pytest.raises(NotTrusted):
        trust.context("far.acme.dev")
