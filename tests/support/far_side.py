"""The registries that the end-to-end tests pull from, filled by buildah and skopeo.

    with far_side(folder) as far:
        far.plain.host      # anonymous, plain HTTP
        far.protected.host  # htpasswd and TLS by an own CA

Both hold the same images:

    shop/web:1.0       one layer
    shop/web:1.1       two more: changes, chmod, rm, links and odd names, by buildah
    shop/web:latest    one more, with an opaque folder and a deleted tree, put on by hand
    shop/docker:latest the same as a Docker v2s2 manifest
    shop/zstd:1.1      1.1 with zstd layers
    multi/app:1        an index of amd64 and arm64
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support import tars
from support.programs import environment
from support.real_registry import RealRegistry, real_registry, run, skopeo_copy, tool

#: Every image of each registry, as ``repository:tag``.
IMAGES = (
    "shop/web:1.0",
    "shop/web:1.1",
    "shop/web:latest",
    "shop/docker:latest",
    "shop/zstd:1.1",
    "multi/app:1",
)
NOT_UTF8 = b"caf\xe9.txt"
STEERING = "two\nlines\u202egpj.exe".encode()
_MADE = "made"


@dataclass(frozen=True)
class FarSide:
    """``layouts`` holds one OCI layout folder of what was pushed, by ``repository:tag``."""

    plain: RealRegistry
    protected: RealRegistry
    layouts: Path

    def layout(self, image: str) -> Path:
        return self.layouts / image.replace("/", "_").replace(":", "_")


@contextmanager
def far_side(folder: Path) -> Iterator[FarSide]:
    layouts = folder / "layouts"
    _build(layouts)
    with (
        real_registry(folder / "plain") as plain,
        real_registry(folder / "protected", protected=True) as protected,
    ):
        far = FarSide(plain, protected, layouts)
        for registry in (plain, protected):
            for image in IMAGES:
                options = ["--all"] if image.startswith("multi/") else []
                options += ["--format=v2s2"] if image.startswith("shop/docker") else []
                registry.push(f"oci:{far.layout(image)}:{_MADE}", image, *options)
        yield far


def _build(layouts: Path) -> None:
    """Runs this file as a program, inside buildah's user namespace unless we are root."""
    inside = [] if os.geteuid() == 0 else [tool("buildah"), "unshare"]
    done = subprocess.run(
        [*inside, sys.executable, "-m", "support.far_side", str(layouts)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# The images, in that process


@dataclass(frozen=True)
class Buildah:
    """Makes images step by step in a storage of its own."""

    work: Path

    def __call__(self, *arguments: str) -> str:
        folders = ("--root", str(self.work / "root"), "--runroot", str(self.work / "run"))
        return run("buildah", *folders, "--storage-driver", "vfs", *arguments).strip()

    def step(self, base: str, name: str, words: str, change: Callable[[Path], None]) -> None:
        """One layer: ``change`` works in the file system of ``base``."""
        container = self("from", base)
        change(Path(self("mount", container)))
        config = ("--created-by", words, "--cmd", "/bin/tool", "--env", "SHOP=open", "--port", "80")
        self("config", *config, "--label", "made-by=tests", container)
        self("commit", "-q", container, name)
        self("rm", container)

    def write(self, image: str, layout: Path) -> None:
        self("push", "-q", image, f"oci:{layout}:{_MADE}")


def build(layouts: Path) -> None:
    """Make all layouts.  Must be root, or as good as root in a user namespace."""
    os.environ["BUILDAH_ISOLATION"] = "chroot"
    layouts.mkdir(parents=True)
    work = layouts / "work"
    buildah = Buildah(work)
    buildah.step("scratch", "localhost/web:1.0", "ADD rootfs.tar /", _first)
    buildah.step("localhost/web:1.0", "localhost/web:two", "RUN adduser app && rm doc", _second)
    buildah.step("localhost/web:two", "localhost/web:1.1", "RUN ln -s and odd names", _third)
    buildah.write("localhost/web:1.0", layouts / "shop_web_1.0")
    buildah.write("localhost/web:1.1", layouts / "shop_web_1.1")
    _repack(layouts / "shop_web_1.1", layouts / "shop_zstd_1.1")
    _latest(layouts / "shop_web_1.1", layouts / "shop_web_latest")
    shutil.copytree(layouts / "shop_web_latest", layouts / "shop_docker_latest")
    _multi(buildah, layouts / "multi_app_1")
    shutil.rmtree(work)


def _first(root: Path) -> None:
    for name in ("bin", "etc", "usr/share/doc/tool", "usr/lib", "var/cache/lists", "tmp"):
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/motd").write_text("Welcome.\n")
    (root / "bin/tool").write_bytes(b"\x7fELF" + _noise(40_000))
    (root / "bin/tool").chmod(0o644)
    (root / "usr/lib/big.bin").write_bytes(_noise(2_500_000))
    for number in range(40):
        (root / f"usr/share/doc/tool/page-{number:02}.txt").write_text(f"Page {number}.\n" * 30)
        (root / f"var/cache/lists/list-{number:02}").write_bytes(_noise(900))
    (root / "usr/share/doc/readme").write_text("Read me.\n")


def _second(root: Path) -> None:
    with (root / "etc/passwd").open("a") as file:
        file.write("app:x:1000:1000::/app:/bin/sh\n")
    (root / "bin/tool").chmod(0o4755)
    (root / "usr/share/doc/readme").unlink()
    shutil.rmtree(root / "usr/share/doc/tool")
    (root / "app").mkdir()
    (root / "app/main.py").write_text('print("open")\n')
    os.chown(root / "app/main.py", 1000, 1000)
    (root / "app/data.bin").write_bytes(_noise(300_000))


def _third(root: Path) -> None:
    os.link(root / "app/main.py", root / "app/again.py")
    (root / "app/current").symlink_to("main.py")
    (root / "sbin").symlink_to("bin")
    (root / "app/empty").mkdir(mode=0o700)
    for name in (NOT_UTF8, STEERING):
        with open(os.path.join(os.fsencode(root / "app"), name), "wb") as file:
            file.write(name)


def _repack(source: Path, target: Path) -> None:
    zstd = ("--dest-compress", "--dest-compress-format", "zstd")
    skopeo_copy(f"oci:{source}:{_MADE}", f"oci:{target}:{_MADE}", *zstd)


def _latest(source: Path, target: Path) -> None:
    """One layer more, written by hand: buildah makes no opaque markers."""
    layer = tars.tar(
        tars.member(b"var/", type=b"5", mode=0o755),
        tars.member(b"var/cache/", type=b"5", mode=0o755),
        tars.member(b"var/cache/lists/", type=b"5", mode=0o755),
        tars.member(b"var/cache/lists/.wh..wh..opq"),
        tars.member(b"var/cache/lists/fresh", b"fresh\n"),
        tars.member(b"usr/", type=b"5", mode=0o755),
        tars.member(b"usr/share/", type=b"5", mode=0o755),
        tars.member(b"usr/share/.wh.doc"),
        tars.member(b"etc/", type=b"5", mode=0o755),
        tars.member(b"etc/motd", b"Welcome, all.\n"),
    )
    packed = gzip.compress(layer, mtime=0)
    shutil.copytree(source, target)
    index = json.loads((target / "index.json").read_bytes())
    (entry,) = index["manifests"]
    manifest = json.loads(_blob(target, entry["digest"]).read_bytes())
    config = json.loads(_blob(target, manifest["config"]["digest"]).read_bytes())
    config["rootfs"]["diff_ids"].append(f"sha256:{hashlib.sha256(layer).hexdigest()}")
    words = "RUN rm -rf /usr/share/doc && clean-lists"
    config["history"].append({"created": config["created"], "created_by": words})
    manifest["layers"].append({**manifest["layers"][0], **_put(target, packed)})
    manifest["config"] = {**manifest["config"], **_put(target, json.dumps(config).encode())}
    entry.update(_put(target, json.dumps(manifest).encode()))
    (target / "index.json").write_text(json.dumps(index))


def _multi(buildah: Buildah, layout: Path) -> None:
    buildah("manifest", "create", "localhost/multi:1")
    for architecture in ("amd64", "arm64"):
        container = buildah("from", "scratch")
        root = Path(buildah("mount", container))
        (root / "arch").write_text(f"{architecture}\n")
        (root / "noise").write_bytes(random.Random(architecture).randbytes(120_000))
        buildah("config", "--arch", architecture, "--os", "linux", container)
        buildah("commit", "-q", container, f"localhost/multi:{architecture}")
        buildah("rm", container)
        buildah("manifest", "add", "localhost/multi:1", f"localhost/multi:{architecture}")
    buildah("manifest", "push", "-q", "--all", "localhost/multi:1", f"oci:{layout}:{_MADE}")


def _put(layout: Path, data: bytes) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    _blob(layout, digest).write_bytes(data)
    return {"digest": digest, "size": len(data)}


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
