"""What a simulated vendor gets at its door: each request with its moment, and what became of it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from infra.clock import MICROSECONDS, ManualClock
from producers.rest_catalog.catalog import Catalog
from producers.rest_catalog.request import request_of
from producers.rest_catalog.schedule import Line

_MINUTE_US = 60 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, whatever the page and however far was read before."""

    path: str
    query: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A request at the door.

    Attributes
    ----------
    is_first
        It asks for a first page.
    """

    moment_us: int
    request: Request
    is_first: bool


class Turning:
    """The parameters by which a catalogue's calls turn pages and go on where they were."""

    def __init__(self, catalog: Catalog) -> None:
        rows = [endpoint.rows for endpoint in catalog.content.endpoints]
        self._names = {name for one in rows for name in (one.page, one.older_than, one.newer_than) if name}
        self._first_pages = {(one.page, str(one.first_page)) for one in rows if one.page}
        self._of_pages = {name for one in rows for name in (one.page, one.older_than) if name}
        self._base_path = catalog.vendor.base_path

    def read(self, path: str, query: Iterable[tuple[str, str]]) -> tuple[Request, bool]:
        """Return what is asked for, and whether it is a first page."""
        pairs = list(query)
        turned = any(pair[0] in self._of_pages and pair not in self._first_pages for pair in pairs)
        return Request(unquote(path), tuple(sorted(pair for pair in pairs if pair[0] not in self._names))), not turned

    def planned(self, line: Line) -> Request:
        """Return what a line of the plan asks for."""
        path, rest, _ = request_of(line, self._base_path, line.query)
        return self.read(path, rest)[0]


class Door:
    """Sees each call that the simulator gets.

    Parameters
    ----------
    prefix
        Of the vendor's paths at the simulator.
    """

    def __init__(self, clock: ManualClock, turning: Turning, prefix: str) -> None:
        self.received: list[Received] = []
        self.statuses: Counter[int] = Counter()
        self.most_at_once = 0
        self._clock = clock
        self._turning = turning
        self._prefix = prefix
        self.answered: Counter[Request] = Counter()
        """First pages."""
        self._at_once = 0

    @web.middleware
    async def watch(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Note the call, and have it answered."""
        asked, is_first = self._turning.read(request.path.removeprefix(self._prefix), request.query.items())
        self.received.append(Received(self._clock.now_us(), asked, is_first))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            answer: web.StreamResponse = await handler(request)
        finally:
            self._at_once -= 1
        self.statuses[answer.status] += 1
        self.answered[asked] += is_first
        return answer

    def most_a_minute(self) -> int:
        """Return how many calls came within any 60 s of market time."""
        most, window = 0, deque[int]()
        for one in self.received:
            window.append(one.moment_us)
            while window[0] <= one.moment_us - _MINUTE_US:
                window.popleft()
            most = max(most, len(window))
        return most
