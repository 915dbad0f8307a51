"""Tells on standard error how long work is going: live lines on a terminal, sparse ones else."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from layerscope.engine.content.wording import display_name, size_text
from layerscope.engine.task import (
    LayerProgress,
    LayerState,
    Progress,
    Task,
    TransferProgress,
)

_FRAME = 0.1  #: seconds between two redrawings of a terminal
_SPARSE = 5.0  #: seconds between two lines where nobody watches
_BAR = 24
_MOVING = (
    LayerState.DOWNLOADING,
    LayerState.VERIFYING,
    LayerState.INDEXING,
    LayerState.PUSHING,
)


@contextmanager
def told(task: Task) -> Iterator[Task]:
    """A task that ends with ``task`` and whose progress goes to standard error."""
    teller = _Live() if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else _Sparse()
    inner = Task(teller.hear)
    try:
        with task.interrupted_by(inner.cancel):
            yield inner
    finally:
        teller.close()


class _Sparse:
    """A line when a layer is over, and one every few seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._name = ""
        self._over: set[int] = set()
        self._next = time.monotonic() + _SPARSE

    def hear(self, news: object) -> None:
        with self._lock:
            if isinstance(news, TransferProgress):
                self._transfer(news)
            elif isinstance(news, Progress):
                self._in_a_while(_work(news))

    def close(self) -> None:
        return

    def _transfer(self, news: TransferProgress) -> None:
        if news.name != self._name:
            self._name = news.name
            self._over = set()
        if not news.name:  # layers that are being read again are of no interest one by one
            over = sum(layer.state.over for layer in news.layers)
            self._in_a_while(f"Reading layer {over + 1} of {len(news.layers)}")
            return
        for layer in news.layers:
            if layer.state.over and layer.number not in self._over:
                self._over.add(layer.number)
                _say(f"{_short(layer)}: {layer.state}")
        self._in_a_while(_total(news))

    def _in_a_while(self, line: str) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _SPARSE
            _say(line)


class _Live:
    """One line for each layer, redrawn in place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drawn = 0
        self._next = 0.0
        self._newest: object = None

    def hear(self, news: object) -> None:
        with self._lock:
            self._newest = news
            now = time.monotonic()
            if now >= self._next:
                self._next = now + _FRAME
                self._draw()

    def close(self) -> None:
        with self._lock:
            if isinstance(self._newest, TransferProgress):
                self._draw()
            elif self._drawn:
                sys.stderr.write("\r\x1b[J")
            sys.stderr.flush()

    def _draw(self) -> None:
        size = os.get_terminal_size(sys.stderr.fileno())
        lines = self._lines(size.lines - 1)
        back = f"\x1b[{self._drawn}F" if self._drawn else ""
        text = "".join(f"{line[: size.columns - 1]}\x1b[K\n" for line in lines)
        sys.stderr.write(f"{back}{text}\x1b[J")
        sys.stderr.flush()
        self._drawn = len(lines)

    def _lines(self, most: int) -> list[str]:
        news = self._newest
        if isinstance(news, Progress):
            return [_work(news)]
        if not isinstance(news, TransferProgress):
            return []
        layers = news.layers
        if len(layers) >= most:  # what moves is what matters
            layers = tuple(each for each in layers if not each.state.over)[: max(most - 2, 1)]
        return [*(f"{_short(each)}: {_words(each)}" for each in layers), _total(news)]


def _words(layer: LayerProgress) -> str:
    if layer.state in _MOVING and layer.size:
        filled = min(_BAR, _BAR * layer.done // layer.size)
        bar = "=" * filled + ">" * (filled < _BAR)
        return f"{layer.state:<13}[{bar:<{_BAR}}] {size_text(layer.done)}/{size_text(layer.size)}"
    return f"{layer.state} {layer.detail}".rstrip()


def _short(layer: LayerProgress) -> str:
    return layer.digest.partition(":")[2][:12]


def _total(news: TransferProgress) -> str:
    over = sum(layer.state.over for layer in news.layers)
    resumed = f", resumed at {size_text(news.resumed)}" if news.resumed else ""
    return (
        f"{display_name(news.name)} {over} of {len(news.layers)} layers, "
        f"{size_text(news.received)} of {size_text(news.expected)}{resumed}"
    ).strip()


def _work(news: Progress) -> str:
    def amount(count: int) -> str:
        return size_text(count) if news.unit == "B" else f"{count:,}"

    total = "" if news.total is None else f" of {amount(news.total)}"
    unit = "" if news.unit == "B" else f" {news.unit}"
    return display_name(f"{news.what} {amount(news.done)}{total}{unit}".strip())


def _say(line: str) -> None:
    sys.stderr.write(f"{display_name(line)}\n")
    sys.stderr.flush()
