"""Commands about who we are to registries."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager

from layerscope.engine.content.wording import display_name
from layerscope.engine.task import Task

from . import answers
from .arguments import Usage
from .commands import library

_LONGEST = 64 * 1024


def login(options: argparse.Namespace, task: Task) -> int:
    """Fails, although the registry agreed, where the login cannot be kept: a command is a short
    session."""
    if options.password is not None:
        raise Usage(
            "A password on the command line can be read by every program on this machine. "
            "Use --password-stdin, or leave it out to be asked for it."
        )
    from layerscope.engine.library.values import Keep

    user, password = _asked(options, task)
    keep = Keep.PLAIN_TEXT if options.plain_text else Keep.AUTO
    with library(options) as store:
        done = store.login(options.registry, user, password, keep.value, task=task)
        kept = done.kept is not Keep.SESSION
        file = "" if kept else store.login_places(options.registry, task=task).file
    _warn(done.notes)
    if options.json:
        answers.write(
            {
                "registry": done.registry,
                "user": done.user,
                "kept": done.kept.value if kept else None,
                "where": done.where if kept else None,
                "token": done.token,
                "notes": list(done.notes),
            }
        )
    elif kept:
        print(f"Signed in to {done.registry} as {display_name(done.user)}.")
        print(f"Kept in {display_name(done.where)}{_readable(done.kept is Keep.PLAIN_TEXT)}.")
    if not kept:
        _warn(
            [
                f"{done.registry} accepted the login, but there is no safe place to keep it in. "
                "Set up a credential helper or a system keyring, or write --plain-text to keep it "
                f"in {file}, readable for whoever can read your files."
            ]
        )
        return 1
    return 0


def logout(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        done = store.logout(options.registry, task=task)
    _warn(done.notes)
    if options.json:
        answers.write(
            {
                "registry": done.registry,
                "removed": list(done.removed),
                "remaining": list(done.remaining),
                "notes": list(done.notes),
            }
        )
        return 0
    if done.removed:
        print(f"Removed the login for {done.registry} from {', '.join(done.removed)}.")
    else:
        print(f"There was no login of ours for {done.registry}.")
    for place in done.remaining:
        print(f"Another program's login is still in {display_name(place)}.")
    return 0


def _asked(options: argparse.Namespace, task: Task) -> tuple[str, str]:
    """User and password; the password from standard input or a prompt that does not show it."""
    if sys.stdin is None:
        raise Usage("Standard input is closed, so there is no password.")
    if options.password_stdin:
        if not options.user:
            raise Usage("--password-stdin needs --user.")
        text = sys.stdin.buffer.read(_LONGEST + 1)
        if len(text) > _LONGEST:
            raise Usage("What came on standard input is too long for a password.")
        try:
            return options.user, text.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise Usage("What came on standard input is no text in UTF-8.") from None
    if not sys.stdin.isatty():
        raise Usage("Nobody can be asked for a password here. Use --password-stdin.")
    if not options.user:
        print("User: ", end="", file=sys.stderr, flush=True)
    user = options.user or sys.stdin.readline().strip()
    with _seen_again(task):
        password = getpass.getpass("Password: ", stream=sys.stderr)
    return user, password


def _seen_again(task: Task) -> AbstractContextManager[None]:
    """Typing is shown again when the prompt is interrupted: the thread in it is left behind."""
    try:
        import termios
    except ImportError:  # Windows restores its console by itself
        return task.interrupted_by(lambda: None)
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    return task.interrupted_by(lambda: termios.tcsetattr(terminal, termios.TCSANOW, before))


def _readable(plain: bool) -> str:
    return ", readable for whoever can read your files" if plain else ""


def _warn(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"layerscope: {display_name(sentence)}", file=sys.stderr)
