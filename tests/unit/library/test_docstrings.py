"""Whatever one floor of the engine offers to another floor, or to a program, has a docstring."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import layerscope

_APP = Path(layerscope.__file__).parent
_ENGINE = "layerscope.engine"


def test_every_name_that_a_floor_offers_has_a_docstring() -> None:
    offered = sorted(_offered())
    missing = [
        where
        for module, name in offered
        for where, thing in _with_members(module, name)
        if not (inspect.getdoc(thing) or "").strip()
    ]

    assert len(offered) > 400, "the names were not found"
    assert not missing, "\n".join(["no docstring:", *missing])


def test_a_missing_docstring_is_noticed() -> None:
    class Bare:
        def done(self) -> None: ...

        @property
        def size(self) -> int:
            return 0

    noticed = [where for where, thing in _members("Bare", Bare) if not inspect.getdoc(thing)]

    assert noticed == ["Bare", "Bare.done", "Bare.size"]


def _offered() -> set[tuple[str, str]]:
    """(module, name) of all that some package of the engine exports, or that is imported from
    outside of the floor that holds it."""
    found = set()
    for path in _APP.rglob("*.py"):
        parts = ("layerscope", *path.relative_to(_APP).with_suffix("").parts)
        package = parts[:-1]
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.ImportFrom):
                continue
            base = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join((*base, *filter(None, [node.module])))
            exporting = path.name == "__init__.py" and source.startswith(".".join(package))
            if source.startswith(_ENGINE) and (exporting or _floor(source) != _floor(*parts)):
                found |= {(source, alias.name) for alias in node.names}
    return found


def _floor(*module: str) -> str:
    return ".".join(".".join(module).split(".")[:3])


def _with_members(module: str, name: str) -> Iterator[tuple[str, object]]:
    thing = getattr(importlib.import_module(module), name, None)
    inside = vars(thing) if inspect.ismodule(thing) else {name: thing}
    for each, value in inside.items():
        home = getattr(value, "__module__", None) or ""
        if inspect.ismodule(thing) and (each.startswith("_") or home != thing.__name__):
            continue
        if (inspect.isclass(value) or inspect.isfunction(value)) and home.startswith(_ENGINE):
            yield from _members(f"{home}.{value.__qualname__}", value)


def _members(where: str, thing: object) -> Iterator[tuple[str, object]]:
    """A class with its public methods and properties; a docstring of a base counts, one that
    Python writes itself (of a dataclass or an enumeration) does not."""
    yield where, _undocumented if _written_by_python(thing) else thing
    for name, member in vars(thing).items() if inspect.isclass(thing) else ():
        plain = inspect.unwrap(getattr(member, "__func__", member))
        if name.startswith("_") or not (inspect.isroutine(plain) or isinstance(member, property)):
            continue
        yield f"{where}.{name}", getattr(thing, name)


def _written_by_python(thing: object) -> bool:
    doc = getattr(thing, "__doc__", None)
    return doc is None or (inspect.isclass(thing) and doc.startswith(f"{thing.__name__}("))


def _undocumented() -> None: ...
