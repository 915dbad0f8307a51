"""Makes the bundled sample: two small images that share layers, and show every kind of change.

    python packaging/sample_image.py resources/layerscope_assets/sample/sample.oci.tar

The result is the same on every machine, but for what the local zlib makes of the layers.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

EPOCH = 1_767_261_600  # 1 January 2026, 10:00 UTC
DAY = 86_400


@dataclass
class Layer:
    """One layer tar in the making; ``day`` is when it claims to have been built."""

    day: int
    buffer: io.BytesIO = field(default_factory=io.BytesIO)

    def __post_init__(self) -> None:
        self.tar = tarfile.TarFile(fileobj=self.buffer, mode="w", format=tarfile.PAX_FORMAT)

    @property
    def time(self) -> int:
        return EPOCH + self.day * DAY

    def folder(self, *names: str, mode: int = 0o755) -> None:
        for name in names:
            self._add(name + "/", tarfile.DIRTYPE, mode)

    def file(self, name: str, content: str | bytes, mode: int = 0o644, uid: int = 0) -> None:
        data = content.encode() if isinstance(content, str) else content
        self._add(name, tarfile.REGTYPE, mode, data=data, uid=uid)

    def symlink(self, name: str, target: str) -> None:
        self._add(name, tarfile.SYMTYPE, 0o777, link=target)

    def hardlink(self, name: str, target: str) -> None:
        self._add(name, tarfile.LNKTYPE, 0o755, link=target)

    def whiteout(self, name: str) -> None:
        folder, _, base = name.rpartition("/")
        self._add(f"{folder}/.wh.{base}", tarfile.REGTYPE, 0o644)

    def opaque(self, folder: str) -> None:
        self._add(f"{folder}/.wh..wh..opq", tarfile.REGTYPE, 0o644)

    def finished(self) -> bytes:
        self.tar.close()
        return self.buffer.getvalue()

    def _add(
        self, name: str, kind: bytes, mode: int, data: bytes = b"", link: str = "", uid: int = 0
    ) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.linkname, info.size = kind, mode, link, len(data)
        info.uid = info.gid = uid
        info.mtime = self.time
        self.tar.addfile(info, io.BytesIO(data))


#: The command of a history entry, and what makes its layer; None for metadata only.
Step = tuple[str, Callable[[], Layer] | None]


def noise(seed: str, size: int) -> bytes:
    """Bytes that do not compress, the same every time."""
    out = bytearray()
    while len(out) < size:
        out += hashlib.sha512(f"{seed}{len(out)}".encode()).digest()
    return bytes(out[:size])


PASSWD = """root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""

GREET = """#!/bin/sh
# Says hello; layer 3 only changes its mode, and the whole file is stored again.
name=${1:-world}
echo "Hello, $name, from $(cat /etc/hostname)."
"""

MANUAL = """{title}

An image is a stack of read-only layers.  A process sees them merged into one file system: every
path is looked up from the top layer down, and the first hit wins.

This page is part of the base layer.  A later step deletes it with a whiteout: it disappears from
the merged view, but its bytes stay in layer 1 and travel with every pull.
"""


def base() -> Layer:
    layer = Layer(0)
    layer.folder(
        "etc", "usr", "usr/bin", "usr/lib", "usr/share", "usr/share/doc", "var", "var/cache"
    )
    layer.folder("root", mode=0o700)
    layer.folder("tmp", mode=0o1777)
    layer.symlink("bin", "usr/bin")
    layer.symlink("lib", "usr/lib")
    layer.file("etc/hostname", "sample\n")
    layer.file("etc/passwd", PASSWD)
    layer.file("etc/motd", "Welcome.  Nothing in this image runs by itself.\n")
    layer.file("etc/os-release", 'NAME="Layerscope Sample"\nID=sample\nVERSION_ID=1\n')
    layer.file("usr/bin/sh", b"\x7fELF" + noise("sh", 24_000), 0o755)
    layer.file("usr/bin/greet", GREET)
    layer.file("usr/lib/libsample.so.1", b"\x7fELF" + noise("lib", 36_000), 0o755)
    layer.symlink("usr/lib/libsample.so", "libsample.so.1")
    for title in ("Layers", "Whiteouts", "Copy on write", "Tags", "Digests", "Pruning"):
        name = title.lower().replace(" ", "-")
        layer.file(f"usr/share/doc/{name}.txt", MANUAL.format(title=title) * 12)
    layer.folder("var/cache/packages")
    for number in range(1, 5):
        layer.file(f"var/cache/packages/part-{number}.bin", noise(f"cache{number}", 4_000))
    return layer


def tools() -> Layer:
    layer = Layer(3)
    layer.folder("etc", "usr", "usr/bin", "usr/share", "usr/share/tools")
    layer.file("etc/passwd", PASSWD + "app:x:1000:1000::/app:/bin/sh\n")
    layer.file("usr/bin/count", b"\x7fELF" + noise("count", 18_000), 0o755)
    layer.hardlink("usr/bin/count-lines", "usr/bin/count")
    layer.hardlink("usr/bin/count-words", "usr/bin/count")
    layer.file("usr/share/tools/words.txt", "\n".join(f"word {n}" for n in range(900)) + "\n")
    return layer


