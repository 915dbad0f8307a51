"""Whether things may move: as the system says, or as the person chose."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from layerscope.gui.settings import Settings

KEY = "look.reduced-motion"  #: "system", "on" or "off"


def reduced(settings: Settings) -> bool:
    """True if what would move has to change at once, or by steps that a person takes."""
    chosen = settings.value(KEY, "system")
    if chosen != "system":
        return chosen == "on"
    # The system's wish can be asked for from Qt 6.12 on.
    hints = QGuiApplication.styleHints().accessibility()
    preference = getattr(hints, "motionPreference", None)
    return preference is not None and getattr(preference(), "name", "") == "ReducedMotion"
