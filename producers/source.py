"""The contract of a feed: what one vendor file must offer (ING-09). Everything else is done once, in `producers.supervisor`.

A new vendor is one file with one decorated factory::

    @feed(name="feed.toy", writes=("market.trades",), watermarked=("market.trades",), summary="Toy prints.")
    def toy(settings: Settings, clock: Clock) -> Source: ...
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from infra.clock import Clock
from infra.errors import Permanent, Retryable
from infra.settings import Settings
from infra.unit import UnitContext, unit
from producers.feed_limits import FeedLimits
from schemas.record import Record
from schemas.records import Licence

ALWAYS_WRITTEN = ("raw.payloads", "ops.heartbeats")


class Unlicensed(Retryable):
    """The vendor refuses our key or plan (401, 403): the feed says so and tries again at its slowest pace."""


class Crossed(Permanent):
    """A bid above the offer: the record is refused, and the truth meter counts it as what it is."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What a vendor sent, as received.

    Attributes
    ----------
    endpoint
        Channel or path without a symbol, e.g. ``stocks-websocket`` or ``/v3/trades``.
    received_us
        Market time before parsing.
    parameters
        What was asked for, e.g. the ticker; never a key.
    content_type
        Of the body, without its character set.
    acknowledge
        Called when the broker has all that came of it, for a vendor that wants to know how far we are.
    """

    endpoint: str
    body: bytes
    received_us: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    acknowledge: Callable[[], None] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Stamps:
    """What surrounds a payload: when it came, when it goes out, the latest moment an event may have (microseconds), the plan's delay."""

    received_us: int
    published_us: int
    latest_event_us: int
    backfilled: bool = False
    delay_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Parsed:
    """A record and the logical topic it belongs to."""

    topic: str
    record: Record


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of a payload that does not fit: the topic it was meant for, its bytes and why."""

    topic: str
    value: bytes
    error: Permanent


@dataclass(frozen=True, slots=True)
class Poll:
    """Something to fetch again and again, beside the stream."""

    name: str
    interval_market_seconds: float
    fetch: Callable[[], AsyncIterator[Payload]]


class Stream(Protocol):
    """An open, logged in and subscribed connection."""

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next payload, or None when none came in time.

        Raises
        ------
        Retryable
            When the connection is over, or silent for too long.
        """

    @property
    def complete_until_us(self) -> int | None:
        """Market moment up to which the other side has proved, e.g. by a pong, to have nothing left to send; read after a None."""

    @property
    def detail(self) -> str | None:
        """What is wrong with a connection that is otherwise live, e.g. a channel that our plan does not cover."""


class Source(Protocol):
    """One vendor's feed."""

    @property
    def unavailable(self) -> str | None:
        """Why the feed cannot run at all, e.g. no key is set; None when it can."""

    def connect(self) -> AbstractAsyncContextManager[Stream]:
        """Open, log in and subscribe; raises `Retryable` or `Unlicensed`."""

    def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        """Fetch what happened in ``[start_us, end_us)``, or until now, for some or all symbols."""

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        """Return the records in a payload; pure."""

    def polls(self) -> Sequence[Poll]:
        """Return what is fetched beside the stream."""

    async def close(self) -> None:
        """Let go of connections; called once, at the end."""


SourceFactory = Callable[[Settings, Clock], Source]
LimitsOf = Callable[[Settings], FeedLimits]


def _usual_limits(_: Settings) -> FeedLimits:
    return FeedLimits()


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """One registered feed.

    Attributes
    ----------
    name
        Unit name, ``feed.<vendor>``.
    writes
        Logical topics besides `ALWAYS_WRITTEN`.
    watermarked
        Topics whose records move the watermark and are never missed or repeated.
    build
        Makes the source.
    limits
        Reads the vendor's tolerances from the settings.
    licence
        What the vendor's terms allow (X-09).
    """

    name: str
    writes: tuple[str, ...]
    watermarked: tuple[str, ...]
    summary: str
    build: SourceFactory
    limits: LimitsOf = _usual_limits
    licence: Licence = Licence.INTERNAL


_FEEDS: dict[str, FeedSpec] = {}


def feed(
    *, name: str, writes: tuple[str, ...], watermarked: tuple[str, ...], summary: str, limits: LimitsOf = _usual_limits,
    licence: Licence = Licence.INTERNAL,
) -> Callable[[SourceFactory], SourceFactory]:  # fmt: skip
    """Register the decorated factory as a feed, and as the unit that runs it."""

    def register(build: SourceFactory) -> SourceFactory:
        spec = FeedSpec(name, writes, watermarked, summary, build, limits, licence)

        async def run(context: UnitContext) -> None:
            from producers.supervisor import run_feed  # imports this module

            await run_feed(spec, context)

        unit(name=name, kind="feed", summary=summary, writes=(*writes, *ALWAYS_WRITTEN))(run)
        _FEEDS[name] = spec
        return build

    return register


def feeds() -> dict[str, FeedSpec]:
    """Return all feeds registered so far, by unit name."""
    return dict(sorted(_FEEDS.items()))
