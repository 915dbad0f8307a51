"""Which answers of a registry mean that a pull would fail, as long as nothing changes."""

from __future__ import annotations

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import RepositoryNotFound, SignInNeeded, TagNotFound
from layerscope.gui.plain import display


@dataclass(frozen=True, slots=True)
class Refusal:
    """``reference`` is canonical and ``why`` one sentence; ``host`` is where a sign-in might
    change it, "" where none would."""

    reference: str = ""
    why: str = ""
    host: str = ""


NOTHING = Refusal()


def refusal(reference: str, error: Exception) -> Refusal:
    """What an error says about a reference; NOTHING if the next try may go well."""
    match error:
        case SignInNeeded():
            return Refusal(reference, display(str(error)), error.registry)
        case RepositoryNotFound() | TagNotFound():
            return Refusal(reference, display(str(error)))
        case _:
            return NOTHING
