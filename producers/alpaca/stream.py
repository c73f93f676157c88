"""Alpaca's WebSocket: log in, subscribe, then frames; every error by its name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

import orjson

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from infra.vendor_settings import AlpacaSettings
from producers.alpaca.error_codes import error_of
from producers.alpaca.parse import Control, parse_frame
from producers.checked_stream import CheckedStream
from producers.source import Payload, Stamps
from producers.websocket import WebSocketStream, open_websocket

_HANDSHAKE_SECONDS = 10.0
_ANY_TIME = 2**62


@asynccontextmanager
async def open_stream(
    url: str, endpoint: str, settings: AlpacaSettings, channels: Mapping[str, Sequence[str]], clock: Clock
) -> AsyncIterator[CheckedStream]:
    """Connect, log in and subscribe; an error message ends the stream, as the vendor does at the next moment.

    Parameters
    ----------
    channels
        The vendor's symbols by channel, e.g. ``{"trades": ["AAPL"]}``.

    Raises
    ------
    Unlicensed
        If the key, or what it pays for, is refused.
    Retryable
        If the vendor is away or does not confirm in time.
    """
    wanted = {channel: list(symbols) for channel, symbols in channels.items() if symbols}
    async with open_websocket(url, endpoint, clock, settings.silence_seconds) as inner:
        await _expect(inner, endpoint, "success", "connected")
        key, secret = settings.api_key.get_secret_value(), settings.api_secret.get_secret_value()
        await inner.send(_message("auth", {"key": key, "secret": secret}))
        await _expect(inner, endpoint, "success", "authenticated")
        await inner.send(_message("subscribe", wanted))
        # Data can come before the confirmation; back-fill must begin after it.
        confirmed = await _expect(inner, endpoint, "subscription")
        missing = [name for name, symbols in wanted.items() if not set(symbols) <= set((confirmed.channels or {}).get(name) or [])]
        if missing:
            raise Retryable(f"expected Alpaca's {endpoint} to confirm {', '.join(wanted)}, found {', '.join(missing)} left out")
        yield CheckedStream(inner, partial(_raise_errors, endpoint))


def controls(payload: Payload) -> list[Control]:
    """Return the messages about the connection in a frame."""
    return [entry for entry in parse_frame(payload.body, Stamps(0, 0, _ANY_TIME)) if isinstance(entry, Control)]


async def _expect(stream: WebSocketStream, endpoint: str, kind: str, message: str = "") -> Control:
    """Read until a control message of this kind comes; put data aside for later."""
    deadline = monotonic_seconds() + _HANDSHAKE_SECONDS
    data: list[Payload] = []
    while monotonic_seconds() < deadline:
        payload = await stream.receive(_HANDSHAKE_SECONDS / 10)
        if payload is None:
            continue
        found = controls(payload)
        if not found:
            data.append(payload)
        for control in found:
            _raise_error(control, endpoint)
            if control.kind == kind and message in control.message:
                for kept in data:
                    stream.put_back(kept)
                return control
    raise Retryable(f"expected {kind} {message} from Alpaca's {endpoint} within {_HANDSHAKE_SECONDS} s, found nothing of the kind")


def _raise_errors(endpoint: str, payload: Payload) -> None:
    if b'"error"' in payload.body:
        for control in controls(payload):
            _raise_error(control, endpoint)


def _raise_error(control: Control, endpoint: str) -> None:
    if control.kind == "error":
        raise error_of(control.code, control.message, endpoint)


def _message(action: str, fields: Mapping[str, object]) -> str:
    return orjson.dumps({"action": action, **fields}).decode()
