"""A call on its way to the vendor, how often it is tried, and why one may not be made at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from producers.rest_catalog.endpoint import Priority
from producers.rest_catalog.schedule import Call

ATTEMPTS = {Priority.CRITICAL: 4, Priority.IMPORTANT: 3, Priority.NICE: 2, Priority.BACKGROUND: 1}
"""How often a call is tried in all (ING-35)."""


class Skip(StrEnum):
    """Why a call that was due is not made."""

    CONDITION = "condition"
    PARENT_STALE = "parent_stale"
    CACHED = "cached"
    BREAKER_OPEN = "breaker_open"
    BUSY = "busy"
    SUPERSEDED = "superseded"
    FORBIDDEN = "forbidden"
    """The file says that this is never asked for."""
    USED_UP = "used_up"
    """The requests of the day or the month are gone."""
    PAUSED = "paused"
    """People want no calls."""
    THROTTLED = "throttled"
    """People want fewer calls."""
    LIMITED = "limited"
    """The vendor wants us to wait, and another vendor can be asked at once."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call on its way to the vendor.

    Attributes
    ----------
    number
        1 at first.
    not_before_us
        When it may go.
    made_up
        It was due before the process began.
    """

    call: Call
    number: int = 1
    not_before_us: int = 0
    made_up: bool = False
