"""Generated from schemas/avro by `tapewire schemas generate`; change the .avsc files, not this one."""

# ruff: noqa: E501
from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Mapping, Self

from schemas.record import Record, finite

_EMPTY_MAP: Mapping[str, Any] = MappingProxyType({})


class AlertKind(StrEnum):
    """SETUP: a setup alert, not a position; POSITION: after a confirmed fill."""

    SETUP = "SETUP"
    POSITION = "POSITION"


class BoxState(StrEnum):
    """FORMED: compression found; EXTENDED: one more bar inside; BROKEN_*: a bar closed outside; DISSOLVED: too old or too wide."""

    FORMED = "FORMED"
    EXTENDED = "EXTENDED"
    BROKEN_UP = "BROKEN_UP"
    BROKEN_DOWN = "BROKEN_DOWN"
    DISSOLVED = "DISSOLVED"


class DepthLabel(StrEnum):
    """Whether depth confirmed the setup."""

    LIVE = "LIVE"
    DEMO = "DEMO"
    DELAYED = "DELAYED"
    NONE = "NONE"


class DepthMode(StrEnum):
    """Where the depth comes from."""

    LIVE = "LIVE"
    DEMO = "DEMO"
    DELAYED = "DELAYED"


class FeedState(StrEnum):
    """Condition of the feed."""

    CONNECTING = "CONNECTING"
    LIVE = "LIVE"
    BACKFILLING = "BACKFILLING"
    DOWN = "DOWN"
    UNLICENSED = "UNLICENSED"


class Resolution(StrEnum):
    """Length of a bar: 1 second to 1 day."""

    S1 = "S1"
    M1 = "M1"
    M2 = "M2"
    M5 = "M5"
    M15 = "M15"
    H1 = "H1"
    D1 = "D1"


class Session(StrEnum):
    """Phase of the New York trading day."""

    CLOSED = "CLOSED"
    PRE = "PRE"
    REGULAR = "REGULAR"
    AFTER = "AFTER"


class SetupOutcome(StrEnum):
    """How a setup ended."""

    TARGET = "TARGET"
    STOP = "STOP"
    EXPIRED = "EXPIRED"
    INVALIDATED = "INVALIDATED"


class SetupState(StrEnum):
    """ARMED: a qualified box, quiet heads-up; PRIMED: broke out, waiting for the retest; ACTIVE: retest held, triggered; RESOLVED: over."""

    ARMED = "ARMED"
    PRIMED = "PRIMED"
    ACTIVE = "ACTIVE"
    RESOLVED = "RESOLVED"


class Side(StrEnum):
    """Direction of a setup or signal."""

    LONG = "LONG"
    SHORT = "SHORT"


