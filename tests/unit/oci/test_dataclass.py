"""Our quick ``dataclass`` does what the standard library's does."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest

from layerscope.engine.dataclass import dataclass

T = TypeVar("T")
Decorator = Callable[..., Callable[[type], Any]]


class Odd(ValueError):
    """A value that refuses itself."""


def _classes(decorator: Decorator) -> dict[str, Any]:
    """The same classes, whoever makes them."""

    @decorator(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 2
        tags: list[str] = dataclasses.field(default_factory=list)
        raw: bytes = dataclasses.field(default=b"", repr=False)
        guess: bool = dataclasses.field(default=True, compare=False)

        @property
        def sum(self) -> int:
            return self.x + self.y

    @decorator(frozen=True, slots=True)
    class One:
        """With a text of its own."""

        name: str

        def __post_init__(self) -> None:
            if self.name == "odd":
                raise Odd

    @decorator(frozen=True, slots=True)
    class Nothing:
        pass

    @decorator(slots=True)
    class Heap:
        items: dict[str, int] = dataclasses.field(default_factory=dict)

    @decorator(frozen=True, slots=True)
    class Told:
        name: str
        age: int = 0

        def __str__(self) -> str:
            return "told"

        def __repr__(self) -> str:
            return "its own"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Told) and self.name == other.name

        def __hash__(self) -> int:
            return 7

    @decorator(frozen=True, slots=True)
    class Box(Generic[T]):
        inside: T

    found = (Point, One, Nothing, Heap, Told, Box)
    return {each.__name__: each for each in found}


OURS, THEIRS = _classes(dataclass), _classes(dataclasses.dataclass)


@pytest.fixture(params=[OURS, THEIRS], ids=["ours", "theirs"])
def made(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def test_arguments_come_by_place_and_by_name_and_have_defaults(made: dict[str, Any]) -> None:
    point = made["Point"](1, tags=["a"])
    assert (point.x, point.y, point.tags, point.raw, point.guess) == (1, 2, ["a"], b"", True)
    assert point.sum == 3
    with pytest.raises(TypeError):
        made["Point"]()
    with pytest.raises(TypeError):
        made["Point"](1, z=2)


def test_each_value_gets_a_fresh_default(made: dict[str, Any]) -> None:
    assert made["Heap"]().items is not made["Heap"]().items
    assert made["Heap"](None).items is None


def test_values_are_equal_by_the_fields_that_take_part(made: dict[str, Any]) -> None:
    point = made["Point"]
    assert point(1, tags=[]) == point(1, guess=False)
    assert point(1) != point(2)
    assert point(1) != (1, 2, [], b"", True)
    assert made["Nothing"]() == made["Nothing"]()
    assert made["One"]("a") == made["One"]("a")
    assert made["Told"]("a", 1) == made["Told"]("a", 2)


def test_frozen_values_are_hashed_by_what_they_are_compared_by(made: dict[str, Any]) -> None:
    point = made["Point"]
    assert hash(point(1, tags=(), guess=True)) == hash(point(1, tags=(), guess=False))
    assert len({made["One"]("a"), made["One"]("a"), made["One"]("b")}) == 2
    assert hash(made["Nothing"]()) == hash(made["Nothing"]())
    assert hash(made["Told"]("a")) == 7
    with pytest.raises(TypeError):
        hash(made["Heap"]())


def test_frozen_values_stay_as_they_are(made: dict[str, Any]) -> None:
    point = made["Point"](1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 3
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        point.other = 3
    heap = made["Heap"]()
    heap.items = {"a": 1}
    assert heap.items == {"a": 1}
    with pytest.raises(AttributeError):
        heap.other = 3


def test_the_text_of_a_value_names_its_fields(made: dict[str, Any]) -> None:
    assert repr(made["Point"](1)).endswith(".Point(x=1, y=2, tags=[], guess=True)")
    assert repr(made["Nothing"]()).endswith(".Nothing()")
    assert repr(made["Told"]("a")) == "its own"
    assert str(made["Told"]("a")) == "told"


def test_a_value_checks_itself_whenever_it_is_made(made: dict[str, Any]) -> None:
    with pytest.raises(Odd):
        made["One"]("odd")
    with pytest.raises(Odd):
        dataclasses.replace(made["One"]("even"), name="odd")


def test_what_the_standard_library_asks_of_a_dataclass_is_there(made: dict[str, Any]) -> None:
    point = made["Point"](1)
    assert dataclasses.replace(point, y=5).y == 5
    assert [field.name for field in dataclasses.fields(point)] == [
        "x", "y", "tags", "raw", "guess",
    ]  # fmt: skip
    assert dataclasses.asdict(made["One"]("a")) == {"name": "a"}
    assert made["Point"].__match_args__ == ("x", "y", "tags", "raw", "guess")
    assert made["One"].__doc__ == "With a text of its own."
    match point:
        case object(x=1, y=why):
            assert why == 2
        case _:
            pytest.fail("the pattern did not match")


def test_a_generic_class_holds_anything(made: dict[str, Any]) -> None:
    assert made["Box"]("a").inside == "a"


@dataclass(frozen=True, slots=True)
class Sent:
    """What travels between processes."""

    name: str
    sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.name == "odd":
            raise Odd


@dataclass(slots=True)
class Open:
    """One that can be changed travels as well."""

    count: int


@pytest.mark.parametrize("value", [Sent("a", (1, 2)), Sent("b"), Open(3)])
def test_values_survive_a_journey(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value


def test_what_it_cannot_make_it_refuses() -> None:
    class Loose:
        name: str

    class Late:
        name: str = dataclasses.field(init=False)

    with pytest.raises(TypeError, match="without slots"):
        dataclass(slots=False)(Loose)
    with pytest.raises(TypeError, match="no argument of its own"):
        dataclass(slots=True)(Late)
