"""JSON read so strictly that no two programs can read a document differently."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from layerscope.engine.errors import LimitReached, MalformedDocument

MANIFEST_LIMIT = 4 * 1024 * 1024
CONFIG_LIMIT = 16 * 1024 * 1024
DEEPEST = 64
MOST_PARTS = 250_000

_INT64 = range(-(2**63), 2**63)
_LONGEST_INTEGER = 20
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_A_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def loads(data: bytes, what: str, limit: int = MANIFEST_LIMIT) -> object:
    """The value of a JSON document of at most ``limit`` bytes.

    ``what`` names the document and begins the sentence of the error: "The manifest of app:1".
    Raises LimitReached above the limit, and MalformedDocument for all that parsers disagree
    about or choke on: duplicate keys, NaN, byte order marks, invalid UTF-8, lone surrogates,
    integers beyond 64 bits, trailing text, nesting deeper than 64.
    """
    if len(data) > limit:
        raise LimitReached(
            f"{_capital(what)} is larger than {limit // 1024:,} KiB, the most that is read.",
            limit="document_bytes",
            value=limit,
        )
    reader = _Reader(what)
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        reader.refuse("begins with a byte order mark")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        reader.refuse(f"is not valid UTF-8 at byte {error.start}", error)
    reader.check_nesting(data)
    try:
        value = _decoder(reader).decode(text)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        reader.refuse(
            f"is not valid JSON (line {error.lineno}, column {error.colno}: {reason})", error
        )
    if _SURROGATE.search(data):
        reader.check_surrogates(value)
    return value


def complaint(what: str, rest: str) -> MalformedDocument:
    """The error whose sentence is ``what`` and ``rest``."""
    return MalformedDocument(f"{_capital(what)} {rest}.")


class _Reader:
    """The refusals of one document."""

    def __init__(self, what: str) -> None:
        self.what = what

    def refuse(self, rest: str, cause: Exception | None = None) -> NoReturn:
        raise complaint(self.what, rest) from cause

    def check_nesting(self, data: bytes) -> None:
        """Before any recursive parser sees the document."""
        if data.count(b"[") + data.count(b"{") <= DEEPEST:
            return
        brackets = _STRING.sub(b"", data).translate(None, _NOT_A_BRACKET)
        if len(brackets) > 2 * MOST_PARTS:
            self.refuse(f"has more than {MOST_PARTS:,} lists and objects")
        depth = 0
        for bracket in brackets:
            depth += 1 if bracket in b"[{" else -1
            if depth > DEEPEST:
                self.refuse(f"is nested more than {DEEPEST} levels deep")

    def check_surrogates(self, value: object) -> None:
        waiting = [value]
        while waiting:
            match waiting.pop():
                case str() as text:
                    try:
                        text.encode("utf-8")
                    except UnicodeEncodeError as error:
                        self.refuse("contains half a surrogate pair", error)
                case list() as items:
                    waiting.extend(items)
                case dict() as members:
                    waiting.extend(members.keys())
                    waiting.extend(members.values())

    def members(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.refuse(f"has the key {shown(key)} twice in one object")
                seen.add(key)
        return members

    def integer(self, digits: str) -> int:
        if len(digits) > _LONGEST_INTEGER or (number := int(digits)) not in _INT64:
            self.refuse(f"contains a number beyond 64 bits ({digits[:24]}…)")
        return number

    def fraction(self, digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            self.refuse(f"contains a number that is too large ({digits[:24]}…)")
        return number

    def constant(self, name: str) -> NoReturn:
        self.refuse(f"contains {name}, which is not JSON")


def shown(text: str) -> str:
    """``text`` from a document, quoted, in ASCII and short: fit for an error's sentence."""
    return ascii(text if len(text) <= 60 else f"{text[:59]}…").replace("'", '"')


def _decoder(reader: _Reader) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=reader.members,
        parse_int=reader.integer,
        parse_float=reader.fraction,
        parse_constant=reader.constant,
    )


def _capital(what: str) -> str:
    return what[:1].upper() + what[1:]