class Tier(StrEnum):
    """Entitlement."""

    PREMIUM = "PREMIUM"
    BASIC = "BASIC"
    FREE = "FREE"
    NONE = "NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Features(Record):
    """Indicators of one symbol at the close of one bar.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    resolution
        Bar length the features are computed on.
    window_end
        End of the newest bar that went in.
    ts_event
        When it happened at the source, UTC microseconds.
    bar_count
        Bars known at this resolution in this session and before; tells warm-up.
    close
        US dollars; close of the newest bar.
    atr_wilder_14
        US dollars; Wilder's average true range over 14 bars. Null while warming up.
    atr_simple_14
        US dollars; simple mean of the last 14 true ranges.
    ema_20
        US dollars; exponential mean, seeded with the simple mean of the first 20 closes.
    ema_50
        US dollars; the same over 50 closes.
    momentum_bps
        (close / previous close - 1) x 10,000.
    session_vwap
        US dollars; volume weighted since the session's 09:30 New York reset (pre-market has its own).
    vwap_distance_bps
        (close / session_vwap - 1) x 10,000.
    relative_volume
        Volume of this bar / mean volume of the 20 bars before it. Null while warming up or when that mean is 0.
    range_bps
        (high / low - 1) x 10,000 of the newest bar.
    spread_bps
        (ask - bid) / mid x 10,000 of the last quote before the tick; null without a fresh quote.
    day_high
        US dollars; highest price of the New York day.
    day_low
        US dollars; lowest price of the New York day.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.Features"

    symbol: str
    resolution: Resolution
    window_end: int
    ts_event: int
    bar_count: int
    close: float
    range_bps: float
    day_high: float
    day_low: float
    atr_wilder_14: float | None = None
    atr_simple_14: float | None = None
    ema_20: float | None = None
    ema_50: float | None = None
    momentum_bps: float | None = None
    session_vwap: float | None = None
    vwap_distance_bps: float | None = None
    relative_volume: float | None = None
    spread_bps: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "resolution": self.resolution,
            "window_end": self.window_end,
            "ts_event": self.ts_event,
            "bar_count": self.bar_count,
            "close": finite(self.close, "close"),
            "atr_wilder_14": None if self.atr_wilder_14 is None else finite(self.atr_wilder_14, "atr_wilder_14"),
            "atr_simple_14": None if self.atr_simple_14 is None else finite(self.atr_simple_14, "atr_simple_14"),
            "ema_20": None if self.ema_20 is None else finite(self.ema_20, "ema_20"),
            "ema_50": None if self.ema_50 is None else finite(self.ema_50, "ema_50"),
            "momentum_bps": None if self.momentum_bps is None else finite(self.momentum_bps, "momentum_bps"),
            "session_vwap": None if self.session_vwap is None else finite(self.session_vwap, "session_vwap"),
            "vwap_distance_bps": None if self.vwap_distance_bps is None else finite(self.vwap_distance_bps, "vwap_distance_bps"),
            "relative_volume": None if self.relative_volume is None else finite(self.relative_volume, "relative_volume"),
            "range_bps": finite(self.range_bps, "range_bps"),
            "spread_bps": None if self.spread_bps is None else finite(self.spread_bps, "spread_bps"),
            "day_high": finite(self.day_high, "day_high"),
            "day_low": finite(self.day_low, "day_low"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            resolution=Resolution(data["resolution"]),
            window_end=data["window_end"],
            ts_event=data["ts_event"],
            bar_count=data["bar_count"],
            close=finite(data["close"], "close"),
            atr_wilder_14=None if data["atr_wilder_14"] is None else finite(data["atr_wilder_14"], "atr_wilder_14"),
            atr_simple_14=None if data["atr_simple_14"] is None else finite(data["atr_simple_14"], "atr_simple_14"),
            ema_20=None if data["ema_20"] is None else finite(data["ema_20"], "ema_20"),
            ema_50=None if data["ema_50"] is None else finite(data["ema_50"], "ema_50"),
            momentum_bps=None if data["momentum_bps"] is None else finite(data["momentum_bps"], "momentum_bps"),
            session_vwap=None if data["session_vwap"] is None else finite(data["session_vwap"], "session_vwap"),
            vwap_distance_bps=None if data["vwap_distance_bps"] is None else finite(data["vwap_distance_bps"], "vwap_distance_bps"),
            relative_volume=None if data["relative_volume"] is None else finite(data["relative_volume"], "relative_volume"),
            range_bps=finite(data["range_bps"], "range_bps"),
            spread_bps=None if data["spread_bps"] is None else finite(data["spread_bps"], "spread_bps"),
            day_high=finite(data["day_high"], "day_high"),
            day_low=finite(data["day_low"], "day_low"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Box(Record):
    """A compression box: consecutive bars that stay inside a narrow range.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    box_id
        uuid5 of symbol, resolution and first bar.
    resolution
        M1 or M2.
    state
        What happened to the box at ts_event.
    ts_event
        When it happened at the source, UTC microseconds.
    window_start
        Start of the first bar inside.
    window_end
        End of the last bar inside.
    bar_count
        Bars inside.
    high
        US dollars; upper edge.
    low
        US dollars; lower edge.
    range_bps
        (high / low - 1) x 10,000.
    range_to_atr
        (high - low) / ATR at the start of the box: below 1 is compression.
    compression_ratio
        Mean bar range inside / mean bar range of as many bars before the box.
    mean_volume
        Shares a bar inside the box.
    touches_high
        Bars whose high came within a tenth of the box height of the upper edge.
    touches_low
        The same at the lower edge.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.Box"

    symbol: str
    box_id: str
    resolution: Resolution
    state: BoxState
    ts_event: int
    window_start: int
    window_end: int
    bar_count: int
    high: float
    low: float
    range_bps: float
    touches_high: int
    touches_low: int
    range_to_atr: float | None = None
    compression_ratio: float | None = None
    mean_volume: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "box_id": self.box_id,
            "resolution": self.resolution,
            "state": self.state,
            "ts_event": self.ts_event,
            "window_start": self.window_start,
            "window_end": self.window_end,
            "bar_count": self.bar_count,
            "high": finite(self.high, "high"),
            "low": finite(self.low, "low"),
            "range_bps": finite(self.range_bps, "range_bps"),
            "range_to_atr": None if self.range_to_atr is None else finite(self.range_to_atr, "range_to_atr"),
            "compression_ratio": None if self.compression_ratio is None else finite(self.compression_ratio, "compression_ratio"),
            "mean_volume": None if self.mean_volume is None else finite(self.mean_volume, "mean_volume"),
            "touches_high": self.touches_high,
            "touches_low": self.touches_low,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            box_id=data["box_id"],
            resolution=Resolution(data["resolution"]),
            state=BoxState(data["state"]),
            ts_event=data["ts_event"],
            window_start=data["window_start"],
            window_end=data["window_end"],
            bar_count=data["bar_count"],
            high=finite(data["high"], "high"),
            low=finite(data["low"], "low"),
            range_bps=finite(data["range_bps"], "range_bps"),
            range_to_atr=None if data["range_to_atr"] is None else finite(data["range_to_atr"], "range_to_atr"),
            compression_ratio=None if data["compression_ratio"] is None else finite(data["compression_ratio"], "compression_ratio"),
            mean_volume=None if data["mean_volume"] is None else finite(data["mean_volume"], "mean_volume"),
            touches_high=data["touches_high"],
            touches_low=data["touches_low"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar(Record):
    """Open, high, low, close and volume of the window [window_start, window_end). Vendor bars on market.bars, our own on derived.bars.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    resolution
        Length of the window.
    window_start
        First instant inside the window, UTC microseconds.
    window_end
        First instant after the window, UTC microseconds.
    open
        US dollars; price of the first eligible trade.
    high
        US dollars.
    low
        US dollars.
    close
        US dollars; price of the last eligible trade.
    volume
        Shares traded in the window.
    vwap
        US dollars; sum(price x size) / sum(size). Null when the vendor sends none.
    trade_count
        Number of trades in the window.
    revision
        0 for the first version; +1 each time a late trade changed the bar.
    source
        tapewire for our own bars, else the vendor.
    ts_event
        Our bars: the tick that closed or revised the window. Vendor bars: window_end.
    ts_received
        When our process read it from the vendor; null for our own bars.
    ts_published
        When the producer handed it to Kafka; null for our own bars (a pure function of their input).
    backfilled
        True when fetched over REST to fill a gap of the stream.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.Bar"

    symbol: str
    resolution: Resolution
    window_start: int
    window_end: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    source: str
    ts_event: int
    vwap: float | None = None
    trade_count: int | None = None
    revision: int = 0
    ts_received: int | None = None
    ts_published: int | None = None
    backfilled: bool = False

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "resolution": self.resolution,
            "window_start": self.window_start,
            "window_end": self.window_end,
            "open": finite(self.open, "open"),
            "high": finite(self.high, "high"),
            "low": finite(self.low, "low"),
            "close": finite(self.close, "close"),
            "volume": finite(self.volume, "volume"),
            "vwap": None if self.vwap is None else finite(self.vwap, "vwap"),
            "trade_count": self.trade_count,
            "revision": self.revision,
            "source": self.source,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "backfilled": self.backfilled,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            resolution=Resolution(data["resolution"]),
            window_start=data["window_start"],
            window_end=data["window_end"],
            open=finite(data["open"], "open"),
            high=finite(data["high"], "high"),
            low=finite(data["low"], "low"),
            close=finite(data["close"], "close"),
            volume=finite(data["volume"], "volume"),
            vwap=None if data["vwap"] is None else finite(data["vwap"], "vwap"),
            trade_count=data["trade_count"],
            revision=data["revision"],
            source=data["source"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            backfilled=data["backfilled"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketView(Record):
    """All that is known about a symbol at a tick: the only input of every decision. Built from records before ts_event alone.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    ts_event
        The tick this view was taken at, UTC microseconds.
    session
        Phase of the trading day.
    minutes_since_open
        Minutes since the regular open; null outside the regular session.
    last_price
        US dollars; close of the newest closed 1 s bar.
    last_trade_age_seconds
        Seconds from the end of that bar to the tick.
    interval_high
        US dollars; highest trade since the previous view; null without a trade.
    interval_low
        US dollars; lowest trade since the previous view.
    interval_volume
        Shares since the previous view.
    bid_price
        US dollars; null without a fresh quote.
    bid_size
        Shares.
    ask_price
        US dollars.
    ask_size
        Shares.
    quote_age_seconds
        Seconds from the quote to the tick.
    spread_bps
        (ask - bid) / mid x 10,000; null without a fresh quote.
    day_open
        US dollars; first price of the regular session.
    day_high
        US dollars; highest price of the New York day.
    day_low
        US dollars; lowest price of the New York day.
    day_volume
        Shares in the New York day.
    session_vwap
        US dollars; since the session's reset.
    vwap_distance_bps
        (last_price / session_vwap - 1) x 10,000.
    features_1m
        Newest features of 1-minute bars.
    features_2m
        Newest features of 2-minute bars.
    features_5m
        Newest features of 5-minute bars.
    box_1m
        Live or just ended box on 1-minute bars; null when there is none.
    box_2m
        The same on 2-minute bars.
    closed_bars
        Bars of 1 minute and longer that closed since the previous view, oldest first.
    flags
        Why values are missing or not to be trusted: stale_quote, no_quote, warming_up, late_data, feed_down.
    """

    FULL_NAME: ClassVar[str] = "tapewire.decisions.MarketView"

    symbol: str
    ts_event: int
    session: Session
    interval_volume: float
    day_volume: float
    minutes_since_open: float | None = None
    last_price: float | None = None
    last_trade_age_seconds: float | None = None
    interval_high: float | None = None
    interval_low: float | None = None
    bid_price: float | None = None
    bid_size: float | None = None
    ask_price: float | None = None
    ask_size: float | None = None
    quote_age_seconds: float | None = None
    spread_bps: float | None = None
    day_open: float | None = None
    day_high: float | None = None
    day_low: float | None = None
    session_vwap: float | None = None
    vwap_distance_bps: float | None = None
    features_1m: Features | None = None
    features_2m: Features | None = None
    features_5m: Features | None = None
    box_1m: Box | None = None
    box_2m: Box | None = None
    closed_bars: tuple[Bar, ...] = ()
    flags: tuple[str, ...] = ()

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "session": self.session,
            "minutes_since_open": None if self.minutes_since_open is None else finite(self.minutes_since_open, "minutes_since_open"),
            "last_price": None if self.last_price is None else finite(self.last_price, "last_price"),
            "last_trade_age_seconds": None if self.last_trade_age_seconds is None else finite(self.last_trade_age_seconds, "last_trade_age_seconds"),
            "interval_high": None if self.interval_high is None else finite(self.interval_high, "interval_high"),
            "interval_low": None if self.interval_low is None else finite(self.interval_low, "interval_low"),
            "interval_volume": finite(self.interval_volume, "interval_volume"),
            "bid_price": None if self.bid_price is None else finite(self.bid_price, "bid_price"),
            "bid_size": None if self.bid_size is None else finite(self.bid_size, "bid_size"),
            "ask_price": None if self.ask_price is None else finite(self.ask_price, "ask_price"),
            "ask_size": None if self.ask_size is None else finite(self.ask_size, "ask_size"),
            "quote_age_seconds": None if self.quote_age_seconds is None else finite(self.quote_age_seconds, "quote_age_seconds"),
            "spread_bps": None if self.spread_bps is None else finite(self.spread_bps, "spread_bps"),
            "day_open": None if self.day_open is None else finite(self.day_open, "day_open"),
            "day_high": None if self.day_high is None else finite(self.day_high, "day_high"),
            "day_low": None if self.day_low is None else finite(self.day_low, "day_low"),
            "day_volume": finite(self.day_volume, "day_volume"),
            "session_vwap": None if self.session_vwap is None else finite(self.session_vwap, "session_vwap"),
            "vwap_distance_bps": None if self.vwap_distance_bps is None else finite(self.vwap_distance_bps, "vwap_distance_bps"),
            "features_1m": None if self.features_1m is None else ("tapewire.derived.Features", self.features_1m.as_avro()),
            "features_2m": None if self.features_2m is None else ("tapewire.derived.Features", self.features_2m.as_avro()),
            "features_5m": None if self.features_5m is None else ("tapewire.derived.Features", self.features_5m.as_avro()),
            "box_1m": None if self.box_1m is None else ("tapewire.derived.Box", self.box_1m.as_avro()),
            "box_2m": None if self.box_2m is None else ("tapewire.derived.Box", self.box_2m.as_avro()),
            "closed_bars": [item.as_avro() for item in self.closed_bars],
            "flags": list(self.flags),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            session=Session(data["session"]),
            minutes_since_open=None if data["minutes_since_open"] is None else finite(data["minutes_since_open"], "minutes_since_open"),
            last_price=None if data["last_price"] is None else finite(data["last_price"], "last_price"),
            last_trade_age_seconds=None if data["last_trade_age_seconds"] is None else finite(data["last_trade_age_seconds"], "last_trade_age_seconds"),
            interval_high=None if data["interval_high"] is None else finite(data["interval_high"], "interval_high"),
            interval_low=None if data["interval_low"] is None else finite(data["interval_low"], "interval_low"),
            interval_volume=finite(data["interval_volume"], "interval_volume"),
            bid_price=None if data["bid_price"] is None else finite(data["bid_price"], "bid_price"),
            bid_size=None if data["bid_size"] is None else finite(data["bid_size"], "bid_size"),
            ask_price=None if data["ask_price"] is None else finite(data["ask_price"], "ask_price"),
            ask_size=None if data["ask_size"] is None else finite(data["ask_size"], "ask_size"),
            quote_age_seconds=None if data["quote_age_seconds"] is None else finite(data["quote_age_seconds"], "quote_age_seconds"),
            spread_bps=None if data["spread_bps"] is None else finite(data["spread_bps"], "spread_bps"),
            day_open=None if data["day_open"] is None else finite(data["day_open"], "day_open"),
            day_high=None if data["day_high"] is None else finite(data["day_high"], "day_high"),
            day_low=None if data["day_low"] is None else finite(data["day_low"], "day_low"),
            day_volume=finite(data["day_volume"], "day_volume"),
            session_vwap=None if data["session_vwap"] is None else finite(data["session_vwap"], "session_vwap"),
            vwap_distance_bps=None if data["vwap_distance_bps"] is None else finite(data["vwap_distance_bps"], "vwap_distance_bps"),
            features_1m=None if data["features_1m"] is None else Features.from_avro(data["features_1m"]),
            features_2m=None if data["features_2m"] is None else Features.from_avro(data["features_2m"]),
            features_5m=None if data["features_5m"] is None else Features.from_avro(data["features_5m"]),
            box_1m=None if data["box_1m"] is None else Box.from_avro(data["box_1m"]),
            box_2m=None if data["box_2m"] is None else Box.from_avro(data["box_2m"]),
            closed_bars=tuple([Bar.from_avro(item) for item in data["closed_bars"]]),
            flags=tuple(data["flags"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupEvent(Record):
    """One transition of a setup, or a target reached.

    Attributes
    ----------
    event_id
        uuid5 of setup_id and sequence.
    setup_id
        uuid5 of box_id, side and arming tick; one thread per setup and tier.
    sequence
        0, 1, 2 ... within the setup.
    strategy
        Id of the strategy that owns the setup, e.g. box-break-retest.
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    side
        LONG or SHORT.
    previous_state
        Null for the first event.
    state
        State after the transition.
    outcome
        Only when RESOLVED.
    ts_event
        Tick of the view that caused it.
    expires_at
        Time to live of the state: the setup resolves EXPIRED at this tick.
    box_id
        The box it trades.
    box_resolution
        Bar length of that box.
    box_high
        US dollars.
    box_low
        US dollars.
    trigger_price
        US dollars; the edge that breaks.
    entry_price
        US dollars; price at the trigger; null before ACTIVE.
    stop_price
        US dollars; the setup is wrong beyond it.
    targets
        US dollars, nearest first.
    targets_reached
        How many of the targets were touched.
    reward_to_risk
        (first target - entry or trigger) / (entry or trigger - stop), positive for both sides.
    exit_price
        US dollars; price that resolved it; null before RESOLVED or without a trade.
    result_r
        (exit - entry) / (entry - stop), signed; only after ACTIVE.
    last_price
        US dollars; price in the view.
    spread_bps
        From the view.
    relative_volume
        From the view's features at the box's resolution.
    vwap_distance_bps
        From the view.
    atr
        US dollars; ATR at the box's resolution.
    bid_price
        US dollars, from the view.
    ask_price
        US dollars, from the view.
    depth_label
        NONE: candle mode.
    reasons
        Why, in plain words, most important first; at most three.
    """

    FULL_NAME: ClassVar[str] = "tapewire.decisions.SetupEvent"

    event_id: str
    setup_id: str
    sequence: int
    strategy: str
    symbol: str
    side: Side
    state: SetupState
    ts_event: int
    expires_at: int
    box_id: str
    box_resolution: Resolution
    box_high: float
    box_low: float
    trigger_price: float
    stop_price: float
    depth_label: DepthLabel
    reasons: tuple[str, ...]
    previous_state: SetupState | None = None
    outcome: SetupOutcome | None = None
    entry_price: float | None = None
    targets: tuple[float, ...] = ()
    targets_reached: int = 0
    reward_to_risk: float | None = None
    exit_price: float | None = None
    result_r: float | None = None
    last_price: float | None = None
    spread_bps: float | None = None
    relative_volume: float | None = None
    vwap_distance_bps: float | None = None
    atr: float | None = None
    bid_price: float | None = None
    ask_price: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "event_id": self.event_id,
            "setup_id": self.setup_id,
            "sequence": self.sequence,
            "strategy": self.strategy,
            "symbol": self.symbol,
            "side": self.side,
            "previous_state": self.previous_state,
            "state": self.state,
            "outcome": self.outcome,
            "ts_event": self.ts_event,
            "expires_at": self.expires_at,
            "box_id": self.box_id,
            "box_resolution": self.box_resolution,
            "box_high": finite(self.box_high, "box_high"),
            "box_low": finite(self.box_low, "box_low"),
            "trigger_price": finite(self.trigger_price, "trigger_price"),
            "entry_price": None if self.entry_price is None else finite(self.entry_price, "entry_price"),
            "stop_price": finite(self.stop_price, "stop_price"),
            "targets": [finite(item, "targets") for item in self.targets],
            "targets_reached": self.targets_reached,
            "reward_to_risk": None if self.reward_to_risk is None else finite(self.reward_to_risk, "reward_to_risk"),
            "exit_price": None if self.exit_price is None else finite(self.exit_price, "exit_price"),
            "result_r": None if self.result_r is None else finite(self.result_r, "result_r"),
            "last_price": None if self.last_price is None else finite(self.last_price, "last_price"),
            "spread_bps": None if self.spread_bps is None else finite(self.spread_bps, "spread_bps"),
            "relative_volume": None if self.relative_volume is None else finite(self.relative_volume, "relative_volume"),
            "vwap_distance_bps": None if self.vwap_distance_bps is None else finite(self.vwap_distance_bps, "vwap_distance_bps"),
            "atr": None if self.atr is None else finite(self.atr, "atr"),
            "bid_price": None if self.bid_price is None else finite(self.bid_price, "bid_price"),
            "ask_price": None if self.ask_price is None else finite(self.ask_price, "ask_price"),
            "depth_label": self.depth_label,
            "reasons": list(self.reasons),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            event_id=data["event_id"],
            setup_id=data["setup_id"],
            sequence=data["sequence"],
            strategy=data["strategy"],
            symbol=data["symbol"],
            side=Side(data["side"]),
            previous_state=None if data["previous_state"] is None else SetupState(data["previous_state"]),
            state=SetupState(data["state"]),
            outcome=None if data["outcome"] is None else SetupOutcome(data["outcome"]),
            ts_event=data["ts_event"],
            expires_at=data["expires_at"],
            box_id=data["box_id"],
            box_resolution=Resolution(data["box_resolution"]),
            box_high=finite(data["box_high"], "box_high"),
            box_low=finite(data["box_low"], "box_low"),
            trigger_price=finite(data["trigger_price"], "trigger_price"),
            entry_price=None if data["entry_price"] is None else finite(data["entry_price"], "entry_price"),
            stop_price=finite(data["stop_price"], "stop_price"),
            targets=tuple([finite(item, "targets") for item in data["targets"]]),
            targets_reached=data["targets_reached"],
            reward_to_risk=None if data["reward_to_risk"] is None else finite(data["reward_to_risk"], "reward_to_risk"),
            exit_price=None if data["exit_price"] is None else finite(data["exit_price"], "exit_price"),
            result_r=None if data["result_r"] is None else finite(data["result_r"], "result_r"),
            last_price=None if data["last_price"] is None else finite(data["last_price"], "last_price"),
            spread_bps=None if data["spread_bps"] is None else finite(data["spread_bps"], "spread_bps"),
            relative_volume=None if data["relative_volume"] is None else finite(data["relative_volume"], "relative_volume"),
            vwap_distance_bps=None if data["vwap_distance_bps"] is None else finite(data["vwap_distance_bps"], "vwap_distance_bps"),
            atr=None if data["atr"] is None else finite(data["atr"], "atr"),
            bid_price=None if data["bid_price"] is None else finite(data["bid_price"], "bid_price"),
            ask_price=None if data["ask_price"] is None else finite(data["ask_price"], "ask_price"),
            depth_label=DepthLabel(data["depth_label"]),
            reasons=tuple(data["reasons"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal(Record):
    """A strategy's call to act.

    Attributes
    ----------
    signal_id
        uuid5 of strategy, symbol, side and tick.
    strategy
        Id of the strategy.
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    side
        LONG or SHORT.
    ts_event
        Tick of the view that caused it.
    valid_until
        Nobody may act on it later.
    confidence
        0 to 1, from the strategy's own stated rule.
    triggers
        Conditions that held, each with its number.
    price
        US dollars; last price at the tick.
    entry_price
        US dollars.
    stop_price
        US dollars.
    targets
        US dollars, nearest first.
    reward_to_risk
        See SetupEvent.
    setup_id
        Setup it came from, if any.
    """

    FULL_NAME: ClassVar[str] = "tapewire.decisions.Signal"

    signal_id: str
    strategy: str
    symbol: str
    side: Side
    ts_event: int
    valid_until: int
    confidence: float
    triggers: tuple[str, ...]
    price: float | None = None
    entry_price: float | None = None
    stop_price: float | None = None
    targets: tuple[float, ...] = ()
    reward_to_risk: float | None = None
    setup_id: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "signal_id": self.signal_id,
            "strategy": self.strategy,
            "symbol": self.symbol,
            "side": self.side,
            "ts_event": self.ts_event,
            "valid_until": self.valid_until,
            "confidence": finite(self.confidence, "confidence"),
            "triggers": list(self.triggers),
            "price": None if self.price is None else finite(self.price, "price"),
            "entry_price": None if self.entry_price is None else finite(self.entry_price, "entry_price"),
            "stop_price": None if self.stop_price is None else finite(self.stop_price, "stop_price"),
            "targets": [finite(item, "targets") for item in self.targets],
            "reward_to_risk": None if self.reward_to_risk is None else finite(self.reward_to_risk, "reward_to_risk"),
            "setup_id": self.setup_id,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            signal_id=data["signal_id"],
            strategy=data["strategy"],
            symbol=data["symbol"],
            side=Side(data["side"]),
            ts_event=data["ts_event"],
            valid_until=data["valid_until"],
            confidence=finite(data["confidence"], "confidence"),
            triggers=tuple(data["triggers"]),
            price=None if data["price"] is None else finite(data["price"], "price"),
            entry_price=None if data["entry_price"] is None else finite(data["entry_price"], "entry_price"),
            stop_price=None if data["stop_price"] is None else finite(data["stop_price"], "stop_price"),
            targets=tuple([finite(item, "targets") for item in data["targets"]]),
            reward_to_risk=None if data["reward_to_risk"] is None else finite(data["reward_to_risk"], "reward_to_risk"),
            setup_id=data["setup_id"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRefusal(Record):
    """A signal or setup that a gate held back, and by how much it missed.

    Attributes
    ----------
    refusal_id
        uuid5 of its causes.
    strategy
        Id of the strategy.
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    side
        Null when the side was not yet known.
    ts_event
        Tick of the view.
    candidate_id
        Box, setup or signal id that was refused.
    gate
        Stable code in upper case, e.g. SPREAD_CAP, RVOL_FLOOR, RANGE_CAP, REWARD_TO_RISK, MISSING_QUOTE.
    value
        What was measured; null when it was missing.
    limit
        What was allowed.
    unit
        Unit of both, e.g. bps, ratio.
    message
        One sentence: expected and found.
    """

    FULL_NAME: ClassVar[str] = "tapewire.decisions.SignalRefusal"

    refusal_id: str
    strategy: str
    symbol: str
    ts_event: int
    candidate_id: str
    gate: str
    unit: str
    message: str
    side: Side | None = None
    value: float | None = None
    limit: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "refusal_id": self.refusal_id,
            "strategy": self.strategy,
            "symbol": self.symbol,
            "side": self.side,
            "ts_event": self.ts_event,
            "candidate_id": self.candidate_id,
            "gate": self.gate,
            "value": None if self.value is None else finite(self.value, "value"),
            "limit": None if self.limit is None else finite(self.limit, "limit"),
            "unit": self.unit,
            "message": self.message,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            refusal_id=data["refusal_id"],
            strategy=data["strategy"],
            symbol=data["symbol"],
            side=None if data["side"] is None else Side(data["side"]),
            ts_event=data["ts_event"],
            candidate_id=data["candidate_id"],
            gate=data["gate"],
            value=None if data["value"] is None else finite(data["value"], "value"),
            limit=None if data["limit"] is None else finite(data["limit"], "limit"),
            unit=data["unit"],
            message=data["message"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthMetrics(Record):
    """What one order book snapshot says in numbers; null where a side is empty.

    Attributes
    ----------
    symbol
        Ticker.
    ts_event
        Time of the snapshot, UTC microseconds.
    mode
        Where the depth comes from.
    generation
        Subscription of the snapshot.
    sequence
        Number of the snapshot.
    age_ms
        Milliseconds since the last update of the book when the snapshot was taken.
    bid_price
        Best bid, US dollars.
    ask_price
        Best ask, US dollars.
    bid_size_5
        Shares on the five best bids.
    ask_size_5
        Shares on the five best asks.
    spread_bps
        (ask - bid) / mid x 10,000.
    imbalance_5
        (bids - asks) / (bids + asks) in shares over five levels a side, -1 to 1.
    imbalance_10
        The same over ten levels a side.
    microprice
        Best prices weighted by the size of the other side, US dollars.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.DepthMetrics"

    symbol: str
    ts_event: int
    mode: DepthMode
    generation: int
    sequence: int
    age_ms: int
    bid_size_5: float
    ask_size_5: float
    bid_price: float | None = None
    ask_price: float | None = None
    spread_bps: float | None = None
    imbalance_5: float | None = None
    imbalance_10: float | None = None
    microprice: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "mode": self.mode,
            "generation": self.generation,
            "sequence": self.sequence,
            "age_ms": self.age_ms,
            "bid_price": None if self.bid_price is None else finite(self.bid_price, "bid_price"),
            "ask_price": None if self.ask_price is None else finite(self.ask_price, "ask_price"),
            "bid_size_5": finite(self.bid_size_5, "bid_size_5"),
            "ask_size_5": finite(self.ask_size_5, "ask_size_5"),
            "spread_bps": None if self.spread_bps is None else finite(self.spread_bps, "spread_bps"),
            "imbalance_5": None if self.imbalance_5 is None else finite(self.imbalance_5, "imbalance_5"),
            "imbalance_10": None if self.imbalance_10 is None else finite(self.imbalance_10, "imbalance_10"),
            "microprice": None if self.microprice is None else finite(self.microprice, "microprice"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            mode=DepthMode(data["mode"]),
            generation=data["generation"],
            sequence=data["sequence"],
            age_ms=data["age_ms"],
            bid_price=None if data["bid_price"] is None else finite(data["bid_price"], "bid_price"),
            ask_price=None if data["ask_price"] is None else finite(data["ask_price"], "ask_price"),
            bid_size_5=finite(data["bid_size_5"], "bid_size_5"),
            ask_size_5=finite(data["ask_size_5"], "ask_size_5"),
            spread_bps=None if data["spread_bps"] is None else finite(data["spread_bps"], "spread_bps"),
            imbalance_5=None if data["imbalance_5"] is None else finite(data["imbalance_5"], "imbalance_5"),
            imbalance_10=None if data["imbalance_10"] is None else finite(data["imbalance_10"], "imbalance_10"),
            microprice=None if data["microprice"] is None else finite(data["microprice"], "microprice"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAlert(Record):
    """What basic subscribers get: the entry, no analytics, no stop or target numbers.

    Attributes
    ----------
    alert_id
        uuid5 of the setup event and the tier.
    event_id
        Setup event it tells.
    setup_id
        Thread it belongs to.
    sequence
        Place in the thread, 0 opens it.
    kind
        What the subscriber may call it.
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    side
        LONG or SHORT.
    state
        State it tells.
    outcome
        Only when RESOLVED.
    ts_event
        Tick of the decision, market time.
    ts_published
        When fan-out published it; the delay counts from here.
    not_before
        The tier may not see it earlier: ts_published + the tier's delay.
    expires_at
        After this a delivery is pointless: it goes to distribution.expired.
    trigger_price
        US dollars.
    entry_price
        US dollars.
    stop_set
        A stop exists; its price is premium.
    target_count
        How many targets exist; their prices are premium.
    targets_reached
        How many of them were touched; at what price is premium.
    """

    FULL_NAME: ClassVar[str] = "tapewire.distribution.BasicAlert"

    alert_id: str
    event_id: str
    setup_id: str
    sequence: int
    kind: AlertKind
    symbol: str
    side: Side
    state: SetupState
    ts_event: int
    ts_published: int
    not_before: int
    expires_at: int
    trigger_price: float
    stop_set: bool
    target_count: int
    outcome: SetupOutcome | None = None
    entry_price: float | None = None
    targets_reached: int = 0

    def as_avro(self) -> dict[str, Any]:
        return {
            "alert_id": self.alert_id,
            "event_id": self.event_id,
            "setup_id": self.setup_id,
            "sequence": self.sequence,
            "kind": self.kind,
            "symbol": self.symbol,
            "side": self.side,
            "state": self.state,
            "outcome": self.outcome,
            "ts_event": self.ts_event,
            "ts_published": self.ts_published,
            "not_before": self.not_before,
            "expires_at": self.expires_at,
            "trigger_price": finite(self.trigger_price, "trigger_price"),
            "entry_price": None if self.entry_price is None else finite(self.entry_price, "entry_price"),
            "stop_set": self.stop_set,
            "target_count": self.target_count,
            "targets_reached": self.targets_reached,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            alert_id=data["alert_id"],
            event_id=data["event_id"],
            setup_id=data["setup_id"],
            sequence=data["sequence"],
            kind=AlertKind(data["kind"]),
            symbol=data["symbol"],
            side=Side(data["side"]),
            state=SetupState(data["state"]),
            outcome=None if data["outcome"] is None else SetupOutcome(data["outcome"]),
            ts_event=data["ts_event"],
            ts_published=data["ts_published"],
            not_before=data["not_before"],
            expires_at=data["expires_at"],
            trigger_price=finite(data["trigger_price"], "trigger_price"),
            entry_price=None if data["entry_price"] is None else finite(data["entry_price"], "entry_price"),
            stop_set=data["stop_set"],
            target_count=data["target_count"],
            targets_reached=data["targets_reached"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReceipt(Record):
    """Proof that a message reached its platform, and where follow-ups must go. Compacted by delivery_id.

    Attributes
    ----------
    delivery_id
        uuid5 of alert_id, subscriber_id.
    alert_id
        What was told.
    setup_id
        Thread key.
    sequence
        Place in the thread.
    subscriber_id
        Who.
    channel
        Platform.
    address
        Channel's own address.
    tier
        Tier of the message.
    message_id
        Platform's id of the message.
    thread_id
        Platform's id of the thread.
    not_before
        Promise that was made.
    ts_sent
        When the platform accepted it.
    lateness_ms
        Market milliseconds from not_before to ts_sent; never negative.
    headline
        First line as the subscriber saw it.
    """

    FULL_NAME: ClassVar[str] = "tapewire.distribution.DeliveryReceipt"

    delivery_id: str
    alert_id: str
    setup_id: str
    sequence: int
    subscriber_id: str
    channel: str
    address: str
    tier: Tier
    message_id: str
    not_before: int
    ts_sent: int
    lateness_ms: int
    headline: str
    thread_id: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "delivery_id": self.delivery_id,
            "alert_id": self.alert_id,
            "setup_id": self.setup_id,
            "sequence": self.sequence,
            "subscriber_id": self.subscriber_id,
            "channel": self.channel,
            "address": self.address,
            "tier": self.tier,
            "message_id": self.message_id,
            "thread_id": self.thread_id,
            "not_before": self.not_before,
            "ts_sent": self.ts_sent,
            "lateness_ms": self.lateness_ms,
            "headline": self.headline,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            delivery_id=data["delivery_id"],
            alert_id=data["alert_id"],
            setup_id=data["setup_id"],
            sequence=data["sequence"],
            subscriber_id=data["subscriber_id"],
            channel=data["channel"],
            address=data["address"],
            tier=Tier(data["tier"]),
            message_id=data["message_id"],
            thread_id=data["thread_id"],
            not_before=data["not_before"],
            ts_sent=data["ts_sent"],
            lateness_ms=data["lateness_ms"],
            headline=data["headline"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredDelivery(Record):
    """A delivery that was due too long ago to be of use.

    Attributes
    ----------
    delivery_id
        As in DeliveryReceipt.
    alert_id
        What was not told.
    setup_id
        Thread key.
    subscriber_id
        Who did not get it.
    channel
        Platform.
    tier
        Tier of the message.
    not_before
        When it was due.
    expires_at
        When it became pointless.
    ts_event
        When it happened at the source, UTC microseconds.
    reason
        Why it could not be sent in time.
    """

    FULL_NAME: ClassVar[str] = "tapewire.distribution.ExpiredDelivery"

    delivery_id: str
    alert_id: str
    setup_id: str
    subscriber_id: str
    channel: str
    tier: Tier
    not_before: int
    expires_at: int
    ts_event: int
    reason: str

    def as_avro(self) -> dict[str, Any]:
        return {
            "delivery_id": self.delivery_id,
            "alert_id": self.alert_id,
            "setup_id": self.setup_id,
            "subscriber_id": self.subscriber_id,
            "channel": self.channel,
            "tier": self.tier,
            "not_before": self.not_before,
            "expires_at": self.expires_at,
            "ts_event": self.ts_event,
            "reason": self.reason,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            delivery_id=data["delivery_id"],
            alert_id=data["alert_id"],
            setup_id=data["setup_id"],
            subscriber_id=data["subscriber_id"],
            channel=data["channel"],
            tier=Tier(data["tier"]),
            not_before=data["not_before"],
            expires_at=data["expires_at"],
            ts_event=data["ts_event"],
            reason=data["reason"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeAlert(Record):
    """What free readers get: direction and the lesson; no price, size or level.

    Attributes
    ----------
    alert_id
        uuid5 of the setup event and the tier.
    event_id
        Setup event it tells.
    setup_id
        Thread it belongs to.
    sequence
        Place in the thread, 0 opens it.
    kind
        What the subscriber may call it.
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    side
        LONG or SHORT.
    state
        State it tells.
    outcome
        Only when RESOLVED.
    ts_event
        Tick of the decision, market time.
    ts_published
        When fan-out published it; the delay counts from here.
    not_before
        The tier may not see it earlier: ts_published + the tier's delay.
    expires_at
        After this a delivery is pointless: it goes to distribution.expired.
    lesson
        One sentence without a number.
    """

    FULL_NAME: ClassVar[str] = "tapewire.distribution.FreeAlert"

    alert_id: str
    event_id: str
    setup_id: str
    sequence: int
    kind: AlertKind
    symbol: str
    side: Side
    state: SetupState
    ts_event: int
    ts_published: int
    not_before: int
    expires_at: int
    lesson: str
    outcome: SetupOutcome | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "alert_id": self.alert_id,
            "event_id": self.event_id,
            "setup_id": self.setup_id,
            "sequence": self.sequence,
            "kind": self.kind,
            "symbol": self.symbol,
            "side": self.side,
            "state": self.state,
            "outcome": self.outcome,
            "ts_event": self.ts_event,
            "ts_published": self.ts_published,
            "not_before": self.not_before,
            "expires_at": self.expires_at,
            "lesson": self.lesson,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            alert_id=data["alert_id"],
            event_id=data["event_id"],
            setup_id=data["setup_id"],
            sequence=data["sequence"],
            kind=AlertKind(data["kind"]),
            symbol=data["symbol"],
            side=Side(data["side"]),
            state=SetupState(data["state"]),
            outcome=None if data["outcome"] is None else SetupOutcome(data["outcome"]),
            ts_event=data["ts_event"],
            ts_published=data["ts_published"],
            not_before=data["not_before"],
            expires_at=data["expires_at"],
            lesson=data["lesson"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumAlert(Record):
    """What premium subscribers get: everything.

    Attributes
    ----------
    alert_id
        uuid5 of the setup event and the tier.
    event_id
        Setup event it tells.
    setup_id
        Thread it belongs to.
    sequence
        Place in the thread, 0 opens it.
    kind
        What the subscriber may call it.
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    side
        LONG or SHORT.
    state
        State it tells.
    outcome
        Only when RESOLVED.
    ts_event
        Tick of the decision, market time.
    ts_published
        When fan-out published it; the delay counts from here.
    not_before
        The tier may not see it earlier: ts_published + the tier's delay.
    expires_at
        After this a delivery is pointless: it goes to distribution.expired.
    trigger_price
        US dollars.
    entry_price
        US dollars.
    bid_price
        US dollars.
    ask_price
        US dollars.
    stop_price
        US dollars.
    stop_percent
        (stop / entry or trigger - 1) x 100, signed.
    targets
        US dollars, nearest first.
    target_percents
        Each target's distance in percent, signed.
    targets_reached
        How many were touched.
    reward_to_risk
        See SetupEvent.
    shares_per_100_usd_risk
        floor(100 / |entry or trigger - stop|): size for each 100 dollars put at risk.
    exit_price
        US dollars.
    result_r
        Multiple of the risk.
    box_high
        US dollars.
    box_low
        US dollars.
    box_resolution
        Bar length of the box.
    relative_volume
        Ratio.
    spread_bps
        Basis points.
    vwap_distance_bps
        Basis points.
    atr
        US dollars.
    state_expires_at
        Time to live of the state.
    depth_label
        NONE: candle mode.
    reasons
        At most three.
    """

    FULL_NAME: ClassVar[str] = "tapewire.distribution.PremiumAlert"

    alert_id: str
    event_id: str
    setup_id: str
    sequence: int
    kind: AlertKind
    symbol: str
    side: Side
    state: SetupState
    ts_event: int
    ts_published: int
    not_before: int
    expires_at: int
    trigger_price: float
    stop_price: float
    stop_percent: float
    box_high: float
    box_low: float
    box_resolution: Resolution
    state_expires_at: int
    depth_label: DepthLabel
    reasons: tuple[str, ...]
    outcome: SetupOutcome | None = None
    entry_price: float | None = None
    bid_price: float | None = None
    ask_price: float | None = None
    targets: tuple[float, ...] = ()
    target_percents: tuple[float, ...] = ()
    targets_reached: int = 0
    reward_to_risk: float | None = None
    shares_per_100_usd_risk: int | None = None
    exit_price: float | None = None
    result_r: float | None = None
    relative_volume: float | None = None
    spread_bps: float | None = None
    vwap_distance_bps: float | None = None
    atr: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "alert_id": self.alert_id,
            "event_id": self.event_id,
            "setup_id": self.setup_id,
            "sequence": self.sequence,
            "kind": self.kind,
            "symbol": self.symbol,
            "side": self.side,
            "state": self.state,
            "outcome": self.outcome,
            "ts_event": self.ts_event,
            "ts_published": self.ts_published,
            "not_before": self.not_before,
            "expires_at": self.expires_at,
            "trigger_price": finite(self.trigger_price, "trigger_price"),
            "entry_price": None if self.entry_price is None else finite(self.entry_price, "entry_price"),
            "bid_price": None if self.bid_price is None else finite(self.bid_price, "bid_price"),
            "ask_price": None if self.ask_price is None else finite(self.ask_price, "ask_price"),
            "stop_price": finite(self.stop_price, "stop_price"),
            "stop_percent": finite(self.stop_percent, "stop_percent"),
            "targets": [finite(item, "targets") for item in self.targets],
            "target_percents": [finite(item, "target_percents") for item in self.target_percents],
            "targets_reached": self.targets_reached,
            "reward_to_risk": None if self.reward_to_risk is None else finite(self.reward_to_risk, "reward_to_risk"),
            "shares_per_100_usd_risk": self.shares_per_100_usd_risk,
            "exit_price": None if self.exit_price is None else finite(self.exit_price, "exit_price"),
            "result_r": None if self.result_r is None else finite(self.result_r, "result_r"),
            "box_high": finite(self.box_high, "box_high"),
            "box_low": finite(self.box_low, "box_low"),
            "box_resolution": self.box_resolution,
            "relative_volume": None if self.relative_volume is None else finite(self.relative_volume, "relative_volume"),
            "spread_bps": None if self.spread_bps is None else finite(self.spread_bps, "spread_bps"),
            "vwap_distance_bps": None if self.vwap_distance_bps is None else finite(self.vwap_distance_bps, "vwap_distance_bps"),
            "atr": None if self.atr is None else finite(self.atr, "atr"),
            "state_expires_at": self.state_expires_at,
            "depth_label": self.depth_label,
            "reasons": list(self.reasons),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            alert_id=data["alert_id"],
            event_id=data["event_id"],
            setup_id=data["setup_id"],
            sequence=data["sequence"],
            kind=AlertKind(data["kind"]),
            symbol=data["symbol"],
            side=Side(data["side"]),
            state=SetupState(data["state"]),
            outcome=None if data["outcome"] is None else SetupOutcome(data["outcome"]),
            ts_event=data["ts_event"],
            ts_published=data["ts_published"],
            not_before=data["not_before"],
            expires_at=data["expires_at"],
            trigger_price=finite(data["trigger_price"], "trigger_price"),
            entry_price=None if data["entry_price"] is None else finite(data["entry_price"], "entry_price"),
            bid_price=None if data["bid_price"] is None else finite(data["bid_price"], "bid_price"),
            ask_price=None if data["ask_price"] is None else finite(data["ask_price"], "ask_price"),
            stop_price=finite(data["stop_price"], "stop_price"),
            stop_percent=finite(data["stop_percent"], "stop_percent"),
            targets=tuple([finite(item, "targets") for item in data["targets"]]),
            target_percents=tuple([finite(item, "target_percents") for item in data["target_percents"]]),
            targets_reached=data["targets_reached"],
            reward_to_risk=None if data["reward_to_risk"] is None else finite(data["reward_to_risk"], "reward_to_risk"),
            shares_per_100_usd_risk=data["shares_per_100_usd_risk"],
            exit_price=None if data["exit_price"] is None else finite(data["exit_price"], "exit_price"),
            result_r=None if data["result_r"] is None else finite(data["result_r"], "result_r"),
            box_high=finite(data["box_high"], "box_high"),
            box_low=finite(data["box_low"], "box_low"),
            box_resolution=Resolution(data["box_resolution"]),
            relative_volume=None if data["relative_volume"] is None else finite(data["relative_volume"], "relative_volume"),
            spread_bps=None if data["spread_bps"] is None else finite(data["spread_bps"], "spread_bps"),
            vwap_distance_bps=None if data["vwap_distance_bps"] is None else finite(data["vwap_distance_bps"], "vwap_distance_bps"),
            atr=None if data["atr"] is None else finite(data["atr"], "atr"),
            state_expires_at=data["state_expires_at"],
            depth_label=DepthLabel(data["depth_label"]),
            reasons=tuple(data["reasons"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Record):
    """Who gets which tier where. Compacted by subscriber_id; a new record changes the very next message.

    Attributes
    ----------
    subscriber_id
        Stable id, e.g. house-premium or an account number.
    channel
        discord, slack ...
    address
        Channel's own address, e.g. a Discord channel id.
    tier
        Entitlement.
    ts_event
        When it happened at the source, UTC microseconds.
    """

    FULL_NAME: ClassVar[str] = "tapewire.distribution.Subscription"

    subscriber_id: str
    channel: str
    address: str
    tier: Tier
    ts_event: int

    def as_avro(self) -> dict[str, Any]:
        return {
            "subscriber_id": self.subscriber_id,
            "channel": self.channel,
            "address": self.address,
            "tier": self.tier,
            "ts_event": self.ts_event,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            subscriber_id=data["subscriber_id"],
            channel=data["channel"],
            address=data["address"],
            tier=Tier(data["tier"]),
            ts_event=data["ts_event"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLevel(Record):
    """One price level of an order book.

    Attributes
    ----------
    price
        US dollars.
    size
        Shares.
    market_maker
        Market maker or exchange, if told.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.BookLevel"

    price: float
    size: float
    market_maker: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "price": finite(self.price, "price"),
            "size": finite(self.size, "size"),
            "market_maker": self.market_maker,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            price=finite(data["price"], "price"),
            size=finite(data["size"], "size"),
            market_maker=data["market_maker"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSnapshot(Record):
    """Order book of one symbol, at most ten levels a side, best first.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. polygon.
    mode
        Label every alert must carry.
    generation
        Rises with each new subscription; an update of an older generation is dropped.
    sequence
        Strictly rising per symbol.
    age_ms
        Milliseconds since the last update of the book when the snapshot was taken.
    bids
        Best first.
    asks
        Best first.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.BookSnapshot"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    mode: DepthMode
    generation: int
    sequence: int
    age_ms: int
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "mode": self.mode,
            "generation": self.generation,
            "sequence": self.sequence,
            "age_ms": self.age_ms,
            "bids": [item.as_avro() for item in self.bids],
            "asks": [item.as_avro() for item in self.asks],
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            mode=DepthMode(data["mode"]),
            generation=data["generation"],
            sequence=data["sequence"],
            age_ms=data["age_ms"],
            bids=tuple([BookLevel.from_avro(item) for item in data["bids"]]),
            asks=tuple([BookLevel.from_avro(item) for item in data["asks"]]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTrade(Record):
    """One print of a past day, as small as bulk recomputation needs it.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX.
    ts_event_ns
        When it happened at the source, UTC nanoseconds.
    sequence
        Place of the print among those of its symbol and day; tells twins of one nanosecond apart.
    price
        US dollars per share; finite, above 0.
    size
        Shares, above 0.
    conditions
        Vendor's sale condition codes, separated by commas.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.HistoryTrade"

    symbol: str
    ts_event_ns: int
    sequence: int
    price: float
    size: int
    conditions: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event_ns": self.ts_event_ns,
            "sequence": self.sequence,
            "price": finite(self.price, "price"),
            "size": self.size,
            "conditions": self.conditions,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event_ns=data["ts_event_ns"],
            sequence=data["sequence"],
            price=finite(data["price"], "price"),
            size=data["size"],
            conditions=data["conditions"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteBar(Record):
    """One minute of a past day, recomputed from its trades.

    Attributes
    ----------
    symbol
        Ticker.
    window_start
        First moment of the minute, UTC microseconds.
    open
        First price, US dollars.
    high
        Highest price, US dollars.
    low
        Lowest price, US dollars.
    close
        Last price, US dollars.
    volume
        Shares.
    vwap
        Volume weighted mean price, US dollars.
    trade_count
        Number of trades.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.MinuteBar"

    symbol: str
    window_start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float
    trade_count: int

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "window_start": self.window_start,
            "open": finite(self.open, "open"),
            "high": finite(self.high, "high"),
            "low": finite(self.low, "low"),
            "close": finite(self.close, "close"),
            "volume": finite(self.volume, "volume"),
            "vwap": finite(self.vwap, "vwap"),
            "trade_count": self.trade_count,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            window_start=data["window_start"],
            open=finite(data["open"], "open"),
            high=finite(data["high"], "high"),
            low=finite(data["low"], "low"),
            close=finite(data["close"], "close"),
            volume=finite(data["volume"], "volume"),
            vwap=finite(data["vwap"], "vwap"),
            trade_count=data["trade_count"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Record):
    """National best bid and offer after a change.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. polygon.
    sequence
        Vendor sequence number; rises per symbol.
    bid_price
        US dollars; null when there is no bid.
    bid_size
        Shares at the bid.
    ask_price
        US dollars; null when there is no offer. Never below bid_price: a crossed quote is a dead letter.
    ask_size
        Shares at the offer.
    bid_exchange
        Vendor's exchange id of the bid.
    ask_exchange
        Vendor's exchange id of the offer.
    conditions
        Vendor's quote condition codes.
    backfilled
        True when fetched over REST to fill a gap of the stream.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.Quote"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    sequence: int
    bid_price: float | None = None
    bid_size: float | None = None
    ask_price: float | None = None
    ask_size: float | None = None
    bid_exchange: int | None = None
    ask_exchange: int | None = None
    conditions: tuple[int, ...] = ()
    backfilled: bool = False

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "sequence": self.sequence,
            "bid_price": None if self.bid_price is None else finite(self.bid_price, "bid_price"),
            "bid_size": None if self.bid_size is None else finite(self.bid_size, "bid_size"),
            "ask_price": None if self.ask_price is None else finite(self.ask_price, "ask_price"),
            "ask_size": None if self.ask_size is None else finite(self.ask_size, "ask_size"),
            "bid_exchange": self.bid_exchange,
            "ask_exchange": self.ask_exchange,
            "conditions": list(self.conditions),
            "backfilled": self.backfilled,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            sequence=data["sequence"],
            bid_price=None if data["bid_price"] is None else finite(data["bid_price"], "bid_price"),
            bid_size=None if data["bid_size"] is None else finite(data["bid_size"], "bid_size"),
            ask_price=None if data["ask_price"] is None else finite(data["ask_price"], "ask_price"),
            ask_size=None if data["ask_size"] is None else finite(data["ask_size"], "ask_size"),
            bid_exchange=data["bid_exchange"],
            ask_exchange=data["ask_exchange"],
            conditions=tuple(data["conditions"]),
            backfilled=data["backfilled"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade(Record):
    """One print of the tape.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. polygon.
    trade_id
        Exchange's id of the print; unique per symbol, exchange and day.
    sequence
        Vendor sequence number; rises per symbol, need not be consecutive.
    price
        US dollars per share; finite, above 0.
    size
        Shares; finite, above 0.
    exchange
        Vendor's exchange id.
    conditions
        Vendor's sale condition codes; 37 is an odd lot.
    backfilled
        True when fetched over REST to fill a gap of the stream.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.Trade"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    trade_id: str
    sequence: int
    price: float
    size: float
    exchange: int | None = None
    conditions: tuple[int, ...] = ()
    backfilled: bool = False

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "trade_id": self.trade_id,
            "sequence": self.sequence,
            "price": finite(self.price, "price"),
            "size": finite(self.size, "size"),
            "exchange": self.exchange,
            "conditions": list(self.conditions),
            "backfilled": self.backfilled,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            trade_id=data["trade_id"],
            sequence=data["sequence"],
            price=finite(data["price"], "price"),
            size=finite(data["size"], "size"),
            exchange=data["exchange"],
            conditions=tuple(data["conditions"]),
            backfilled=data["backfilled"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCheck(Record):
    """A unit that promises delays compares its wall clock with the broker's append time of this very record.

    Attributes
    ----------
    unit
        Unit that checks, e.g. sink.release.
    ts_event
        Market time of the check.
    ts_published
        The unit's wall clock when it sent the record; real time, also in a replay.
    previous_skew_ms
        Result of the check before: our clock minus the broker's, 0 when the difference is within the round trip. Null at the first check.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.ClockCheck"

    unit: str
    ts_event: int
    ts_published: int
    previous_skew_ms: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "ts_event": self.ts_event,
            "ts_published": self.ts_published,
            "previous_skew_ms": None if self.previous_skew_ms is None else finite(self.previous_skew_ms, "previous_skew_ms"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            unit=data["unit"],
            ts_event=data["ts_event"],
            ts_published=data["ts_published"],
            previous_skew_ms=None if data["previous_skew_ms"] is None else finite(data["previous_skew_ms"], "previous_skew_ms"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter(Record):
    """A record that could not be used, with everything needed to understand and replay it.

    Attributes
    ----------
    dead_letter_id
        uuid5 of topic, partition, offset and stage, or of the payload's bytes.
    stage
        Unit that refused it.
    version
        Version of our code.
    topic
        Kafka topic it came from; for vendor payloads the topic it was meant for.
    partition
        Source partition, if it came from Kafka.
    offset
        Source offset, if it came from Kafka.
    key
        Key as received.
    value
        Value as received.
    error
        Class of the error.
    reason
        What was expected and what was found.
    field_path
        Field that did not fit, e.g. [3].p.
    ts_published
        When it was put aside.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.DeadLetter"

    dead_letter_id: str
    stage: str
    version: str
    topic: str
    error: str
    reason: str
    ts_published: int
    partition: int | None = None
    offset: int | None = None
    key: bytes | None = None
    value: bytes | None = None
    field_path: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "dead_letter_id": self.dead_letter_id,
            "stage": self.stage,
            "version": self.version,
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "key": self.key,
            "value": self.value,
            "error": self.error,
            "reason": self.reason,
            "field_path": self.field_path,
            "ts_published": self.ts_published,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            dead_letter_id=data["dead_letter_id"],
            stage=data["stage"],
            version=data["version"],
            topic=data["topic"],
            partition=data["partition"],
            offset=data["offset"],
            key=data["key"],
            value=data["value"],
            error=data["error"],
            reason=data["reason"],
            field_path=data["field_path"],
            ts_published=data["ts_published"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPosition(Record):
    """How far a feed has written.

    Attributes
    ----------
    topic
        Kafka topic name.
    partition
        Partition.
    next_offset
        Offset after the last acknowledged record.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.FeedPosition"

    topic: str
    partition: int
    next_offset: int

    def as_avro(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "partition": self.partition,
            "next_offset": self.next_offset,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            topic=data["topic"],
            partition=data["partition"],
            next_offset=data["next_offset"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHeartbeat(Record):
    """A feed's sign of life and its watermark.

    Attributes
    ----------
    feed
        Unit name, e.g. feed.polygon.
    ts_event
        Watermark: every record with ts_event below it is published, late data excepted.
    ts_published
        When it was sent.
    state
        Condition of the feed.
    positions
        Per topic and partition.
    records_published
        Since the process started.
    reconnects
        Since the process started.
    detail
        One sentence for people, e.g. why it is down.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.FeedHeartbeat"

    feed: str
    ts_event: int
    ts_published: int
    state: FeedState
    records_published: int
    reconnects: int
    positions: tuple[FeedPosition, ...] = ()
    detail: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "feed": self.feed,
            "ts_event": self.ts_event,
            "ts_published": self.ts_published,
            "state": self.state,
            "positions": [item.as_avro() for item in self.positions],
            "records_published": self.records_published,
            "reconnects": self.reconnects,
            "detail": self.detail,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            feed=data["feed"],
            ts_event=data["ts_event"],
            ts_published=data["ts_published"],
            state=FeedState(data["state"]),
            positions=tuple([FeedPosition.from_avro(item) for item in data["positions"]]),
            records_published=data["records_published"],
            reconnects=data["reconnects"],
            detail=data["detail"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay(Record):
    """A dead letter that is being put back on its topic, or was: the newest note of a letter counts.

    Attributes
    ----------
    dead_letter_id
        The letter.
    stage
        Unit that refused the record, and is to take it again.
    topic
        Kafka topic the record is put back on.
    partition
        Its partition, the one it came from.
    from_offset
        End of the partition before the record was put back: it lies there or behind.
    offset
        Where it lies now; null while it is being put back.
    ts_published
        Market time of the replay.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.Replay"

    dead_letter_id: str
    stage: str
    topic: str
    partition: int
    from_offset: int
    ts_published: int
    offset: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "dead_letter_id": self.dead_letter_id,
            "stage": self.stage,
            "topic": self.topic,
            "partition": self.partition,
            "from_offset": self.from_offset,
            "offset": self.offset,
            "ts_published": self.ts_published,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            dead_letter_id=data["dead_letter_id"],
            stage=data["stage"],
            topic=data["topic"],
            partition=data["partition"],
            from_offset=data["from_offset"],
            offset=data["offset"],
            ts_published=data["ts_published"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Record):
    """One second of market time, written to every partition: the watermark that closes windows.

    Attributes
    ----------
    ts_event
        The second; all data before it is in, up to the barriers.
    barriers
        Kafka topic -> next offset in this partition; fold up to it before you apply the tick.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.Tick"

    ts_event: int
    barriers: Mapping[str, int] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "ts_event": self.ts_event,
            "barriers": dict(self.barriers),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            ts_event=data["ts_event"],
            barriers=dict(data["barriers"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPayload(Record):
    """One vendor payload as received, before parsing.

    Attributes
    ----------
    source
        Vendor the record came from, e.g. polygon.
    endpoint
        Channel or path, e.g. stocks-websocket or /v3/trades/{ticker}.
    parameters
        Request parameters; never a key or token.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    content_type
        e.g. application/json.
    body
        The bytes as received.
    """

    FULL_NAME: ClassVar[str] = "tapewire.raw.RawPayload"

    source: str
    endpoint: str
    ts_received: int
    ts_published: int
    content_type: str
    body: bytes
    parameters: Mapping[str, str] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "endpoint": self.endpoint,
            "parameters": dict(self.parameters),
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "content_type": self.content_type,
            "body": self.body,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            source=data["source"],
            endpoint=data["endpoint"],
            parameters=dict(data["parameters"]),
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            content_type=data["content_type"],
            body=data["body"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gapper(Record):
    """A symbol that trades away from yesterday's close.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. polygon.
    last_price
        US dollars.
    previous_close
        US dollars, yesterday's regular close.
    gap_percent
        (last_price / previous_close - 1) x 100.
    volume
        Shares traded today.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.Gapper"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    last_price: float
    previous_close: float
    gap_percent: float
    volume: float

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "last_price": finite(self.last_price, "last_price"),
            "previous_close": finite(self.previous_close, "previous_close"),
            "gap_percent": finite(self.gap_percent, "gap_percent"),
            "volume": finite(self.volume, "volume"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            last_price=finite(data["last_price"], "last_price"),
            previous_close=finite(data["previous_close"], "previous_close"),
            gap_percent=finite(data["gap_percent"], "gap_percent"),
            volume=finite(data["volume"], "volume"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSeries(Record):
    """Newest closed bars of one resolution and their indicators.

    Attributes
    ----------
    resolution
        Bar length.
    bars
        Rows of processors.calc.aggregate.Aggregate, oldest first.
    indicators
        One row of processors.folds.features.IndicatorRow a bar; empty for resolutions without features.
    features
        Features of the newest bar.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.BarSeries"

    resolution: Resolution
    bars: bytes = b''
    indicators: bytes = b''
    features: Features | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "resolution": self.resolution,
            "bars": self.bars,
            "indicators": self.indicators,
            "features": None if self.features is None else ("tapewire.derived.Features", self.features.as_avro()),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            resolution=Resolution(data["resolution"]),
            bars=data["bars"],
            indicators=data["indicators"],
            features=None if data["features"] is None else Features.from_avro(data["features"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxTrack(Record):
    """Box detection on one resolution.

    Attributes
    ----------
    resolution
        Bar length.
    box
        The live box, or the one that ended with the newest bar.
    atr_before
        US dollars; ATR before the live box.
    mean_range_before
        US dollars; mean bar range before the live box.
    not_before
        The next box starts at or after this.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.BoxTrack"

    resolution: Resolution
    box: Box | None = None
    atr_before: float | None = None
    mean_range_before: float | None = None
    not_before: int = 0

    def as_avro(self) -> dict[str, Any]:
        return {
            "resolution": self.resolution,
            "box": None if self.box is None else ("tapewire.derived.Box", self.box.as_avro()),
            "atr_before": None if self.atr_before is None else finite(self.atr_before, "atr_before"),
            "mean_range_before": None if self.mean_range_before is None else finite(self.mean_range_before, "mean_range_before"),
            "not_before": self.not_before,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            resolution=Resolution(data["resolution"]),
            box=None if data["box"] is None else Box.from_avro(data["box"]),
            atr_before=None if data["atr_before"] is None else finite(data["atr_before"], "atr_before"),
            mean_range_before=None if data["mean_range_before"] is None else finite(data["mean_range_before"], "mean_range_before"),
            not_before=data["not_before"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotals(Record):
    """Sums of the running day and session.

    Attributes
    ----------
    day_start
        Start of the day, 20:00 New York on the date before.
    session
        Session the VWAP belongs to.
    high
        US dollars; since day_start.
    low
        US dollars; since day_start.
    volume
        Shares since day_start.
    regular_open
        US dollars; first price of the regular session.
    regular_open_ts
        When that trade happened; 0 without one.
    session_notional
        US dollars; sum(price x size) since the session began.
    session_volume
        Shares since the session began.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.DayTotals"

    day_start: int
    session: Session
    high: float
    low: float
    volume: float
    regular_open: float | None = None
    regular_open_ts: int = 0
    session_notional: float = 0.0
    session_volume: float = 0.0

    def as_avro(self) -> dict[str, Any]:
        return {
            "day_start": self.day_start,
            "session": self.session,
            "high": finite(self.high, "high"),
            "low": finite(self.low, "low"),
            "volume": finite(self.volume, "volume"),
            "regular_open": None if self.regular_open is None else finite(self.regular_open, "regular_open"),
            "regular_open_ts": self.regular_open_ts,
            "session_notional": finite(self.session_notional, "session_notional"),
            "session_volume": finite(self.session_volume, "session_volume"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            day_start=data["day_start"],
            session=Session(data["session"]),
            high=finite(data["high"], "high"),
            low=finite(data["low"], "low"),
            volume=finite(data["volume"], "volume"),
            regular_open=None if data["regular_open"] is None else finite(data["regular_open"], "regular_open"),
            regular_open_ts=data["regular_open_ts"],
            session_notional=finite(data["session_notional"], "session_notional"),
            session_volume=finite(data["session_volume"], "session_volume"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsState(Record):
    """What the decisions fold knows of one symbol.

    Attributes
    ----------
    symbol
        Ticker.
    last_view
        Newest view decided on; 0 before the first.
    strategies
        Strategy id to its own state as JSON.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.DecisionsState"

    symbol: str
    last_view: int = 0
    strategies: Mapping[str, bytes] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "last_view": self.last_view,
            "strategies": dict(self.strategies),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            last_view=data["last_view"],
            strategies=dict(data["strategies"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketHistory(Record):
    """What ticks have closed, bounded by settings.

    Attributes
    ----------
    last_tick
        Newest tick folded; 0 before the first.
    closed_until
        Seconds that end by then are closed.
    newest_quote
        Newest quote before last_tick: no row or one of QuoteRow.
    open_windows
        Windows of 1 minute and longer that are still open, one Aggregate row each; resolutions in open_resolutions.
    open_resolutions
        Resolution of each row of open_windows.
    next_close
        Earliest end of an open window; 0 without one.
    seconds
        Newest closed 1-second windows with trades: Aggregate rows.
    identities
        Digests, 8 bytes each, of the prints in seconds, in the same order: trade_count digests a row.
    series
        Closed bars of each resolution.
    boxes
        Box detection on each short resolution.
    day
        Sums of the running day; null before the first trade.
    last_price
        US dollars; close of the newest closed 1 s bar.
    last_trade_end
        End of that bar.
    late_trades_revised
        Late trades that revised bars.
    late_trades_dropped
        Late trades beyond the correction horizon.
    repeated_trades_dropped
        Trades that came twice.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.MarketHistory"

    last_tick: int = 0
    closed_until: int = 0
    newest_quote: bytes = b''
    open_windows: bytes = b''
    open_resolutions: tuple[Resolution, ...] = ()
    next_close: int = 0
    seconds: bytes = b''
    identities: bytes = b''
    series: tuple[BarSeries, ...] = ()
    boxes: tuple[BoxTrack, ...] = ()
    day: DayTotals | None = None
    last_price: float | None = None
    last_trade_end: int = 0
    late_trades_revised: int = 0
    late_trades_dropped: int = 0
    repeated_trades_dropped: int = 0

    def as_avro(self) -> dict[str, Any]:
        return {
            "last_tick": self.last_tick,
            "closed_until": self.closed_until,
            "newest_quote": self.newest_quote,
            "open_windows": self.open_windows,
            "open_resolutions": list(self.open_resolutions),
            "next_close": self.next_close,
            "seconds": self.seconds,
            "identities": self.identities,
            "series": [item.as_avro() for item in self.series],
            "boxes": [item.as_avro() for item in self.boxes],
            "day": None if self.day is None else ("tapewire.state.DayTotals", self.day.as_avro()),
            "last_price": None if self.last_price is None else finite(self.last_price, "last_price"),
            "last_trade_end": self.last_trade_end,
            "late_trades_revised": self.late_trades_revised,
            "late_trades_dropped": self.late_trades_dropped,
            "repeated_trades_dropped": self.repeated_trades_dropped,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            last_tick=data["last_tick"],
            closed_until=data["closed_until"],
            newest_quote=data["newest_quote"],
            open_windows=data["open_windows"],
            open_resolutions=tuple([Resolution(item) for item in data["open_resolutions"]]),
            next_close=data["next_close"],
            seconds=data["seconds"],
            identities=data["identities"],
            series=tuple([BarSeries.from_avro(item) for item in data["series"]]),
            boxes=tuple([BoxTrack.from_avro(item) for item in data["boxes"]]),
            day=None if data["day"] is None else DayTotals.from_avro(data["day"]),
            last_price=None if data["last_price"] is None else finite(data["last_price"], "last_price"),
            last_trade_end=data["last_trade_end"],
            late_trades_revised=data["late_trades_revised"],
            late_trades_dropped=data["late_trades_dropped"],
            repeated_trades_dropped=data["repeated_trades_dropped"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState(Record):
    """What the market fold knows of one symbol. Fields that change with each trade or quote stand here, the rest in history.

    Attributes
    ----------
    symbol
        Ticker.
    pending_trades
        Prints of seconds that no tick has closed: rows of processors.calc.aggregate.Print.
    pending_quotes
        Last quote of each second that no tick has passed: rows of processors.folds.quotes.QuoteRow.
    history
        What ticks have closed.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.MarketState"

    symbol: str
    history: MarketHistory
    pending_trades: bytes = b''
    pending_quotes: bytes = b''

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "pending_trades": self.pending_trades,
            "pending_quotes": self.pending_quotes,
            "history": self.history.as_avro(),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            pending_trades=data["pending_trades"],
            pending_quotes=data["pending_quotes"],
            history=MarketHistory.from_avro(data["history"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState(Record):
    """A key's fold state as it stands in a stage's changelog, with the offsets folded into it.

    Attributes
    ----------
    version
        Layout of this envelope; 1.
    state_type
        Full name of the record in body.
    fingerprint
        SHA-256 (hex, first 16 digits) of the schema body was written with; the same changelog holds that schema.
    offsets
        Kafka topic -> offset of the last record folded in; what is at or below it is a repeat.
    body
        The fold's state in Avro binary.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.StoredState"

    version: int
    state_type: str
    fingerprint: str
    offsets: Mapping[str, int]
    body: bytes

    def as_avro(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "state_type": self.state_type,
            "fingerprint": self.fingerprint,
            "offsets": dict(self.offsets),
            "body": self.body,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            version=data["version"],
            state_type=data["state_type"],
            fingerprint=data["fingerprint"],
            offsets=dict(data["offsets"]),
            body=data["body"],
        )


BY_FULL_NAME: Mapping[str, type[Record]] = {
    "tapewire.derived.Features": Features,
    "tapewire.derived.Box": Box,
    "tapewire.market.Bar": Bar,
    "tapewire.decisions.MarketView": MarketView,
    "tapewire.decisions.SetupEvent": SetupEvent,
    "tapewire.decisions.Signal": Signal,
    "tapewire.decisions.SignalRefusal": SignalRefusal,
    "tapewire.derived.DepthMetrics": DepthMetrics,
    "tapewire.distribution.BasicAlert": BasicAlert,
    "tapewire.distribution.DeliveryReceipt": DeliveryReceipt,
    "tapewire.distribution.ExpiredDelivery": ExpiredDelivery,
    "tapewire.distribution.FreeAlert": FreeAlert,
    "tapewire.distribution.PremiumAlert": PremiumAlert,
    "tapewire.distribution.Subscription": Subscription,
    "tapewire.market.BookLevel": BookLevel,
    "tapewire.market.BookSnapshot": BookSnapshot,
    "tapewire.market.HistoryTrade": HistoryTrade,
    "tapewire.market.MinuteBar": MinuteBar,
    "tapewire.market.Quote": Quote,
    "tapewire.market.Trade": Trade,
    "tapewire.ops.ClockCheck": ClockCheck,
    "tapewire.ops.DeadLetter": DeadLetter,
    "tapewire.ops.FeedPosition": FeedPosition,
    "tapewire.ops.FeedHeartbeat": FeedHeartbeat,
    "tapewire.ops.Replay": Replay,
    "tapewire.ops.Tick": Tick,
    "tapewire.raw.RawPayload": RawPayload,
    "tapewire.reference.Gapper": Gapper,
    "tapewire.state.BarSeries": BarSeries,
    "tapewire.state.BoxTrack": BoxTrack,
    "tapewire.state.DayTotals": DayTotals,
    "tapewire.state.DecisionsState": DecisionsState,
    "tapewire.state.MarketHistory": MarketHistory,
    "tapewire.state.MarketState": MarketState,
    "tapewire.state.StoredState": StoredState,
}
