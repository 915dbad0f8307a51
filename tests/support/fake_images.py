"""The only maker of images that exist on paper only: values as the library answers them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from layerscope.engine.library.values import (
    Document,
    ImageDetail,
    ImageRow,
    LayerRow,
    StepRow,
)
from layerscope.engine.oci import Digest, ImageConfig, Platform, RunConfig

BUILT = datetime(2026, 5, 12, 9, 41, tzinfo=UTC)

_LAYERS = (
    ("ADD", "rootfs.tar.xz /  # debian:bookworm-slim", 74_800_000, 8214, 0, 0, 11),
    ("RUN", "apt-get install -y ca-certificates netbase tzdata", 9_300_000, 412, 31, 0, 4),
    ("RUN", "wget python-3.12.4.tar.xz && ./configure && make install", 44_100_000, 3106, 12, 0, 3),
    ("RUN", "ln -s idle3 python3 pydoc3 python3-config", 36, 5, 0, 0, 3),
    ("COPY", "requirements.txt /app/", 612, 2, 0, 0, 1),
    (
        "RUN",
        "pip install --no-cache-dir -r requirements.txt && useradd --create-home app",
        96_400_000,
        5880,
        3,
        0,
        0,
    ),
    ("RUN", "rm -rf /usr/share/doc /var/lib/apt/lists/*", 12_400, 0, 0, 1204, 0),
    ("COPY", ". /app", 2_100_000, 143, 1, 0, 0),
)
_STEPS = ("ENV PATH=/usr/local/bin", "WORKDIR /app", "EXPOSE 8000", 'CMD ["python", "-m", "shop"]')

_CONFIG = b"""{"architecture":"amd64","os":"linux","created":"2026-05-12T09:41:00Z",
"config":{"User":"app","Env":["PATH=/usr/local/bin:/usr/bin","PYTHONUNBUFFERED=1",
"DB_PASSWORD=hunter2hunter2","API_TOKEN=abcdef0123456789"],"Entrypoint":["/entry.sh"],
"Cmd":["python","-m","shop with space"],"WorkingDir":"/app","ExposedPorts":{"8000/tcp":{}},
"Volumes":{"/data":{}},"StopSignal":"SIGTERM","Labels":{"org.opencontainers.image.title":"shop",
"org.opencontainers.image.source":"https://example.org/shop","x":"<img src=/dev/zero>\\u001b[31m"}},
"rootfs":{"type":"layers","diff_ids":[]},"history":[]}"""


def shop_web() -> ImageDetail:
    """An image of eight layers, four of them from ``python:3.12-slim``, and four empty steps."""
    layers = tuple(_layer(number, *facts) for number, facts in enumerate(_LAYERS, start=1))
    steps = [
        StepRow(
            layer.number,
            layer.created,
            "",
            f"/bin/sh -c #(nop) {layer.keyword} {layer.command}",
            layer.keyword,
            layer.command,
            "buildkit.dockerfile.v0",
            layer.size,
        )
        for layer in layers
    ]
    for position, words in zip((2, 4, 8, 12), _STEPS, strict=False):
        keyword, _, command = words.partition(" ")
        created = BUILT - timedelta(minutes=90 - 10 * position)
        steps.insert(position, StepRow(None, created, "", words, keyword, command, "", None))
    return ImageDetail(
        row=_row(layers),
        layers=layers,
        steps=tuple(reversed(steps)),
        run=run_config(),
        author="The shop",
        base_layers=4,
        base_name="python:3.12-slim",
        documents=("manifest", "config"),
    )


def long_image(count: int = 127) -> ImageDetail:
    """An image with very many small layers."""
    first = shop_web()
    words = (("RUN", "apt-get install tool"), ("RUN", "pip install part"), ("COPY", "models/"))
    layers = []
    for number in range(1, count + 1):
        keyword, command = words[min(2, number * 3 // (count + 1))]
        facts = (keyword, f"{command}-{number}", 1_000_000 * (1 + number % 7), 10, 1, 0, 0)
        layers.append(replace(_layer(number, *facts), created=BUILT))
    return replace(first, layers=tuple(layers), steps=(), base_layers=8, base_name="ubuntu:22.04")


def run_config() -> RunConfig:
    return ImageConfig.parse(_CONFIG, "the config").run


def documents() -> dict[str, Document]:
    """A manifest and a config, byte-exact."""
    manifest = b'{\n  "schemaVersion": 2,\n  "config": {"digest": "%s", "size": %d}\n}\n'
    raw = manifest % (str(Digest.of(_CONFIG)).encode(), len(_CONFIG))
    return {
        "manifest": Document(
            "manifest", "application/vnd.oci.image.manifest.v1+json", Digest.of(raw), raw, True
        ),
        "config": Document(
            "config",
            "application/vnd.oci.image.config.v1+json",
            Digest.of(_CONFIG),
            _CONFIG,
            True,
        ),
    }


def _layer(
    number: int,
    keyword: str,
    command: str,
    size: int,
    added: int,
    modified: int,
    deleted: int,
    shared: int,
) -> LayerRow:
    return LayerRow(
        number=number,
        digest=Digest.of(b"blob%d" % number),
        diff_id=Digest.of(b"diff%d" % number),
        chain_id=Digest.of(b"chain%d" % number),
        media_type="application/vnd.oci.image.layer.v1.tar+gzip",
        compressed=size // 3 + 30,
        size=size,
        created=BUILT - timedelta(minutes=60 - 5 * number),
        created_by=f"{keyword} {command}",
        keyword=keyword,
        command=command,
        comment="",
        entries=added + modified + deleted,
        added=added,
        modified=modified,
        metadata=0,
        deleted=deleted,
        opaque=0,
        shared_by=tuple(f"other{one}:1" for one in range(shared)),
    )


def _row(layers: tuple[LayerRow, ...]) -> ImageRow:
    compressed = sum(layer.compressed for layer in layers)
    return ImageRow(
        image_id=Digest.of(_CONFIG),
        digest=documents()["manifest"].digest,
        references=("docker.io/acme/shop-web:1.4", "docker.io/acme/shop-web:latest"),
        familiar=("acme/shop-web:1.4", "acme/shop-web:latest"),
        created=BUILT,
        platform=Platform("linux", "amd64"),
        size=sum(layer.size or 0 for layer in layers),
        compressed=compressed,
        unique=98_700_000,
        shared=compressed - 98_700_000,
        layers=len(layers),
        blocks=(),
        dangling=False,
        missing=0,
    )