def permissions() -> Layer:
    layer = Layer(3)
    layer.folder("usr", "usr/bin")
    layer.file("usr/bin/greet", GREET, 0o755)
    return layer


def application(version: str, day: int) -> Layer:
    layer = Layer(day)
    layer.folder("app", "app/static")
    layer.file("app/main.py", f'VERSION = "{version}"\n\nprint("This is", VERSION)\n', uid=1000)
    layer.file("app/settings.ini", "[server]\nport = 8080\nworkers = 2\n", uid=1000)
    layer.file("app/.env", "SECRET=hunter2\n", 0o600, uid=1000)
    layer.file("app/static/logo.bin", noise("logo" + version, 9_000), uid=1000)
    layer.file("app/static/style.css", "body { margin: 0 }\n" * 40, uid=1000)
    return layer


def clean_up() -> Layer:
    layer = Layer(21)
    layer.folder("app", "usr", "usr/share", "var", "var/cache", "var/cache/packages")
    layer.whiteout("app/.env")
    layer.whiteout("usr/share/doc")
    layer.opaque("var/cache/packages")
    layer.file("var/cache/packages/index", "empty since the last clean-up\n")
    return layer


def blob(data: bytes) -> tuple[str, bytes]:
    return hashlib.sha256(data).hexdigest(), data


def image(steps: list[Step], created: int) -> tuple[dict[str, object], dict[str, bytes]]:
    """The manifest's descriptor, and all blobs by their hex digest."""
    blobs: dict[str, bytes] = {}
    layers, diff_ids, history = [], [], []
    for created_by, make in steps:
        layer = make() if make else None
        day = layer.day if layer else created
        step: dict[str, object] = {"created": stamp(day), "created_by": created_by}
        if layer is None:
            step["empty_layer"] = True
        else:
            tar = layer.finished()
            hexed, data = blob(gzip.compress(tar, 9, mtime=0))
            blobs[hexed] = data
            layers.append(
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "digest": f"sha256:{hexed}",
                    "size": len(data),
                }
            )
            diff_ids.append("sha256:" + hashlib.sha256(tar).hexdigest())
        history.append(step)
    config = {
        "created": stamp(created),
        "author": "Layerscope",
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "User": "app",
            "Env": ["PATH=/usr/bin", "GREETING=hello"],
            "Cmd": ["greet", "student"],
            "WorkingDir": "/app",
            "ExposedPorts": {"8080/tcp": {}},
            "Labels": {"org.opencontainers.image.title": "Layerscope sample"},
        },
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": history,
    }
    config_hex, config_data = blob(dump(config))
    blobs[config_hex] = config_data
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": f"sha256:{config_hex}",
            "size": len(config_data),
        },
        "layers": layers,
    }
    manifest_hex, manifest_data = blob(dump(manifest))
    blobs[manifest_hex] = manifest_data
    descriptor = {
        "mediaType": manifest["mediaType"],
        "digest": f"sha256:{manifest_hex}",
        "size": len(manifest_data),
    }
    return descriptor, blobs


def stamp(day: int) -> str:
    return datetime.fromtimestamp(EPOCH + day * DAY, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dump(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()


def named(descriptor: dict[str, object], reference: str) -> dict[str, object]:
    annotations = {
        "io.containerd.image.name": reference,
        "org.opencontainers.image.ref.name": reference,
    }
    return {**descriptor, "annotations": annotations}


def sample() -> dict[str, bytes]:
    """The members of the archive by name."""
    start: list[Step] = [
        ("/bin/sh -c #(nop) ADD file:rootfs.tar in / ", base),
        ("/bin/sh -c #(nop)  ENV PATH=/usr/bin GREETING=hello", None),
        ("RUN /bin/sh -c install-tools && adduser app # buildkit", tools),
        ("RUN /bin/sh -c chmod +x /usr/bin/greet # buildkit", permissions),
    ]
    end: list[Step] = [
        ("WORKDIR /app", None),
        ("USER app", None),
        ('CMD ["greet" "student"]', None),
    ]
    copy = "COPY . /app # buildkit"
    remove = "RUN /bin/sh -c rm -rf /app/.env /usr/share/doc && clean-cache # buildkit"
    old, old_blobs = image([*start, (copy, lambda: application("0.9", 14)), *end], 14)
    new, new_blobs = image(
        [*start, (copy, lambda: application("1.0", 20)), (remove, clean_up), *end], 21
    )
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            named(new, "localhost/sample:1.0"),
            named(new, "localhost/sample:latest"),
            named(old, "localhost/sample:0.9"),
        ],
    }
    members = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": dump(index)}
    for hexed, data in sorted({**old_blobs, **new_blobs}.items()):
        members[f"blobs/sha256/{hexed}"] = data
    return members


def main(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sample().items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), EPOCH
            tar.addfile(info, io.BytesIO(data))
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
