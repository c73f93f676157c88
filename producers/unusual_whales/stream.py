"""Unusual Whales' WebSocket: connect with the token, join every channel, then frames.

A channel that the plan does not cover is refused by itself: the others go on, and the feed says which is missing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import orjson

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from infra.logging_setup import logger
from infra.vendor_settings import UnusualWhalesSettings
from producers.source import Payload, Unlicensed
from producers.websocket import WebSocketStream, open_websocket

ENDPOINT = "unusual-whales-websocket"
_ANSWERS_SECONDS = 10.0
_ANSWER, _LONGEST_ANSWER_BYTES = b'"response"', 512
_FRAMES_A_PAYLOAD = 256
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class JoinAnswer:
    """The vendor's reply to a join: no reason means that the channel is ours."""

    channel: str
    refused: str | None


def join_answer(frame: bytes) -> JoinAnswer | None:
    """Return what a frame says about a join; None if it is data.

    Sample: ``["gex:SPY",{"response":{},"status":"ok"}]``; a refusal has another status and ``reason`` in its response.
    """
    if len(frame) > _LONGEST_ANSWER_BYTES or _ANSWER not in frame:
        return None
    try:
        entry = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) and isinstance(entry[1], dict)):
        return None
    channel, reply = entry
    if reply.keys() != {"response", "status"}:
        return None
    if reply["status"] == "ok":
        return JoinAnswer(channel, None)
    response = reply["response"]
    reason = response.get("reason") if isinstance(response, dict) else None
    return JoinAnswer(channel, str(reason or reply["status"]))


class ChannelStream:
    """An open connection with its channels joined.

    Parameters
    ----------
    stream
        The socket.
    refused
        Channel -> why the vendor refused it.
    """

    def __init__(self, stream: WebSocketStream, refused: dict[str, str]) -> None:
        self._stream = stream
        self._refused = refused

    @property
    def complete_until_us(self) -> int | None:
        return self._stream.complete_until_us

    @property
    def detail(self) -> str | None:
        """Name the channels that we were refused, and why."""
        if not self._refused:
            return None
        return "refused channels: " + ", ".join(f"{channel} ({reason})" for channel, reason in sorted(self._refused.items()))

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next frames, one a line, or None when none came in time; notes a channel that is taken from us meanwhile.

        The vendor sends a frame for each of ten thousand trades a second: what has come together goes on together.

        Raises
        ------
        Retryable
            When the connection is closed, or silent for too long.
        """
        payload = await self._stream.receive(timeout_seconds)
        if payload is None:
            return None
        frames = [payload.body, *self._stream.waiting(_FRAMES_A_PAYLOAD - 1)]
        body = b"\n".join(frames)
        for frame in frames if _ANSWER in body else ():
            answer = join_answer(frame)
            if answer is not None and answer.refused is not None:
                log.warning("channel_refused", channel=answer.channel, reason=answer.refused)
                self._refused[answer.channel] = answer.refused
        return Payload(payload.endpoint, body, payload.received_us)


@asynccontextmanager
async def open_stream(settings: UnusualWhalesSettings, clock: Clock) -> AsyncIterator[ChannelStream]:
    """Connect and join the configured channels.

    Raises
    ------
    Unlicensed
        If the token is refused, or every channel is.
    Retryable
        If the vendor is away or does not answer each join in time.
    """
    address = f"{settings.websocket_url}?token={quote(settings.api_key.get_secret_value(), safe='')}"
    async with open_websocket(address, ENDPOINT, clock, settings.silence_seconds) as stream:
        refused = await _join(stream, settings.channels)
        if len(refused) == len(set(settings.channels)):
            raise Unlicensed(f"expected a channel of Unusual Whales, found all refused: {refused}")
        yield ChannelStream(stream, refused)


async def _join(stream: WebSocketStream, channels: Sequence[str]) -> dict[str, str]:
    """Join the channels and wait for every answer; data of the first may come before the answer of the last and is put back."""
    for channel in channels:
        await stream.send(orjson.dumps({"channel": channel, "msg_type": "join"}).decode())
    open_joins, refused = set(channels), dict[str, str]()
    data: list[Payload] = []
    deadline = monotonic_seconds() + _ANSWERS_SECONDS
    while open_joins:
        left = deadline - monotonic_seconds()
        if left <= 0:
            raise Retryable(f"expected an answer to each join within {_ANSWERS_SECONDS:g} s, found none for {', '.join(sorted(open_joins))}")
        payload = await stream.receive(min(left, _ANSWERS_SECONDS / 10))
        if payload is None:
            continue
        answer = join_answer(payload.body)
        if answer is None:
            data.append(payload)
            continue
        open_joins.discard(answer.channel)
        if answer.refused is not None:
            log.warning("channel_refused", channel=answer.channel, reason=answer.refused)
            refused[answer.channel] = answer.refused
    for kept in data:
        stream.put_back(kept)
    return refused
