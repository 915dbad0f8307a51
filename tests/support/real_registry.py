"""Debian's docker-registry on a free loopback port, plain or with a password and TLS."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER = "ada"
PASSWORD = "s3cret:with-colon"
_CONFIG = """\
version: 0.1
log: {{level: error}}
storage:
  filesystem: {{rootdirectory: {data}}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
"""
_HTPASSWD = """\
  tls: {{certificate: {folder}/server.pem, key: {folder}/server.key}}
auth:
  htpasswd: {{realm: test, path: {folder}/htpasswd}}
"""


@dataclass(frozen=True, slots=True)
class RealRegistry:
    """``host`` is 127.0.0.1:port; ``ca`` is the CA file where it speaks TLS."""

    port: int
    folder: Path
    ca: Path | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def push(self, source: str, name: str, *options: str) -> None:
        """Copy an image into it with skopeo: ``push("oci:/layout:app", "team/app:1")``."""
        signed_in = [f"--dest-creds={USER}:{PASSWORD}"] if self.ca else []
        unsafe = "--dest-tls-verify=false"
        skopeo_copy(source, f"docker://{self.host}/{name}", unsafe, *signed_in, *options)


@contextmanager
def real_registry(
    folder: Path, *, protected: bool = False, mirror_of: str = ""
) -> Iterator[RealRegistry]:
    """A running registry with its data in ``folder``; protected means htpasswd and TLS by an own
    CA (``folder/ca.pem``).  ``mirror_of`` is the host that it fills itself from, by plain HTTP."""
    folder.mkdir(parents=True, exist_ok=True)
    if protected:
        make_certificates(folder)
        line = run("htpasswd", "-Bbn", USER, PASSWORD).strip()
        (folder / "htpasswd").write_text(line + "\n")
    port = free_port()
    config = _CONFIG.format(data=folder / "data", port=port)
    if protected:
        config += _HTPASSWD.format(folder=folder)
    if mirror_of:
        config += f"proxy:\n  remoteurl: http://{mirror_of}\n"
    (folder / "config.yml").write_text(config)
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            [tool("docker-registry"), "serve", str(folder / "config.yml")],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    registry = RealRegistry(port, folder, folder / "ca.pem" if protected else None)
    try:
        _await(registry, process)
        yield registry
    finally:
        process.terminate()
        process.wait(10)


def make_certificates(folder: Path) -> None:
    """``ca.pem`` and, signed by it for 127.0.0.1 and localhost, ``server.pem`` and ``.key``."""
    names = folder / "names.cnf"
    names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    ca_key, ca, key = folder / "ca.key", folder / "ca.pem", folder / "server.key"
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    authority = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    run(
        "openssl", "req", "-x509", *new_key, "-days", "2", "-subj", "/CN=Test CA", *authority,
        "-keyout", str(ca_key), "-out", str(ca),
    )  # fmt: skip
    request = folder / "server.csr"
    run(
        "openssl", "req", *new_key, "-subj", "/CN=127.0.0.1",
        "-keyout", str(key), "-out", str(request),
    )  # fmt: skip
    run(
        "openssl", "x509", "-req", "-in", str(request), "-CA", str(ca), "-CAkey", str(ca_key),
        "-CAcreateserial", "-days", "2", "-extfile", str(names),
        "-out", str(folder / "server.pem"),
    )  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def skopeo_copy(source: str, target: str, *options: str) -> None:
    """``skopeo copy``, from one of its transports to another."""
    run("skopeo", "copy", "--quiet", "--insecure-policy", *options, source, target)


def run(program: str, *words: str | Path) -> str:
    """What the program says; its complaint, should it fail."""
    arguments = [tool(program), *map(str, words)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{program} failed: {done.stderr}"
    return done.stdout


def tool(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert found is not None, f"{name} is not installed"
    return found


def _await(registry: RealRegistry, process: subprocess.Popen[bytes]) -> None:
    """Until it answers; at most 20 seconds."""
    limit = time.monotonic() + 20
    while True:
        assert process.poll() is None, (registry.folder / "registry.log").read_text()
        try:
            if registry.ca:
                context = ssl.create_default_context(cafile=str(registry.ca))
                connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                    "127.0.0.1", registry.port, timeout=5, context=context
                )
            else:
                connection = http.client.HTTPConnection("127.0.0.1", registry.port, timeout=5)
            connection.request("GET", "/v2/")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            assert time.monotonic() < limit, "docker-registry does not answer"
            process_gone = process.poll() is not None
            if not process_gone:
                time.sleep(0.05)
