"""The good inputs that a fuzzer damages, every vector and document, and the ways of damage."""

from __future__ import annotations

import bz2
import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from support import archives, tars
from support.archives import Layout
from support.bad_inputs import image

DATA = Path(__file__).parents[1] / "data"
_NUMBERS = (b"0", b"-1", b"9223372036854775807", b"9223372036854775808", b"1e3", b"NaN", b"null",
            b"true", b'""', b"[]", b"{}", b'"\\ud800"', b"[" * 2000, b"9" * 5000)  # fmt: skip
_FIELDS = (0, 100, 108, 124, 135, 136, 148, 156, 157, 257, 329, 345, 386, 482)
_WORDS = (
    b"\xff" * 12,
    b"\x80" + bytes(11),
    b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7,
    b"7" * 12,
    b"-0000000001\0",
    b"99999999999 ",
    bytes(12),
    b"xgKLSD123456",
    b"/../../etc/p",
    b".wh..wh..opq",
    b"30 size=9999",
    b"GNU.sparse.m",
    b"\x1f\x8b\x08" + bytes(9),
)
HEADERS = (
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Range: bytes 0-9/10\r\n",
    b"Retry-After: 0\r\n",
    b"Location: /v2/\r\n",
    b'WWW-Authenticate: Bearer realm="http://127.0.0.1:1/t",service="x",scope="a\\"b"\r\n',
    b'Warning: 299 - "be \\"careful\\""\r\n',
    b"RateLimit-Limit: 100;w=21600\r\nRateLimit-Remaining: 76;w=21600\r\n",
    b"Link: </v2/next>; rel=next\r\n",
)
LOGINS = {
    "auths": {
        "https://index.docker.io/v1/": {"auth": "dXNlcjpwYXNz"},
        "registry.example": {"auth": "YTpi", "identitytoken": "t", "registrytoken": "r"},
        "registry.example/a/b": {"username": "u", "password": "p"},
    },
    "credsStore": "",
    "credHelpers": {"other.example": "../helper"},
    "HttpHeaders": {"X": "y"},
}
TYPED = [
    "docker.io/library/alpine:3.20",
    f"registry.example:5000/a/b@sha256:{'ab' * 32}",
    "[::1]:5000/a:b",
    "linux/arm64/v8",
    f"sha256:{'0' * 64}",
    "re:^(a|b)+$ size:>1M layer:6 change:D owner:0 mode:suid *.py",
    "re:((a*)*)*$",
]


@dataclass(frozen=True)
class Vector:
    """``kind``: layer, frames, document, archive."""

    name: str
    kind: str
    data: bytes


