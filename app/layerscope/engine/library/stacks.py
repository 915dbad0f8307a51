"""The layers of one image made ready to be read: indexed, two at a time, and judged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from layerscope.engine.content.limits import raising
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BlobDamaged, BlobMissing, LayerscopeError
from layerscope.engine.layers import LayerSummary
from layerscope.engine.oci import Digest
from layerscope.engine.task import LayerState, Progress, Task

from .board import Board
from .catalogue import StoredImage
from .ground import Ground
from .indexes import ensure_index, finished_summary

AT_ONCE = 2  #: passes over layers, as each keeps one core busy


@dataclass(frozen=True, slots=True)
class ReadLayer:
    """What came of one layer.  ``summary`` is None where it could not be read at all, and then
    ``trouble`` says why; it also says what is wrong with a layer that could."""

    number: int
    summary: LayerSummary | None
    trouble: str = ""


def read_layers(ground: Ground, image: StoredImage, task: Task) -> tuple[ReadLayer, ...]:
    """Index what is not indexed yet.  Raises only Cancelled and what the whole image fails for."""
    ready = [finished_summary(ground, layer.digest) for layer in image.layers]
    if None not in ready:
        return tuple(judged(image, number, summary) for number, summary in enumerate(ready, 1))
    board = Board("", "", image.layers, task)
    for number, summary in enumerate(ready, 1):
        if summary is not None:
            board.exists(number)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="indexing") as pool:
        jobs = [
            pool.submit(_read, ground, image, number, board, task)
            for number in range(1, len(image.layers) + 1)
        ]
        try:
            return tuple(job.result() for job in jobs)
        except BaseException:
            for job in jobs:
                job.cancel()
            raise


def judged(image: StoredImage, number: int, summary: LayerSummary | None) -> ReadLayer:
    """A layer that was read, and what is wrong with it."""
    if summary is None:
        return ReadLayer(number, None)
    expected = image.diff_id(number)
    if summary.damage is not None:
        trouble = damage_sentence(number, summary)
    elif differs(summary, expected):
        trouble = f"Layer {number} does not match its DiffID."
    else:
        trouble = ""
    return ReadLayer(number, summary, trouble)


def differs(summary: LayerSummary, expected: Digest | None) -> bool:
    """Whether the layer unpacks to something else than the config says.  Only sha256 is computed,
    and only over layers that could be read to their end."""
    return (
        expected is not None
        and summary.diff_id is not None
        and expected.algorithm == summary.diff_id.algorithm
        and expected != summary.diff_id
    )


def damage_sentence(number: int, summary: LayerSummary) -> str:
    assert summary.damage is not None
    where = f"Layer {number} can't be read past byte {summary.damage.offset:,}"
    advice = f" {raising(summary.damage.limit)}" if summary.damage.limit else ""
    return f"{where}: {summary.damage.reason}".rstrip(".") + f".{advice}"


def _read(ground: Ground, image: StoredImage, number: int, board: Board, task: Task) -> ReadLayer:
    layer = image.layers[number - 1]
    if not ground.store.has(layer):
        board.show(number, LayerState.FAILED, "not stored")
        return ReadLayer(number, None, f"Layer {number} is not stored.")
    board.show(number, LayerState.INDEXING)
    inner = _part_of(board, number, task)
    try:
        with task.interrupted_by(inner.cancel):
            summary = ensure_index(ground, layer, image.diff_id(number), inner)
    except (BlobDamaged, BlobMissing) as error:
        ground.store.mark_damaged(layer.digest)
        board.show(number, LayerState.FAILED, "damaged")
        return ReadLayer(number, None, f"Layer {number} can't be read. {error}")
    except LayerscopeError:
        board.show(number, LayerState.FAILED)
        raise
    board.show(number, LayerState.COMPLETE)
    return judged(image, number, summary)


def _part_of(board: Board, number: int, task: Task) -> Task:
    """A task for one layer: what it reports moves that layer's bar."""

    def listen(news: object) -> None:
        if isinstance(news, Progress):
            board.advance(number, news.done)

    task.checkpoint()
    return Task(listen)
