"""Polygon's WebSocket: log in, subscribe channel by channel, then frames.

A plan without real-time data is refused by the real-time host and served by the delayed one; a channel that the plan does not cover is
refused by itself. The feed then goes on with what it gets, and says what is missing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import orjson

from infra.clock import MICROSECONDS, Clock, monotonic_seconds
from infra.errors import Retryable
from infra.logging_setup import logger
from infra.vendor_settings import PolygonSettings
from producers.polygon.parse import Status, parse_frame
from producers.source import Payload, Stamps, Unlicensed
from producers.websocket import WebSocketStream, open_websocket

ENDPOINT = "stocks-websocket"
_HANDSHAKE_SECONDS = 10.0
_ANY_TIME = 2**62
_REFUSALS = ("auth_failed", "auth_timeout", "not_authorized", "error")
log = logger(__name__)


class PolygonStream:
    """An open connection with its channels subscribed.

    Parameters
    ----------
    stream
        The socket.
    granted
        Channels that we get.
    missing
        What we do not get -> why; may grow.
    delay_seconds
        How far the data lies behind the market; 0 in real time.
    """

    def __init__(self, stream: WebSocketStream, granted: tuple[str, ...], missing: Mapping[str, str], delay_seconds: float) -> None:
        self.granted = granted
        self.delay_seconds = delay_seconds
        self._stream = stream
        self._missing = missing
        self._delay_us = round(delay_seconds * MICROSECONDS)

    @property
    def complete_until_us(self) -> int | None:
        """Moment up to which everything has come; behind the pong by as much as the data is delayed."""
        answered_us = self._stream.complete_until_us
        return None if answered_us is None else answered_us - self._delay_us

    @property
    def detail(self) -> str | None:
        """Say that the data is delayed, and what the plan does not cover."""
        said = [f"delayed by {self._delay_us / 60 / MICROSECONDS:g} minutes: the plan has no real-time data"] if self._delay_us else []
        if self._missing:
            said.append("not in the plan: " + ", ".join(f"{what} ({why})" for what, why in sorted(self._missing.items())))
        return "; ".join(said) or None

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next frame, or None when none came in time; raises `Retryable` when the connection is over or silent."""
        return await self._stream.receive(timeout_seconds)


@asynccontextmanager
async def open_stream(settings: PolygonSettings, clock: Clock, missing: dict[str, str]) -> AsyncIterator[PolygonStream]:
    """Connect, log in and subscribe to the configured channels of the configured symbols.

    Parameters
    ----------
    missing
        Gets the channels that are refused.

    Raises
    ------
    Unlicensed
        If the key or the plan is refused by the delayed host too.
    Retryable
        If the vendor is away or does not confirm in time.
    """
    async with AsyncExitStack() as stack:
        try:
            stream, granted = await _connected(stack, settings.websocket_url, settings, clock, missing)
            delay_seconds = 0.0
        except Unlicensed as refusal:
            if not settings.delayed_websocket_url:
                raise
            log.warning("plan_without_real_time", error=str(refusal))
            missing.clear()
            try:
                stream, granted = await _connected(stack, settings.delayed_websocket_url, settings, clock, missing)
            except Retryable as error:
                raise Unlicensed(f"{refusal}; of the delayed host: {error}") from error
            delay_seconds = settings.delay_seconds
        yield PolygonStream(stream, granted, missing, delay_seconds)


async def _connected(
    stack: AsyncExitStack, url: str, settings: PolygonSettings, clock: Clock, missing: dict[str, str]
) -> tuple[WebSocketStream, tuple[str, ...]]:
    """Open one host's socket for as long as ``stack`` lasts; return it and the channels we get."""
    async with AsyncExitStack() as attempt:
        stream = await attempt.enter_async_context(open_websocket(url, ENDPOINT, clock, settings.silence_seconds))
        await _expect(stream, "connected")
        await stream.send(_action("auth", settings.api_key.get_secret_value()))
        await _expect(stream, "auth_success")
        granted = []
        for channel in settings.channels:
            wanted = [f"{channel}.{symbol}" for symbol in settings.tickers_of(channel)]
            if not wanted:
                continue
            first, *others = wanted
            try:
                # One symbol first: a refusal does not say what it refuses, and of several symbols there would be several.
                await stream.send(_action("subscribe", first))
                await _expect(stream, "success", first)
                if others:
                    # Data of the first symbols can come before the confirmation of the last; back-fill must begin after it.
                    await stream.send(_action("subscribe", ",".join(others)))
                    await _expect(stream, "success", others[-1])
            except Unlicensed as refusal:
                log.warning("channel_refused", channel=channel, reason=str(refusal))
                missing[channel] = str(refusal)
                continue
            granted.append(channel)
        if not granted:
            raise Unlicensed(f"expected a channel of Polygon, found all refused: {missing}")
        stack.push_async_exit(attempt.pop_all())
        return stream, tuple(granted)


async def _expect(stream: WebSocketStream, wanted: str, named: str = "") -> None:
    """Read until a status ``wanted`` comes whose message names ``named``; put data aside for later."""
    deadline = monotonic_seconds() + _HANDSHAKE_SECONDS
    data: list[Payload] = []
    try:
        while monotonic_seconds() < deadline:
            payload = await stream.receive(_HANDSHAKE_SECONDS / 10)
            if payload is None:
                continue
            entries = parse_frame(payload.body, Stamps(0, 0, _ANY_TIME))
            statuses = [entry for entry in entries if isinstance(entry, Status)]
            if len(statuses) < len(entries):
                data.append(payload)
            for status in statuses:
                if status.status in _REFUSALS:
                    raise Unlicensed(f"expected {wanted}, found {status.status}: {status.message}")
                if status.status == "max_connections":
                    raise Retryable(f"expected {wanted} from Polygon, found {status.status}: {status.message}")
                if status.status == wanted and named in status.message:
                    return
    finally:
        for kept in data:
            stream.put_back(kept)
    raise Retryable(f"expected {wanted} {named} from Polygon within {_HANDSHAKE_SECONDS} s, found nothing of the kind")


def _action(action: str, parameters: str) -> str:
    return orjson.dumps({"action": action, "params": parameters}).decode()
