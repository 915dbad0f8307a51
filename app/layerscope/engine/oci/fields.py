"""Typed reading of one JSON object: wrong types are refused, null counts as absent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from layerscope.engine.errors import AmbiguousDocument
from layerscope.engine.oci.frozen_map import FrozenMap
from layerscope.engine.oci.strict_json import complaint, shown


class Fields:
    """A JSON object.  ``where`` names it and begins the sentence of every error.

    Keys in ``names`` that are spelled with other capitals are refused: Go's decoder would read
    them, other decoders would not, and an attacker can live in between.
    """

    __slots__ = ("_members", "where")

    def __init__(self, value: object, where: str, names: Iterable[str] = ()) -> None:
        if not isinstance(value, dict):
            raise complaint(where, "is not a JSON object")
        self._members: dict[str, object] = value
        self.where = where
        self._refuse_other_spellings(names)

    def __contains__(self, key: str) -> bool:
        return self._members.get(key) is not None

    def text(self, key: str, absent: str = "") -> str:
        """``absent`` where it is absent or null; MalformedDocument for anything but a string."""
        value = self._members.get(key)
        if value is None:
            return absent
        if not isinstance(value, str):
            self.refuse(key, "is not a text")
        return value

    def required_text(self, key: str) -> str:
        """MalformedDocument where it is absent or null."""
        if self._members.get(key) is None:
            raise complaint(self.where, f"has no {key}")
        return self.text(key)

    def integer(self, key: str, absent: int = 0) -> int:
        """``absent`` where it is absent or null; true and 1.0 are no integers."""
        value = self._members.get(key)
        if value is None:
            return absent
        if type(value) is not int:
            self.refuse(key, "is not a whole number")
        return value

    def size(self, key: str) -> int:
        """A required number of bytes."""
        if self._members.get(key) is None:
            raise complaint(self.where, f"has no {key}")
        value = self.integer(key)
        if value < 0:
            self.refuse(key, "is negative")
        return value

    def flag(self, key: str) -> bool:
        """False where it is absent or null."""
        value = self._members.get(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.refuse(key, "is neither true nor false")
        return value

    def items(self, key: str) -> list[object] | None:
        """None where it is absent or null."""
        value = self._members.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self.refuse(key, "is not a list")
        return value

    def texts(self, key: str, *, alone: bool = False) -> tuple[str, ...] | None:
        """A list of texts; one text by itself is taken too if ``alone``."""
        value = self._members.get(key)
        if alone and isinstance(value, str):
            return (value,)
        items = self.items(key)
        if items is None:
            return None
        texts = []
        for item in items:
            if not isinstance(item, str):
                self.refuse(key, "holds something that is not a text")
            texts.append(item)
        return tuple(texts)

    def text_map(self, key: str) -> FrozenMap:
        """An object of texts; a null in place of a text is an empty one."""
        texts = []
        for name, value in self._object(key).items():
            if value is not None and not isinstance(value, str):
                self.refuse(key, "holds something that is not a text")
            texts.append((name, value or ""))
        return FrozenMap(texts)

    def keys_of(self, key: str) -> tuple[str, ...]:
        """The keys of an object whose values mean nothing (Volumes, ExposedPorts)."""
        return tuple(self._object(key))

    def value(self, key: str) -> object:
        """Whatever it is; None where it is absent."""
        return self._members.get(key)

    def folded(self, names: Iterable[str]) -> Fields:
        """The same object with the keys in ``names`` found as Go finds them, whatever their
        capitals; two spellings of one key are refused."""
        spelled = {name.casefold(): name for name in names}
        members: dict[str, object] = {}
        for key, value in self._members.items():
            name = spelled.get(key.casefold(), key)
            if name in members:
                raise AmbiguousDocument(f"{self.where} has the key {shown(name)} in two spellings.")
            members[name] = value
        return Fields(members, self.where)

    def refuse(self, key: str, rest: str, cause: Exception | None = None) -> NoReturn:
        """Raise MalformedDocument about the member ``key``."""
        raise complaint(self.where, f"cannot be read: its {key} {rest}") from cause

    def part(self, name: str) -> str:
        """The ``where`` of something inside: "Layer 3 of the manifest of app:1"."""
        within = self.where
        if within.startswith(("The ", "Layer ", "Entry ", "Step ")):
            within = within[0].lower() + within[1:]
        return f"{name} of {within}"

    def _object(self, key: str) -> dict[str, object]:
        value = self._members.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.refuse(key, "is not an object")
        return value

    def _refuse_other_spellings(self, names: Iterable[str]) -> None:
        spelled = {name.casefold(): name for name in names}
        for key in self._members:
            name = spelled.get(key.casefold(), key)
            if name != key:
                raise AmbiguousDocument(
                    f"{self.where} spells {shown(name)} as {shown(key)}, "
                    "which some programs read and others do not."
                )


def clause(error: Exception) -> str:
    """The sentence of an error, to be continued or to end another one."""
    sentence = str(error).removesuffix(".")
    return sentence[:1].lower() + sentence[1:]
