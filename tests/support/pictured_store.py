"""A store as a person has it after a while, for pictures of the window."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

from layerscope.engine.library.door import open_library
from layerscope.engine.task import Task
from support import archives, tars
from support.far_side import FarSide

SHOP = "docker.io/acme/shop-web"
SAMPLE = "localhost/sample:1.0"


def fill(store: Path, far: FarSide) -> None:
    """Several repositories, aliases, a dangling image, long names."""
    shelf = open_library(store)
    shelf.load_sample(task=Task())
    host = far.plain.host
    for image, name in (
        ("shop/web:1.0", f"{SHOP}:1.2"),
        ("shop/web:1.1", f"{SHOP}:1.3"),
        ("shop/web:latest", f"{SHOP}:1.4"),
        ("shop/zstd:1.1", "ghcr.io/acme/shop-web:zstd"),
        ("multi/app:1", "docker.io/library/tool:1"),
    ):
        shelf.pull(f"{host}/{image}", task=Task())
        shelf.tag(f"{host}/{image}", name, task=Task())
        shelf.untag(f"{host}/{image}", task=Task())
    shelf.tag(f"{SHOP}:1.4", f"{SHOP}:latest", task=Task())
    shelf.pull(f"{host}/multi/app:1", "linux/arm64", task=Task())
    shelf.untag(f"{host}/multi/app:1", task=Task())
    with tempfile.TemporaryDirectory() as folder:
        layout = archives.Layout()
        files = layout.whole(layout.image("an image that no name is left of"), _long_names(layout))
        shelf.load(archives.as_folder(files, Path(folder)), task=Task())
    for name in (SAMPLE, f"{SHOP}:1.4", f"{SHOP}:1.3", f"{SHOP}:1.2", "tool:1", "long:1"):
        shelf.browse(name, task=Task())


def _long_names(layout: archives.Layout) -> dict[str, object]:
    long = "a-folder-with-a-name-that-goes-on-and-on-" * 3
    members = [
        tars.member(b"short/", type=b"5", mode=0o755),
        tars.pax({b"path": f"{long}/".encode()}),
        tars.member(b"x/", type=b"5", mode=0o755),
        tars.pax({b"path": f"{long}/{'file-' * 30}.tar.gz".encode()}),
        tars.member(b"x", bytes(12_345)),
        tars.pax({b"path": f"{long}/两行\nnext\u202egpj.exe & <b>bold</b>.txt".encode()}),
        tars.member(b"x", b"data\n"),
        tars.pax({b"linkpath": f"/{long}/{'file-' * 30}.tar.gz".encode()}),
        tars.member(b"short/link", type=b"2", mode=0o777),
        tars.member(b"short/caf\xe9", b"latin"),
    ]
    layer = tars.tar(*members)
    words = "RUN " + " && ".join(f"step-{number} --with-a-long-option=value" for number in range(9))
    config = archives.config([layer], history=[{"created_by": words}])
    manifest = {
        "schemaVersion": 2,
        "mediaType": archives.OCI_MANIFEST,
        "config": layout.blob(config, archives.OCI_CONFIG),
        "layers": [layout.blob(gzip.compress(layer, mtime=0), archives.OCI_LAYER_GZIP)],
    }
    name = {archives.REF_NAME: "docker.io/library/long:1"}
    return layout.blob(json.dumps(manifest).encode(), archives.OCI_MANIFEST, annotations=name)
