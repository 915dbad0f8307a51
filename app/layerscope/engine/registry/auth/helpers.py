"""Docker credential helpers: other programs that hold secrets (docker-credential-helpers)."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from typing import IO

from layerscope.engine.registry.auth.login import Login
from layerscope.engine.task import Task

SECONDS = 10.0
UNLOCKING = 60.0  # somebody who signs in is there to type a password
_LONGEST = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_NOT_THERE = ("credentials not found in native keychain", "no credentials server url")


class HelperFailed(Exception):
    """The helper could not be asked; its text never holds a secret."""


def ask(name: str, server: str, task: Task, seconds: float = SECONDS) -> Login | None:
    """What ``docker-credential-<name> get`` has for ``server``; None if it has nothing.

    ``server`` must have been checked to be a host or a known URL.  Raises HelperFailed if the
    helper is missing, fails, floods or does not answer in time."""
    program = _program(name, server)
    output, code = _run(program, "get", server.encode("ascii", "replace"), task, seconds)
    if code != 0:
        if _not_there(output):
            return None
        raise HelperFailed(f"{program} failed with exit code {code}")
    return _login(program, output)


def listed(name: str, task: Task, seconds: float = SECONDS) -> dict[str, str]:
    """The servers that a helper has logins for, with their users; no secret is asked for.  Raises
    HelperFailed, also for a helper that cannot tell."""
    program = _program(name, "")
    output, code = _run(program, "list", b"", task, seconds)
    if code != 0:
        raise HelperFailed(f"{program} does not tell what it has")
    try:
        answer = json.loads(output) if output.strip() else {}
    except (ValueError, RecursionError) as error:
        raise HelperFailed(f"{program} did not answer in JSON") from error
    if not isinstance(answer, dict):
        raise HelperFailed(f"{program} did not answer with an object")
    return {server: user for server, user in answer.items() if isinstance(user, str)}


def store(
    name: str, server: str, user: str, secret: str, task: Task, seconds: float = UNLOCKING
) -> None:
    """Have a helper keep a login.  ``server`` as for ``ask``.  Raises HelperFailed."""
    program = _program(name, server)
    question = json.dumps({"ServerURL": server, "Username": user, "Secret": secret})
    _output, code = _run(program, "store", question.encode(), task, seconds)
    if code != 0:  # what it says is not repeated: it may hold the secret
        raise HelperFailed(f"{program} failed with exit code {code}")


def erase(name: str, server: str, task: Task, seconds: float = UNLOCKING) -> bool:
    """Have a helper forget a login; whether it had one.  Raises HelperFailed."""
    if ask(name, server, task, seconds) is None:
        return False
    program = _program(name, server)
    output, code = _run(program, "erase", server.encode("ascii", "replace"), task, seconds)
    if code != 0 and not _not_there(output):
        raise HelperFailed(f"{program} failed with exit code {code}")
    return True


def _program(name: str, server: str) -> str:
    if not _NAME.fullmatch(name):
        raise HelperFailed(f"{name!r} is not the name of a credential helper")
    if not server.isprintable() or " " in server:
        raise HelperFailed("the name of the registry holds characters that helpers misread")
    return f"docker-credential-{name}"


def _not_there(output: bytes) -> bool:
    return output.decode("utf-8", "replace").strip().lower().startswith(_NOT_THERE)


def _run(program: str, verb: str, question: bytes, task: Task, seconds: float) -> tuple[bytes, int]:
    try:
        process = subprocess.Popen(
            [program, verb],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=sys.platform != "win32",
        )
    except OSError as error:
        raise HelperFailed(f"{program} could not be started: {error.strerror}") from error
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        _kill(process)

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        with process, task.interrupted_by(lambda: _kill(process)):
            output = _exchange(process, question)
            if len(output) > _LONGEST:
                raise HelperFailed(f"{program} does not stop talking")
            code = process.wait()
        task.checkpoint()
    finally:
        timer.cancel()
        timer.join()
        _kill(process)
    if expired.is_set():
        raise HelperFailed(f"{program} did not answer within {seconds:.0f} s")
    return output, code


def _exchange(process: subprocess.Popen[bytes], question: bytes) -> bytes:
    write_end, read_end = _ends(process)
    with contextlib.suppress(BrokenPipeError):  # a helper may answer without listening
        write_end.write(question)
        write_end.close()
    output = b""
    while len(output) <= _LONGEST and (piece := os.read(read_end.fileno(), _LONGEST)):
        output += piece
    if len(output) > _LONGEST:
        _kill(process)
    return output


def _ends(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The helper and whatever it started, for those hold the pipe open too."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it just ended
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _login(program: str, output: bytes) -> Login | None:
    try:
        answer = json.loads(output)
    except (ValueError, RecursionError) as error:
        raise HelperFailed(f"{program} did not answer in JSON") from error
    if not isinstance(answer, dict):
        raise HelperFailed(f"{program} did not answer with an object")
    texts = [answer.get(key, "") for key in ("ServerURL", "Username", "Secret")]
    if not all(isinstance(text, str) for text in texts):
        raise HelperFailed(f"{program} answered with something else than texts")
    server, user, secret = texts
    if any(re.search(r"[\x00-\x1f\x7f]", text) for text in (server, user)):
        raise HelperFailed(f"{program} answered with control characters")
    if not secret:
        return None
    if user == "<token>":
        return Login(identity_token=secret, source=program)
    return Login(user, secret, source=program)
