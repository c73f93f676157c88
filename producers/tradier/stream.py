"""Tradier's streaming session: asked for over REST, opened by WebSocket with its id, then one event a frame."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson

from infra.clock import Clock
from infra.errors import Permanent, Retryable
from producers.checked_stream import CheckedStream
from producers.rest import RestClient
from producers.source import Payload, Unlicensed
from producers.websocket import open_websocket

ENDPOINT = "markets-events"
SESSION_PATH = "/v1/markets/events/session"
_EVENTS = ("timesale", "quote")


@asynccontextmanager
async def open_stream(
    url: str, client: RestClient, symbols: Sequence[str], silence_seconds: float, clock: Clock
) -> AsyncIterator[CheckedStream]:
    """Get a session, connect, and subscribe to prints and quotes of the symbols.

    The vendor confirms nothing; a session that it does not know ends the connection with an error.

    Raises
    ------
    Unlicensed
        If the token is refused.
    Retryable
        If the vendor is away.
    """
    session = await _session(client)
    async with open_websocket(url, ENDPOINT, clock, silence_seconds) as inner:
        wanted = {"symbols": list(symbols), "filter": list(_EVENTS), "sessionid": session, "linebreak": True, "validOnly": True}
        await inner.send(orjson.dumps(wanted).decode())
        yield CheckedStream(inner, _raise_error)


def _raise_error(payload: Payload) -> None:
    """The vendor says ``{"error": ...}`` before it ends a connection."""
    if payload.body.startswith(b'{"error"'):
        said = payload.body[:200].decode(errors="replace")
        refused = any(word in said.lower() for word in ("unauthorized", "not authorized", "forbidden"))
        raise (Unlicensed if refused else Retryable)(f"expected Tradier's {ENDPOINT} to go on, found {said}")


async def _session(client: RestClient) -> str:
    """{"stream":{"url":"https://stream.tradier.com/v1/markets/events","sessionid":"c8638963-a6d4-4fb9-9bc6-e25fbd8c60c3"}}"""
    try:
        payload = await client.get(SESSION_PATH, SESSION_PATH, {}, method="POST")
        answer: Any = orjson.loads(payload.body)
    except (Permanent, orjson.JSONDecodeError) as error:
        raise Retryable(f"expected a session of {SESSION_PATH}, found {error}") from error
    stream = answer.get("stream") if isinstance(answer, dict) else None
    session = stream.get("sessionid") if isinstance(stream, dict) else None
    if not isinstance(session, str) or not session:
        raise Retryable(f"expected a session of {SESSION_PATH}, found none in the answer")
    return session
