"""What the simulated Polygon's account may do, and what its REST interface does wrong next."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A status in place of the answer, or the answer cut in half.

    Attributes
    ----------
    status
        None sends the answer as it should be, cut.
    retry_after
        With 429: whether the header says how long to wait.
    """

    status: int | None
    retry_after: bool = True


@dataclass(slots=True)
class PolygonAccess:
    """Rights of the account; REST and WebSocket share them.

    Attributes
    ----------
    expired
        No key is accepted.
    without_stream
        The plan covers no WebSocket and no history of prints (403).
    wrong
        Taken by the next requests, one each.
    """

    expired: bool = False
    without_stream: bool = False
    wrong: deque[WrongAnswer] = field(default_factory=deque)
