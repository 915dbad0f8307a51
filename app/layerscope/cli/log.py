"""Writes down what we cannot explain, for a report."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime

from layerscope import __version__
from layerscope.engine.library.locations import log_file

_LARGEST = 1 << 20  # bytes; the log begins anew beyond this


def write_down(error: BaseException) -> str:
    """Append the traceback to the log; the sentence that tells where it is."""
    path = log_file()
    words = "".join(traceback.format_exception(error))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = "a" if path.exists() and path.stat().st_size < _LARGEST else "w"
        with path.open(mode, encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"--- {now} layerscope {__version__}\n{words}")
    except OSError:
        return "The details could not be written to the log."
    return f"The details are in {path}."
