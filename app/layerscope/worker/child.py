"""A child process: runs the heavy passes it is given, one after the other, until told to leave."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import queue
import sys
import threading

from layerscope.engine.task import Cancelled, Task

from .freed_memory import keep_freed_memory
from .messages import Call, Cancel, Done, Failed, News, Stopped
from .pace import Pace
from .wire import Channel, Closed, over_stdio, portable

#: What the first pass needs; imported while the parent is still busy with other things.
NEEDED = ("layerscope.engine.layers.building", "layerscope.engine.library.passes")


def main() -> None:
    for module in NEEDED:
        importlib.import_module(module)
    serve(over_stdio())


def serve(channel: Channel) -> None:
    """Run passes until the parent hangs up, which ends the process."""
    keep_freed_memory()
    calls: queue.SimpleQueue[tuple[Call, Task]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(channel, calls), daemon=True).start()
    # Passes make millions of objects and no circles: looking for those would cost 4 % of the time.
    gc.disable()
    while True:
        call, task = calls.get()
        answer = _run(call, task)
        gc.collect()
        with contextlib.suppress(Closed):  # the listener ends this process
            channel.send(answer)


def _listen(channel: Channel, calls: queue.SimpleQueue[tuple[Call, Task]]) -> None:
    """Take calls and cancels; when the parent is gone, so are we, in the middle of anything."""
    current: tuple[int, Task] | None = None
    while True:
        try:
            message = channel.receive()
        except Closed:
            os._exit(0)
        if isinstance(message, Call):
            task = Task(_reporter(channel, message.job))
            current = message.job, task
            calls.put((message, task))
        elif isinstance(message, Cancel) and current is not None and current[0] == message.job:
            current[1].cancel()


def _reporter(channel: Channel, job: int) -> Pace:
    return Pace(lambda value: channel.send(News(job, value)))


def _run(call: Call, task: Task) -> Done | Failed | Stopped:
    try:
        task.checkpoint()
        return Done(call.job, call.work(*call.args, task), _resident())
    except Cancelled:
        return Stopped(call.job)
    except Exception as error:  # told to the parent, whatever it is
        return Failed(call.job, portable(error))


def _resident() -> int:
    """What this process holds in memory right now, in bytes; 0 where that cannot be told."""
    if not sys.platform.startswith("linux"):
        return 0
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
