"""The command about registries: which there are, how they are spoken to, whose logins to copy."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from layerscope.engine.content.wording import display_name
from layerscope.engine.task import Task

from . import answers
from .arguments import Usage
from .commands import library
from .tables import table

if TYPE_CHECKING:
    from layerscope.engine.library import Library
    from layerscope.engine.library.values import ConnectionTest, NotedLogin, RegistryRow


def registries(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        match options.action:
            case "set":
                return _set(store, options, task)
            case "remove":
                return _remove(store, options, task)
            case "logins":
                return _logins(store, options, task)
        return _list(store, options, task)


def _list(store: Library, options: argparse.Namespace, task: Task) -> int:
    rows = store.registries(task=task)
    tests = {row.host: store.test_registry(row.host, task=task) for row in rows if options.test}
    if options.json:
        answers.write([_answer(row, tests.get(row.host)) for row in rows])
        return 0
    table(
        ("REGISTRY", "STATE", "LOGIN FROM", "NOTE"),
        (
            (
                row.host,
                _state(tests[row.host].state if row.host in tests else row.state, row.signed_in_as),
                row.login_source,
                _note(row, tests.get(row.host)),
            )
            for row in rows
        ),
    )
    return 0


def _set(store: Library, options: argparse.Namespace, task: Task) -> int:
    """Without any option it only adds the registry to the list."""
    mirrors: list[str] | None = [] if options.no_mirrors else options.mirror
    ca_file: str | None = "" if options.no_ca_file else options.ca_file
    if options.ca_file == "":  # a script's unset variable must not take a safeguard away
        raise Usage("--ca-file names no file. Use --no-ca-file to have none.")
    plain_http = None if options.tls is None else options.tls == "no"
    settings = store.configure_registry(
        options.registry,
        plain_http=plain_http,
        ca_file=ca_file,
        mirrors=mirrors,
        token_servers=[] if options.no_token_servers else options.token_server,
        task=task,
    )
    host = _host(options.registry)
    if plain_http:
        _warn(
            [
                f"{host} is spoken to without encryption: whoever is on the way can read your "
                "login there and change what a tag means."
            ]
        )
    row = next(each for each in store.registries(task=task) if each.host == host)
    if options.json:
        answers.write(_answer(row, None))
        return 0
    print(f"{host}: {'listed' if host in settings.registries else 'a mirror'}.")
    print(f"TLS: {'no, plain HTTP' if row.plain_http else 'yes'}")
    print(f"CA file: {display_name(row.ca_file) or 'none but those of the system'}")
    print(f"Mirrors: {', '.join(row.mirrors) or 'none'}")
    print(f"Token servers elsewhere: {', '.join(row.token_servers) or 'none'}")
    return 0


def _remove(store: Library, options: argparse.Namespace, task: Task) -> int:
    settings = store.remove_registry(options.registry, task=task)
    if options.json:
        answers.write({"registries": list(settings.registries)})
    else:
        print(f"Removed {_host(options.registry)} from the list. Logins and images stay.")
    return 0


def _logins(store: Library, options: argparse.Namespace, task: Task) -> int:
    found = store.noted_logins(task=task)
    if options.copy is None:
        _warn(found.notes)
        if options.json:
            answers.write(
                {
                    "logins": [
                        {
                            "registry": row.registry,
                            "user": row.user or None,
                            "source": row.source,
                            "helper": row.helper or None,
                            "trouble": row.trouble or None,
                            "ours": row.ours or None,
                        }
                        for row in found.logins
                    ],
                    "keep": found.keep.value,
                    "where": found.where,
                }
            )
            return 0
        table(
            ("REGISTRY", "USER", "FROM", "NOTE"),
            (
                (
                    row.registry,
                    row.user or "(token)",
                    f"{row.helper} by {row.source}" if row.helper else row.source,
                    row.trouble or (f"ours too, in {row.ours}" if row.ours else ""),
                )
                for row in found.logins
            ),
        )
        return 0
    chosen = [_chosen(found.logins, host, options.source) for host in options.copy]
    # A command is a short session: what would only be kept for that is kept nowhere.
    done = store.copy_logins(chosen, "keyring", task=task)
    _warn(done.notes)
    if options.json:
        answers.write(
            {
                "copied": [{"registry": host, "user": user or None} for host, user in done.copied],
                "where": done.where,
                "notes": list(done.notes),
            }
        )
    for host, user in () if options.json else done.copied:
        print(f"Copied the login {display_name(user) or '(token)'} for {host} to {done.where}.")
    return 0 if len(done.copied) == len(set(chosen)) else 1


def _chosen(rows: tuple[NotedLogin, ...], text: str, source: str | None) -> tuple[str, str]:
    """The first login for a host; the engine says what is wrong with one that is not there."""
    host = _host(text)
    for row in rows:
        if row.registry == host and source in {None, row.source}:
            if row.trouble and source is None:
                continue
            return host, row.source
    return host, source or "any file"


def _host(text: str) -> str:
    from layerscope.engine.library.configuring import registry_host

    return registry_host(text)


def _answer(row: RegistryRow, test: ConnectionTest | None) -> answers.Answer:
    answer: answers.Answer = {
        "registry": row.host,
        "state": row.state.value,
        "signed_in_as": row.signed_in_as or None,
        "login_source": row.login_source or None,
        "ca_file": row.ca_file or None,
        "plain_http": row.plain_http,
        "mirrors": list(row.mirrors),
        "mirror_of": list(row.mirror_of),
        "token_servers": list(row.token_servers),
        "searching": row.searching.value,
        "note": row.note or None,
    }
    if test is not None:
        answer |= {
            "state": test.state.value,
            "encrypted": test.encrypted,
            "trouble": test.trouble or None,
        }
    return answer


def _note(row: RegistryRow, test: ConnectionTest | None) -> str:
    parts = [
        f"mirror of {', '.join(row.mirror_of)}" if row.mirror_of else "",
        f"mirrors: {', '.join(row.mirrors)}" if row.mirrors else "",
        "plain HTTP" if row.plain_http else "",
        f"logins also to {', '.join(row.token_servers)}" if row.token_servers else "",
        f"CA {row.ca_file}" if row.ca_file else "",
        test.trouble if test is not None else row.note,
    ]
    return "; ".join(part for part in parts if part)


def _state(state: str, user: str) -> str:
    return f"signed in as {user}" if state == "signed-in" else str(state)


def _warn(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"layerscope: {display_name(sentence)}", file=sys.stderr)
