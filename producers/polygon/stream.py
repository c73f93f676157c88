"""Polygon's WebSocket: log in, subscribe, then frames."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from infra.settings import PolygonSettings
from producers.polygon.parse import Status, parse_frame
from producers.source import Payload, Stamps, Unlicensed
from producers.websocket import WebSocketStream, open_websocket

ENDPOINT = "stocks-websocket"
CHANNELS = ("T", "Q", "AM")
_HANDSHAKE_SECONDS = 10.0
_ANY_TIME = 2**62


@asynccontextmanager
async def open_stream(settings: PolygonSettings, clock: Clock) -> AsyncIterator[WebSocketStream]:
    """Connect, log in and subscribe to trades, quotes and minute bars of the configured symbols.

    Raises
    ------
    Unlicensed
        If the key is refused.
    Retryable
        If the vendor is away or does not confirm in time.
    """
    async with open_websocket(settings.websocket_url, ENDPOINT, clock, settings.silence_seconds) as stream:
        await _expect(stream, "connected")
        await stream.send(_action("auth", settings.api_key.get_secret_value()))
        await _expect(stream, "auth_success")
        channels = [f"{channel}.{symbol}" for channel in CHANNELS for symbol in settings.symbols]
        await stream.send(_action("subscribe", ",".join(channels)))
        # Data of the first channels can come before the confirmation of the last; back-fill must begin after it.
        await _expect(stream, "success", channels[-1])
        yield stream


async def _expect(stream: WebSocketStream, wanted: str, named: str = "") -> None:
    """Read until a status ``wanted`` comes whose message names ``named``; put data aside for later."""
    deadline = monotonic_seconds() + _HANDSHAKE_SECONDS
    data: list[Payload] = []
    while monotonic_seconds() < deadline:
        payload = await stream.receive(_HANDSHAKE_SECONDS / 10)
        if payload is None:
            continue
        entries = parse_frame(payload.body, Stamps(0, 0, _ANY_TIME))
        statuses = [entry for entry in entries if isinstance(entry, Status)]
        if len(statuses) < len(entries):
            data.append(payload)
        for status in statuses:
            if status.status in ("auth_failed", "auth_timeout", "not_authorized"):
                raise Unlicensed(f"expected {wanted} from Polygon, found {status.status}: {status.message}")
            if status.status == wanted and named in status.message:
                for kept in data:
                    stream.put_back(kept)
                return
    raise Retryable(f"expected {wanted} {named} from Polygon within {_HANDSHAKE_SECONDS} s, found nothing of the kind")


def _action(action: str, parameters: str) -> str:
    return orjson.dumps({"action": action, "params": parameters}).decode()
