"""The registry client against Debian's docker-registry, filled by skopeo."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from layerscope.engine.errors import NotTrusted, RepositoryNotFound, SignInNeeded, TagNotFound
from layerscope.engine.oci import Index, Manifest, Platform, Reference, choose
from layerscope.engine.registry import (
    Client,
    Found,
    Login,
    Registries,
    RegistryConfig,
    fetch_blob,
)
from layerscope.engine.registry.client import CONFIG_LIMIT
from layerscope.engine.task import Task
from support.real_registry import PASSWORD, USER, RealRegistry, real_registry, run
from support.visitors import Logins, Pile, config_for

OCI = "application/vnd.oci.image"


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OCI layout with ``app`` for two platforms, written by hand."""
    folder = tmp_path_factory.mktemp("layout")
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, media_type: str, **more: object) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data), **more}

    def image(architecture: str) -> dict[str, object]:
        content = random.Random(architecture).randbytes(2_000_384) + bytes(1024)
        layer = gzip.compress(content, 1, mtime=0)  # skopeo would compress it otherwise
        diff_id = f"sha256:{hashlib.sha256(content).hexdigest()}"
        config = {
            "architecture": architecture,
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{OCI}.manifest.v1+json",
            "config": put(json.dumps(config).encode(), f"{OCI}.config.v1+json"),
            "layers": [put(layer, f"{OCI}.layer.v1.tar+gzip")],
        }
        platform = {"architecture": architecture, "os": "linux"}
        return put(json.dumps(manifest).encode(), f"{OCI}.manifest.v1+json", platform=platform)

    index = {
        "schemaVersion": 2,
        "mediaType": f"{OCI}.index.v1+json",
        "manifests": [image("amd64"), image("arm64")],
    }
    named = {"org.opencontainers.image.ref.name": "app"}
    entry = put(json.dumps(index).encode(), f"{OCI}.index.v1+json", annotations=named)
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


@pytest.fixture(scope="module", params=["plain", "protected"])
def far(
    request: pytest.FixtureRequest, layout: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealRegistry]:
    folder = tmp_path_factory.mktemp("registry")
    with real_registry(folder, protected=request.param == "protected") as registry:
        registry.push(f"oci:{layout}:app", "team/app:1.9", "--all")
        registry.push(f"oci:{layout}:app", "team/app:1.10")
        registry.push(f"oci:{layout}:app", "other/thing:x", "--format=v2s2")
        yield registry


@pytest.fixture
def config(far: RealRegistry) -> RegistryConfig:
    login = Login(USER, PASSWORD) if far.ca else None
    ca_files = {far.host: far.ca} if far.ca else {}
    return replace(config_for(), ca_files=ca_files, credentials=Logins(login))


@pytest.fixture
def registries(config: RegistryConfig) -> Iterator[Registries]:
    registries = Registries(config)
    yield registries
    registries.close()


@pytest.fixture
def client(registries: Registries, far: RealRegistry) -> Client:
    return registries.client(far.host)


@pytest.fixture
def task() -> Task:
    return Task()


def test_an_image_for_two_platforms_is_pulled(
    client: Client, far: RealRegistry, layout: Path, task: Task
) -> None:
    resolved = client.resolve(Reference.parse(f"{far.host}/team/app:1.9"), task)
    assert isinstance(resolved.document, Index)
    entry = choose(resolved.document.manifests, Platform.parse("linux/arm64"))
    assert entry is not None
    manifest = client.manifest("team/app", entry, task)
    assert isinstance(manifest, Manifest)
    config = client.document("team/app", manifest.config, CONFIG_LIMIT, task)
    assert json.loads(config)["architecture"] == "arm64"
    (layer,) = manifest.layers
    pile = Pile()
    fetched = fetch_blob(client, "team/app", layer, pile, task)
    assert bytes(pile.data) == (layout / "blobs" / "sha256" / layer.digest.hex).read_bytes()
    assert fetched.received == layer.size


def test_a_digest_is_pulled_and_a_second_look_costs_no_get(
    client: Client, far: RealRegistry, task: Task
) -> None:
    tag = Reference.parse(f"{far.host}/team/app:1.10")
    first = client.resolve(tag, task)
    by_digest = client.resolve(tag.with_digest(first.descriptor.digest), task)
    assert by_digest.document == first.document
    shelf = {first.descriptor.digest: first.document.raw}
    assert client.resolve(tag, task, shelf.get).known


def test_a_docker_manifest_is_pulled(client: Client, far: RealRegistry, task: Task) -> None:
    resolved = client.resolve(Reference.parse(f"{far.host}/other/thing:x"), task)
    assert "docker" in resolved.descriptor.media_type
    said = run(
        "skopeo", "inspect", "--raw", "--tls-verify=false",
        *([f"--creds={USER}:{PASSWORD}"] if far.ca else []),
        f"docker://{far.host}/other/thing:x",
    )  # fmt: skip
    assert said.encode() == resolved.document.raw


def test_a_pull_goes_on_where_it_stopped(client: Client, far: RealRegistry, task: Task) -> None:
    document = client.resolve(Reference.parse(f"{far.host}/team/app:1.10"), task).document
    assert isinstance(document, Manifest)
    (layer,) = document.layers
    whole = Pile()
    fetch_blob(client, "team/app", layer, whole, task)
    rest = Pile(bytes(whole.data[:123_457]))
    fetched = fetch_blob(client, "team/app", layer, rest, task)
    assert rest.data == whole.data
    assert (fetched.resumed, fetched.received) == (123_457, layer.size - 123_457)


def test_tags_are_listed_in_the_order_people_count(client: Client, task: Task) -> None:
    assert [tag.name for page in client.tags("team/app", task) for tag in page] == ["1.9", "1.10"]


def test_repositories_are_found_by_a_part_of_their_name(
    registries: Registries, far: RealRegistry, task: Task
) -> None:
    assert registries.search(far.host, "APP", 10, task) == (Found("team/app"),)
    everything = registries.search(far.host, "", 10, task)
    assert [found.name for found in everything] == ["other/thing", "team/app"]


def test_what_is_not_there_is_said(client: Client, far: RealRegistry, task: Task) -> None:
    with pytest.raises(TagNotFound) as caught:
        client.resolve(Reference.parse(f"{far.host}/team/app:1.1"), task)
    assert caught.value.nearest[0] in {"1.9", "1.10"}
    with pytest.raises(RepositoryNotFound):
        client.resolve(Reference.parse(f"{far.host}/team/nope:1"), task)


def test_a_stranger_is_told_to_sign_in(
    far: RealRegistry, config: RegistryConfig, task: Task
) -> None:
    if far.ca is None:
        Registries(replace(config, credentials=Logins(None))).client(far.host).ping(task)
        return
    for login in (None, Login(USER, "wrong")):
        registries = Registries(replace(config, credentials=Logins(login)))
        with pytest.raises(SignInNeeded):
            registries.client(far.host).resolve(Reference.parse(f"{far.host}/team/app:1.9"), task)
        registries.close()
    with pytest.raises(NotTrusted):
        Registries(replace(config, ca_files={})).client(far.host).ping(task)
