"""The two ends that files are given to: a folder of the disk, and a tar."""

from __future__ import annotations

from layerscope.engine.content import tar_writer
from layerscope.engine.content.extraction import Attributes, Extraction, Runs
from layerscope.engine.content.leaving import Notes, Why
from layerscope.engine.content.tar_writer import TarWriter
from layerscope.engine.rootfs.giving import Data
from layerscope.engine.rootfs.values import Kind

_TYPES = {Kind.CHAR: tar_writer.CHAR, Kind.BLOCK: tar_writer.BLOCKS, Kind.FIFO: tar_writer.FIFO}
_ROOT = b"./"


class FolderSink:
    """Devices and pipes are never made on the disk, whoever asks."""

    def __init__(self, extraction: Extraction) -> None:
        self._extraction = extraction

    def folder(self, path: bytes, attributes: Attributes) -> None:
        """Its attributes come when it is settled."""
        self._extraction.folder(path)

    def file(
        self,
        path: bytes,
        attributes: Attributes,
        size: int,
        runs: Runs,
        *,
        data: Data | None = None,
        linked: bool = False,
    ) -> None:
        """Holes are left where ``runs`` leave them."""
        self._extraction.file(path, attributes, size, runs, linked=linked)

    def symlink(
        self, path: bytes, target: bytes, attributes: Attributes, *, linked: bool = False
    ) -> None:
        """Made as it is, and never followed."""
        self._extraction.symlink(path, target, attributes, linked=linked)

    def link(self, path: bytes, to: bytes) -> None:
        """A hard link, or a copy where the disk has none."""
        self._extraction.link(path, to)

    def device(
        self, path: bytes, kind: Kind, numbers: tuple[int, int], attributes: Attributes
    ) -> None:
        """Noted as left out."""
        self._extraction.note(Why.FIFO if kind is Kind.FIFO else Why.DEVICE, path)

    def leave_out(self, path: bytes, why: Why, detail: str = "") -> None:
        """Noted."""
        self._extraction.note(why, path, detail)

    def settle(self, path: bytes, attributes: Attributes) -> None:
        """Dress the folder, now that nothing more is written into it."""
        self._extraction.settle(path, attributes)


class TarSink:
    """All attributes are kept; ``notes`` tell of what no tar can say.  Close the writer after."""

    def __init__(self, writer: TarWriter) -> None:
        self._writer = writer
        self.notes = Notes()
        self.files = self.folders = self.links = self.bytes = 0

    def folder(self, path: bytes, attributes: Attributes) -> None:
        """With its attributes; the root is called ``./``."""
        self._writer.begin(tar_writer.DIR, path or _ROOT, attributes)
        self.folders += 1

    def file(
        self,
        path: bytes,
        attributes: Attributes,
        size: int,
        runs: Runs,
        *,
        data: Data | None = None,
        linked: bool = False,
    ) -> None:
        """One with ``data`` becomes a sparse entry."""
        if data is None:
            self._writer.begin(tar_writer.FILE, path, attributes, size)
            for _, piece in runs:
                self._writer.content(piece)
        else:
            self._writer.sparse(path, attributes, size, data, runs)
        self.files += 1
        self.bytes += size

    def symlink(
        self, path: bytes, target: bytes, attributes: Attributes, *, linked: bool = False
    ) -> None:
        """The target byte for byte."""
        self._writer.begin(tar_writer.SYMLINK, path, attributes, link=target)
        self.links += 1

    def link(self, path: bytes, to: bytes) -> None:
        """A hard link entry to an earlier one."""
        self._writer.begin(tar_writer.HARDLINK, path, link=to)
        self.links += 1

    def device(
        self, path: bytes, kind: Kind, numbers: tuple[int, int], attributes: Attributes
    ) -> None:
        """With its numbers; a FIFO has none."""
        self._writer.begin(_TYPES[kind], path, attributes, device=numbers)

    def leave_out(self, path: bytes, why: Why, detail: str = "") -> None:
        """Noted."""
        self.notes.add(why, path, detail)

    def settle(self, path: bytes, attributes: Attributes) -> None:
        """Whoever unpacks the tar does this."""
