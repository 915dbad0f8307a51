"""Opens an archive of images, whatever its format, and refuses what is none, saying why."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.archive.contents import Contents, FolderContents, TarContents
from layerscope.engine.archive.docker_save import REPOSITORIES, add_docker_save, is_docker_save
from layerscope.engine.archive.headers import BLOCK, looks_like_tar
from layerscope.engine.archive.layout import INDEX, LAYOUT, LayoutReading, is_layout, read_layout
from layerscope.engine.archive.members import TarMembers
from layerscope.engine.archive.values import Archive, ArchivedImage
from layerscope.engine.content import files
from layerscope.engine.content.codecs import Compression, open_tar_stream, sniff
from layerscope.engine.content.limits import Limits, raising, reached
from layerscope.engine.content.spool import temporary_folder
from layerscope.engine.errors import LayerDamaged, LimitReached, NotAnArchive, PathNotFound
from layerscope.engine.task import Progress, Task

_BINARY = getattr(os, "O_BINARY", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)


def open_archive(
    path: Path, task: Task, *, scratch: Path | None = None, limits: Limits | None = None
) -> Archive:
    """Open an OCI layout folder, an OCI archive or a docker-archive, plain or compressed.

    A compressed one is unpacked into ``scratch`` (None: the folder for temporary files), into a
    file without a name of at most ``limits.archive_bytes``.  Raises PathNotFound, NotAnArchive,
    MalformedDocument, LimitReached, DiskFull.
    """
    contents = _contents(path, task, scratch or temporary_folder(), limits or Limits())
    try:
        return _archive(contents, task)
    except BaseException:
        contents.close()
        raise


def open_named(
    path: Path, *, complaint: str = "neither a file nor a folder", hint: str = ""
) -> BinaryIO:
    """The file that the user named: links are followed, pipes and devices are not waited for.

    Raises PathNotFound and NotAnArchive, which says that it is ``complaint`` if it is no file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _BINARY | _NO_WAITING)
    except FileNotFoundError as error:
        raise PathNotFound(
            f"There is no file {path}.", hint="Check the path.", path=str(path)
        ) from error
    except OSError as error:
        raise NotAnArchive(f"{path} cannot be read: {error.strerror}.", path=str(path)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAnArchive(f"{path} is {complaint}.", hint=hint, path=str(path))
    return open(descriptor, "rb")


def _archive(contents: Contents, task: Task) -> Archive:
    reading = LayoutReading()
    if is_layout(contents):
        reading = read_layout(contents, task)
    if is_docker_save(contents):
        add_docker_save(reading, contents, task)
    if not reading.images:
        raise _no_image(contents, reading)
    return Archive(
        images=_each_name_once(reading.images),
        not_included=tuple(reading.not_included),
        warnings=tuple(reading.warnings),
        contents=contents,
    )


def _contents(path: Path, task: Task, scratch: Path, limits: Limits) -> Contents:
    path = Path(os.path.abspath(path))
    if path.is_dir():
        return FolderContents(path)
    file = open_named(path)
    try:
        compression = sniff(_head(file))
        if compression is not Compression.NONE:
            packed, file = file, _unpacked(file, path, compression, task, scratch, limits)
            packed.close()
        if not looks_like_tar(_head(file)):
            raise _not_a_tar(path)
        size = os.fstat(file.fileno()).st_size
        return TarContents(path, file, TarMembers.scan(file, size, path.name, task, limits))
    except BaseException:
        file.close()
        raise


def _unpacked(
    packed: BinaryIO,
    path: Path,
    compression: Compression,
    task: Task,
    scratch: Path,
    limits: Limits,
) -> BinaryIO:
    total = os.fstat(packed.fileno()).st_size
    stream = open_tar_stream(packed, compression, window_bytes=limits.window_bytes)
    file = _nameless(scratch)
    try:
        for piece in stream:
            if not file.tell() and not looks_like_tar(piece[:BLOCK]):
                raise _not_a_tar(path)
            if stream.position > limits.archive_bytes:
                raise _too_large(path, limits.archive_bytes)
            files.write_all(file, piece, scratch)
            task.report(Progress(stream.compressed_position, total, f"Unpacking {path.name}"))
    except LayerDamaged as error:
        file.close()
        raise NotAnArchive(
            f"{path.name} is damaged.",
            hint=f"{error} Copy or save the archive again.",
            path=str(path),
        ) from error
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _nameless(scratch: Path) -> BinaryIO:
    """A file that is gone as soon as it is closed, even if this process is killed."""
    if os.name == "nt":
        return tempfile.TemporaryFile(dir=scratch, buffering=0)
    path = scratch / f"{files.INCOMING}{secrets.token_hex(8)}"
    file = files.create(path)
    files.remove(path)
    return file


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    head = file.read(BLOCK)
    file.seek(0)
    return head


def _each_name_once(images: list[ArchivedImage]) -> tuple[ArchivedImage, ...]:
    """Where two images have one name, the last one keeps it; platforms of one image share it."""
    owners = {}
    for image in images:
        for reference in image.references:
            owners[reference] = image.index or image
    return tuple(
        replace(
            image,
            references=tuple(
                reference
                for reference in image.references
                if owners[reference] == (image.index or image)
            ),
        )
        for image in images
    )


def _no_image(contents: Contents, reading: LayoutReading) -> NotAnArchive:
    def refusal(sentence: str, hint: str) -> NotAnArchive:
        return NotAnArchive(f"{contents.what} {sentence}.", hint=hint, path=contents.what)

    if reading.not_included:
        return refusal(
            "holds no complete image", "It only names images whose parts are kept elsewhere."
        )
    if reading.warnings:
        return refusal("holds no container image", " ".join(reading.warnings[:3]))
    if contents.find(LAYOUT) or contents.find(INDEX):
        if is_layout(contents):
            return refusal("lists no image", "Its index.json is empty.")
        return refusal("is half an OCI layout", f"It needs both {LAYOUT} and {INDEX}.")
    if contents.find(REPOSITORIES):
        return refusal(
            "was saved by a version of docker before 1.10 (it has no manifest.json)",
            "Load it with an old docker, and save it again.",
        )
    if contents.looks_like_root():
        return refusal(
            "is the file system of a container, not an image",
            "An image can be saved with docker save, or with podman save.",
        )
    return refusal("holds no container image", "It has neither a manifest.json nor an OCI layout.")


def _not_a_tar(path: Path) -> NotAnArchive:
    return NotAnArchive(
        f"{path.name} is not an archive of images.",
        hint="It is neither a tar nor a compressed tar.",
        path=str(path),
    )


def _too_large(path: Path, limit: int) -> LimitReached:
    return LimitReached(
        f"Unpacking {path.name} was {reached('archive_bytes', limit)}.",
        hint=raising("archive_bytes"),
        limit="archive_bytes",
        value=limit,
    )
