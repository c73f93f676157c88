"""The one palette: pages, charts, Discord embeds and mails take their colours from here.

Colour never carries meaning alone; a sign, an arrow or a word stands beside it.
"""

from __future__ import annotations

from typing import Final

BACKGROUND: Final = "#0e1117"
PANEL: Final = "#161b22"
TEXT: Final = "#e6edf3"
MUTED: Final = "#8b949e"
UP: Final = "#2dd4a7"
DOWN: Final = "#ff6b6b"
ATTENTION: Final = "#f5b83d"
INFORMATION: Final = "#58a6ff"
GAMMA: Final = "#a78bfa"


def as_integer(colour: str) -> int:
    """Return ``#rrggbb`` as the number Discord wants."""
    return int(colour.removeprefix("#"), 16)


def translucent(colour: str, opacity: float) -> str:
    """Return ``#rrggbb`` as a CSS colour that lets ``1 - opacity`` of the background through."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
