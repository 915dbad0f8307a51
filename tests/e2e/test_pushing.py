"""Images given to real registries and read back by skopeo; logins that others read too."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine
from support.cutting_proxy import CuttingProxy
from support.far_side import FarSide
from support.push_memory import peak_of_push
from support.real_registry import PASSWORD, USER, RealRegistry, run

PUSHED = {
    "reference", "digest", "uploaded", "mounted", "layers", "index", "platforms", "sent_twice",
    "replaced", "notes",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_logins_of_podman(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)


def _skopeo(registry: RealRegistry, *arguments: str) -> str:
    """skopeo, signed in and trusting the registry's CA, or without TLS."""
    verb, *rest = arguments
    prefix = "--src-" if verb == "copy" else "--"
    if registry.ca is None:
        return run("skopeo", verb, f"{prefix}tls-verify=false", *rest)
    certificates = registry.folder / "certs"
    certificates.mkdir(exist_ok=True)
    (certificates / "ca.crt").write_bytes(registry.ca.read_bytes())
    signed_in = (f"{prefix}cert-dir={certificates}", f"{prefix}creds={USER}:{PASSWORD}")
    return run("skopeo", verb, *signed_in, *rest)


def _typed(shell: CommandLine, text: str, *arguments: str) -> tuple[int, str, str]:
    """A command with ``text`` on its standard input."""
    done = subprocess.run(
        [*shell.program, *arguments],
        env=shell.environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def _all_files(folder: Path) -> dict[str, str]:
    """Every file of a copy by skopeo that is named by its digest, and its real digest."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if len(path.name) == 64
    }


@pytest.mark.parametrize("kind", ["plain", "protected"])
@pytest.mark.parametrize("image", ["shop/web:latest", "shop/docker:latest", "shop/zstd:1.1"])
def test_an_image_goes_round_byte_for_byte(
    kind: str, image: str, shell: CommandLine, far: FarSide, tmp_path: Path
) -> None:
    registry: RealRegistry = getattr(far, kind)
    shell.json("pull", f"{far.plain.host}/{image}")
    target = f"{registry.host}/round/{kind}:{image.replace('/', '-').replace(':', '-')}"
    pushed = shell.json("push", f"{far.plain.host}/{image}", target)
    assert set(pushed) == PUSHED
    assert {layer["status"] for layer in pushed["layers"]} <= {"pushed", "exists", "mounted"}
    raw = _skopeo(registry, "inspect", "--raw", f"docker://{target}").encode()
    source = _skopeo(far.plain, "inspect", "--raw", f"docker://{far.plain.host}/{image}").encode()
    assert raw == source
    assert pushed["digest"] == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    copied = tmp_path / "copied"
    _skopeo(registry, "copy", "--quiet", "--insecure-policy", f"docker://{target}", f"dir:{copied}")
    files = _all_files(copied)
    assert len(files) >= 4
    assert all(name == digest for name, digest in files.items())
    again = shell.json("push", f"{far.plain.host}/{image}", target)
    assert again["uploaded"] == 0
    assert {layer["status"] for layer in again["layers"]} == {"exists"}


def test_a_whole_index_goes_with_all_its_platforms_and_half_of_one_does_not(
    shell: CommandLine, far: FarSide
) -> None:
    name = f"{far.plain.host}/multi/app:1"
    target = f"{far.protected.host}/whole/app:1"
    shell.json("pull", name, "--platform", "linux/amd64")
    half = shell.json("push", name, target)
    assert (half["index"], half["platforms"]) == (False, ["linux/amd64"])
    assert "Only linux/amd64 is pushed: of the 2 manifests of its index, 1" in half["notes"][0]
    shell.json("pull", name, "--platform", "linux/arm64")
    plan = shell.json("push", "--dry-run", name, target)
    assert plan["replaces"] == half["digest"]
    assert plan["signed_in_as"] == USER
    assert {layer["state"] for layer in plan["layers"]} == {"exists", "upload"}
    whole = shell.json("push", name, target)
    assert (whole["index"], whole["platforms"]) == (True, ["linux/amd64", "linux/arm64"])
    assert whole["replaced"] == half["digest"]
    raw = _skopeo(far.protected, "inspect", "--raw", f"docker://{target}")
    assert raw == _skopeo(far.plain, "inspect", "--raw", f"docker://{name}")
    for child in json.loads(raw)["manifests"]:
        by_digest = f"docker://{far.protected.host}/whole/app@{child['digest']}"
        assert json.loads(_skopeo(far.protected, "inspect", by_digest))["Digest"]


def test_layers_of_another_repository_are_mounted(shell: CommandLine, far: FarSide) -> None:
    name = f"{far.plain.host}/shop/web:1.1"
    shell.json("pull", name)
    plan = shell.json("push", "--dry-run", name, f"{far.plain.host}/mounted/web:1")
    assert {layer["state"] for layer in plan["layers"]} == {"mount"}
    pushed = shell.json("push", name, f"{far.plain.host}/mounted/web:1")
    assert {layer["status"] for layer in pushed["layers"]} == {"mounted"}
    assert {layer["mounted_from"] for layer in pushed["layers"]} == {"shop/web"}
    assert pushed["mounted"] == sum(layer["size"] for layer in pushed["layers"])


def test_a_push_survives_cut_connections_and_says_what_went_twice(
    shell: CommandLine, far: FarSide
) -> None:
    """This registry forgets an upload whose request breaks off, so that what was sent of the layer
    goes again."""
    name = f"{far.plain.host}/shop/web:1.0"
    shell.json("pull", name)
    with CuttingProxy(far.plain.port, 900_000, 1_700_000) as proxy:
        pushed = shell.json("push", name, f"{proxy.host}/cut/web:1", "--plain-http", proxy.host)
        assert proxy.broken == 2
    size = sum(layer["size"] for layer in pushed["layers"])
    assert pushed["sent_twice"] >= 2_000_000
    assert 0 <= pushed["uploaded"] - pushed["sent_twice"] - size < 10_000  # the config
    raw = _skopeo(far.plain, "inspect", "--raw", f"docker://{far.plain.host}/cut/web:1")
    assert pushed["digest"] == f"sha256:{hashlib.sha256(raw.encode()).hexdigest()}"


def test_a_large_layer_is_pushed_in_little_memory(
    shell: CommandLine, far: FarSide, tmp_path: Path
) -> None:
    for name, size in (("small", 10_000), ("large", 200_000_000)):
        (tmp_path / "data").write_bytes(random.Random(size).randbytes(size))
        with tarfile.open(tmp_path / f"{name}.tar", "w") as tar:
            tar.add(tmp_path / "data", "data")
        shell.json("import", str(tmp_path / f"{name}.tar"), f"{name}:1", "--compression", "none")
    target = f"{far.plain.host}/memory/app"
    peak = peak_of_push(shell.store, "small:1", "large:1", target, far.plain.host)
    print(f"200 MB pushed with {peak:.1f} MiB more")
    assert peak < 32


def test_a_damaged_layer_is_not_pushed(shell: CommandLine, far: FarSide) -> None:
    name = f"{far.plain.host}/shop/web:1.0"
    (layer,) = shell.json("pull", name)["layers"]
    blob = shell.store / "blobs" / layer["digest"].replace(":", "/")
    data = bytearray(blob.read_bytes())
    data[1000] ^= 1
    blob.chmod(0o644)
    blob.write_bytes(data)
    said = shell.refused("push", name, f"{far.protected.host}/damaged/web:1")
    assert "damaged in the store and was not pushed" in said


# Signing in


def _forget_logins(home: Path) -> Path:
    config = home / "docker" / "config.json"
    config.unlink()
    return config


def test_a_login_is_checked_kept_and_read_by_skopeo(
    shell: CommandLine, far: FarSide, home: Path
) -> None:
    config = _forget_logins(home)
    host = far.protected.host
    shell.json("pull", f"{far.plain.host}/shop/web:1.0")
    target = f"{host}/login/web:1"
    said = shell.refused("push", f"{far.plain.host}/shop/web:1.0", target)
    assert f"Sign in to push to login/web. {host} did not allow anonymous access." in said
    status, _out, err = _typed(shell, "wrong", "login", host, "-u", USER, "--password-stdin")
    assert (status, "did not accept this user name and password" in err) == (1, True)
    status, _out, err = _typed(shell, PASSWORD, "login", host, "-u", USER, "--password-stdin")
    assert (status, "there is no safe place to keep it in" in err) == (1, True)
    assert not config.exists()
    arguments = ("login", host, "-u", USER, "--password-stdin", "--plain-text", "--json")
    status, out, _err = _typed(shell, f"{PASSWORD}\n", *arguments)
    answer: dict[str, Any] = json.loads(out)
    assert (status, answer["kept"], answer["where"]) == (0, "plain-text", str(config))
    secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert config.read_text() == (
        f'{{\n\t"auths": {{\n\t\t"{host}": {{\n\t\t\t"auth": "{secret}"\n\t\t}}\n\t}}\n}}'
    )
    assert config.stat().st_mode & 0o777 == 0o600
    shell.json("push", f"{far.plain.host}/shop/web:1.0", target)
    certificates = far.protected.folder / "certs"
    certificates.mkdir(exist_ok=True)
    (certificates / "ca.crt").write_bytes(Path(str(far.protected.ca)).read_bytes())
    options = (f"--cert-dir={certificates}", f"--authfile={config}")
    assert json.loads(run("skopeo", "inspect", *options, f"docker://{target}"))["Digest"]
    assert run("skopeo", "login", "--get-login", f"--authfile={config}", host).strip() == USER
    said_out, _err = shell.run("logout", host)
    assert f"Removed the login for {host} from {config}." in said_out.decode()
    assert config.read_text() == '{\n\t"auths": {}\n}'


def test_a_logout_tells_of_logins_that_other_programs_keep(
    shell: CommandLine, far: FarSide, home: Path
) -> None:
    host = far.protected.host
    other = home / "containers" / "auth.json"
    other.parent.mkdir()
    other.write_bytes((home / "docker" / "config.json").read_bytes())
    before = other.read_bytes()
    answer = shell.json("logout", host)
    assert answer["removed"] == [str(home / "docker" / "config.json")]
    assert answer["remaining"] == [str(other)]
    assert other.read_bytes() == before
    assert shell.json("logout", host)["removed"] == []


def test_no_password_is_taken_from_the_command_line(shell: CommandLine, far: FarSide) -> None:
    for option in ("-p", "--password"):
        said = shell.refused("login", far.protected.host, "-u", USER, option, PASSWORD, status=2)
        assert "--password-stdin" in said
        assert PASSWORD not in said
    said = shell.refused("login", far.protected.host, "-u", USER, status=2)
    assert "Nobody can be asked" in said


def test_a_login_leaves_the_password_nowhere_but_where_it_is_kept(
    shell: CommandLine, far: FarSide, home: Path
) -> None:
    config = home / "docker" / "config.json"
    host = far.protected.host
    arguments = ("login", host, "-u", USER, "--password-stdin", "--plain-text")
    _status, out, err = _typed(shell, PASSWORD, *arguments)
    shell.json("pull", f"{far.plain.host}/shop/web:1.0")
    shell.json("push", f"{far.plain.host}/shop/web:1.0", f"{host}/canary/web:1")
    secret = base64.b64encode(f"{USER}:{PASSWORD}".encode())
    assert PASSWORD not in out + err
    for path in home.rglob("*"):
        if path.is_file() and path != config:
            data = path.read_bytes()
            assert PASSWORD.encode() not in data, path
            assert secret not in data, path


def test_registries_are_listed_with_who_we_are(shell: CommandLine, far: FarSide) -> None:
    rows = {row["registry"]: row for row in shell.json("registries", "--test")}
    plain, protected = rows[far.plain.host], rows[far.protected.host]
    assert (plain["state"], plain["signed_in_as"], plain["encrypted"]) == ("anonymous", None, False)
    assert (protected["state"], protected["encrypted"]) == ("signed-in", True)
    assert protected["signed_in_as"] == USER
    assert protected["ca_file"] == str(far.protected.ca)
