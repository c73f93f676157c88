"""What every simulated REST vendor does at its door: asks for the key, counts requests, refuses in its own words, misbehaves when told."""

from __future__ import annotations

import hmac
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from infra.clock import MICROSECONDS, Clock
from infra.market_calendar import trading_day

_MINUTE_US = 60 * MICROSECONDS
Handler = Callable[[web.Request], Awaitable[web.Response]]


class UnknownSymbol(LookupError):
    """A ticker that the simulated market does not have."""


@dataclass(slots=True)
class Words:
    """How a vendor says no."""

    no_key: Callable[[], web.Response]
    limited: Callable[[], web.Response]
    day_used_up: Callable[[], web.Response]
    unknown: Callable[[str], web.Response]
    failed: Callable[[], web.Response]


@dataclass(slots=True)
class VendorDoor:
    """One vendor.

    Attributes
    ----------
    key_of
        Reads the key a request offers; None where no key is asked for.
    key
        The right one; empty lets any in.
    per_minute, per_day
        Requests allowed, market time; None without a limit.
    calls
        Requests by path, refused ones included.
    refusals_left, failures_left
        So many of the next requests are refused as over the limit, or fail.
    """

    name: str
    clock: Clock
    words: Words
    key_of: Callable[[web.Request], str] | None = None
    key: str = ""
    per_minute: int | None = None
    per_day: int | None = None
    calls: Counter[str] = field(default_factory=Counter)
    refusals_left: int = 0
    failures_left: int = 0
    _minute: deque[int] = field(default_factory=deque)
    _of_day: Counter[str] = field(default_factory=Counter)

    @property
    def prefix(self) -> str:
        """Where the vendor's own paths begin."""
        return f"/{self.name}"

    def add(self, app: web.Application, path: str, handler: Handler) -> None:
        """Let ``app`` answer a path of the vendor's."""

        async def guarded(request: web.Request) -> web.Response:
            self.calls[request.path.removeprefix(self.prefix)] += 1
            if (refused := self._refused(request)) is not None:
                return refused
            try:
                return await handler(request)
            except UnknownSymbol as error:
                return self.words.unknown(str(error.args[0]))

        app.router.add_get(self.prefix + path, guarded)

    def _refused(self, request: web.Request) -> web.Response | None:
        if self.key_of is not None:
            offered = self.key_of(request)
            if not offered or (self.key and not hmac.compare_digest(offered, self.key)):
                return self.words.no_key()
        if self.failures_left > 0:
            self.failures_left -= 1
            return self.words.failed()
        if self.refusals_left > 0:
            self.refusals_left -= 1
            return self.words.limited()
        now_us = self.clock.now_us()
        day = trading_day(now_us).isoformat()
        self._of_day[day] += 1
        if self.per_day is not None and self._of_day[day] > self.per_day:
            return self.words.day_used_up()
        while self._minute and self._minute[0] <= now_us - _MINUTE_US:
            self._minute.popleft()
        self._minute.append(now_us)
        return self.words.limited() if self.per_minute is not None and len(self._minute) > self.per_minute else None


def answer(body: Any, status: int = 200, **headers: str) -> web.Response:
    """Return a JSON answer."""
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=headers)
