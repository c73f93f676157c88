"""A vendor's REST interface: paced, retried, answers as payloads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx
import stamina

from infra.clock import Clock, monotonic_seconds
from infra.errors import Permanent, Retryable
from infra.logging_setup import MASK
from infra.metrics import listed
from producers.source import Payload, Unlicensed

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request says nothing that our own events do not
_ATTEMPTS = 4
_TIMEOUT_SECONDS = 10.0
_LEAST_SECRET_CHARACTERS = 8  # a shorter one is no real key, and masking it would spoil data


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    payload: Payload

    @property
    def retry_after_seconds(self) -> float | None:
        """The vendor's wish, if it stated one in seconds."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.replace(".", "", 1).isdigit() else None

    def accepted(self) -> Payload:
        """Return the payload of a good answer.

        Raises
        ------
        Unlicensed
            On 401 and 403.
        Retryable
            When the vendor errs or limits us.
        Permanent
            When the request itself is wrong.
        """
        if 200 <= self.status < 300:
            return self.payload
        text = self.payload.body[:200].decode(errors="replace")
        found = f"expected status 200 of {self.payload.endpoint}, found {self.status}: {text}"
        if self.status in (401, 403):
            raise Unlicensed(found)
        if self.status == 429 or self.status >= 500:
            raise Retryable(found, self.retry_after_seconds)
        raise Permanent(found)


class RestClient:
    """Fetches; one a source, open for the life of the process.

    Parameters
    ----------
    base_url
        Of the vendor.
    headers
        With the key; never logged nor published.
    query
        The same for a vendor that takes its key in the address. Some write it into their answers; there it is masked.
    requests_per_second
        Own limit of `get`, in real time; who uses `ask` paces by himself.
    clock
        Market time, for stamps.
    """

    def __init__(
        self, base_url: str, headers: Mapping[str, str], requests_per_second: float, clock: Clock, query: Mapping[str, str] | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, headers=dict(headers), params=dict(query or {}), timeout=_TIMEOUT_SECONDS, trust_env=False
        )
        self._secrets = tuple(value.encode() for value in (query or {}).values() if len(value) >= _LEAST_SECRET_CHARACTERS)
        self._interval = 1 / requests_per_second
        self._clock = clock
        self._next = 0.0

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, endpoint: str, parameters: Mapping[str, str], *, method: str = "GET") -> Payload:
        """Return the answer of one request, which must be safe to repeat; tries again while that can help.

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
                await self._pace(endpoint)
                return (await self.ask(path, endpoint, tuple(parameters.items()), parameters, method=method)).accepted()
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def ask(
        self, path: str, endpoint: str, query: Sequence[tuple[str, str]], parameters: Mapping[str, str], *, method: str = "GET"
    ) -> Answer:
        """Send one request at once and return the answer, good or bad.

        Parameters
        ----------
        endpoint
            The path without a symbol: name of the metrics and of the payload.
        query
            What goes into the address.
        parameters
            What the payload says was asked for.

        Raises
        ------
        Retryable
            When no answer comes.
        """
        began = monotonic_seconds()
        try:
            answer = await self._client.request(method, path, params=list(query) or None)
        except httpx.TransportError as error:
            listed.VENDOR_RESPONSES.add(1, endpoint, "none")
            raise Retryable(f"expected an answer of {endpoint}, found {error!r}") from error
        listed.VENDOR_REQUEST_SECONDS.seen(monotonic_seconds() - began, endpoint)
        listed.VENDOR_RESPONSES.add(1, endpoint, str(answer.status_code))
        content_type = answer.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        body = self._without_secrets(answer.content)
        return Answer(answer.status_code, answer.headers, Payload(endpoint, body, self._clock.now_us(), parameters, content_type))

    def _without_secrets(self, body: bytes) -> bytes:
        for secret in self._secrets:
            body = body.replace(secret, MASK.encode())
        return body

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
