"""What skopeo writes today is read; the same image comes out of every format."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from layerscope.engine.archive import open_archive
from layerscope.engine.task import Task
from support import archives

pytestmark = pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed")


@pytest.mark.parametrize(
    ("transport", "target", "names"),
    [
        ("oci", "shop:1", ["shop:1"]),
        ("oci", "shop", []),
        ("oci-archive", "shop.tar:ghcr.io/acme/shop:2", ["ghcr.io/acme/shop:2"]),
        ("oci-archive", "shop.tar", []),
        ("docker-archive", "shop.tar:localhost/shop:3", ["localhost/shop:3"]),
        ("docker-archive", "shop.tar", []),
    ],
)
def test_skopeo_writes_what_we_read(
    tmp_path: Path, transport: str, target: str, names: list[str]
) -> None:
    layout = archives.Layout()
    source = archives.as_folder(layout.whole(layout.image("one", "two")), tmp_path / "source")
    with open_archive(source, Task()) as archive:
        expected = archive.images[0].config
    subprocess.run(
        ["skopeo", "--insecure-policy", "copy", "-q", f"oci:{source}",
         f"{transport}:{tmp_path / target}"],
        check=True, timeout=60,
    )  # fmt: skip
    with open_archive(tmp_path / target.partition(":")[0], Task()) as archive:
        (image,) = archive.images
        assert archives.names(archive) == [names]
        assert image.config.diff_ids == expected.diff_ids
        plain = [
            gzip.decompress(data) if data and data.startswith(b"\x1f\x8b") else data
            for data in archives.layer_bytes(image)
        ]
        assert plain == [archives.layer("one"), archives.layer("two")]
