"""What every record says of itself, whatever it holds: when it happened, came and goes out, whose it is and what may be done with it."""

from __future__ import annotations

from typing import TypedDict

from schemas.records import Licence


class Stamped(TypedDict):
    """Fields every record has."""

    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