class Inputs:
    """All that is good; archives of our own are put together in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.layers = list(_layers())
        self.documents = list(_documents())
        self.archives = list(_archives(folder))
        self.vectors = [
            *(Vector(f"layer {number}", "layer", data) for number, data in enumerate(self.layers)),
            *(
                Vector(f"document {number}", "document", data)
                for number, data in enumerate(self.documents)
            ),
            *(Vector(name, "archive", data) for name, data in self.archives),
            *_frames(),
        ]


class Damage:
    """Ways to spoil bytes, all from one dice."""

    def __init__(self, dice: random.Random) -> None:
        self._random = dice

    def flipped(self, good: bytes) -> bytes:
        """One bit; for a tar, half the time one of a header that gets a right checksum."""
        bad = bytearray(good)
        at = self._random.randrange(len(bad))
        mend = bad[257:262] == b"ustar" and self._random.randrange(2)
        if mend:
            at = at // 512 * 512 + self._random.randrange(min(512, len(bad) - at // 512 * 512))
        bad[at] ^= 1 << self._random.randrange(8)
        return _mended(bad) if mend else bytes(bad)

    def damaged(self, good: bytes, others: Sequence[bytes]) -> bytes:
        """Flips, cuts, splices; headers of tars often get a right checksum afterwards."""
        dice = self._random
        bad = bytearray(good)
        for _ in range(dice.choice([1, 1, 1, 2, 3, 8])):
            if not bad:
                break
            at = dice.randrange(len(bad))
            if dice.randrange(3) == 0:
                at = min(at // 512 * 512 + dice.choice(_FIELDS), len(bad) - 1)
            match dice.randrange(7):
                case 0 | 1:
                    bad[at] ^= 1 << dice.randrange(8)
                case 2:
                    bad[at : at + 12] = dice.choice(_WORDS)[: len(bad) - at]
                case 3:
                    del bad[at : at + dice.choice([1, 511, 512, 5000])]
                case 4:
                    del bad[at:]
                case 5:
                    other = dice.choice(others) if others else bytes(bad)
                    start = dice.randrange(len(other) or 1)
                    piece = other[start : start + dice.choice([1, 512, 1536, 4096])]
                    if dice.randrange(2):
                        bad[at : at + len(piece)] = piece
                    else:
                        bad[at:at] = piece
                case _:
                    bad[at] = dice.choice(b"\0\xff\x809/.")
        return _mended(bad) if dice.randrange(2) else bytes(bad)

    def spoiled(self, good: bytes, others: Sequence[bytes]) -> bytes:
        """A document with a value replaced by something that has no business there."""
        if self._random.randrange(3) == 0:
            return self.damaged(good, others)
        places = [at for at, byte in enumerate(good) if byte in b":[,"]
        if not places:
            return good
        at = self._random.choice(places) + 1
        end = at
        while end < len(good) and good[end] not in b",}]":
            end += 1
        return good[:at] + self._random.choice(_NUMBERS) + good[end:]


def _mended(bad: bytearray) -> bytes:
    for start in range(0, len(bad) - 511, 512):
        block = bytes(bad[start : start + 512])
        if block[257:262] == b"ustar":
            bad[start : start + 512] = tars.rechecked(block)
    return bytes(bad)


def _layers() -> Iterator[bytes]:
    """All archives of other projects' tests that are layers, all of overlay.json, some of ours."""
    for path in sorted((DATA / "go-archive-tar").glob("*.tar*")):
        data = path.read_bytes()
        yield bz2.decompress(data) if path.suffix == ".bz2" else data
    yield gzip.decompress((DATA / "containerd" / "prefix_header_go17.tar.gz").read_bytes())
    yield (DATA / "ggcr-crane" / "content.tar").read_bytes()
    for vector in json.loads((DATA / "overlay.json").read_bytes())["vectors"]:
        yield from map(tars.layer_tar, vector["layers"])
    yield tars.tar(tars.member(b"a", b"1" * 3000))
    yield tars.tar(
        tars.pax({b"path": b"p" * 150, b"SCHILY.xattr.user.x": b"y", b"mtime": b"1.5"}),
        tars.member(b"a", b"some content" * 60),
        tars.gnu_long(b"g" * 150),
        tars.member(b"l", b"long", type=b"0"),
        tars.pax({b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0",
                  b"GNU.sparse.name": b"hole", b"GNU.sparse.realsize": b"100000"}),
        tars.member(b"s", b"1\n512\n4\n".ljust(512, b"\0") + b"data"),
        tars.member(b"d/", type=b"5"),
        tars.member(b"d/.wh.x"),
        tars.member(b"link", type=b"1", link=b"a"),
    )  # fmt: skip


def _documents() -> Iterator[bytes]:
    """Every manifest, index and config there is: the specification's, ggcr's, our own."""
    cases = json.loads((DATA / "image-spec" / "cases.json").read_bytes())["tests"]
    for group in cases.values():
        for case in group:
            for key, text in case.items():
                if key not in ("fail", "digest"):
                    yield str(text).encode()
    for path in sorted((DATA / "ggcr" / "layout").rglob("*")):
        if path.is_file() and (data := path.read_bytes())[:1] == b"{":
            yield data
    layout = Layout()
    image(layout, [tars.tar()], name="x:1")
    layout.index(layout.image("one"))
    yield from (data for data in layout.files.values() if data[:1] == b"{")


def _archives(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted((DATA / "ggcr").glob("*/*.tar")):
        yield path.name, path.read_bytes()
    saved = archives.written(folder, archives.SAVED, "saved.tar").read_bytes()
    layout = Layout()
    entry = layout.image("one", "two", annotations={archives.REF_NAME: "1"})
    yield "oci.tar", archives.written(folder, layout.whole(entry), "oci.tar").read_bytes()
    yield "saved.tar", saved
    yield "saved.tar.gz", gzip.compress(saved)


def _frames() -> Iterator[Vector]:
    paths = [*(DATA / "zstd").glob("golden-decompression*/*"), DATA / "ggcr-crane/content.tar.zst"]
    for path in sorted(paths):
        yield Vector(path.name, "frames", path.read_bytes())
