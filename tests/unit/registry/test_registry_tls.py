"""Which certificates are trusted, and what may not happen without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from layerscope.engine.errors import NotTrusted, RegistryRefused
from layerscope.engine.oci import Reference
from layerscope.engine.registry import (
    RegistryConfig,
    fetch_blob,
)
from layerscope.engine.registry.http.trust import usual_folders
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, redirect
from support.visitors import ClientOf, Pile, config_for, layer_of

DATA = b"layer" * 1000


@pytest.fixture
def secure(certificates: Path) -> Iterator[HostileRegistry]:
    with HostileRegistry(certificate=certificates / "both.pem") as registry:
        yield registry


def _trusting(far: HostileRegistry, folder: Path) -> RegistryConfig:
    return replace(config_for(), ca_files={far.host: folder / "ca.pem"})


def test_a_registry_with_its_own_ca_is_trusted_by_file(
    secure: HostileRegistry, client_of: ClientOf, task: Task, certificates: Path
) -> None:
    secure.serve_image("app", "1", [DATA])
    reference = Reference.parse(f"{secure.host}/app:1")
    assert client_of(secure, _trusting(secure, certificates)).resolve(reference, task)


def test_a_registry_with_its_own_ca_is_trusted_by_folder(
    secure: HostileRegistry, client_of: ClientOf, task: Task, certificates: Path, tmp_path: Path
) -> None:
    folder = tmp_path / secure.host
    folder.mkdir()
    (folder / "any.crt").write_bytes((certificates / "ca.pem").read_bytes())
    client_of(secure, replace(config_for(), ca_folders=(tmp_path,))).ping(task)


def test_an_unknown_certificate_is_not_trusted_and_no_plain_http_follows(
    secure: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    with pytest.raises(NotTrusted, match="certificate") as caught:
        client_of(secure, config_for()).ping(task)
    assert "CA file" in caught.value.hint
    assert not secure.requests


def test_the_place_that_a_distrusted_certificate_is_told_to_go_to_is_looked_into(
    secure: HostileRegistry,
    certificates: Path,
    client_of: ClientOf,
    task: Task,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = replace(config_for(), ca_folders=usual_folders())
    with pytest.raises(NotTrusted) as caught:
        client_of(secure, config).ping(task)
    told = Path(caught.value.hint.rpartition(" save it as ")[2].removesuffix("."))
    told.parent.mkdir(parents=True)
    told.write_bytes((certificates / "ca.pem").read_bytes())
    client_of(secure, config).ping(task)


def test_a_certificate_for_another_name_is_not_trusted(
    certificates: Path, client_of: ClientOf, task: Task
) -> None:
    with (
        HostileRegistry("127.0.0.2", certificates / "both.pem") as other,
        pytest.raises(NotTrusted),
    ):
        client_of(other, _trusting(other, certificates)).ping(task)


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_ca_file_that_is_none_is_named(
    secure: HostileRegistry, client_of: ClientOf, task: Task, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    config = replace(config_for(), ca_files={secure.host: path})
    with pytest.raises(NotTrusted, match=r"ca\.pem"):
        client_of(secure, config).ping(task)


def test_https_never_redirects_to_http(
    secure: HostileRegistry,
    far: HostileRegistry,
    client_of: ClientOf,
    task: Task,
    certificates: Path,
) -> None:
    layer = layer_of(DATA)
    secure.on("GET", f"/v2/app/blobs/{layer.digest}", redirect(f"{far.url}/store"))
    with pytest.raises(RegistryRefused, match="not encrypted"):
        fetch_blob(client_of(secure, _trusting(secure, certificates)), "app", layer, Pile(), task)
    assert not far.requests


def test_http_may_redirect_to_https(
    secure: HostileRegistry,
    far: HostileRegistry,
    client_of: ClientOf,
    task: Task,
    certificates: Path,
) -> None:
    layer = layer_of(DATA)
    far.on("GET", f"/v2/app/blobs/{layer.digest}", redirect(f"{secure.url}/store"))
    secure.on("GET", "/store", Reply(body=DATA))
    config = replace(config_for(far), ca_files={secure.host: certificates / "ca.pem"})
    pile = Pile()
    fetch_blob(client_of(far, config), "app", layer, pile, task)
    assert bytes(pile.data) == DATA


def test_a_tls_body_cut_without_notice_is_a_cut(
    secure: HostileRegistry, client_of: ClientOf, task: Task, certificates: Path
) -> None:
    layer = layer_of(DATA)
    good = Reply(body=DATA, ranges=True)
    secure.on("GET", f"/v2/app/blobs/{layer.digest}", Reply(body=DATA, cut=99, reset=True), good)
    pile = Pile()
    fetch_blob(client_of(secure, _trusting(secure, certificates)), "app", layer, pile, task)
    assert bytes(pile.data) == DATA
