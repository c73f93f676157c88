"""A vendor's REST interface: paced, retried, answers as payloads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import httpx
import stamina

from infra.clock import Clock, monotonic_seconds
from infra.errors import Permanent, Retryable
from infra.metrics import listed
from producers.source import Payload, Unlicensed

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request says nothing that our own events do not
_ATTEMPTS = 4
_TIMEOUT_SECONDS = 10.0


class RestClient:
    """Fetches; one a source, open for the life of the process.

    Parameters
    ----------
    base_url
        Of the vendor.
    headers
        With the key; never logged nor published.
    requests_per_second
        Own limit, in real time.
    clock
        Market time, for stamps.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str], requests_per_second: float, clock: Clock) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, headers=dict(headers), timeout=_TIMEOUT_SECONDS, trust_env=False)
        self._interval = 1 / requests_per_second
        self._clock = clock
        self._next = 0.0

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, endpoint: str, parameters: Mapping[str, str]) -> Payload:
        """Return the answer of one request; tries again while that can help.

        Raises
        ------
        Unlicensed
            On 401 and 403.
        Retryable
            When the vendor stays away, errs, or limits us.
        Permanent
            When the request itself is wrong.
        """
        attempts = stamina.retry_context(on=_may_help, attempts=_ATTEMPTS, wait_initial=0.1, wait_max=2.0, timeout=None)
        async for attempt in attempts:
            with attempt:
                return await self._once(path, endpoint, parameters)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, path: str, endpoint: str, parameters: Mapping[str, str]) -> Payload:
        await self._pace(endpoint)
        began = monotonic_seconds()
        try:
            answer = await self._client.get(path, params=dict(parameters) or None)
        except httpx.TransportError as error:
            listed.VENDOR_RESPONSES.add(1, endpoint, "none")
            raise Retryable(f"expected an answer of {endpoint}, found {error!r}") from error
        listed.VENDOR_REQUEST_SECONDS.seen(monotonic_seconds() - began, endpoint)
        listed.VENDOR_RESPONSES.add(1, endpoint, str(answer.status_code))
        if answer.is_success:
            return Payload(endpoint, answer.content, self._clock.now_us(), parameters)
        found = f"expected status 200 of {endpoint}, found {answer.status_code}: {answer.text[:200]}"
        if answer.status_code in (401, 403):
            raise Unlicensed(found)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Retryable(found, _retry_after(answer))
        raise Permanent(found)

    async def _pace(self, endpoint: str) -> None:
        now = monotonic_seconds()
        self._next = max(self._next, now) + self._interval
        wait = self._next - self._interval - now
        if wait > 0:
            listed.VENDOR_PACING_SECONDS.add(wait, endpoint)
            await asyncio.sleep(wait)


def _may_help(error: Exception) -> bool | float:
    if isinstance(error, Unlicensed) or not isinstance(error, Retryable):
        return False
    return True if error.retry_after_seconds is None else error.retry_after_seconds


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.replace(".", "", 1).isdigit() else None
