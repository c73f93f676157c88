"""What the pages' queries return, beyond whole records: frozen, typed, moments in int microseconds."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.records import DeliveryReceipt, FeedHeartbeat, Session, SetupEvent, Tier


@dataclass(frozen=True, slots=True)
class FeedNow:
    """A feed's newest heartbeat and its rate since the one before.

    Attributes
    ----------
    records_per_second
        Of market time; None with one heartbeat or after a restart.
    """

    heartbeat: FeedHeartbeat
    records_per_second: float | None


@dataclass(frozen=True, slots=True)
class LiveSetup:
    """A setup as it stands.

    Attributes
    ----------
    event
        Its newest event.
    opened_at
        Its first event.
    state_since
        First event of its present state; the countdown runs from here to `event.expires_at`.
    first_stop
        Stop at that first event: what is at risk, also after the stop has followed the price.
    """

    event: SetupEvent
    opened_at: int
    state_since: int
    first_stop: float


@dataclass(frozen=True, slots=True)
class SymbolNow:
    """The newest view of one symbol, without what its features tell better."""

    symbol: str
    ts_event: int
    session: Session
    last_price: float | None
    last_trade_age_seconds: float | None
    bid_price: float | None
    bid_size: float | None
    ask_price: float | None
    ask_size: float | None
    quote_age_seconds: float | None
    spread_bps: float | None
    day_open: float | None
    day_high: float | None
    day_low: float | None
    day_volume: float
    session_vwap: float | None
    vwap_distance_bps: float | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SparkBar:
    """One minute of a sparkline."""

    window_start: int
    window_end: int
    high: float
    low: float
    close: float


@dataclass(frozen=True, slots=True)
class TierSummary:
    """How one tier's deliveries went. Lateness in market milliseconds from the promised moment; negative is early."""

    tier: Tier
    sent: int
    early: int
    least_ms: int
    median_ms: float
    p99_ms: float
    most_ms: int
    last_sent: int


@dataclass(frozen=True, slots=True)
class TierQueue:
    """What a tier's subscribers have yet to get.

    Attributes
    ----------
    waiting
        Told to premium, not due yet here.
    unsent
        Released to the tier, no receipt and not expired.
    oldest_due
        Promised moment of the oldest unsent one.
    expired
        Given up.
    """

    tier: Tier
    waiting: int
    unsent: int
    oldest_due: int | None
    expired: int


@dataclass(frozen=True, slots=True)
class Lateness:
    tier: Tier
    lateness_ms: int


@dataclass(frozen=True, slots=True)
class DeliveredThread:
    """All messages of one setup that reached a subscriber, oldest first."""

    setup_id: str
    symbol: str
    side: str
    receipts: tuple[DeliveryReceipt, ...]


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One table's size.

    Attributes
    ----------
    newest_event
        Newest moment stored within the horizon asked for; None when it holds nothing that new.
    last_insert
        Wall-clock moment of the newest part.
    """

    table: str
    rows: int
    bytes_on_disk: int
    newest_event: int | None
    last_insert: int | None
