"""Generated from schemas/avro by `tapewire schemas generate`; change the .avsc files, not this one."""

# ruff: noqa: E501
from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Mapping, Self

from schemas.record import Record, filled_at_once, finite

_EMPTY_MAP: Mapping[str, Any] = MappingProxyType({})


class AccountUpdateKind(StrEnum):
    """What changed."""

    FIGURE = "FIGURE"
    POSITION = "POSITION"
    PROFIT = "PROFIT"
    ORDER = "ORDER"


class AlertKind(StrEnum):
    """SETUP: a setup alert, not a position; POSITION: after a confirmed fill."""

    SETUP = "SETUP"
    POSITION = "POSITION"


class AlertLevel(StrEnum):
    """WARN: somebody should look; BLOCK: nobody may act on it; CLEARED: it is over."""

    WARN = "WARN"
    BLOCK = "BLOCK"
    CLEARED = "CLEARED"


class BoxState(StrEnum):
    """FORMED: compression found; EXTENDED: one more bar inside; BROKEN_*: a bar closed outside; DISSOLVED: too old or too wide."""

    FORMED = "FORMED"
    EXTENDED = "EXTENDED"
    BROKEN_UP = "BROKEN_UP"
    BROKEN_DOWN = "BROKEN_DOWN"
    DISSOLVED = "DISSOLVED"


class BudgetScope(StrEnum):
    """What a budget of alerts is for: SYMBOL each symbol by itself, ALL all symbols together."""

    SYMBOL = "SYMBOL"
    ALL = "ALL"


class CorporateActionKind(StrEnum):
    """What a company does to its shares."""

    SPLIT = "SPLIT"
    DIVIDEND = "DIVIDEND"


class DealerModel(StrEnum):
    """How the dealers' side of a contract is guessed: NAIVE long every open call and short every open put; FLOW the other side of what was bought at the ask and sold at the bid; OPENED each night's change of open interest, signed by the trades of the day before, on a naive start."""

    NAIVE = "NAIVE"
    FLOW = "FLOW"
    OPENED = "OPENED"


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


class EventImportance(StrEnum):
    """How much the market tends to move on it."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class ExposureBasis(StrEnum):
    """What the greek is multiplied with: open contracts, today's volume, that bought at the ask, that sold at the bid, or the signed difference of the two."""

    OPEN_INTEREST = "OPEN_INTEREST"
    VOLUME = "VOLUME"
    ASK_VOLUME = "ASK_VOLUME"
    BID_VOLUME = "BID_VOLUME"
    DIRECTIONAL_VOLUME = "DIRECTIONAL_VOLUME"


class ExposureScope(StrEnum):
    """What a row adds up: all contracts of the underlying, those of a strike, of an expiry, or of a strike and expiry."""

    TOTAL = "TOTAL"
    STRIKE = "STRIKE"
    EXPIRY = "EXPIRY"
    STRIKE_EXPIRY = "STRIKE_EXPIRY"


class ExposureUnit(StrEnum):
    """SHARES: greek x contracts x 100; USD_PER_PERCENT: US dollars to hedge when the underlying moves by 1 %. Gamma in USD_PER_PERCENT is 0.01 x spot x spot x gamma in SHARES."""

    SHARES = "SHARES"
    USD_PER_PERCENT = "USD_PER_PERCENT"


class FeedAction(StrEnum):
    """Make no calls; make all calls again; make fewer."""

    PAUSE = "PAUSE"
    RESUME = "RESUME"
    THROTTLE = "THROTTLE"


class FeedFaultKind(StrEnum):
    """What is wrong with a feed that is connected. SILENT: it should speak now and does not; LATE: its events come late; CLOCK: its events are stamped ahead of our clock; CROSSED: bids at or above offers; REPEATED, DISORDERED: records come again, or in the wrong order; UNREADABLE: payloads do not fit; LEAPING: prices jump as if their unit had changed; LEFT_ALONE: an endpoint fails and is not asked for a while; THROTTLED: the vendor wants us to wait; DIVERGING: another source says something else."""

    SILENT = "SILENT"
    LATE = "LATE"
    CLOCK = "CLOCK"
    CROSSED = "CROSSED"
    REPEATED = "REPEATED"
    DISORDERED = "DISORDERED"
    UNREADABLE = "UNREADABLE"
    LEAPING = "LEAPING"
    LEFT_ALONE = "LEFT_ALONE"
    THROTTLED = "THROTTLED"
    DIVERGING = "DIVERGING"


class FeedState(StrEnum):
    """Condition of the feed."""

    CONNECTING = "CONNECTING"
    LIVE = "LIVE"
    BACKFILLING = "BACKFILLING"
    DOWN = "DOWN"
    UNLICENSED = "UNLICENSED"


class Licence(StrEnum):
    """INTERNAL: the vendor's terms allow own use only, subscribers get what we derive from it; REDISTRIBUTABLE: may be passed on as it is."""

    INTERNAL = "INTERNAL"
    REDISTRIBUTABLE = "REDISTRIBUTABLE"


class LiquidityGrade(StrEnum):
    """How well a symbol can be traded (DEP-02): A spread under 5 bps and the weaker side above 1,000 shares over five levels; B under 10 bps and above 500; D no usable book or a spread above 50 bps; else C."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class MacroGaugeKind(StrEnum):
    """BOND_YIELD: of the notional bond of a treasury future; DOLLAR_STRENGTH: DX against its close before; VOLATILITY_BASIS: VX against VIX."""

    BOND_YIELD = "BOND_YIELD"
    DOLLAR_STRENGTH = "DOLLAR_STRENGTH"
    VOLATILITY_BASIS = "VOLATILITY_BASIS"


class OptionRight(StrEnum):
    """Right of an option."""

    CALL = "CALL"
    PUT = "PUT"


class Posture(StrEnum):
    """Which way the trend of a symbol is to be traded; FLAT: neither."""

    LONG = "LONG"
    SHORT = "SHORT"
    FLAT = "FLAT"


class PostureStatus(StrEnum):
    """What the agents hold of a symbol: no view yet, a rise, a fall."""

    WATCHING = "WATCHING"
    LONG = "LONG"
    SHORT = "SHORT"


class RegimeLabel(StrEnum):
    """How a price behaves (REG-02)."""

    TRENDING_UP = "TRENDING_UP"
    TRENDING_DOWN = "TRENDING_DOWN"
    MEAN_REVERTING = "MEAN_REVERTING"
    CALM = "CALM"
    VOLATILE = "VOLATILE"
    UNKNOWN = "UNKNOWN"


class ReportTime(StrEnum):
    """When on its day a company reports."""

    PREMARKET = "PREMARKET"
    POSTMARKET = "POSTMARKET"
    UNKNOWN = "UNKNOWN"


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


class SymbolEventKind(StrEnum):
    """What a symbol's event is: CONGRESS_TRADE a trade that a member of congress reported, HEADLINE news that names the symbol."""

    CONGRESS_TRADE = "CONGRESS_TRADE"
    HEADLINE = "HEADLINE"


class Tier(StrEnum):
    """Entitlement."""

    PREMIUM = "PREMIUM"
    BASIC = "BASIC"
    FREE = "FREE"
    NONE = "NONE"


class TradeSide(StrEnum):
    """Where a trade lay between bid and ask: ASK near the ask (bought), BID near the bid (sold), MID between, NONE not told."""

    ASK = "ASK"
    BID = "BID"
    MID = "MID"
    NONE = "NONE"


class VolatilityMeasure(StrEnum):
    """What a volatility row measures; it says which of the fields can be set. VOLATILITY_INDEX: the close of an index of volatility, e.g. the VIX, under an underlying it is of."""

    IV_RANK = "IV_RANK"
    TERM_STRUCTURE = "TERM_STRUCTURE"
    INTERPOLATED = "INTERPOLATED"
    RISK_REVERSAL = "RISK_REVERSAL"
    REALIZED = "REALIZED"
    STATISTICS = "STATISTICS"
    VOLATILITY_INDEX = "VOLATILITY_INDEX"


class VolumeScope(StrEnum):
    """What a row adds up: all contracts of the underlying, those of a strike, of an expiry, or one contract."""

    TOTAL = "TOTAL"
    STRIKE = "STRIKE"
    EXPIRY = "EXPIRY"
    CONTRACT = "CONTRACT"


class WatchlistState(StrEnum):
    """FORMING: symbols come and go; FROZEN: no more come, ranks may move; FINAL: ranked for the day, only a pin changes it."""

    FORMING = "FORMING"
    FROZEN = "FROZEN"
    FINAL = "FINAL"


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class DarkpoolPrint(Record):
    """A trade made off exchange and reported to the tape.

    Attributes
    ----------
    symbol
        Ticker.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    print_id
        Vendor's tracking id; made from the print's fields where it sends none.
    price
        US dollars, above 0.
    size
        Shares, above 0.
    premium
        US dollars: price x size.
    ts_reported
        When the trade reporting facility had it, UTC microseconds.
    bid
        Best on exchange then. US dollars.
    ask
        Best on exchange then. US dollars.
    bid_size
        At the bid. Shares.
    ask_size
        At the offer. Shares.
    volume
        Traded today until then. Shares.
    market_center
        Reporting facility, the tape's letter.
    settlement
        e.g. regular_settlement.
    conditions
        Sale conditions, trade code and extended-hours marks in the vendor's words.
    canceled
        True when the print was taken back.
    """

    FULL_NAME: ClassVar[str] = "tapewire.darkpool.DarkpoolPrint"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    print_id: str
    price: float
    size: int
    premium: float
    ts_reported: int | None = None
    bid: float | None = None
    ask: float | None = None
    bid_size: int | None = None
    ask_size: int | None = None
    volume: int | None = None
    market_center: str | None = None
    settlement: str | None = None
    conditions: tuple[str, ...] = ()
    canceled: bool = False

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "print_id": self.print_id,
            "price": finite(self.price, "price"),
            "size": self.size,
            "premium": finite(self.premium, "premium"),
            "ts_reported": self.ts_reported,
            "bid": None if self.bid is None else finite(self.bid, "bid"),
            "ask": None if self.ask is None else finite(self.ask, "ask"),
            "bid_size": self.bid_size,
            "ask_size": self.ask_size,
            "volume": self.volume,
            "market_center": self.market_center,
            "settlement": self.settlement,
            "conditions": list(self.conditions),
            "canceled": self.canceled,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            print_id=data["print_id"],
            price=finite(data["price"], "price"),
            size=data["size"],
            premium=finite(data["premium"], "premium"),
            ts_reported=data["ts_reported"],
            bid=None if data["bid"] is None else finite(data["bid"], "bid"),
            ask=None if data["ask"] is None else finite(data["ask"], "ask"),
            bid_size=data["bid_size"],
            ask_size=data["ask_size"],
            volume=data["volume"],
            market_center=data["market_center"],
            settlement=data["settlement"],
            conditions=tuple(data["conditions"]),
            canceled=data["canceled"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class DepthView(Record):
    """What the order book of a symbol says, as a view carries it.

    Attributes
    ----------
    ts_event
        Time of the numbers, UTC microseconds; the view's own time minus this is their age.
    mode
        Where the depth comes from; null without a book.
    age_ms
        Milliseconds from the last change of the book to ts_event; null without a book.
    imbalance_3s
        Time-weighted mean imbalance of the five best levels over the last 3 s, -1 to 1; null when no snapshot stood in that time.
    imbalance_5
        Imbalance of the five best levels of the newest snapshot, -1 to 1; null when a side is empty or the book is stale.
    imbalance_10
        The same of ten levels.
    microprice
        Size-weighted mid price, US dollars.
    spread_bps
        (ask - bid) / mid x 10,000.
    pressure
        Imbalance of five levels with each level divided by its place, -1 to 1; null when a side is empty or the book is stale.
    grade
        Liquidity grade; null when it is older than its life of 60 s.
    grade_expires_at
        When the grade's life of 60 s ends, UTC microseconds; null without a grade.
    vpin
        Volume-synchronised probability of informed trading, 0 to 1; null while warming up.
    kyle_lambda
        Price change per share of signed volume, US dollars a share; null while warming up.
    pin
        Probability of informed trading of the last days, as of the newest close, 0 to 1; null before enough days.
    flags
        What stands out: quote_stuffing, anomaly, hedging.
    missing
        Field that is null -> why: no_depth, stale, expired, one_sided, feed_unfit, warming_up, no_trades, not_counted, no_model.
    """

    FULL_NAME: ClassVar[str] = "tapewire.decisions.DepthView"

    ts_event: int
    mode: DepthMode | None = None
    age_ms: int | None = None
    imbalance_3s: float | None = None
    imbalance_5: float | None = None
    imbalance_10: float | None = None
    microprice: float | None = None
    spread_bps: float | None = None
    pressure: float | None = None
    grade: LiquidityGrade | None = None
    grade_expires_at: int | None = None
    vpin: float | None = None
    kyle_lambda: float | None = None
    pin: float | None = None
    flags: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "ts_event": self.ts_event,
            "mode": self.mode,
            "age_ms": self.age_ms,
            "imbalance_3s": None if self.imbalance_3s is None else finite(self.imbalance_3s, "imbalance_3s"),
            "imbalance_5": None if self.imbalance_5 is None else finite(self.imbalance_5, "imbalance_5"),
            "imbalance_10": None if self.imbalance_10 is None else finite(self.imbalance_10, "imbalance_10"),
            "microprice": None if self.microprice is None else finite(self.microprice, "microprice"),
            "spread_bps": None if self.spread_bps is None else finite(self.spread_bps, "spread_bps"),
            "pressure": None if self.pressure is None else finite(self.pressure, "pressure"),
            "grade": self.grade,
            "grade_expires_at": self.grade_expires_at,
            "vpin": None if self.vpin is None else finite(self.vpin, "vpin"),
            "kyle_lambda": None if self.kyle_lambda is None else finite(self.kyle_lambda, "kyle_lambda"),
            "pin": None if self.pin is None else finite(self.pin, "pin"),
            "flags": list(self.flags),
            "missing": dict(self.missing),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            ts_event=data["ts_event"],
            mode=None if data["mode"] is None else DepthMode(data["mode"]),
            age_ms=data["age_ms"],
            imbalance_3s=None if data["imbalance_3s"] is None else finite(data["imbalance_3s"], "imbalance_3s"),
            imbalance_5=None if data["imbalance_5"] is None else finite(data["imbalance_5"], "imbalance_5"),
            imbalance_10=None if data["imbalance_10"] is None else finite(data["imbalance_10"], "imbalance_10"),
            microprice=None if data["microprice"] is None else finite(data["microprice"], "microprice"),
            spread_bps=None if data["spread_bps"] is None else finite(data["spread_bps"], "spread_bps"),
            pressure=None if data["pressure"] is None else finite(data["pressure"], "pressure"),
            grade=None if data["grade"] is None else LiquidityGrade(data["grade"]),
            grade_expires_at=data["grade_expires_at"],
            vpin=None if data["vpin"] is None else finite(data["vpin"], "vpin"),
            kyle_lambda=None if data["kyle_lambda"] is None else finite(data["kyle_lambda"], "kyle_lambda"),
            pin=None if data["pin"] is None else finite(data["pin"], "pin"),
            flags=tuple(data["flags"]),
            missing=dict(data["missing"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView(Record):
    """What options flow, off-exchange prints and disclosures say of a symbol, as a view carries it.

    Attributes
    ----------
    ts_event
        Time of the numbers, UTC microseconds; the view's own time minus this is their age.
    net_premium_usd_60m
        Net premium of the last 60 minutes, US dollars: calls bought minus sold, less the same of puts; ours, the vendor's where no option trades come.
    asymmetry
        Share of the stronger of calls and puts in the day's traded premium, 0.5 to 1, negative sign for puts.
    off_exchange_divergence
        Off-exchange share of the day's volume minus the lit share, -1 to 1.
    darkpool_score
        Dark-pool accumulation (above 0) or distribution (below 0), standard deviations.
    divergence_score
        Smart-money divergence, standard deviations; its sign is the direction.
    sweep_premium_usd
        Premium of sweeps above the threshold over the last 60 minutes, US dollars, calls minus puts.
    cumulative_delta
        Signed dollar delta of option trades from 14:00 to 15:30 New York (from two hours to half an hour before an early close), US dollars; null before it and after the close.
    close_imbalance_confidence
        Confidence of the predicted close imbalance, 0 to 1; its sign is the direction.
    news_score
        The vendor's sentiment of the newest headline of the symbol: -1, 0 or 1; null when the vendor has none.
    momentum_usd_per_minute
        Slope of the cumulative net premium over 60 minutes, US dollars a minute.
    trend_usd_per_day
        Slope of the daily net premium over the last three complete sessions, US dollars a session.
    close_imbalance_usd
        Predicted imbalance of the closing auction, US dollars to be bought (above 0) or sold.
    close_expected_move_percent
        Move expected of it, percent, signed; null at or below the threshold of confidence.
    congress_signal
        1 congress bought above the threshold and nobody sold, -1 the mirror of it, 0 neither; null without reports.
    insider_sellers
        Different insiders who filed a sale within the look-back; null without any.
    flow_book_agreement
        1 when option flow and order book lean the same way, -1 when they part; null when not at the same time.
    news_headline
        Text of the newest headline of the symbol.
    news_is_major
        True when the vendor calls the headline important; null when it does not say.
    unknown_side_share
        Share of the day's option premium whose side is not known, 0 to 1.
    flags
        What stands out, as FlowMetrics.flags: one_sided_calls, one_sided_puts, off_exchange_divergence, darkpool_accumulation, darkpool_distribution, smart_divergence, large_sweeps, close_imbalance, congress_buying, congress_selling, insider_selling, darkpool_confirms_flow.
    """

    FULL_NAME: ClassVar[str] = "tapewire.decisions.FlowView"

    ts_event: int
    net_premium_usd_60m: float | None = None
    asymmetry: float | None = None
    off_exchange_divergence: float | None = None
    darkpool_score: float | None = None
    divergence_score: float | None = None
    sweep_premium_usd: float | None = None
    cumulative_delta: float | None = None
    close_imbalance_confidence: float | None = None
    news_score: float | None = None
    momentum_usd_per_minute: float | None = None
    trend_usd_per_day: float | None = None
    close_imbalance_usd: float | None = None
    close_expected_move_percent: float | None = None
    congress_signal: int | None = None
    insider_sellers: int | None = None
    flow_book_agreement: int | None = None
    news_headline: str | None = None
    news_is_major: bool | None = None
    unknown_side_share: float | None = None
    flags: tuple[str, ...] = ()

    def as_avro(self) -> dict[str, Any]:
        return {
            "ts_event": self.ts_event,
            "net_premium_usd_60m": None if self.net_premium_usd_60m is None else finite(self.net_premium_usd_60m, "net_premium_usd_60m"),
            "asymmetry": None if self.asymmetry is None else finite(self.asymmetry, "asymmetry"),
            "off_exchange_divergence": None if self.off_exchange_divergence is None else finite(self.off_exchange_divergence, "off_exchange_divergence"),
            "darkpool_score": None if self.darkpool_score is None else finite(self.darkpool_score, "darkpool_score"),
            "divergence_score": None if self.divergence_score is None else finite(self.divergence_score, "divergence_score"),
            "sweep_premium_usd": None if self.sweep_premium_usd is None else finite(self.sweep_premium_usd, "sweep_premium_usd"),
            "cumulative_delta": None if self.cumulative_delta is None else finite(self.cumulative_delta, "cumulative_delta"),
            "close_imbalance_confidence": None if self.close_imbalance_confidence is None else finite(self.close_imbalance_confidence, "close_imbalance_confidence"),
            "news_score": None if self.news_score is None else finite(self.news_score, "news_score"),
            "momentum_usd_per_minute": None if self.momentum_usd_per_minute is None else finite(self.momentum_usd_per_minute, "momentum_usd_per_minute"),
            "trend_usd_per_day": None if self.trend_usd_per_day is None else finite(self.trend_usd_per_day, "trend_usd_per_day"),
            "close_imbalance_usd": None if self.close_imbalance_usd is None else finite(self.close_imbalance_usd, "close_imbalance_usd"),
            "close_expected_move_percent": None if self.close_expected_move_percent is None else finite(self.close_expected_move_percent, "close_expected_move_percent"),
            "congress_signal": self.congress_signal,
            "insider_sellers": self.insider_sellers,
            "flow_book_agreement": self.flow_book_agreement,
            "news_headline": self.news_headline,
            "news_is_major": self.news_is_major,
            "unknown_side_share": None if self.unknown_side_share is None else finite(self.unknown_side_share, "unknown_side_share"),
            "flags": list(self.flags),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            ts_event=data["ts_event"],
            net_premium_usd_60m=None if data["net_premium_usd_60m"] is None else finite(data["net_premium_usd_60m"], "net_premium_usd_60m"),
            asymmetry=None if data["asymmetry"] is None else finite(data["asymmetry"], "asymmetry"),
            off_exchange_divergence=None if data["off_exchange_divergence"] is None else finite(data["off_exchange_divergence"], "off_exchange_divergence"),
            darkpool_score=None if data["darkpool_score"] is None else finite(data["darkpool_score"], "darkpool_score"),
            divergence_score=None if data["divergence_score"] is None else finite(data["divergence_score"], "divergence_score"),
            sweep_premium_usd=None if data["sweep_premium_usd"] is None else finite(data["sweep_premium_usd"], "sweep_premium_usd"),
            cumulative_delta=None if data["cumulative_delta"] is None else finite(data["cumulative_delta"], "cumulative_delta"),
            close_imbalance_confidence=None if data["close_imbalance_confidence"] is None else finite(data["close_imbalance_confidence"], "close_imbalance_confidence"),
            news_score=None if data["news_score"] is None else finite(data["news_score"], "news_score"),
            momentum_usd_per_minute=None if data["momentum_usd_per_minute"] is None else finite(data["momentum_usd_per_minute"], "momentum_usd_per_minute"),
            trend_usd_per_day=None if data["trend_usd_per_day"] is None else finite(data["trend_usd_per_day"], "trend_usd_per_day"),
            close_imbalance_usd=None if data["close_imbalance_usd"] is None else finite(data["close_imbalance_usd"], "close_imbalance_usd"),
            close_expected_move_percent=None if data["close_expected_move_percent"] is None else finite(data["close_expected_move_percent"], "close_expected_move_percent"),
            congress_signal=data["congress_signal"],
            insider_sellers=data["insider_sellers"],
            flow_book_agreement=data["flow_book_agreement"],
            news_headline=data["news_headline"],
            news_is_major=data["news_is_major"],
            unknown_side_share=None if data["unknown_side_share"] is None else finite(data["unknown_side_share"], "unknown_side_share"),
            flags=tuple(data["flags"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class GammaView(Record):
    """Dealers' gamma of an underlying by our own chain computation, as a view carries it.

    Attributes
    ----------
    ts_event
        Time of the numbers, UTC microseconds; the view's own time minus this is their age.
    spot
        Price of the underlying the numbers hold for, US dollars.
    total_gamma_usd_per_1pct
        Gamma exposure of all strikes, US dollars per 1 % move, calls long and puts short.
    flip_price
        Price at which the recomputed total crosses zero, nearest to spot, US dollars; null if it does not cross.
    call_wall
        Strike of the largest positive gamma, US dollars.
    put_wall
        Strike of the largest negative gamma, US dollars.
    max_gamma_strike
        Strike of the largest absolute gamma, US dollars.
    max_gamma_distance_pct
        (spot - that strike) / spot x 100.
    max_pain
        Strike at which holders of the nearest expiry are paid least, US dollars.
    delta_usd
        Delta exposure, US dollars.
    vanna_usd_per_vol_point
        Change of the delta exposure for one point of implied volatility, US dollars.
    charm_usd_per_day
        Change of the delta exposure in a day, US dollars.
    vendor_total_gamma_usd_per_1pct
        The vendor's total, for comparison, US dollars per 1 %.
    flags
        What to know of the numbers, e.g. vendor_drift, stale_open_interest.
    """

    FULL_NAME: ClassVar[str] = "tapewire.decisions.GammaView"

    ts_event: int
    spot: float | None = None
    total_gamma_usd_per_1pct: float | None = None
    flip_price: float | None = None
    call_wall: float | None = None
    put_wall: float | None = None
    max_gamma_strike: float | None = None
    max_gamma_distance_pct: float | None = None
    max_pain: float | None = None
    delta_usd: float | None = None
    vanna_usd_per_vol_point: float | None = None
    charm_usd_per_day: float | None = None
    vendor_total_gamma_usd_per_1pct: float | None = None
    flags: tuple[str, ...] = ()

    def as_avro(self) -> dict[str, Any]:
        return {
            "ts_event": self.ts_event,
            "spot": None if self.spot is None else finite(self.spot, "spot"),
            "total_gamma_usd_per_1pct": None if self.total_gamma_usd_per_1pct is None else finite(self.total_gamma_usd_per_1pct, "total_gamma_usd_per_1pct"),
            "flip_price": None if self.flip_price is None else finite(self.flip_price, "flip_price"),
            "call_wall": None if self.call_wall is None else finite(self.call_wall, "call_wall"),
            "put_wall": None if self.put_wall is None else finite(self.put_wall, "put_wall"),
            "max_gamma_strike": None if self.max_gamma_strike is None else finite(self.max_gamma_strike, "max_gamma_strike"),
            "max_gamma_distance_pct": None if self.max_gamma_distance_pct is None else finite(self.max_gamma_distance_pct, "max_gamma_distance_pct"),
            "max_pain": None if self.max_pain is None else finite(self.max_pain, "max_pain"),
            "delta_usd": None if self.delta_usd is None else finite(self.delta_usd, "delta_usd"),
            "vanna_usd_per_vol_point": None if self.vanna_usd_per_vol_point is None else finite(self.vanna_usd_per_vol_point, "vanna_usd_per_vol_point"),
            "charm_usd_per_day": None if self.charm_usd_per_day is None else finite(self.charm_usd_per_day, "charm_usd_per_day"),
            "vendor_total_gamma_usd_per_1pct": None if self.vendor_total_gamma_usd_per_1pct is None else finite(self.vendor_total_gamma_usd_per_1pct, "vendor_total_gamma_usd_per_1pct"),
            "flags": list(self.flags),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            ts_event=data["ts_event"],
            spot=None if data["spot"] is None else finite(data["spot"], "spot"),
            total_gamma_usd_per_1pct=None if data["total_gamma_usd_per_1pct"] is None else finite(data["total_gamma_usd_per_1pct"], "total_gamma_usd_per_1pct"),
            flip_price=None if data["flip_price"] is None else finite(data["flip_price"], "flip_price"),
            call_wall=None if data["call_wall"] is None else finite(data["call_wall"], "call_wall"),
            put_wall=None if data["put_wall"] is None else finite(data["put_wall"], "put_wall"),
            max_gamma_strike=None if data["max_gamma_strike"] is None else finite(data["max_gamma_strike"], "max_gamma_strike"),
            max_gamma_distance_pct=None if data["max_gamma_distance_pct"] is None else finite(data["max_gamma_distance_pct"], "max_gamma_distance_pct"),
            max_pain=None if data["max_pain"] is None else finite(data["max_pain"], "max_pain"),
            delta_usd=None if data["delta_usd"] is None else finite(data["delta_usd"], "delta_usd"),
            vanna_usd_per_vol_point=None if data["vanna_usd_per_vol_point"] is None else finite(data["vanna_usd_per_vol_point"], "vanna_usd_per_vol_point"),
            charm_usd_per_day=None if data["charm_usd_per_day"] is None else finite(data["charm_usd_per_day"], "charm_usd_per_day"),
            vendor_total_gamma_usd_per_1pct=None if data["vendor_total_gamma_usd_per_1pct"] is None else finite(data["vendor_total_gamma_usd_per_1pct"], "vendor_total_gamma_usd_per_1pct"),
            flags=tuple(data["flags"]),
        )


@filled_at_once
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
    vwap_sigma
        US dollars; volume weighted standard deviation of the session's prices about session_vwap: its bands lie at session_vwap ± k x this. Null when session_vwap is, and until the next session if an earlier version began this one.
    donchian_high
        US dollars; highest high of the feature.channel_bars bars before this one, so a close above it is a break. Null while warming up.
    donchian_low
        US dollars; lowest low of the same bars. Null while warming up.
    close_z_score
        Standard deviations of close above the mean of the last feature.z_score_bars closes, this one included. Null while warming up and when they are all alike.
    relative_volume_same_time
        Volume of this bar / mean volume of the same time of day on earlier days, from five-minute buckets of 04:00 to 20:00 New York. Null until feature.least_volume_days days are known, overnight and on D1.
    day_high_at
        Start of the first second that traded at day_high. Null when an earlier version saw it.
    day_low_at
        Start of the first second that traded at day_low. Null when an earlier version saw it.
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
    vwap_sigma: float | None = None
    donchian_high: float | None = None
    donchian_low: float | None = None
    close_z_score: float | None = None
    relative_volume_same_time: float | None = None
    day_high_at: int | None = None
    day_low_at: int | None = None

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
            "vwap_sigma": None if self.vwap_sigma is None else finite(self.vwap_sigma, "vwap_sigma"),
            "donchian_high": None if self.donchian_high is None else finite(self.donchian_high, "donchian_high"),
            "donchian_low": None if self.donchian_low is None else finite(self.donchian_low, "donchian_low"),
            "close_z_score": None if self.close_z_score is None else finite(self.close_z_score, "close_z_score"),
            "relative_volume_same_time": None if self.relative_volume_same_time is None else finite(self.relative_volume_same_time, "relative_volume_same_time"),
            "day_high_at": self.day_high_at,
            "day_low_at": self.day_low_at,
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
            vwap_sigma=None if data["vwap_sigma"] is None else finite(data["vwap_sigma"], "vwap_sigma"),
            donchian_high=None if data["donchian_high"] is None else finite(data["donchian_high"], "donchian_high"),
            donchian_low=None if data["donchian_low"] is None else finite(data["donchian_low"], "donchian_low"),
            close_z_score=None if data["close_z_score"] is None else finite(data["close_z_score"], "close_z_score"),
            relative_volume_same_time=None if data["relative_volume_same_time"] is None else finite(data["relative_volume_same_time"], "relative_volume_same_time"),
            day_high_at=data["day_high_at"],
            day_low_at=data["day_low_at"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class Box(Record):
    """A compression box: consecutive bars that stay inside a narrow range.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    box_id
        uuid5 of symbol, resolution and the first bar when it formed.
    resolution
        M1 or M2.
    state
        What happened to the box at ts_event.
    ts_event
        When it happened at the source, UTC microseconds.
    window_start
        Start of the first bar inside; up to half of `boxes.minimum_bars` later than when it formed, if those alone had made an edge.
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


@filled_at_once
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
    delay_seconds
        Seconds by which the vendor's plan holds its data back; 0 for real time.
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
    delay_seconds: int = 0

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
            "delay_seconds": self.delay_seconds,
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
            delay_seconds=data["delay_seconds"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeView(Record):
    """How the symbol's price behaves, as a view carries it.

    Attributes
    ----------
    ts_event
        Time of the numbers, UTC microseconds; the view's own time minus this is their age.
    label
        The regime.
    kalman_price
        Filtered price, US dollars.
    kalman_velocity_per_minute
        Filtered velocity, US dollars a minute.
    kalman_price_sd
        One standard deviation of the filtered price, US dollars.
    trend_probability
        Probability that the filtered velocity is above 0, 0 to 1; null while warming up.
    realised_volatility
        Annualised volatility, a fraction: 0.25 is 25 % a year; null while warming up.
    volatility_rank
        Share of its earlier values below it, 0 to 1; null until there are enough.
    """

    FULL_NAME: ClassVar[str] = "tapewire.decisions.RegimeView"

    ts_event: int
    label: RegimeLabel
    kalman_price: float | None = None
    kalman_velocity_per_minute: float | None = None
    kalman_price_sd: float | None = None
    trend_probability: float | None = None
    realised_volatility: float | None = None
    volatility_rank: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "ts_event": self.ts_event,
            "label": self.label,
            "kalman_price": None if self.kalman_price is None else finite(self.kalman_price, "kalman_price"),
            "kalman_velocity_per_minute": None if self.kalman_velocity_per_minute is None else finite(self.kalman_velocity_per_minute, "kalman_velocity_per_minute"),
            "kalman_price_sd": None if self.kalman_price_sd is None else finite(self.kalman_price_sd, "kalman_price_sd"),
            "trend_probability": None if self.trend_probability is None else finite(self.trend_probability, "trend_probability"),
            "realised_volatility": None if self.realised_volatility is None else finite(self.realised_volatility, "realised_volatility"),
            "volatility_rank": None if self.volatility_rank is None else finite(self.volatility_rank, "volatility_rank"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            ts_event=data["ts_event"],
            label=RegimeLabel(data["label"]),
            kalman_price=None if data["kalman_price"] is None else finite(data["kalman_price"], "kalman_price"),
            kalman_velocity_per_minute=None if data["kalman_velocity_per_minute"] is None else finite(data["kalman_velocity_per_minute"], "kalman_velocity_per_minute"),
            kalman_price_sd=None if data["kalman_price_sd"] is None else finite(data["kalman_price_sd"], "kalman_price_sd"),
            trend_probability=None if data["trend_probability"] is None else finite(data["trend_probability"], "trend_probability"),
            realised_volatility=None if data["realised_volatility"] is None else finite(data["realised_volatility"], "realised_volatility"),
            volatility_rank=None if data["volatility_rank"] is None else finite(data["volatility_rank"], "volatility_rank"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class MacroWindow(Record):
    """Minutes around a scheduled economic event, in which whoever trades is alert or keeps quiet.

    Attributes
    ----------
    starts_at
        First moment of the window, UTC microseconds.
    ends_at
        First moment after it, UTC microseconds.
    event_id
        Of the event, as in reference.calendar-events.
    event
        Its name, e.g. FOMC interest-rate decision.
    importance
        How much the market tends to move on it.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.MacroWindow"

    starts_at: int
    ends_at: int
    event_id: str
    event: str
    importance: EventImportance

    def as_avro(self) -> dict[str, Any]:
        return {
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "event_id": self.event_id,
            "event": self.event,
            "importance": self.importance,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            event_id=data["event_id"],
            event=data["event"],
            importance=EventImportance(data["importance"]),
        )


@filled_at_once
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
    features_15m
        Newest features of 15-minute bars.
    box_1m
        Live or just ended box on 1-minute bars; null when there is none.
    box_2m
        The same on 2-minute bars.
    closed_bars
        Bars of 1 minute and longer that closed since the previous view, oldest first.
    flags
        Why values are missing or not to be trusted: stale_quote, no_quote, warming_up, late_data, vendor_bars (known by the bars of a vendor, not by trades), feed_down, bad_trades, bad_quotes.
    depth
        Order book numbers; null as `missing` says.
    gamma
        Dealers' gamma; null as `missing` says.
    flow
        Options flow and disclosures; null as `missing` says.
    regime
        Regime and filtered price; null as `missing` says.
    missing
        Which of depth, gamma, flow and regime are null: no_… if none has ever come, stale_… if the newest is older than `views.…_life_seconds`.
    macro
        The window around an economic event that holds at the tick, as the tick says; null without one.
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
    features_15m: Features | None = None
    box_1m: Box | None = None
    box_2m: Box | None = None
    closed_bars: tuple[Bar, ...] = ()
    flags: tuple[str, ...] = ()
    depth: DepthView | None = None
    gamma: GammaView | None = None
    flow: FlowView | None = None
    regime: RegimeView | None = None
    missing: tuple[str, ...] = ()
    macro: MacroWindow | None = None

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
            "features_15m": None if self.features_15m is None else ("tapewire.derived.Features", self.features_15m.as_avro()),
            "box_1m": None if self.box_1m is None else ("tapewire.derived.Box", self.box_1m.as_avro()),
            "box_2m": None if self.box_2m is None else ("tapewire.derived.Box", self.box_2m.as_avro()),
            "closed_bars": [item.as_avro() for item in self.closed_bars],
            "flags": list(self.flags),
            "depth": None if self.depth is None else ("tapewire.decisions.DepthView", self.depth.as_avro()),
            "gamma": None if self.gamma is None else ("tapewire.decisions.GammaView", self.gamma.as_avro()),
            "flow": None if self.flow is None else ("tapewire.decisions.FlowView", self.flow.as_avro()),
            "regime": None if self.regime is None else ("tapewire.decisions.RegimeView", self.regime.as_avro()),
            "missing": list(self.missing),
            "macro": None if self.macro is None else ("tapewire.reference.MacroWindow", self.macro.as_avro()),
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
            features_15m=None if data["features_15m"] is None else Features.from_avro(data["features_15m"]),
            box_1m=None if data["box_1m"] is None else Box.from_avro(data["box_1m"]),
            box_2m=None if data["box_2m"] is None else Box.from_avro(data["box_2m"]),
            closed_bars=tuple([Bar.from_avro(item) for item in data["closed_bars"]]),
            flags=tuple(data["flags"]),
            depth=None if data["depth"] is None else DepthView.from_avro(data["depth"]),
            gamma=None if data["gamma"] is None else GammaView.from_avro(data["gamma"]),
            flow=None if data["flow"] is None else FlowView.from_avro(data["flow"]),
            regime=None if data["regime"] is None else RegimeView.from_avro(data["regime"]),
            missing=tuple(data["missing"]),
            macro=None if data["macro"] is None else MacroWindow.from_avro(data["macro"]),
        )


@filled_at_once
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
        The box it trades; of a play the id of its level.
    box_resolution
        Bar length of that box; M1 of a play.
    box_high
        US dollars; of a play the upper end of the zone at its level.
    box_low
        US dollars; of a play the lower end of that zone.
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


@filled_at_once
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
    size_factor
        Share of the usual size that the symbol's regime allows, above 0 up to 1; null unless `strategies.size_by_regime` is on.
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
    size_factor: float | None = None

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
            "size_factor": None if self.size_factor is None else finite(self.size_factor, "size_factor"),
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
            size_factor=None if data["size_factor"] is None else finite(data["size_factor"], "size_factor"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRefusal(Record):
    """A signal or setup that a gate held back, or nearly let pass, and by how much it missed.

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
        Box, setup, signal or row of bars that was refused.
    gate
        Stable code in upper case, e.g. SPREAD_CAP, RVOL_FLOOR, RANGE_CAP, REWARD_TO_RISK, MISSING_QUOTE, DEPTH_OPPOSES, LIQUIDITY_GRADE, FEED_UNFIT, REGIME, in older records ALERT_BUDGET; of boxes that nearly were BOX_RANGE, BOX_RANGE_ATR, BOX_FLATNESS, BOX_COMPRESSION, BOX_TOUCHES.
    value
        What was measured; null when it was missing.
    limit
        What was allowed.
    unit
        Unit of value, limit and shortfall, e.g. bps, ratio, faults; grade counts A as 0, B as 1, C as 2, D as 3.
    message
        One sentence: expected and found.
    shortfall
        Distance from what was measured to what would have passed, in the unit, 0 or more; null when nothing was measured.
    near_miss
        Whether the shortfall is small: a share of the limit up to `setups.near_miss_share`, or one touch.
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
    shortfall: float | None = None
    near_miss: bool = False

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
            "shortfall": None if self.shortfall is None else finite(self.shortfall, "shortfall"),
            "near_miss": self.near_miss,
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
            shortfall=None if data["shortfall"] is None else finite(data["shortfall"], "shortfall"),
            near_miss=data["near_miss"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPosture(Record):
    """Probability of rise of a symbol at the close of a bar, and the posture that follows by the rules of entry, exit and persistence (BOX-20, BOX-21).

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    ts_event
        Tick of the view, UTC microseconds.
    resolution
        Bar length whose closes are counted, `trend.interval`.
    window_end
        End of the newest bar.
    posture
        After this bar.
    previous
        Before this bar; another than posture when it flipped.
    since
        Tick at which the posture began.
    p_up
        Probability of rise, 0 to 1: the logistic function of the score; null while a weighted feature of the interval is unknown.
    score
        Log-odds of rise: mean of the scores of the bar lengths, weighted by `trend.mtf_weights`.
    scores
        Bar length to its own log-odds; those whose features are unknown are left out.
    contributions
        Feature to what it adds to the score, over all bar lengths; with the bias they sum to it.
    wanted
        Posture that this bar alone asks for.
    persisted
        Bars in a row that asked for it; it is taken on at `trend.persist`.
    """

    FULL_NAME: ClassVar[str] = "tapewire.decisions.TrendPosture"

    symbol: str
    ts_event: int
    resolution: Resolution
    window_end: int
    posture: Posture
    previous: Posture
    since: int
    wanted: Posture
    persisted: int
    p_up: float | None = None
    score: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    contributions: Mapping[str, float] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "resolution": self.resolution,
            "window_end": self.window_end,
            "posture": self.posture,
            "previous": self.previous,
            "since": self.since,
            "p_up": None if self.p_up is None else finite(self.p_up, "p_up"),
            "score": None if self.score is None else finite(self.score, "score"),
            "scores": {key: finite(value, "scores") for key, value in self.scores.items()},
            "contributions": {key: finite(value, "contributions") for key, value in self.contributions.items()},
            "wanted": self.wanted,
            "persisted": self.persisted,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            resolution=Resolution(data["resolution"]),
            window_end=data["window_end"],
            posture=Posture(data["posture"]),
            previous=Posture(data["previous"]),
            since=data["since"],
            p_up=None if data["p_up"] is None else finite(data["p_up"], "p_up"),
            score=None if data["score"] is None else finite(data["score"], "score"),
            scores={key: finite(value, "scores") for key, value in data["scores"].items()},
            contributions={key: finite(value, "contributions") for key, value in data["contributions"].items()},
            wanted=Posture(data["wanted"]),
            persisted=data["persisted"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class BookMetrics(Record):
    """What order book and signed volume of a symbol say at a tick. What is not known is null, and missing says why.

    Attributes
    ----------
    symbol
        Ticker.
    ts_event
        The tick, UTC microseconds; everything below is as of it.
    mode
        Where the depth comes from; null without a book.
    generation
        Subscription of the newest snapshot; null without a book.
    sequence
        Number of the newest snapshot; null without a book.
    taken_at
        When the newest snapshot was taken, UTC microseconds; null without a book.
    age_ms
        Milliseconds from the last change of the book to ts_event, 0 or more; null without a book.
    bid_price
        Best bid, US dollars; null without bids, or when the book is stale.
    ask_price
        Best ask, US dollars; null without asks, or when the book is stale.
    bid_size_5
        Shares on the five best bids, 0 or more; null when the book is stale.
    ask_size_5
        Shares on the five best asks, 0 or more; null when the book is stale.
    imbalance_5
        (bids - asks) / (bids + asks) in shares over five levels a side, -1 to 1; null when a side is empty or the book is stale.
    imbalance_10
        The same over ten levels a side.
    imbalance_3s
        Time-weighted mean of imbalance_5 over the last 3 s, -1 to 1: each snapshot counts until the next, 3 s at most; null when none stood in that time.
    pressure
        Imbalance over five levels with each level divided by its place, -1 to 1; null when a side is empty or the book is stale.
    spread_bps
        (ask - bid) / mid x 10,000; null when a side is empty or the book is stale.
    microprice
        Best prices weighted by the size of the other side, US dollars; null when a side is empty or the book is stale.
    grade
        Liquidity grade of the newest snapshot; null without one in the last 60 s.
    grade_expires_at
        When the grade's life ends, UTC microseconds; null without a grade.
    update_rate
        Updates of the book a second over the newest settled seconds, 0 or more; null when they were not counted.
    stuffing
        Whether these updates are a burst that no trades explain; null while what is usual is not known.
    anomaly_score
        Score of the isolation forest, 0 to 1, near 1 unlike other books; null without a model or a whole book.
    anomaly
        Whether the score lies above the model's cut; null with it.
    anomaly_model
        Version of the model; null without one.
    vpin
        Volume-synchronised probability of informed trading over the last buckets, 0 to 1; null while warming up.
    vpin_buckets
        Volume buckets closed so far, up to the number that VPIN needs.
    kyle_lambda
        Price change for each share of signed volume, US dollars a share; null while warming up or when the volume has one sign and size.
    kyle_explained
        Share of the price's variance that the line explains, 0 to 1; null with kyle_lambda, or when the price never moved.
    pin
        Probability of informed trading over the last days, 0 to 1, as of the newest close; null before enough days.
    pin_days
        Days with trades known to the estimate, 0 or more.
    hedge_shift
        Change of the mean imbalance after the newest option sweep in the direction of a dealer's hedge, -2 to 2; null without a sweep that could be judged in the last minute.
    hedge_alert_id
        Alert of that sweep; null with hedge_shift.
    flags
        What stands out: quote_stuffing, anomaly, hedging.
    missing
        Field that is null -> why: no_depth, stale, one_sided, feed_unfit, warming_up, no_trades, not_counted, no_model.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.BookMetrics"

    symbol: str
    ts_event: int
    mode: DepthMode | None = None
    generation: int | None = None
    sequence: int | None = None
    taken_at: int | None = None
    age_ms: int | None = None
    bid_price: float | None = None
    ask_price: float | None = None
    bid_size_5: float | None = None
    ask_size_5: float | None = None
    imbalance_5: float | None = None
    imbalance_10: float | None = None
    imbalance_3s: float | None = None
    pressure: float | None = None
    spread_bps: float | None = None
    microprice: float | None = None
    grade: LiquidityGrade | None = None
    grade_expires_at: int | None = None
    update_rate: float | None = None
    stuffing: bool | None = None
    anomaly_score: float | None = None
    anomaly: bool | None = None
    anomaly_model: str | None = None
    vpin: float | None = None
    vpin_buckets: int = 0
    kyle_lambda: float | None = None
    kyle_explained: float | None = None
    pin: float | None = None
    pin_days: int = 0
    hedge_shift: float | None = None
    hedge_alert_id: str | None = None
    flags: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "mode": self.mode,
            "generation": self.generation,
            "sequence": self.sequence,
            "taken_at": self.taken_at,
            "age_ms": self.age_ms,
            "bid_price": None if self.bid_price is None else finite(self.bid_price, "bid_price"),
            "ask_price": None if self.ask_price is None else finite(self.ask_price, "ask_price"),
            "bid_size_5": None if self.bid_size_5 is None else finite(self.bid_size_5, "bid_size_5"),
            "ask_size_5": None if self.ask_size_5 is None else finite(self.ask_size_5, "ask_size_5"),
            "imbalance_5": None if self.imbalance_5 is None else finite(self.imbalance_5, "imbalance_5"),
            "imbalance_10": None if self.imbalance_10 is None else finite(self.imbalance_10, "imbalance_10"),
            "imbalance_3s": None if self.imbalance_3s is None else finite(self.imbalance_3s, "imbalance_3s"),
            "pressure": None if self.pressure is None else finite(self.pressure, "pressure"),
            "spread_bps": None if self.spread_bps is None else finite(self.spread_bps, "spread_bps"),
            "microprice": None if self.microprice is None else finite(self.microprice, "microprice"),
            "grade": self.grade,
            "grade_expires_at": self.grade_expires_at,
            "update_rate": None if self.update_rate is None else finite(self.update_rate, "update_rate"),
            "stuffing": self.stuffing,
            "anomaly_score": None if self.anomaly_score is None else finite(self.anomaly_score, "anomaly_score"),
            "anomaly": self.anomaly,
            "anomaly_model": self.anomaly_model,
            "vpin": None if self.vpin is None else finite(self.vpin, "vpin"),
            "vpin_buckets": self.vpin_buckets,
            "kyle_lambda": None if self.kyle_lambda is None else finite(self.kyle_lambda, "kyle_lambda"),
            "kyle_explained": None if self.kyle_explained is None else finite(self.kyle_explained, "kyle_explained"),
            "pin": None if self.pin is None else finite(self.pin, "pin"),
            "pin_days": self.pin_days,
            "hedge_shift": None if self.hedge_shift is None else finite(self.hedge_shift, "hedge_shift"),
            "hedge_alert_id": self.hedge_alert_id,
            "flags": list(self.flags),
            "missing": dict(self.missing),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            mode=None if data["mode"] is None else DepthMode(data["mode"]),
            generation=data["generation"],
            sequence=data["sequence"],
            taken_at=data["taken_at"],
            age_ms=data["age_ms"],
            bid_price=None if data["bid_price"] is None else finite(data["bid_price"], "bid_price"),
            ask_price=None if data["ask_price"] is None else finite(data["ask_price"], "ask_price"),
            bid_size_5=None if data["bid_size_5"] is None else finite(data["bid_size_5"], "bid_size_5"),
            ask_size_5=None if data["ask_size_5"] is None else finite(data["ask_size_5"], "ask_size_5"),
            imbalance_5=None if data["imbalance_5"] is None else finite(data["imbalance_5"], "imbalance_5"),
            imbalance_10=None if data["imbalance_10"] is None else finite(data["imbalance_10"], "imbalance_10"),
            imbalance_3s=None if data["imbalance_3s"] is None else finite(data["imbalance_3s"], "imbalance_3s"),
            pressure=None if data["pressure"] is None else finite(data["pressure"], "pressure"),
            spread_bps=None if data["spread_bps"] is None else finite(data["spread_bps"], "spread_bps"),
            microprice=None if data["microprice"] is None else finite(data["microprice"], "microprice"),
            grade=None if data["grade"] is None else LiquidityGrade(data["grade"]),
            grade_expires_at=data["grade_expires_at"],
            update_rate=None if data["update_rate"] is None else finite(data["update_rate"], "update_rate"),
            stuffing=data["stuffing"],
            anomaly_score=None if data["anomaly_score"] is None else finite(data["anomaly_score"], "anomaly_score"),
            anomaly=data["anomaly"],
            anomaly_model=data["anomaly_model"],
            vpin=None if data["vpin"] is None else finite(data["vpin"], "vpin"),
            vpin_buckets=data["vpin_buckets"],
            kyle_lambda=None if data["kyle_lambda"] is None else finite(data["kyle_lambda"], "kyle_lambda"),
            kyle_explained=None if data["kyle_explained"] is None else finite(data["kyle_explained"], "kyle_explained"),
            pin=None if data["pin"] is None else finite(data["pin"], "pin"),
            pin_days=data["pin_days"],
            hedge_shift=None if data["hedge_shift"] is None else finite(data["hedge_shift"], "hedge_shift"),
            hedge_alert_id=data["hedge_alert_id"],
            flags=tuple(data["flags"]),
            missing=dict(data["missing"]),
        )


@filled_at_once
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


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Record):
    """What an agent noticed of a symbol; at most one a run.

    Attributes
    ----------
    finding_id
        Id of agent, symbol and ts_event: a repeat carries the same.
    ts_event
        The view it was noticed in, UTC microseconds.
    agent
        Id of the agent, e.g. volume-surge.
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    score
        How strong, in the unit the agent states; for volume-surge the relative volume, e.g. 7.16.
    label
        What it is in a few words, e.g. new trend up.
    direction
        Which way it points; null for one without a direction.
    confidence
        How sure the agent is, 0 to 1.
    details
        Name, unit included, to number; what was not known is left out.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.Finding"

    finding_id: str
    ts_event: int
    agent: str
    symbol: str
    score: float
    label: str
    confidence: float
    direction: Side | None = None
    details: Mapping[str, float] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "finding_id": self.finding_id,
            "ts_event": self.ts_event,
            "agent": self.agent,
            "symbol": self.symbol,
            "score": finite(self.score, "score"),
            "label": self.label,
            "direction": self.direction,
            "confidence": finite(self.confidence, "confidence"),
            "details": {key: finite(value, "details") for key, value in self.details.items()},
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            finding_id=data["finding_id"],
            ts_event=data["ts_event"],
            agent=data["agent"],
            symbol=data["symbol"],
            score=finite(data["score"], "score"),
            label=data["label"],
            direction=None if data["direction"] is None else Side(data["direction"]),
            confidence=finite(data["confidence"], "confidence"),
            details={key: finite(value, "details") for key, value in data["details"].items()},
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowMetrics(Record):
    """What options flow, off-exchange prints, disclosures and news say of a symbol; a number that is null has its reason in missing.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        The tick it was computed at, UTC microseconds: all records before it are in.
    formula_version
        Version of the formulas; rises when a number changes its meaning.
    session_date
        New York date that sums of the day are of, days since 1970-01-01.
    call_premium_usd
        Premium of the day's call trades, US dollars.
    put_premium_usd
        Premium of the day's put trades, US dollars.
    net_call_premium_usd
        Calls bought minus sold today, US dollars.
    net_put_premium_usd
        Puts bought minus sold today, US dollars.
    net_premium_usd
        net_call_premium_usd - net_put_premium_usd: above 0 when more was paid for a rise.
    net_premium_60m_usd
        The same of the last 60 minutes, the running one included.
    unknown_side_share
        Share of the day's option premium whose side is not known, 0 to 1: it counts in no net number.
    option_trades
        Option trades of the day that were counted.
    underlying_price
        Of the newest option trade that told it, US dollars.
    vendor_net_premium_usd
        Net premium of the day as the vendor computes it, US dollars.
    vendor_net_premium_60m_usd
        The same of the last 60 minutes, from the vendor's minutes.
    net_premium_drift_usd
        Ours minus the vendor's of the day, US dollars.
    asymmetry
        Share of the stronger of calls and puts in the day's premium, 0.5 to 1, negative when puts are stronger.
    momentum_usd_per_minute
        Slope of the cumulative net premium over the last 60 minutes, US dollars a minute.
    trend_usd_per_day
        Slope of the daily net premium over the last three complete sessions, US dollars a session.
    off_exchange_share
        Share of the day's volume made off exchange, 0 to 1, of the part of the tape the vendor counts.
    off_exchange_divergence
        Off-exchange share minus lit share, -1 to 1.
    off_exchange_gap_bps
        Mean off-exchange price above the mean lit price, basis points.
    darkpool_premium_usd
        Off-exchange prints of the day, US dollars.
    darkpool_net_usd
        Those bought minus those sold, US dollars.
    darkpool_unknown_side_share
        Share of darkpool_premium_usd whose side is not known, 0 to 1.
    darkpool_score
        Net dollars of the newest five minutes with prints, in standard deviations of those before: above 0 accumulation, below 0 distribution.
    smart_money_gap
        Bullish share of large option trades minus that of small ones over the newest five minutes with both, -2 to 2.
    divergence_score
        smart_money_gap in standard deviations of those before; its sign is the direction of large traders.
    sweeps_60m
        Sweeps above the threshold in the last 60 minutes.
    sweep_premium_60m_usd
        Their premium, US dollars.
    sweep_net_premium_60m_usd
        Their premium, calls minus puts, US dollars.
    cumulative_delta_usd
        Signed dollar delta of option trades in the afternoon window (14:00 to 15:30 New York; from two hours to half an hour before an early close), US dollars; null before it and after the close.
    vendor_cumulative_delta_shares
        The vendor's net delta over the same window, shares.
    afternoon_asymmetry
        asymmetry of the premium in the afternoon window.
    close_imbalance_usd
        Predicted imbalance of the closing auction, US dollars to be bought (above 0) or sold.
    close_imbalance_confidence
        Confidence of its direction, -1 to 1: the sign is the direction.
    close_expected_move_percent
        Move expected of it, percent, signed; null at or below the threshold of confidence.
    congress_bought_usd
        Least that congress reported to have bought within the look-back, US dollars.
    congress_sold_usd
        Least that it reported to have sold, US dollars.
    congress_signal
        1 bought above the threshold and nobody sold, -1 the mirror of it, 0 neither.
    insider_sellers
        Different insiders who filed a sale within the look-back, plans set up before left out.
    insider_sold_usd
        What they sold, US dollars, as far as prices were told.
    darkpool_confirmations_60m
        Flow alerts of the last 60 minutes that an off-exchange print of the same direction confirmed in time.
    book_imbalance
        Imbalance of the five best levels of the newest order book, -1 to 1.
    flow_book_agreement
        1 when the minute's option flow and the order book lean the same way, -1 when they part.
    news_score
        The vendor's sentiment of the newest headline: -1 negative, 0 neutral, 1 positive.
    news_headline
        Text of the newest headline.
    news_is_major
        True when the vendor calls it important: its impact, in the vendor's word.
    news_ts
        When it was published, UTC microseconds.
    vendor_toxicity
        Mean one-sidedness of the vendor's minutes over the last 60, 0 to 1: a stand-in for VPIN.
    flags
        What stands out: one_sided_calls, one_sided_puts, off_exchange_divergence, darkpool_accumulation, darkpool_distribution, smart_divergence, large_sweeps, close_imbalance, congress_buying, congress_selling, insider_selling, darkpool_confirms_flow.
    missing
        Field that is null -> why: no_option_trades, no_side, warming_up, flat, no_underlying_price, no_delta, outside_window, no_vendor_premium, no_price_levels, no_prints, no_alerts, no_disclosures, no_headline, no_sentiment, no_depth, stale_depth, below_threshold.
    ages_seconds
        Input topic -> seconds from its newest record to ts_event; a topic that never came is absent.
    unfit
        Input topic -> why what came on it is not to be trusted, as the tick says.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.FlowMetrics"

    symbol: str
    ts_event: int
    formula_version: int
    session_date: int
    call_premium_usd: float | None = None
    put_premium_usd: float | None = None
    net_call_premium_usd: float | None = None
    net_put_premium_usd: float | None = None
    net_premium_usd: float | None = None
    net_premium_60m_usd: float | None = None
    unknown_side_share: float | None = None
    option_trades: int | None = None
    underlying_price: float | None = None
    vendor_net_premium_usd: float | None = None
    vendor_net_premium_60m_usd: float | None = None
    net_premium_drift_usd: float | None = None
    asymmetry: float | None = None
    momentum_usd_per_minute: float | None = None
    trend_usd_per_day: float | None = None
    off_exchange_share: float | None = None
    off_exchange_divergence: float | None = None
    off_exchange_gap_bps: float | None = None
    darkpool_premium_usd: float | None = None
    darkpool_net_usd: float | None = None
    darkpool_unknown_side_share: float | None = None
    darkpool_score: float | None = None
    smart_money_gap: float | None = None
    divergence_score: float | None = None
    sweeps_60m: int | None = None
    sweep_premium_60m_usd: float | None = None
    sweep_net_premium_60m_usd: float | None = None
    cumulative_delta_usd: float | None = None
    vendor_cumulative_delta_shares: float | None = None
    afternoon_asymmetry: float | None = None
    close_imbalance_usd: float | None = None
    close_imbalance_confidence: float | None = None
    close_expected_move_percent: float | None = None
    congress_bought_usd: float | None = None
    congress_sold_usd: float | None = None
    congress_signal: int | None = None
    insider_sellers: int | None = None
    insider_sold_usd: float | None = None
    darkpool_confirmations_60m: int | None = None
    book_imbalance: float | None = None
    flow_book_agreement: int | None = None
    news_score: float | None = None
    news_headline: str | None = None
    news_is_major: bool | None = None
    news_ts: int | None = None
    vendor_toxicity: float | None = None
    flags: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    ages_seconds: Mapping[str, float] = field(default_factory=dict)
    unfit: Mapping[str, str] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "formula_version": self.formula_version,
            "session_date": self.session_date,
            "call_premium_usd": None if self.call_premium_usd is None else finite(self.call_premium_usd, "call_premium_usd"),
            "put_premium_usd": None if self.put_premium_usd is None else finite(self.put_premium_usd, "put_premium_usd"),
            "net_call_premium_usd": None if self.net_call_premium_usd is None else finite(self.net_call_premium_usd, "net_call_premium_usd"),
            "net_put_premium_usd": None if self.net_put_premium_usd is None else finite(self.net_put_premium_usd, "net_put_premium_usd"),
            "net_premium_usd": None if self.net_premium_usd is None else finite(self.net_premium_usd, "net_premium_usd"),
            "net_premium_60m_usd": None if self.net_premium_60m_usd is None else finite(self.net_premium_60m_usd, "net_premium_60m_usd"),
            "unknown_side_share": None if self.unknown_side_share is None else finite(self.unknown_side_share, "unknown_side_share"),
            "option_trades": self.option_trades,
            "underlying_price": None if self.underlying_price is None else finite(self.underlying_price, "underlying_price"),
            "vendor_net_premium_usd": None if self.vendor_net_premium_usd is None else finite(self.vendor_net_premium_usd, "vendor_net_premium_usd"),
            "vendor_net_premium_60m_usd": None if self.vendor_net_premium_60m_usd is None else finite(self.vendor_net_premium_60m_usd, "vendor_net_premium_60m_usd"),
            "net_premium_drift_usd": None if self.net_premium_drift_usd is None else finite(self.net_premium_drift_usd, "net_premium_drift_usd"),
            "asymmetry": None if self.asymmetry is None else finite(self.asymmetry, "asymmetry"),
            "momentum_usd_per_minute": None if self.momentum_usd_per_minute is None else finite(self.momentum_usd_per_minute, "momentum_usd_per_minute"),
            "trend_usd_per_day": None if self.trend_usd_per_day is None else finite(self.trend_usd_per_day, "trend_usd_per_day"),
            "off_exchange_share": None if self.off_exchange_share is None else finite(self.off_exchange_share, "off_exchange_share"),
            "off_exchange_divergence": None if self.off_exchange_divergence is None else finite(self.off_exchange_divergence, "off_exchange_divergence"),
            "off_exchange_gap_bps": None if self.off_exchange_gap_bps is None else finite(self.off_exchange_gap_bps, "off_exchange_gap_bps"),
            "darkpool_premium_usd": None if self.darkpool_premium_usd is None else finite(self.darkpool_premium_usd, "darkpool_premium_usd"),
            "darkpool_net_usd": None if self.darkpool_net_usd is None else finite(self.darkpool_net_usd, "darkpool_net_usd"),
            "darkpool_unknown_side_share": None if self.darkpool_unknown_side_share is None else finite(self.darkpool_unknown_side_share, "darkpool_unknown_side_share"),
            "darkpool_score": None if self.darkpool_score is None else finite(self.darkpool_score, "darkpool_score"),
            "smart_money_gap": None if self.smart_money_gap is None else finite(self.smart_money_gap, "smart_money_gap"),
            "divergence_score": None if self.divergence_score is None else finite(self.divergence_score, "divergence_score"),
            "sweeps_60m": self.sweeps_60m,
            "sweep_premium_60m_usd": None if self.sweep_premium_60m_usd is None else finite(self.sweep_premium_60m_usd, "sweep_premium_60m_usd"),
            "sweep_net_premium_60m_usd": None if self.sweep_net_premium_60m_usd is None else finite(self.sweep_net_premium_60m_usd, "sweep_net_premium_60m_usd"),
            "cumulative_delta_usd": None if self.cumulative_delta_usd is None else finite(self.cumulative_delta_usd, "cumulative_delta_usd"),
            "vendor_cumulative_delta_shares": None if self.vendor_cumulative_delta_shares is None else finite(self.vendor_cumulative_delta_shares, "vendor_cumulative_delta_shares"),
            "afternoon_asymmetry": None if self.afternoon_asymmetry is None else finite(self.afternoon_asymmetry, "afternoon_asymmetry"),
            "close_imbalance_usd": None if self.close_imbalance_usd is None else finite(self.close_imbalance_usd, "close_imbalance_usd"),
            "close_imbalance_confidence": None if self.close_imbalance_confidence is None else finite(self.close_imbalance_confidence, "close_imbalance_confidence"),
            "close_expected_move_percent": None if self.close_expected_move_percent is None else finite(self.close_expected_move_percent, "close_expected_move_percent"),
            "congress_bought_usd": None if self.congress_bought_usd is None else finite(self.congress_bought_usd, "congress_bought_usd"),
            "congress_sold_usd": None if self.congress_sold_usd is None else finite(self.congress_sold_usd, "congress_sold_usd"),
            "congress_signal": self.congress_signal,
            "insider_sellers": self.insider_sellers,
            "insider_sold_usd": None if self.insider_sold_usd is None else finite(self.insider_sold_usd, "insider_sold_usd"),
            "darkpool_confirmations_60m": self.darkpool_confirmations_60m,
            "book_imbalance": None if self.book_imbalance is None else finite(self.book_imbalance, "book_imbalance"),
            "flow_book_agreement": self.flow_book_agreement,
            "news_score": None if self.news_score is None else finite(self.news_score, "news_score"),
            "news_headline": self.news_headline,
            "news_is_major": self.news_is_major,
            "news_ts": self.news_ts,
            "vendor_toxicity": None if self.vendor_toxicity is None else finite(self.vendor_toxicity, "vendor_toxicity"),
            "flags": list(self.flags),
            "missing": dict(self.missing),
            "ages_seconds": {key: finite(value, "ages_seconds") for key, value in self.ages_seconds.items()},
            "unfit": dict(self.unfit),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            formula_version=data["formula_version"],
            session_date=data["session_date"],
            call_premium_usd=None if data["call_premium_usd"] is None else finite(data["call_premium_usd"], "call_premium_usd"),
            put_premium_usd=None if data["put_premium_usd"] is None else finite(data["put_premium_usd"], "put_premium_usd"),
            net_call_premium_usd=None if data["net_call_premium_usd"] is None else finite(data["net_call_premium_usd"], "net_call_premium_usd"),
            net_put_premium_usd=None if data["net_put_premium_usd"] is None else finite(data["net_put_premium_usd"], "net_put_premium_usd"),
            net_premium_usd=None if data["net_premium_usd"] is None else finite(data["net_premium_usd"], "net_premium_usd"),
            net_premium_60m_usd=None if data["net_premium_60m_usd"] is None else finite(data["net_premium_60m_usd"], "net_premium_60m_usd"),
            unknown_side_share=None if data["unknown_side_share"] is None else finite(data["unknown_side_share"], "unknown_side_share"),
            option_trades=data["option_trades"],
            underlying_price=None if data["underlying_price"] is None else finite(data["underlying_price"], "underlying_price"),
            vendor_net_premium_usd=None if data["vendor_net_premium_usd"] is None else finite(data["vendor_net_premium_usd"], "vendor_net_premium_usd"),
            vendor_net_premium_60m_usd=None if data["vendor_net_premium_60m_usd"] is None else finite(data["vendor_net_premium_60m_usd"], "vendor_net_premium_60m_usd"),
            net_premium_drift_usd=None if data["net_premium_drift_usd"] is None else finite(data["net_premium_drift_usd"], "net_premium_drift_usd"),
            asymmetry=None if data["asymmetry"] is None else finite(data["asymmetry"], "asymmetry"),
            momentum_usd_per_minute=None if data["momentum_usd_per_minute"] is None else finite(data["momentum_usd_per_minute"], "momentum_usd_per_minute"),
            trend_usd_per_day=None if data["trend_usd_per_day"] is None else finite(data["trend_usd_per_day"], "trend_usd_per_day"),
            off_exchange_share=None if data["off_exchange_share"] is None else finite(data["off_exchange_share"], "off_exchange_share"),
            off_exchange_divergence=None if data["off_exchange_divergence"] is None else finite(data["off_exchange_divergence"], "off_exchange_divergence"),
            off_exchange_gap_bps=None if data["off_exchange_gap_bps"] is None else finite(data["off_exchange_gap_bps"], "off_exchange_gap_bps"),
            darkpool_premium_usd=None if data["darkpool_premium_usd"] is None else finite(data["darkpool_premium_usd"], "darkpool_premium_usd"),
            darkpool_net_usd=None if data["darkpool_net_usd"] is None else finite(data["darkpool_net_usd"], "darkpool_net_usd"),
            darkpool_unknown_side_share=None if data["darkpool_unknown_side_share"] is None else finite(data["darkpool_unknown_side_share"], "darkpool_unknown_side_share"),
            darkpool_score=None if data["darkpool_score"] is None else finite(data["darkpool_score"], "darkpool_score"),
            smart_money_gap=None if data["smart_money_gap"] is None else finite(data["smart_money_gap"], "smart_money_gap"),
            divergence_score=None if data["divergence_score"] is None else finite(data["divergence_score"], "divergence_score"),
            sweeps_60m=data["sweeps_60m"],
            sweep_premium_60m_usd=None if data["sweep_premium_60m_usd"] is None else finite(data["sweep_premium_60m_usd"], "sweep_premium_60m_usd"),
            sweep_net_premium_60m_usd=None if data["sweep_net_premium_60m_usd"] is None else finite(data["sweep_net_premium_60m_usd"], "sweep_net_premium_60m_usd"),
            cumulative_delta_usd=None if data["cumulative_delta_usd"] is None else finite(data["cumulative_delta_usd"], "cumulative_delta_usd"),
            vendor_cumulative_delta_shares=None if data["vendor_cumulative_delta_shares"] is None else finite(data["vendor_cumulative_delta_shares"], "vendor_cumulative_delta_shares"),
            afternoon_asymmetry=None if data["afternoon_asymmetry"] is None else finite(data["afternoon_asymmetry"], "afternoon_asymmetry"),
            close_imbalance_usd=None if data["close_imbalance_usd"] is None else finite(data["close_imbalance_usd"], "close_imbalance_usd"),
            close_imbalance_confidence=None if data["close_imbalance_confidence"] is None else finite(data["close_imbalance_confidence"], "close_imbalance_confidence"),
            close_expected_move_percent=None if data["close_expected_move_percent"] is None else finite(data["close_expected_move_percent"], "close_expected_move_percent"),
            congress_bought_usd=None if data["congress_bought_usd"] is None else finite(data["congress_bought_usd"], "congress_bought_usd"),
            congress_sold_usd=None if data["congress_sold_usd"] is None else finite(data["congress_sold_usd"], "congress_sold_usd"),
            congress_signal=data["congress_signal"],
            insider_sellers=data["insider_sellers"],
            insider_sold_usd=None if data["insider_sold_usd"] is None else finite(data["insider_sold_usd"], "insider_sold_usd"),
            darkpool_confirmations_60m=data["darkpool_confirmations_60m"],
            book_imbalance=None if data["book_imbalance"] is None else finite(data["book_imbalance"], "book_imbalance"),
            flow_book_agreement=data["flow_book_agreement"],
            news_score=None if data["news_score"] is None else finite(data["news_score"], "news_score"),
            news_headline=data["news_headline"],
            news_is_major=data["news_is_major"],
            news_ts=data["news_ts"],
            vendor_toxicity=None if data["vendor_toxicity"] is None else finite(data["vendor_toxicity"], "vendor_toxicity"),
            flags=tuple(data["flags"]),
            missing=dict(data["missing"]),
            ages_seconds={key: finite(value, "ages_seconds") for key, value in data["ages_seconds"].items()},
            unfit=dict(data["unfit"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class GammaProfile(Record):
    """Dealers' gamma of one underlying at one moment, computed by us from its option chain.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        The tick it was computed at, UTC microseconds.
    spot
        Price of the underlying, US dollars; null when none was ever seen: then nothing is computed and flags say no_spot.
    spot_age_seconds
        ts_event minus the moment of spot.
    chain_age_seconds
        ts_event minus the moment of the newest row of the chain.
    gamma_usd_per_1pct
        Total gamma exposure, US dollars for a move of the underlying by 1 %. Naive model: dealers long calls, short puts. Null without a spot.
    flip_price
        Price at which the profile recomputed over prices is zero, nearest to spot, US dollars; null where it is not within the profile's prices. Naive model: dealers long calls, short puts. Null without a spot.
    call_wall
        Strike of the largest positive net gamma, US dollars; null where no strike has any. Naive model: dealers long calls, short puts. Null without a spot.
    put_wall
        Strike of the largest negative net gamma, US dollars; null where no strike has any. Naive model: dealers long calls, short puts. Null without a spot.
    flow_gamma_usd_per_1pct
        Total gamma exposure, US dollars for a move of the underlying by 1 %. Model FLOW; null while no signed trade of the chain is known.
    flow_flip_price
        Price at which the profile recomputed over prices is zero, nearest to spot, US dollars; null where it is not within the profile's prices. Model FLOW; null while no signed trade of the chain is known.
    flow_call_wall
        Strike of the largest positive net gamma, US dollars; null where no strike has any. Model FLOW; null while no signed trade of the chain is known.
    flow_put_wall
        Strike of the largest negative net gamma, US dollars; null where no strike has any. Model FLOW; null while no signed trade of the chain is known.
    opened_gamma_usd_per_1pct
        Total gamma exposure, US dollars for a move of the underlying by 1 %. Model OPENED; null while no change of open interest was seen.
    opened_flip_price
        Price at which the profile recomputed over prices is zero, nearest to spot, US dollars; null where it is not within the profile's prices. Model OPENED; null while no change of open interest was seen.
    opened_call_wall
        Strike of the largest positive net gamma, US dollars; null where no strike has any. Model OPENED; null while no change of open interest was seen.
    opened_put_wall
        Strike of the largest negative net gamma, US dollars; null where no strike has any. Model OPENED; null while no change of open interest was seen.
    max_gamma_strike
        Strike of the largest absolute net gamma, naive, US dollars.
    max_gamma_distance_pct
        (spot - that strike) / spot x 100.
    at_max_gamma
        True when the distance is at most 0.1 % to either side.
    above_put_wall
        True while spot is above the put wall, the support; null without one.
    below_call_wall
        True while spot is below the call wall, the resistance; null without one.
    gross_gamma_usd_per_1pct
        Gamma of calls and puts together, both counted positive, US dollars for a move of the underlying by 1 %: what the net is a small rest of.
    delta_usd
        Naive delta exposure, US dollars of the underlying.
    vanna_usd_per_vol_point
        Change of the delta exposure for one point of implied volatility, naive, US dollars.
    charm_usd_per_day
        Change of the delta exposure in a calendar day that passes, naive, US dollars.
    max_pain
        Strike at which holders of the nearest expiry are paid least, US dollars; null without open interest there.
    pin_low
        Lowest strike of the pin zone around it, where they are paid at most 5 % more, US dollars.
    pin_high
        Highest strike of the pin zone, US dollars.
    volatility_tomorrow
        Implied at the money for the next trading day, a year; a fraction.
    move_tomorrow_usd
        One standard deviation of the price over the next trading day, US dollars.
    volatility_30d
        Implied at the money for 30 days, a year; a fraction.
    iv_rank
        Place of volatility_30d between the lowest and the highest of the days known, 0 to 100; null with fewer than 20 days.
    iv_percentile
        Share of those days with a lower volatility, 0 to 100; null with fewer than 20 days.
    iv_allows_buying
        False above a rank of 80: options are dear; null without a rank.
    skew
        Volatility of puts minus that of calls at a delta of 0.25, of the expiry nearest to 30 days; a fraction. Null where the chain does not reach that delta.
    skew_average_20d
        Mean skew of the 20 sessions before; null until they are known.
    skew_shift_sd
        Skew minus that mean in standard deviations; null until they are known. Beyond 1 either way flags say skew_shift.
    vendor_gamma_usd_per_1pct
        Newest total by open interest of the vendor that publishes one, US dollars for a move of the underlying by 1 %; null when none came.
    vendor_age_seconds
        ts_event minus the moment of the vendor's total.
    vendor_drift
        (ours - the vendor's) / gross_gamma_usd_per_1pct, naive; null without a vendor's total that is fresh.
    drift_level
        CLEARED while the drift is tolerated or unknown.
    grid_prices
        Prices the profile is recomputed at, US dollars, ascending; empty without a spot.
    grid_naive
        Naive total at each of grid_prices, US dollars for a move of the underlying by 1 %.
    grid_flow
        Model FLOW at each of them; empty while it knows nothing.
    grid_opened
        Model OPENED at each of them; empty while it knows nothing.
    strikes
        The strikes nearest to spot, US dollars, ascending; as many as the settings say.
    strike_gamma
        Naive net gamma of each of strikes over all expiries, US dollars for a move of the underlying by 1 %.
    strike_gamma_flow
        The same by model FLOW; empty while it knows nothing.
    strike_gamma_opened
        The same by model OPENED; empty while it knows nothing.
    expiries
        The nearest dates of expiry, days since 1970-01-01, ascending; as many as the settings say.
    expiry_gamma
        Naive net gamma of each of expiries over all strikes, US dollars for a move of the underlying by 1 %.
    expiry_max_pain
        Max pain of each of expiries, US dollars; 0 where nobody holds a contract.
    matrix_gamma
        Naive net gamma by expiry and strike, one after the other: that of expiry i and strike j is at i x length of strikes + j. US dollars for a move of the underlying by 1 %.
    term_expiries
        Dates of expiry with a volatility at the money, days since 1970-01-01.
    term_volatility
        Implied at the money of each of them, a year; fractions.
    contracts_used
        Contracts in the sums.
    contracts_expired
        Left out: no time left.
    contracts_empty
        Left out without loss: no open interest, and no position by any model.
    contracts_without_volatility
        Left out: no implied volatility above 0 is known.
    contracts_without_open_interest
        Left out: open interest was never told.
    unsigned_share
        Share of today's contracts traded on a side not told or between bid and ask, 0 to 1; model FLOW leaves them out. Null without trades.
    day_count
        How time to expiry is counted, e.g. calendar-365.
    rate
        Interest a year the greeks were computed with; a fraction.
    dividend_yield
        Dividend yield a year they were computed with; a fraction.
    flags
        What to know of the numbers: no_spot, stale_spot, stale_chain, no_flow, no_opened, stale_vendor, no_vendor, vendor_drift, skew_shift, chain_cut, index_gap_vendor.
    formula_version
        Rises when a formula changes.
    surface_expiries
        Points of the volatility surface, one after the other: date of expiry of each, days since 1970-01-01; of `expiries` alone. A point that no strikes surround is left out.
    surface_moneyness
        ln(strike / spot) of each point.
    surface_volatility
        Implied volatility of each point, out of the money: puts below spot, calls above; a year, fractions.
    volatility_index
        Newest close of the index of volatility of the underlying, points: the VIX for SPX and SPY, the VXN for NDX and QQQ; null where there is none, or none came.
    volatility_index_session
        Session whose close it is, days since 1970-01-01.
    volatility_index_gap
        volatility_index minus 100 x the 30-day volatility at the money at the end of the same session, points: what the wings cost. Null where that volatility is not known; the flag index_gap_vendor says that it is a vendor's, not ours.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.GammaProfile"

    symbol: str
    ts_event: int
    contracts_used: int
    contracts_expired: int
    contracts_empty: int
    contracts_without_volatility: int
    contracts_without_open_interest: int
    day_count: str
    rate: float
    dividend_yield: float
    formula_version: int
    spot: float | None = None
    spot_age_seconds: float | None = None
    chain_age_seconds: float | None = None
    gamma_usd_per_1pct: float | None = None
    flip_price: float | None = None
    call_wall: float | None = None
    put_wall: float | None = None
    flow_gamma_usd_per_1pct: float | None = None
    flow_flip_price: float | None = None
    flow_call_wall: float | None = None
    flow_put_wall: float | None = None
    opened_gamma_usd_per_1pct: float | None = None
    opened_flip_price: float | None = None
    opened_call_wall: float | None = None
    opened_put_wall: float | None = None
    max_gamma_strike: float | None = None
    max_gamma_distance_pct: float | None = None
    at_max_gamma: bool = False
    above_put_wall: bool | None = None
    below_call_wall: bool | None = None
    gross_gamma_usd_per_1pct: float | None = None
    delta_usd: float | None = None
    vanna_usd_per_vol_point: float | None = None
    charm_usd_per_day: float | None = None
    max_pain: float | None = None
    pin_low: float | None = None
    pin_high: float | None = None
    volatility_tomorrow: float | None = None
    move_tomorrow_usd: float | None = None
    volatility_30d: float | None = None
    iv_rank: float | None = None
    iv_percentile: float | None = None
    iv_allows_buying: bool | None = None
    skew: float | None = None
    skew_average_20d: float | None = None
    skew_shift_sd: float | None = None
    vendor_gamma_usd_per_1pct: float | None = None
    vendor_age_seconds: float | None = None
    vendor_drift: float | None = None
    drift_level: AlertLevel = AlertLevel.CLEARED
    grid_prices: tuple[float, ...] = ()
    grid_naive: tuple[float, ...] = ()
    grid_flow: tuple[float, ...] = ()
    grid_opened: tuple[float, ...] = ()
    strikes: tuple[float, ...] = ()
    strike_gamma: tuple[float, ...] = ()
    strike_gamma_flow: tuple[float, ...] = ()
    strike_gamma_opened: tuple[float, ...] = ()
    expiries: tuple[int, ...] = ()
    expiry_gamma: tuple[float, ...] = ()
    expiry_max_pain: tuple[float, ...] = ()
    matrix_gamma: tuple[float, ...] = ()
    term_expiries: tuple[int, ...] = ()
    term_volatility: tuple[float, ...] = ()
    unsigned_share: float | None = None
    flags: tuple[str, ...] = ()
    surface_expiries: tuple[int, ...] = ()
    surface_moneyness: tuple[float, ...] = ()
    surface_volatility: tuple[float, ...] = ()
    volatility_index: float | None = None
    volatility_index_session: int | None = None
    volatility_index_gap: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "spot": None if self.spot is None else finite(self.spot, "spot"),
            "spot_age_seconds": None if self.spot_age_seconds is None else finite(self.spot_age_seconds, "spot_age_seconds"),
            "chain_age_seconds": None if self.chain_age_seconds is None else finite(self.chain_age_seconds, "chain_age_seconds"),
            "gamma_usd_per_1pct": None if self.gamma_usd_per_1pct is None else finite(self.gamma_usd_per_1pct, "gamma_usd_per_1pct"),
            "flip_price": None if self.flip_price is None else finite(self.flip_price, "flip_price"),
            "call_wall": None if self.call_wall is None else finite(self.call_wall, "call_wall"),
            "put_wall": None if self.put_wall is None else finite(self.put_wall, "put_wall"),
            "flow_gamma_usd_per_1pct": None if self.flow_gamma_usd_per_1pct is None else finite(self.flow_gamma_usd_per_1pct, "flow_gamma_usd_per_1pct"),
            "flow_flip_price": None if self.flow_flip_price is None else finite(self.flow_flip_price, "flow_flip_price"),
            "flow_call_wall": None if self.flow_call_wall is None else finite(self.flow_call_wall, "flow_call_wall"),
            "flow_put_wall": None if self.flow_put_wall is None else finite(self.flow_put_wall, "flow_put_wall"),
            "opened_gamma_usd_per_1pct": None if self.opened_gamma_usd_per_1pct is None else finite(self.opened_gamma_usd_per_1pct, "opened_gamma_usd_per_1pct"),
            "opened_flip_price": None if self.opened_flip_price is None else finite(self.opened_flip_price, "opened_flip_price"),
            "opened_call_wall": None if self.opened_call_wall is None else finite(self.opened_call_wall, "opened_call_wall"),
            "opened_put_wall": None if self.opened_put_wall is None else finite(self.opened_put_wall, "opened_put_wall"),
            "max_gamma_strike": None if self.max_gamma_strike is None else finite(self.max_gamma_strike, "max_gamma_strike"),
            "max_gamma_distance_pct": None if self.max_gamma_distance_pct is None else finite(self.max_gamma_distance_pct, "max_gamma_distance_pct"),
            "at_max_gamma": self.at_max_gamma,
            "above_put_wall": self.above_put_wall,
            "below_call_wall": self.below_call_wall,
            "gross_gamma_usd_per_1pct": None if self.gross_gamma_usd_per_1pct is None else finite(self.gross_gamma_usd_per_1pct, "gross_gamma_usd_per_1pct"),
            "delta_usd": None if self.delta_usd is None else finite(self.delta_usd, "delta_usd"),
            "vanna_usd_per_vol_point": None if self.vanna_usd_per_vol_point is None else finite(self.vanna_usd_per_vol_point, "vanna_usd_per_vol_point"),
            "charm_usd_per_day": None if self.charm_usd_per_day is None else finite(self.charm_usd_per_day, "charm_usd_per_day"),
            "max_pain": None if self.max_pain is None else finite(self.max_pain, "max_pain"),
            "pin_low": None if self.pin_low is None else finite(self.pin_low, "pin_low"),
            "pin_high": None if self.pin_high is None else finite(self.pin_high, "pin_high"),
            "volatility_tomorrow": None if self.volatility_tomorrow is None else finite(self.volatility_tomorrow, "volatility_tomorrow"),
            "move_tomorrow_usd": None if self.move_tomorrow_usd is None else finite(self.move_tomorrow_usd, "move_tomorrow_usd"),
            "volatility_30d": None if self.volatility_30d is None else finite(self.volatility_30d, "volatility_30d"),
            "iv_rank": None if self.iv_rank is None else finite(self.iv_rank, "iv_rank"),
            "iv_percentile": None if self.iv_percentile is None else finite(self.iv_percentile, "iv_percentile"),
            "iv_allows_buying": self.iv_allows_buying,
            "skew": None if self.skew is None else finite(self.skew, "skew"),
            "skew_average_20d": None if self.skew_average_20d is None else finite(self.skew_average_20d, "skew_average_20d"),
            "skew_shift_sd": None if self.skew_shift_sd is None else finite(self.skew_shift_sd, "skew_shift_sd"),
            "vendor_gamma_usd_per_1pct": None if self.vendor_gamma_usd_per_1pct is None else finite(self.vendor_gamma_usd_per_1pct, "vendor_gamma_usd_per_1pct"),
            "vendor_age_seconds": None if self.vendor_age_seconds is None else finite(self.vendor_age_seconds, "vendor_age_seconds"),
            "vendor_drift": None if self.vendor_drift is None else finite(self.vendor_drift, "vendor_drift"),
            "drift_level": self.drift_level,
            "grid_prices": [finite(item, "grid_prices") for item in self.grid_prices],
            "grid_naive": [finite(item, "grid_naive") for item in self.grid_naive],
            "grid_flow": [finite(item, "grid_flow") for item in self.grid_flow],
            "grid_opened": [finite(item, "grid_opened") for item in self.grid_opened],
            "strikes": [finite(item, "strikes") for item in self.strikes],
            "strike_gamma": [finite(item, "strike_gamma") for item in self.strike_gamma],
            "strike_gamma_flow": [finite(item, "strike_gamma_flow") for item in self.strike_gamma_flow],
            "strike_gamma_opened": [finite(item, "strike_gamma_opened") for item in self.strike_gamma_opened],
            "expiries": list(self.expiries),
            "expiry_gamma": [finite(item, "expiry_gamma") for item in self.expiry_gamma],
            "expiry_max_pain": [finite(item, "expiry_max_pain") for item in self.expiry_max_pain],
            "matrix_gamma": [finite(item, "matrix_gamma") for item in self.matrix_gamma],
            "term_expiries": list(self.term_expiries),
            "term_volatility": [finite(item, "term_volatility") for item in self.term_volatility],
            "contracts_used": self.contracts_used,
            "contracts_expired": self.contracts_expired,
            "contracts_empty": self.contracts_empty,
            "contracts_without_volatility": self.contracts_without_volatility,
            "contracts_without_open_interest": self.contracts_without_open_interest,
            "unsigned_share": None if self.unsigned_share is None else finite(self.unsigned_share, "unsigned_share"),
            "day_count": self.day_count,
            "rate": finite(self.rate, "rate"),
            "dividend_yield": finite(self.dividend_yield, "dividend_yield"),
            "flags": list(self.flags),
            "formula_version": self.formula_version,
            "surface_expiries": list(self.surface_expiries),
            "surface_moneyness": [finite(item, "surface_moneyness") for item in self.surface_moneyness],
            "surface_volatility": [finite(item, "surface_volatility") for item in self.surface_volatility],
            "volatility_index": None if self.volatility_index is None else finite(self.volatility_index, "volatility_index"),
            "volatility_index_session": self.volatility_index_session,
            "volatility_index_gap": None if self.volatility_index_gap is None else finite(self.volatility_index_gap, "volatility_index_gap"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            spot=None if data["spot"] is None else finite(data["spot"], "spot"),
            spot_age_seconds=None if data["spot_age_seconds"] is None else finite(data["spot_age_seconds"], "spot_age_seconds"),
            chain_age_seconds=None if data["chain_age_seconds"] is None else finite(data["chain_age_seconds"], "chain_age_seconds"),
            gamma_usd_per_1pct=None if data["gamma_usd_per_1pct"] is None else finite(data["gamma_usd_per_1pct"], "gamma_usd_per_1pct"),
            flip_price=None if data["flip_price"] is None else finite(data["flip_price"], "flip_price"),
            call_wall=None if data["call_wall"] is None else finite(data["call_wall"], "call_wall"),
            put_wall=None if data["put_wall"] is None else finite(data["put_wall"], "put_wall"),
            flow_gamma_usd_per_1pct=None if data["flow_gamma_usd_per_1pct"] is None else finite(data["flow_gamma_usd_per_1pct"], "flow_gamma_usd_per_1pct"),
            flow_flip_price=None if data["flow_flip_price"] is None else finite(data["flow_flip_price"], "flow_flip_price"),
            flow_call_wall=None if data["flow_call_wall"] is None else finite(data["flow_call_wall"], "flow_call_wall"),
            flow_put_wall=None if data["flow_put_wall"] is None else finite(data["flow_put_wall"], "flow_put_wall"),
            opened_gamma_usd_per_1pct=None if data["opened_gamma_usd_per_1pct"] is None else finite(data["opened_gamma_usd_per_1pct"], "opened_gamma_usd_per_1pct"),
            opened_flip_price=None if data["opened_flip_price"] is None else finite(data["opened_flip_price"], "opened_flip_price"),
            opened_call_wall=None if data["opened_call_wall"] is None else finite(data["opened_call_wall"], "opened_call_wall"),
            opened_put_wall=None if data["opened_put_wall"] is None else finite(data["opened_put_wall"], "opened_put_wall"),
            max_gamma_strike=None if data["max_gamma_strike"] is None else finite(data["max_gamma_strike"], "max_gamma_strike"),
            max_gamma_distance_pct=None if data["max_gamma_distance_pct"] is None else finite(data["max_gamma_distance_pct"], "max_gamma_distance_pct"),
            at_max_gamma=data["at_max_gamma"],
            above_put_wall=data["above_put_wall"],
            below_call_wall=data["below_call_wall"],
            gross_gamma_usd_per_1pct=None if data["gross_gamma_usd_per_1pct"] is None else finite(data["gross_gamma_usd_per_1pct"], "gross_gamma_usd_per_1pct"),
            delta_usd=None if data["delta_usd"] is None else finite(data["delta_usd"], "delta_usd"),
            vanna_usd_per_vol_point=None if data["vanna_usd_per_vol_point"] is None else finite(data["vanna_usd_per_vol_point"], "vanna_usd_per_vol_point"),
            charm_usd_per_day=None if data["charm_usd_per_day"] is None else finite(data["charm_usd_per_day"], "charm_usd_per_day"),
            max_pain=None if data["max_pain"] is None else finite(data["max_pain"], "max_pain"),
            pin_low=None if data["pin_low"] is None else finite(data["pin_low"], "pin_low"),
            pin_high=None if data["pin_high"] is None else finite(data["pin_high"], "pin_high"),
            volatility_tomorrow=None if data["volatility_tomorrow"] is None else finite(data["volatility_tomorrow"], "volatility_tomorrow"),
            move_tomorrow_usd=None if data["move_tomorrow_usd"] is None else finite(data["move_tomorrow_usd"], "move_tomorrow_usd"),
            volatility_30d=None if data["volatility_30d"] is None else finite(data["volatility_30d"], "volatility_30d"),
            iv_rank=None if data["iv_rank"] is None else finite(data["iv_rank"], "iv_rank"),
            iv_percentile=None if data["iv_percentile"] is None else finite(data["iv_percentile"], "iv_percentile"),
            iv_allows_buying=data["iv_allows_buying"],
            skew=None if data["skew"] is None else finite(data["skew"], "skew"),
            skew_average_20d=None if data["skew_average_20d"] is None else finite(data["skew_average_20d"], "skew_average_20d"),
            skew_shift_sd=None if data["skew_shift_sd"] is None else finite(data["skew_shift_sd"], "skew_shift_sd"),
            vendor_gamma_usd_per_1pct=None if data["vendor_gamma_usd_per_1pct"] is None else finite(data["vendor_gamma_usd_per_1pct"], "vendor_gamma_usd_per_1pct"),
            vendor_age_seconds=None if data["vendor_age_seconds"] is None else finite(data["vendor_age_seconds"], "vendor_age_seconds"),
            vendor_drift=None if data["vendor_drift"] is None else finite(data["vendor_drift"], "vendor_drift"),
            drift_level=AlertLevel(data["drift_level"]),
            grid_prices=tuple([finite(item, "grid_prices") for item in data["grid_prices"]]),
            grid_naive=tuple([finite(item, "grid_naive") for item in data["grid_naive"]]),
            grid_flow=tuple([finite(item, "grid_flow") for item in data["grid_flow"]]),
            grid_opened=tuple([finite(item, "grid_opened") for item in data["grid_opened"]]),
            strikes=tuple([finite(item, "strikes") for item in data["strikes"]]),
            strike_gamma=tuple([finite(item, "strike_gamma") for item in data["strike_gamma"]]),
            strike_gamma_flow=tuple([finite(item, "strike_gamma_flow") for item in data["strike_gamma_flow"]]),
            strike_gamma_opened=tuple([finite(item, "strike_gamma_opened") for item in data["strike_gamma_opened"]]),
            expiries=tuple(data["expiries"]),
            expiry_gamma=tuple([finite(item, "expiry_gamma") for item in data["expiry_gamma"]]),
            expiry_max_pain=tuple([finite(item, "expiry_max_pain") for item in data["expiry_max_pain"]]),
            matrix_gamma=tuple([finite(item, "matrix_gamma") for item in data["matrix_gamma"]]),
            term_expiries=tuple(data["term_expiries"]),
            term_volatility=tuple([finite(item, "term_volatility") for item in data["term_volatility"]]),
            contracts_used=data["contracts_used"],
            contracts_expired=data["contracts_expired"],
            contracts_empty=data["contracts_empty"],
            contracts_without_volatility=data["contracts_without_volatility"],
            contracts_without_open_interest=data["contracts_without_open_interest"],
            unsigned_share=None if data["unsigned_share"] is None else finite(data["unsigned_share"], "unsigned_share"),
            day_count=data["day_count"],
            rate=finite(data["rate"], "rate"),
            dividend_yield=finite(data["dividend_yield"], "dividend_yield"),
            flags=tuple(data["flags"]),
            formula_version=data["formula_version"],
            surface_expiries=tuple(data["surface_expiries"]),
            surface_moneyness=tuple([finite(item, "surface_moneyness") for item in data["surface_moneyness"]]),
            surface_volatility=tuple([finite(item, "surface_volatility") for item in data["surface_volatility"]]),
            volatility_index=None if data["volatility_index"] is None else finite(data["volatility_index"], "volatility_index"),
            volatility_index_session=data["volatility_index_session"],
            volatility_index_gap=None if data["volatility_index_gap"] is None else finite(data["volatility_index_gap"], "volatility_index_gap"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class GammaScore(Record):
    """How one model's word of the session before turned out, judged when the session was over.

    Attributes
    ----------
    symbol
        Ticker of the underlying.
    session_date
        Session that was judged, New York; days since 1970-01-01.
    model
        Whose word it was.
    ts_event
        The tick at which it was judged, UTC microseconds.
    ts_said
        When it was said: the last profile of the session before, UTC microseconds.
    said_spot
        Spot then, US dollars.
    said_gamma_usd_per_1pct
        Total gamma then, US dollars for a move of the underlying by 1 %.
    said_flip_price
        US dollars.
    said_call_wall
        US dollars.
    said_put_wall
        US dollars.
    said_move_usd
        One standard deviation of the next day by implied volatility, US dollars.
    open
        First spot of the judged session, US dollars.
    high
        Highest spot, US dollars.
    low
        Lowest spot, US dollars.
    close
        Last spot, US dollars.
    calm_was_right
        Positive gamma says a calm day, negative a wild one: true when the close moved from said_spot by less, or more, than said_move_usd as the sign said. Null without said_move_usd.
    walls_held
        True when the session stayed within the walls; null when a wall is missing or spot was outside already.
    flip_side_held
        True when the close was on the side of the flip that said_spot was on; null without a flip.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.GammaScore"

    symbol: str
    session_date: int
    model: DealerModel
    ts_event: int
    ts_said: int
    said_spot: float
    said_gamma_usd_per_1pct: float
    open: float
    high: float
    low: float
    close: float
    said_flip_price: float | None = None
    said_call_wall: float | None = None
    said_put_wall: float | None = None
    said_move_usd: float | None = None
    calm_was_right: bool | None = None
    walls_held: bool | None = None
    flip_side_held: bool | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "session_date": self.session_date,
            "model": self.model,
            "ts_event": self.ts_event,
            "ts_said": self.ts_said,
            "said_spot": finite(self.said_spot, "said_spot"),
            "said_gamma_usd_per_1pct": finite(self.said_gamma_usd_per_1pct, "said_gamma_usd_per_1pct"),
            "said_flip_price": None if self.said_flip_price is None else finite(self.said_flip_price, "said_flip_price"),
            "said_call_wall": None if self.said_call_wall is None else finite(self.said_call_wall, "said_call_wall"),
            "said_put_wall": None if self.said_put_wall is None else finite(self.said_put_wall, "said_put_wall"),
            "said_move_usd": None if self.said_move_usd is None else finite(self.said_move_usd, "said_move_usd"),
            "open": finite(self.open, "open"),
            "high": finite(self.high, "high"),
            "low": finite(self.low, "low"),
            "close": finite(self.close, "close"),
            "calm_was_right": self.calm_was_right,
            "walls_held": self.walls_held,
            "flip_side_held": self.flip_side_held,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            session_date=data["session_date"],
            model=DealerModel(data["model"]),
            ts_event=data["ts_event"],
            ts_said=data["ts_said"],
            said_spot=finite(data["said_spot"], "said_spot"),
            said_gamma_usd_per_1pct=finite(data["said_gamma_usd_per_1pct"], "said_gamma_usd_per_1pct"),
            said_flip_price=None if data["said_flip_price"] is None else finite(data["said_flip_price"], "said_flip_price"),
            said_call_wall=None if data["said_call_wall"] is None else finite(data["said_call_wall"], "said_call_wall"),
            said_put_wall=None if data["said_put_wall"] is None else finite(data["said_put_wall"], "said_put_wall"),
            said_move_usd=None if data["said_move_usd"] is None else finite(data["said_move_usd"], "said_move_usd"),
            open=finite(data["open"], "open"),
            high=finite(data["high"], "high"),
            low=finite(data["low"], "low"),
            close=finite(data["close"], "close"),
            calm_was_right=data["calm_was_right"],
            walls_held=data["walls_held"],
            flip_side_held=data["flip_side_held"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class MacroGauge(Record):
    """A gauge of the wider market out of futures' prices.

    Attributes
    ----------
    gauge
        yield_2y, yield_5y, yield_10y, yield_30y, dollar or vix_basis.
    ts_event
        When the newest of its prices reached us, UTC microseconds.
    source
        Vendor of the prices, e.g. ibkr.
    mode
        Of the newest price: live, delayed or simulated.
    kind
        What it says.
    percent
        Per cent: a year for a yield, of yesterday's close for the dollar, of cash for the basis.
    input_symbols
        Instruments it is made of.
    input_prices
        Their prices, in the same order: the middle of bid and offer, an index's last.
    input_age_ms
        Milliseconds by which the oldest of these prices was older than the newest.
    formula_version
        Version of the formulas.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.MacroGauge"

    gauge: str
    ts_event: int
    source: str
    mode: DepthMode
    kind: MacroGaugeKind
    percent: float
    input_symbols: tuple[str, ...]
    input_prices: tuple[float, ...]
    input_age_ms: int
    formula_version: str

    def as_avro(self) -> dict[str, Any]:
        return {
            "gauge": self.gauge,
            "ts_event": self.ts_event,
            "source": self.source,
            "mode": self.mode,
            "kind": self.kind,
            "percent": finite(self.percent, "percent"),
            "input_symbols": list(self.input_symbols),
            "input_prices": [finite(item, "input_prices") for item in self.input_prices],
            "input_age_ms": self.input_age_ms,
            "formula_version": self.formula_version,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            gauge=data["gauge"],
            ts_event=data["ts_event"],
            source=data["source"],
            mode=DepthMode(data["mode"]),
            kind=MacroGaugeKind(data["kind"]),
            percent=finite(data["percent"], "percent"),
            input_symbols=tuple(data["input_symbols"]),
            input_prices=tuple([finite(item, "input_prices") for item in data["input_prices"]]),
            input_age_ms=data["input_age_ms"],
            formula_version=data["formula_version"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class MergedFlow(Record):
    """A record of one of several topics in the order of their events: what they have in common. One aggregation is one such order for each symbol.

    Attributes
    ----------
    symbol
        Ticker; of an option its underlying.
    ts_event
        When it happened at the source, UTC microseconds; the order.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    aggregation
        Name of the entry of processors/aggregations.yaml that it was merged by.
    topic
        Logical name of the topic it is from, e.g. options.trades; the order of equal moments.
    source
        Vendor the record came from, e.g. unusual_whales.
    record_id
        What names it on its own topic beside symbol and time, with / between, e.g. sequence and id of a trade.
    price
        US dollars per share, of an option per share of its underlying.
    size
        Shares, or contracts of an option.
    late
        True when it came after its tick, and later ones may have been written: it is behind its place. All others are in order.
    sequence
        Vendor's sequence number, the order of equal moments on one topic; null where the topic has none.
    premium
        US dollars: what the source says, of shares price x size; null for an option whose topic does not say.
    side
        Where it lay between bid and ask; null where the topic does not say.
    option_symbol
        Contract in OSI form without blanks; null for shares.
    right
        Call or put; null for shares.
    expiry
        Expiry date, days since 1970-01-01; null for shares.
    strike
        US dollars; null for shares.
    canceled
        True when the trade was taken back; null where the topic does not say.
    licence
        What the vendor's terms allow with this record; null where the topic does not say.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.MergedFlow"

    symbol: str
    ts_event: int
    ts_received: int
    aggregation: str
    topic: str
    source: str
    record_id: str
    price: float
    size: float
    late: bool = False
    sequence: int | None = None
    premium: float | None = None
    side: TradeSide | None = None
    option_symbol: str | None = None
    right: OptionRight | None = None
    expiry: int | None = None
    strike: float | None = None
    canceled: bool | None = None
    licence: Licence | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "aggregation": self.aggregation,
            "topic": self.topic,
            "source": self.source,
            "record_id": self.record_id,
            "price": finite(self.price, "price"),
            "size": finite(self.size, "size"),
            "late": self.late,
            "sequence": self.sequence,
            "premium": None if self.premium is None else finite(self.premium, "premium"),
            "side": self.side,
            "option_symbol": self.option_symbol,
            "right": self.right,
            "expiry": self.expiry,
            "strike": None if self.strike is None else finite(self.strike, "strike"),
            "canceled": self.canceled,
            "licence": self.licence,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            aggregation=data["aggregation"],
            topic=data["topic"],
            source=data["source"],
            record_id=data["record_id"],
            price=finite(data["price"], "price"),
            size=finite(data["size"], "size"),
            late=data["late"],
            sequence=data["sequence"],
            premium=None if data["premium"] is None else finite(data["premium"], "premium"),
            side=None if data["side"] is None else TradeSide(data["side"]),
            option_symbol=data["option_symbol"],
            right=None if data["right"] is None else OptionRight(data["right"]),
            expiry=data["expiry"],
            strike=None if data["strike"] is None else finite(data["strike"], "strike"),
            canceled=data["canceled"],
            licence=None if data["licence"] is None else Licence(data["licence"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class PositionState(Record):
    """What the agents hold of a symbol after their newest finding; the newest record of a symbol counts.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    status
        Posture by the findings with a direction.
    qty
        Shares of the position, negative when short; null: agents hold opinions, no shares.
    avg_price
        Mean price paid, US dollars; null without a position.
    updated_at
        Time of the newest finding, UTC microseconds.
    last_action
        That finding as agent: label.
    last_conf
        Its confidence, 0 to 1.
    ts_event
        Same as updated_at: the time of the record, UTC microseconds.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.PositionState"

    symbol: str
    status: PostureStatus
    updated_at: int
    last_action: str
    last_conf: float
    ts_event: int
    qty: float | None = None
    avg_price: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "status": self.status,
            "qty": None if self.qty is None else finite(self.qty, "qty"),
            "avg_price": None if self.avg_price is None else finite(self.avg_price, "avg_price"),
            "updated_at": self.updated_at,
            "last_action": self.last_action,
            "last_conf": finite(self.last_conf, "last_conf"),
            "ts_event": self.ts_event,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            status=PostureStatus(data["status"]),
            qty=None if data["qty"] is None else finite(data["qty"], "qty"),
            avg_price=None if data["avg_price"] is None else finite(data["avg_price"], "avg_price"),
            updated_at=data["updated_at"],
            last_action=data["last_action"],
            last_conf=finite(data["last_conf"], "last_conf"),
            ts_event=data["ts_event"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class Regime(Record):
    """How a symbol's price behaves over its newest bars, at the close of one of them.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    resolution
        Length of the bars.
    window_end
        End of the newest bar that went in, UTC microseconds.
    ts_event
        The tick that closed or revised the bar this record is due to, UTC microseconds.
    label
        The regime by the rule of formula_version; UNKNOWN says why in reasons.
    bar_count
        Bars in the window.
    close
        US dollars; close of the newest bar.
    input_age_seconds
        Seconds from the end of the newest bar to ts_event.
    kalman_price
        Filtered price, US dollars; null while warming up.
    kalman_velocity_per_minute
        Filtered velocity, US dollars a minute; null while warming up.
    kalman_price_sd
        Standard deviation of the filtered price, US dollars; 1.96 of them either way hold the price 95 times of 100; null while warming up.
    kalman_velocity_sd_per_minute
        Standard deviation of the filtered velocity, US dollars a minute; null while warming up.
    rise_probability
        Probability that the velocity is above 0, 0 to 1; null while warming up and for a price that never moved.
    drift_score
        Mean of the newest returns in standard errors from 0; null while warming up and for a price that never moved.
    realised_volatility
        Annualised volatility of the newest returns, a fraction: 0.25 is 25 % a year; null while warming up.
    volatility_rank
        Share of its earlier values below it, 0 to 1; null until there are enough.
    adx_14
        Average directional index over 14 bars, 0 to 100; null while warming up.
    variance_ratio_5
        Variance of 5-bar returns over five times that of 1-bar returns; below 1 prices turn back; null while warming up and for a price that never moved.
    variance_ratio_score
        Its distance from 1 in standard deviations, robust to changing volatility; null where the ratio is.
    reasons
        Why numbers are missing: warming_up with how far, no_movement.
    formula_version
        Version of the formulas and the rule, e.g. regime-1.
    revision
        0 for the first record of a window_end; +1 each time a late trade changed a bar of its window.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.Regime"

    symbol: str
    resolution: Resolution
    window_end: int
    ts_event: int
    label: RegimeLabel
    bar_count: int
    close: float
    input_age_seconds: float
    formula_version: str
    kalman_price: float | None = None
    kalman_velocity_per_minute: float | None = None
    kalman_price_sd: float | None = None
    kalman_velocity_sd_per_minute: float | None = None
    rise_probability: float | None = None
    drift_score: float | None = None
    realised_volatility: float | None = None
    volatility_rank: float | None = None
    adx_14: float | None = None
    variance_ratio_5: float | None = None
    variance_ratio_score: float | None = None
    reasons: tuple[str, ...] = ()
    revision: int = 0

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "resolution": self.resolution,
            "window_end": self.window_end,
            "ts_event": self.ts_event,
            "label": self.label,
            "bar_count": self.bar_count,
            "close": finite(self.close, "close"),
            "input_age_seconds": finite(self.input_age_seconds, "input_age_seconds"),
            "kalman_price": None if self.kalman_price is None else finite(self.kalman_price, "kalman_price"),
            "kalman_velocity_per_minute": None if self.kalman_velocity_per_minute is None else finite(self.kalman_velocity_per_minute, "kalman_velocity_per_minute"),
            "kalman_price_sd": None if self.kalman_price_sd is None else finite(self.kalman_price_sd, "kalman_price_sd"),
            "kalman_velocity_sd_per_minute": None if self.kalman_velocity_sd_per_minute is None else finite(self.kalman_velocity_sd_per_minute, "kalman_velocity_sd_per_minute"),
            "rise_probability": None if self.rise_probability is None else finite(self.rise_probability, "rise_probability"),
            "drift_score": None if self.drift_score is None else finite(self.drift_score, "drift_score"),
            "realised_volatility": None if self.realised_volatility is None else finite(self.realised_volatility, "realised_volatility"),
            "volatility_rank": None if self.volatility_rank is None else finite(self.volatility_rank, "volatility_rank"),
            "adx_14": None if self.adx_14 is None else finite(self.adx_14, "adx_14"),
            "variance_ratio_5": None if self.variance_ratio_5 is None else finite(self.variance_ratio_5, "variance_ratio_5"),
            "variance_ratio_score": None if self.variance_ratio_score is None else finite(self.variance_ratio_score, "variance_ratio_score"),
            "reasons": list(self.reasons),
            "formula_version": self.formula_version,
            "revision": self.revision,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            resolution=Resolution(data["resolution"]),
            window_end=data["window_end"],
            ts_event=data["ts_event"],
            label=RegimeLabel(data["label"]),
            bar_count=data["bar_count"],
            close=finite(data["close"], "close"),
            input_age_seconds=finite(data["input_age_seconds"], "input_age_seconds"),
            kalman_price=None if data["kalman_price"] is None else finite(data["kalman_price"], "kalman_price"),
            kalman_velocity_per_minute=None if data["kalman_velocity_per_minute"] is None else finite(data["kalman_velocity_per_minute"], "kalman_velocity_per_minute"),
            kalman_price_sd=None if data["kalman_price_sd"] is None else finite(data["kalman_price_sd"], "kalman_price_sd"),
            kalman_velocity_sd_per_minute=None if data["kalman_velocity_sd_per_minute"] is None else finite(data["kalman_velocity_sd_per_minute"], "kalman_velocity_sd_per_minute"),
            rise_probability=None if data["rise_probability"] is None else finite(data["rise_probability"], "rise_probability"),
            drift_score=None if data["drift_score"] is None else finite(data["drift_score"], "drift_score"),
            realised_volatility=None if data["realised_volatility"] is None else finite(data["realised_volatility"], "realised_volatility"),
            volatility_rank=None if data["volatility_rank"] is None else finite(data["volatility_rank"], "volatility_rank"),
            adx_14=None if data["adx_14"] is None else finite(data["adx_14"], "adx_14"),
            variance_ratio_5=None if data["variance_ratio_5"] is None else finite(data["variance_ratio_5"], "variance_ratio_5"),
            variance_ratio_score=None if data["variance_ratio_score"] is None else finite(data["variance_ratio_score"], "variance_ratio_score"),
            reasons=tuple(data["reasons"]),
            formula_version=data["formula_version"],
            revision=data["revision"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolEvent(Record):
    """A disclosure or a headline under the symbol it concerns: the same facts as on its own topic, which has another key.

    Attributes
    ----------
    symbol
        Ticker it concerns.
    ts_event
        As on its own topic, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    event_id
        Made of kind, source, the id on its own topic and the symbol.
    kind
        Which topic it is from; says which of the fields below can be set.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    reporter
        Member of congress or relative who reported.
    transaction
        In the report's words: Buy, Sell, Sell (partial), Exchange ...
    amount_low
        US dollars, lower end of the reported range.
    amount_high
        US dollars, upper end; null when open.
    headline
        Text.
    publisher
        Who wrote it, in the vendor's words.
    sentiment
        Vendor's reading: positive, negative or neutral; null when it has none.
    is_major
        True when the vendor calls it important; null when it does not say.
    """

    FULL_NAME: ClassVar[str] = "tapewire.derived.SymbolEvent"

    symbol: str
    ts_event: int
    ts_received: int
    event_id: str
    kind: SymbolEventKind
    source: str
    licence: Licence
    reporter: str | None = None
    transaction: str | None = None
    amount_low: float | None = None
    amount_high: float | None = None
    headline: str | None = None
    publisher: str | None = None
    sentiment: str | None = None
    is_major: bool | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "event_id": self.event_id,
            "kind": self.kind,
            "source": self.source,
            "licence": self.licence,
            "reporter": self.reporter,
            "transaction": self.transaction,
            "amount_low": None if self.amount_low is None else finite(self.amount_low, "amount_low"),
            "amount_high": None if self.amount_high is None else finite(self.amount_high, "amount_high"),
            "headline": self.headline,
            "publisher": self.publisher,
            "sentiment": self.sentiment,
            "is_major": self.is_major,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            event_id=data["event_id"],
            kind=SymbolEventKind(data["kind"]),
            source=data["source"],
            licence=Licence(data["licence"]),
            reporter=data["reporter"],
            transaction=data["transaction"],
            amount_low=None if data["amount_low"] is None else finite(data["amount_low"], "amount_low"),
            amount_high=None if data["amount_high"] is None else finite(data["amount_high"], "amount_high"),
            headline=data["headline"],
            publisher=data["publisher"],
            sentiment=data["sentiment"],
            is_major=data["is_major"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class AlertBudget(Record):
    """How many setups a day may be told, as people want it while the system runs. Compacted by scope; it holds within a second, also after a restart.

    Attributes
    ----------
    scope
        What it is for.
    alerts_a_day
        Setups told a New York day (from 20:00 of the evening before); 0: any number; null: what the settings say again.
    ts_event
        When it was asked for, market time, UTC microseconds.
    asked_by
        Who or what asked, e.g. tapewire budget.
    """

    FULL_NAME: ClassVar[str] = "tapewire.distribution.AlertBudget"

    scope: BudgetScope
    ts_event: int
    asked_by: str
    alerts_a_day: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "scope": self.scope,
            "alerts_a_day": self.alerts_a_day,
            "ts_event": self.ts_event,
            "asked_by": self.asked_by,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            scope=BudgetScope(data["scope"]),
            alerts_a_day=data["alerts_a_day"],
            ts_event=data["ts_event"],
            asked_by=data["asked_by"],
        )


@filled_at_once
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


@filled_at_once
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


@filled_at_once
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


@filled_at_once
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


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlert(Record):
    """A setup that no tier is told of, because a budget of the day was spent when it began.

    Attributes
    ----------
    setup_id
        The setup; its later events are not told either.
    event_id
        Its first event.
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    strategy
        Id of the strategy.
    side
        LONG or SHORT.
    day
        New York day it counts for, from 20:00 of the evening before; days since 1970-01-01.
    scope
        Whose budget was spent; the symbol's comes first.
    number
        Which alert of that day and scope it would have been.
    limit
        How many there may be.
    ts_event
        When the setup began, UTC microseconds.
    ts_held
        When it was held, market time, UTC microseconds.
    """

    FULL_NAME: ClassVar[str] = "tapewire.distribution.HeldAlert"

    setup_id: str
    event_id: str
    symbol: str
    strategy: str
    side: Side
    day: int
    scope: BudgetScope
    number: int
    limit: int
    ts_event: int
    ts_held: int

    def as_avro(self) -> dict[str, Any]:
        return {
            "setup_id": self.setup_id,
            "event_id": self.event_id,
            "symbol": self.symbol,
            "strategy": self.strategy,
            "side": self.side,
            "day": self.day,
            "scope": self.scope,
            "number": self.number,
            "limit": self.limit,
            "ts_event": self.ts_event,
            "ts_held": self.ts_held,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            setup_id=data["setup_id"],
            event_id=data["event_id"],
            symbol=data["symbol"],
            strategy=data["strategy"],
            side=Side(data["side"]),
            day=data["day"],
            scope=BudgetScope(data["scope"]),
            number=data["number"],
            limit=data["limit"],
            ts_event=data["ts_event"],
            ts_held=data["ts_held"],
        )


@filled_at_once
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


@filled_at_once
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


@filled_at_once
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


@filled_at_once
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
    update_count
        Updates of the book since the snapshot before of the same subscription, 4,096 at most; null where they are not counted.
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
    update_count: int | None = None

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
            "update_count": self.update_count,
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
            update_count=data["update_count"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerQuote(Record):
    """Best bid and offer and last trade of any instrument, as a broker quotes it.

    Attributes
    ----------
    symbol
        Our name of the instrument, e.g. SPY, SPX, ES (the front month), EUR.USD, BTC-USD.
    ts_event
        When the newest field of the quote reached us: the vendor stamps no quotes. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. ibkr.
    mode
        Label every alert must carry.
    security_type
        STK stock, IND index, FUT future, CASH currency pair, CRYPTO.
    currency
        In which prices are, e.g. USD.
    local_symbol
        The exchange's own name, e.g. ESM5.
    expiry
        Last trading day of a future; null for what does not end.
    sequence
        Strictly rising per symbol.
    age_ms
        Milliseconds since ts_event when the record was written: the age is the truth.
    gap_ms
        Length of the silence that this record ends, if it was longer than allowed; else null.
    is_crossed
        Bid above offer, for longer than a moment: no decision may use these prices.
    is_halted
        Null when not told.
    bid_price
        In the currency; null when there is none.
    bid_size
        Shares, contracts or units.
    ask_price
        In the currency; null when there is none.
    ask_size
        Shares, contracts or units.
    last_price
        Last trade; of an index its value. In the currency.
    last_size
        Shares, contracts or units.
    ts_last
        Vendor's stamp of the last trade, whole seconds. UTC microseconds.
    close_price
        Close of the session before. In the currency.
    volume
        Shares, contracts or units traded today.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.BrokerQuote"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    mode: DepthMode
    security_type: str
    currency: str
    local_symbol: str
    sequence: int
    age_ms: int
    is_crossed: bool
    expiry: int | None = None
    gap_ms: int | None = None
    is_halted: bool | None = None
    bid_price: float | None = None
    bid_size: float | None = None
    ask_price: float | None = None
    ask_size: float | None = None
    last_price: float | None = None
    last_size: float | None = None
    ts_last: int | None = None
    close_price: float | None = None
    volume: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "mode": self.mode,
            "security_type": self.security_type,
            "currency": self.currency,
            "local_symbol": self.local_symbol,
            "expiry": self.expiry,
            "sequence": self.sequence,
            "age_ms": self.age_ms,
            "gap_ms": self.gap_ms,
            "is_crossed": self.is_crossed,
            "is_halted": self.is_halted,
            "bid_price": None if self.bid_price is None else finite(self.bid_price, "bid_price"),
            "bid_size": None if self.bid_size is None else finite(self.bid_size, "bid_size"),
            "ask_price": None if self.ask_price is None else finite(self.ask_price, "ask_price"),
            "ask_size": None if self.ask_size is None else finite(self.ask_size, "ask_size"),
            "last_price": None if self.last_price is None else finite(self.last_price, "last_price"),
            "last_size": None if self.last_size is None else finite(self.last_size, "last_size"),
            "ts_last": self.ts_last,
            "close_price": None if self.close_price is None else finite(self.close_price, "close_price"),
            "volume": None if self.volume is None else finite(self.volume, "volume"),
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
            security_type=data["security_type"],
            currency=data["currency"],
            local_symbol=data["local_symbol"],
            expiry=data["expiry"],
            sequence=data["sequence"],
            age_ms=data["age_ms"],
            gap_ms=data["gap_ms"],
            is_crossed=data["is_crossed"],
            is_halted=data["is_halted"],
            bid_price=None if data["bid_price"] is None else finite(data["bid_price"], "bid_price"),
            bid_size=None if data["bid_size"] is None else finite(data["bid_size"], "bid_size"),
            ask_price=None if data["ask_price"] is None else finite(data["ask_price"], "ask_price"),
            ask_size=None if data["ask_size"] is None else finite(data["ask_size"], "ask_size"),
            last_price=None if data["last_price"] is None else finite(data["last_price"], "last_price"),
            last_size=None if data["last_size"] is None else finite(data["last_size"], "last_size"),
            ts_last=data["ts_last"],
            close_price=None if data["close_price"] is None else finite(data["close_price"], "close_price"),
            volume=None if data["volume"] is None else finite(data["volume"], "volume"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryTide(Record):
    """Premium and volume of options that expire soon, bought minus sold, summed from the session's start.

    Attributes
    ----------
    symbol
        MARKET: all underlyings of the kind together.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session, days since 1970-01-01.
    expirations
        Which options, in the vendor's words with commas: zero_dte expire this session, weekly within a week.
    underlyings
        Which underlyings, in the vendor's word: all, equity_only, etf_only or index_only.
    moneyness
        Which contracts by strike when they traded, in the vendor's word: all, itm, otm or atm.
    net_call_premium
        US dollars; bought at the ask minus sold at the bid.
    net_put_premium
        US dollars; bought at the ask minus sold at the bid.
    net_volume
        Contracts, calls minus puts.
    underlying_price
        Price beside it at that moment as the vendor chose it, US dollars.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.ExpiryTide"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    expirations: str
    underlyings: str
    moneyness: str
    net_call_premium: float | None = None
    net_put_premium: float | None = None
    net_volume: float | None = None
    underlying_price: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "expirations": self.expirations,
            "underlyings": self.underlyings,
            "moneyness": self.moneyness,
            "net_call_premium": None if self.net_call_premium is None else finite(self.net_call_premium, "net_call_premium"),
            "net_put_premium": None if self.net_put_premium is None else finite(self.net_put_premium, "net_put_premium"),
            "net_volume": None if self.net_volume is None else finite(self.net_volume, "net_volume"),
            "underlying_price": None if self.underlying_price is None else finite(self.underlying_price, "underlying_price"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            expirations=data["expirations"],
            underlyings=data["underlyings"],
            moneyness=data["moneyness"],
            net_call_premium=None if data["net_call_premium"] is None else finite(data["net_call_premium"], "net_call_premium"),
            net_put_premium=None if data["net_put_premium"] is None else finite(data["net_put_premium"], "net_put_premium"),
            net_volume=None if data["net_volume"] is None else finite(data["net_volume"], "net_volume"),
            underlying_price=None if data["underlying_price"] is None else finite(data["underlying_price"], "underlying_price"),
        )


@filled_at_once
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


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTide(Record):
    """Premium and volume of options of the market, a sector or a fund's holdings, bought minus sold.

    Attributes
    ----------
    symbol
        MARKET, the ticker of a fund, or the vendor's name of a sector.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session, days since 1970-01-01.
    net_call_premium
        US dollars; bought at the ask minus sold at the bid.
    net_put_premium
        US dollars; bought at the ask minus sold at the bid.
    net_volume
        Net call contracts minus net put contracts.
    otm_only
        True: the fields above cover out-of-the-money contracts alone.
    otm_net_call_premium
        The same of out-of-the-money contracts. US dollars; bought at the ask minus sold at the bid.
    otm_net_put_premium
        The same of out-of-the-money contracts. US dollars; bought at the ask minus sold at the bid.
    otm_net_volume
        The same of out-of-the-money contracts.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.MarketTide"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    net_call_premium: float
    net_put_premium: float
    otm_only: bool
    net_volume: int | None = None
    otm_net_call_premium: float | None = None
    otm_net_put_premium: float | None = None
    otm_net_volume: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "net_call_premium": finite(self.net_call_premium, "net_call_premium"),
            "net_put_premium": finite(self.net_put_premium, "net_put_premium"),
            "net_volume": self.net_volume,
            "otm_only": self.otm_only,
            "otm_net_call_premium": None if self.otm_net_call_premium is None else finite(self.otm_net_call_premium, "otm_net_call_premium"),
            "otm_net_put_premium": None if self.otm_net_put_premium is None else finite(self.otm_net_put_premium, "otm_net_put_premium"),
            "otm_net_volume": self.otm_net_volume,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            net_call_premium=finite(data["net_call_premium"], "net_call_premium"),
            net_put_premium=finite(data["net_put_premium"], "net_put_premium"),
            net_volume=data["net_volume"],
            otm_only=data["otm_only"],
            otm_net_call_premium=None if data["otm_net_call_premium"] is None else finite(data["otm_net_call_premium"], "otm_net_call_premium"),
            otm_net_put_premium=None if data["otm_net_put_premium"] is None else finite(data["otm_net_put_premium"], "otm_net_put_premium"),
            otm_net_volume=data["otm_net_volume"],
        )


@filled_at_once
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


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand(Record):
    """Prices between which a symbol may trade, limit up and limit down.

    Attributes
    ----------
    symbol
        Ticker.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. polygon.
    licence
        What the vendor's terms allow with this record.
    upper_price
        US dollars; null when there is none.
    lower_price
        US dollars; null when there is none.
    indicators
        Vendor's indicator codes.
    sequence
        Vendor sequence number; rises per symbol, need not be consecutive.
    backfilled
        True when fetched over REST to fill a gap of the stream.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.PriceBand"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    sequence: int
    upper_price: float | None = None
    lower_price: float | None = None
    indicators: tuple[int, ...] = ()
    backfilled: bool = False

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "upper_price": None if self.upper_price is None else finite(self.upper_price, "upper_price"),
            "lower_price": None if self.lower_price is None else finite(self.lower_price, "lower_price"),
            "indicators": list(self.indicators),
            "sequence": self.sequence,
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
            licence=Licence(data["licence"]),
            upper_price=None if data["upper_price"] is None else finite(data["upper_price"], "upper_price"),
            lower_price=None if data["lower_price"] is None else finite(data["lower_price"], "lower_price"),
            indicators=tuple(data["indicators"]),
            sequence=data["sequence"],
            backfilled=data["backfilled"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLevel(Record):
    """Shares traded at a price on exchange and off it; part of the tape only, see the vendor's page.

    Attributes
    ----------
    symbol
        Ticker.
    ts_event
        Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session, days since 1970-01-01.
    price
        US dollars, above 0.
    lit_volume
        Shares on exchange.
    off_exchange_volume
        Shares off exchange.
    lit_percent
        Share of lit_volume in both, 0 to 100; null when both are 0.
    off_exchange_percent
        100 - lit_percent.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.PriceLevel"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    price: float
    lit_volume: int
    off_exchange_volume: int
    lit_percent: float | None = None
    off_exchange_percent: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "price": finite(self.price, "price"),
            "lit_volume": self.lit_volume,
            "off_exchange_volume": self.off_exchange_volume,
            "lit_percent": None if self.lit_percent is None else finite(self.lit_percent, "lit_percent"),
            "off_exchange_percent": None if self.off_exchange_percent is None else finite(self.off_exchange_percent, "off_exchange_percent"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            price=finite(data["price"], "price"),
            lit_volume=data["lit_volume"],
            off_exchange_volume=data["off_exchange_volume"],
            lit_percent=None if data["lit_percent"] is None else finite(data["lit_percent"], "lit_percent"),
            off_exchange_percent=None if data["off_exchange_percent"] is None else finite(data["off_exchange_percent"], "off_exchange_percent"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSnapshot(Record):
    """Where a frame of bars lies that the data layer stored, and what is in it.

    Attributes
    ----------
    symbol
        Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.
    source
        Vendor of the bars, e.g. polygon, or tapewire for our own.
    resolution
        Length of the bars.
    starts
        First moment asked for, UTC microseconds.
    ends
        Moment before which bars were asked for, UTC microseconds.
    rows
        Bars in the file; 0: the vendor has none.
    file
        Name of the Parquet file inside the cache folder.
    sha256
        SHA-256 of the file, hex.
    ts_event
        When it was stored, UTC microseconds.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.PriceSnapshot"

    symbol: str
    source: str
    resolution: Resolution
    starts: int
    ends: int
    rows: int
    file: str
    sha256: str
    ts_event: int

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "source": self.source,
            "resolution": self.resolution,
            "starts": self.starts,
            "ends": self.ends,
            "rows": self.rows,
            "file": self.file,
            "sha256": self.sha256,
            "ts_event": self.ts_event,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            source=data["source"],
            resolution=Resolution(data["resolution"]),
            starts=data["starts"],
            ends=data["ends"],
            rows=data["rows"],
            file=data["file"],
            sha256=data["sha256"],
            ts_event=data["ts_event"],
        )


@filled_at_once
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
    delay_seconds
        Seconds by which the vendor's plan holds its data back; 0 for real time.
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
    delay_seconds: int = 0

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
            "delay_seconds": self.delay_seconds,
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
            delay_seconds=data["delay_seconds"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class StockScreen(Record):
    """A row of a vendor's stock screener: the session's option sums, volatility and size of one stock.

    Attributes
    ----------
    symbol
        Ticker, e.g. AAPL.
    ts_event
        When it came, for the session under way; midnight in New York at its start for a past one. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session, days since 1970-01-01.
    issue_type
        In the vendor's words, e.g. Common Stock, ETF, Index, ADR.
    sector
        In the vendor's words; null of funds and indices.
    market_capitalisation
        US dollars; of a fund its assets.
    close
        Last price, US dollars.
    previous_close
        Close of the session before, US dollars.
    week_52_high
        US dollars.
    week_52_low
        US dollars.
    relative_volume
        The stock's volume today over its average of 30 days, a ratio.
    call_volume
        Contracts traded.
    call_volume_ask_side
        Contracts traded near the ask.
    call_volume_bid_side
        Contracts traded near the bid.
    call_premium
        US dollars.
    net_call_premium
        US dollars; bought at the ask minus sold at the bid.
    call_open_interest
        Contracts open.
    call_open_interest_before
        Contracts open a session before.
    call_average_volume_3_days
        Contracts a day.
    call_average_volume_7_days
        Contracts a day.
    call_average_volume_30_days
        Contracts a day.
    put_volume
        Contracts traded.
    put_volume_ask_side
        Contracts traded near the ask.
    put_volume_bid_side
        Contracts traded near the bid.
    put_premium
        US dollars.
    net_put_premium
        US dollars; bought at the ask minus sold at the bid.
    put_open_interest
        Contracts open.
    put_open_interest_before
        Contracts open a session before.
    put_average_volume_3_days
        Contracts a day.
    put_average_volume_7_days
        Contracts a day.
    put_average_volume_30_days
        Contracts a day.
    put_call_ratio
        put_volume / call_volume as the vendor states it.
    bullish_premium
        Calls bought and puts sold. US dollars.
    bearish_premium
        Puts bought and calls sold. US dollars.
    implied_move
        To the nearest end of a week, US dollars: 0.85 times the at-the-money straddle.
    implied_move_fraction
        The same over the price, a fraction.
    volatility
        Implied, at the money, of the nearest end of a week, a fraction a year.
    volatility_30_days
        Implied over 30 days, a fraction a year.
    volatility_30_days_session_before
        The same a session before, a fraction a year.
    volatility_30_days_week_before
        The same a week before, a fraction a year.
    volatility_30_days_month_before
        The same a month before, a fraction a year.
    iv_rank
        Place of the volatility in its range of a year, 0 to 100.
    next_earnings_date
        Days since 1970-01-01; null when unknown.
    next_earnings_time
        In the vendor's word: premarket, afterhours or unknown.
    next_dividend_date
        Days since 1970-01-01; null when unknown or none.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.StockScreen"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    issue_type: str | None = None
    sector: str | None = None
    market_capitalisation: float | None = None
    close: float | None = None
    previous_close: float | None = None
    week_52_high: float | None = None
    week_52_low: float | None = None
    relative_volume: float | None = None
    call_volume: int | None = None
    call_volume_ask_side: int | None = None
    call_volume_bid_side: int | None = None
    call_premium: float | None = None
    net_call_premium: float | None = None
    call_open_interest: int | None = None
    call_open_interest_before: int | None = None
    call_average_volume_3_days: float | None = None
    call_average_volume_7_days: float | None = None
    call_average_volume_30_days: float | None = None
    put_volume: int | None = None
    put_volume_ask_side: int | None = None
    put_volume_bid_side: int | None = None
    put_premium: float | None = None
    net_put_premium: float | None = None
    put_open_interest: int | None = None
    put_open_interest_before: int | None = None
    put_average_volume_3_days: float | None = None
    put_average_volume_7_days: float | None = None
    put_average_volume_30_days: float | None = None
    put_call_ratio: float | None = None
    bullish_premium: float | None = None
    bearish_premium: float | None = None
    implied_move: float | None = None
    implied_move_fraction: float | None = None
    volatility: float | None = None
    volatility_30_days: float | None = None
    volatility_30_days_session_before: float | None = None
    volatility_30_days_week_before: float | None = None
    volatility_30_days_month_before: float | None = None
    iv_rank: float | None = None
    next_earnings_date: int | None = None
    next_earnings_time: str | None = None
    next_dividend_date: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "issue_type": self.issue_type,
            "sector": self.sector,
            "market_capitalisation": None if self.market_capitalisation is None else finite(self.market_capitalisation, "market_capitalisation"),
            "close": None if self.close is None else finite(self.close, "close"),
            "previous_close": None if self.previous_close is None else finite(self.previous_close, "previous_close"),
            "week_52_high": None if self.week_52_high is None else finite(self.week_52_high, "week_52_high"),
            "week_52_low": None if self.week_52_low is None else finite(self.week_52_low, "week_52_low"),
            "relative_volume": None if self.relative_volume is None else finite(self.relative_volume, "relative_volume"),
            "call_volume": self.call_volume,
            "call_volume_ask_side": self.call_volume_ask_side,
            "call_volume_bid_side": self.call_volume_bid_side,
            "call_premium": None if self.call_premium is None else finite(self.call_premium, "call_premium"),
            "net_call_premium": None if self.net_call_premium is None else finite(self.net_call_premium, "net_call_premium"),
            "call_open_interest": self.call_open_interest,
            "call_open_interest_before": self.call_open_interest_before,
            "call_average_volume_3_days": None if self.call_average_volume_3_days is None else finite(self.call_average_volume_3_days, "call_average_volume_3_days"),
            "call_average_volume_7_days": None if self.call_average_volume_7_days is None else finite(self.call_average_volume_7_days, "call_average_volume_7_days"),
            "call_average_volume_30_days": None if self.call_average_volume_30_days is None else finite(self.call_average_volume_30_days, "call_average_volume_30_days"),
            "put_volume": self.put_volume,
            "put_volume_ask_side": self.put_volume_ask_side,
            "put_volume_bid_side": self.put_volume_bid_side,
            "put_premium": None if self.put_premium is None else finite(self.put_premium, "put_premium"),
            "net_put_premium": None if self.net_put_premium is None else finite(self.net_put_premium, "net_put_premium"),
            "put_open_interest": self.put_open_interest,
            "put_open_interest_before": self.put_open_interest_before,
            "put_average_volume_3_days": None if self.put_average_volume_3_days is None else finite(self.put_average_volume_3_days, "put_average_volume_3_days"),
            "put_average_volume_7_days": None if self.put_average_volume_7_days is None else finite(self.put_average_volume_7_days, "put_average_volume_7_days"),
            "put_average_volume_30_days": None if self.put_average_volume_30_days is None else finite(self.put_average_volume_30_days, "put_average_volume_30_days"),
            "put_call_ratio": None if self.put_call_ratio is None else finite(self.put_call_ratio, "put_call_ratio"),
            "bullish_premium": None if self.bullish_premium is None else finite(self.bullish_premium, "bullish_premium"),
            "bearish_premium": None if self.bearish_premium is None else finite(self.bearish_premium, "bearish_premium"),
            "implied_move": None if self.implied_move is None else finite(self.implied_move, "implied_move"),
            "implied_move_fraction": None if self.implied_move_fraction is None else finite(self.implied_move_fraction, "implied_move_fraction"),
            "volatility": None if self.volatility is None else finite(self.volatility, "volatility"),
            "volatility_30_days": None if self.volatility_30_days is None else finite(self.volatility_30_days, "volatility_30_days"),
            "volatility_30_days_session_before": None if self.volatility_30_days_session_before is None else finite(self.volatility_30_days_session_before, "volatility_30_days_session_before"),
            "volatility_30_days_week_before": None if self.volatility_30_days_week_before is None else finite(self.volatility_30_days_week_before, "volatility_30_days_week_before"),
            "volatility_30_days_month_before": None if self.volatility_30_days_month_before is None else finite(self.volatility_30_days_month_before, "volatility_30_days_month_before"),
            "iv_rank": None if self.iv_rank is None else finite(self.iv_rank, "iv_rank"),
            "next_earnings_date": self.next_earnings_date,
            "next_earnings_time": self.next_earnings_time,
            "next_dividend_date": self.next_dividend_date,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            issue_type=data["issue_type"],
            sector=data["sector"],
            market_capitalisation=None if data["market_capitalisation"] is None else finite(data["market_capitalisation"], "market_capitalisation"),
            close=None if data["close"] is None else finite(data["close"], "close"),
            previous_close=None if data["previous_close"] is None else finite(data["previous_close"], "previous_close"),
            week_52_high=None if data["week_52_high"] is None else finite(data["week_52_high"], "week_52_high"),
            week_52_low=None if data["week_52_low"] is None else finite(data["week_52_low"], "week_52_low"),
            relative_volume=None if data["relative_volume"] is None else finite(data["relative_volume"], "relative_volume"),
            call_volume=data["call_volume"],
            call_volume_ask_side=data["call_volume_ask_side"],
            call_volume_bid_side=data["call_volume_bid_side"],
            call_premium=None if data["call_premium"] is None else finite(data["call_premium"], "call_premium"),
            net_call_premium=None if data["net_call_premium"] is None else finite(data["net_call_premium"], "net_call_premium"),
            call_open_interest=data["call_open_interest"],
            call_open_interest_before=data["call_open_interest_before"],
            call_average_volume_3_days=None if data["call_average_volume_3_days"] is None else finite(data["call_average_volume_3_days"], "call_average_volume_3_days"),
            call_average_volume_7_days=None if data["call_average_volume_7_days"] is None else finite(data["call_average_volume_7_days"], "call_average_volume_7_days"),
            call_average_volume_30_days=None if data["call_average_volume_30_days"] is None else finite(data["call_average_volume_30_days"], "call_average_volume_30_days"),
            put_volume=data["put_volume"],
            put_volume_ask_side=data["put_volume_ask_side"],
            put_volume_bid_side=data["put_volume_bid_side"],
            put_premium=None if data["put_premium"] is None else finite(data["put_premium"], "put_premium"),
            net_put_premium=None if data["net_put_premium"] is None else finite(data["net_put_premium"], "net_put_premium"),
            put_open_interest=data["put_open_interest"],
            put_open_interest_before=data["put_open_interest_before"],
            put_average_volume_3_days=None if data["put_average_volume_3_days"] is None else finite(data["put_average_volume_3_days"], "put_average_volume_3_days"),
            put_average_volume_7_days=None if data["put_average_volume_7_days"] is None else finite(data["put_average_volume_7_days"], "put_average_volume_7_days"),
            put_average_volume_30_days=None if data["put_average_volume_30_days"] is None else finite(data["put_average_volume_30_days"], "put_average_volume_30_days"),
            put_call_ratio=None if data["put_call_ratio"] is None else finite(data["put_call_ratio"], "put_call_ratio"),
            bullish_premium=None if data["bullish_premium"] is None else finite(data["bullish_premium"], "bullish_premium"),
            bearish_premium=None if data["bearish_premium"] is None else finite(data["bearish_premium"], "bearish_premium"),
            implied_move=None if data["implied_move"] is None else finite(data["implied_move"], "implied_move"),
            implied_move_fraction=None if data["implied_move_fraction"] is None else finite(data["implied_move_fraction"], "implied_move_fraction"),
            volatility=None if data["volatility"] is None else finite(data["volatility"], "volatility"),
            volatility_30_days=None if data["volatility_30_days"] is None else finite(data["volatility_30_days"], "volatility_30_days"),
            volatility_30_days_session_before=None if data["volatility_30_days_session_before"] is None else finite(data["volatility_30_days_session_before"], "volatility_30_days_session_before"),
            volatility_30_days_week_before=None if data["volatility_30_days_week_before"] is None else finite(data["volatility_30_days_week_before"], "volatility_30_days_week_before"),
            volatility_30_days_month_before=None if data["volatility_30_days_month_before"] is None else finite(data["volatility_30_days_month_before"], "volatility_30_days_month_before"),
            iv_rank=None if data["iv_rank"] is None else finite(data["iv_rank"], "iv_rank"),
            next_earnings_date=data["next_earnings_date"],
            next_earnings_time=data["next_earnings_time"],
            next_dividend_date=data["next_dividend_date"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class StockState(Record):
    """A stock's session so far as a vendor states it, pre-market and after hours included.

    Attributes
    ----------
    symbol
        Ticker, e.g. SPY.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session, days since 1970-01-01.
    session_part
        Part of the day, in the vendor's word: premarket, regular or postmarket.
    open
        US dollars.
    high
        US dollars.
    low
        US dollars.
    close
        Last price, US dollars.
    previous_close
        Close of the session before, US dollars.
    volume
        Shares of the part of the day, as the vendor counts them.
    total_volume
        Shares of the whole day so far.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.StockState"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    session_part: str
    close: float
    open: float | None = None
    high: float | None = None
    low: float | None = None
    previous_close: float | None = None
    volume: int | None = None
    total_volume: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "session_part": self.session_part,
            "open": None if self.open is None else finite(self.open, "open"),
            "high": None if self.high is None else finite(self.high, "high"),
            "low": None if self.low is None else finite(self.low, "low"),
            "close": finite(self.close, "close"),
            "previous_close": None if self.previous_close is None else finite(self.previous_close, "previous_close"),
            "volume": self.volume,
            "total_volume": self.total_volume,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            session_part=data["session_part"],
            open=None if data["open"] is None else finite(data["open"], "open"),
            high=None if data["high"] is None else finite(data["high"], "high"),
            low=None if data["low"] is None else finite(data["low"], "low"),
            close=finite(data["close"], "close"),
            previous_close=None if data["previous_close"] is None else finite(data["previous_close"], "previous_close"),
            volume=data["volume"],
            total_volume=data["total_volume"],
        )


@filled_at_once
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
    delay_seconds
        Seconds by which the vendor's plan holds its data back; 0 for real time.
    bar_parts
        What of a bar the print may change, by the tape's rules for its conditions: 1 open and close + 2 high and low + 4 volume; 7 is all.
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
    delay_seconds: int = 0
    bar_parts: int = 7

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
            "delay_seconds": self.delay_seconds,
            "bar_parts": self.bar_parts,
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
            delay_seconds=data["delay_seconds"],
            bar_parts=data["bar_parts"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class TradingHalt(Record):
    """A change of a symbol's trading state.

    Attributes
    ----------
    symbol
        Ticker.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    state
        In the vendor's words: halted, resumed, paused.
    reason
        Code of the tape, e.g. LUDP for a volatility pause, T1 for news pending.
    """

    FULL_NAME: ClassVar[str] = "tapewire.market.TradingHalt"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    state: str
    reason: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "state": self.state,
            "reason": self.reason,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            state=data["state"],
            reason=data["reason"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class Headline(Record):
    """A news headline.

    Attributes
    ----------
    headline_id
        Made from source, time and text.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    headline
        Text.
    publisher
        Who wrote it, in the vendor's words.
    symbols
        Tickers the vendor tagged.
    tags
        Vendor's subjects.
    sentiment
        Vendor's reading: positive, negative or neutral.
    is_major
        True when the vendor calls it important; null when it does not say.
    is_trump_post
        True for a post of the US president on Truth Social; null when the vendor does not say.
    """

    FULL_NAME: ClassVar[str] = "tapewire.news.Headline"

    headline_id: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    headline: str
    publisher: str | None = None
    symbols: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sentiment: str | None = None
    is_major: bool | None = None
    is_trump_post: bool | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "headline_id": self.headline_id,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "headline": self.headline,
            "publisher": self.publisher,
            "symbols": list(self.symbols),
            "tags": list(self.tags),
            "sentiment": self.sentiment,
            "is_major": self.is_major,
            "is_trump_post": self.is_trump_post,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            headline_id=data["headline_id"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            headline=data["headline"],
            publisher=data["publisher"],
            symbols=tuple(data["symbols"]),
            tags=tuple(data["tags"]),
            sentiment=data["sentiment"],
            is_major=data["is_major"],
            is_trump_post=data["is_trump_post"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class UserAlert(Record):
    """One alert of a rule that the account has set up at the vendor.

    Attributes
    ----------
    symbol
        Ticker, option symbol or other name the rule watched.
    ts_event
        Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    alert_id
        Vendor's id.
    rule_id
        Vendor's id of the rule.
    rule
        Name that the user gave the rule.
    kind
        What the rule is about, in the vendor's word, e.g. flow_alerts.
    symbol_type
        What the symbol is, in the vendor's word, e.g. stock.
    ts_alert
        When the vendor made the alert, UTC microseconds.
    details
        What the vendor adds, by its own names; its fields depend on the kind.
    """

    FULL_NAME: ClassVar[str] = "tapewire.news.UserAlert"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    alert_id: str
    rule_id: str
    kind: str
    ts_alert: int
    rule: str | None = None
    symbol_type: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "alert_id": self.alert_id,
            "rule_id": self.rule_id,
            "rule": self.rule,
            "kind": self.kind,
            "symbol_type": self.symbol_type,
            "ts_alert": self.ts_alert,
            "details": dict(self.details),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            alert_id=data["alert_id"],
            rule_id=data["rule_id"],
            rule=data["rule"],
            kind=data["kind"],
            symbol_type=data["symbol_type"],
            ts_alert=data["ts_alert"],
            details=dict(data["details"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Record):
    """Something that people or other units must know of; one record a change of level.

    Attributes
    ----------
    alert_id
        uuid5 of kind, subject, level and ts_event.
    kind
        What it is about, e.g. divergence:option-bid.
    level
        How bad it is.
    unit
        Who noticed.
    subject
        Of what, e.g. an option symbol or a feed.
    ts_event
        When it happened, UTC microseconds.
    measured
        What was measured, in measured_unit.
    tolerated
        What is tolerated, in the same unit.
    measured_unit
        E.g. USD.
    claims
        Source -> what it says, in the same unit.
    reason
        One sentence for people.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.Alert"

    alert_id: str
    kind: str
    level: AlertLevel
    unit: str
    subject: str
    ts_event: int
    reason: str
    measured: float | None = None
    tolerated: float | None = None
    measured_unit: str | None = None
    claims: Mapping[str, float] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "alert_id": self.alert_id,
            "kind": self.kind,
            "level": self.level,
            "unit": self.unit,
            "subject": self.subject,
            "ts_event": self.ts_event,
            "measured": None if self.measured is None else finite(self.measured, "measured"),
            "tolerated": None if self.tolerated is None else finite(self.tolerated, "tolerated"),
            "measured_unit": self.measured_unit,
            "claims": {key: finite(value, "claims") for key, value in self.claims.items()},
            "reason": self.reason,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            alert_id=data["alert_id"],
            kind=data["kind"],
            level=AlertLevel(data["level"]),
            unit=data["unit"],
            subject=data["subject"],
            ts_event=data["ts_event"],
            measured=None if data["measured"] is None else finite(data["measured"], "measured"),
            tolerated=None if data["tolerated"] is None else finite(data["tolerated"], "tolerated"),
            measured_unit=data["measured_unit"],
            claims={key: finite(value, "claims") for key, value in data["claims"].items()},
            reason=data["reason"],
        )


@filled_at_once
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


@filled_at_once
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


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCommand(Record):
    """What people want of a feed or of one of its endpoints while it runs; the newest of a target holds, also after a restart.

    Attributes
    ----------
    target
        Unit name, e.g. feed.yahoo, or feed.yahoo/minutes for one endpoint.
    action
        What to do.
    factor
        For THROTTLE, above 1: of so many calls that are due one is made; null for the others.
    ts_event
        When it was asked for, market time, UTC microseconds.
    asked_by
        Who or what asked, e.g. tapewire feeds.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.FeedCommand"

    target: str
    action: FeedAction
    ts_event: int
    asked_by: str
    factor: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "action": self.action,
            "factor": None if self.factor is None else finite(self.factor, "factor"),
            "ts_event": self.ts_event,
            "asked_by": self.asked_by,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            target=data["target"],
            action=FeedAction(data["action"]),
            factor=None if data["factor"] is None else finite(data["factor"], "factor"),
            ts_event=data["ts_event"],
            asked_by=data["asked_by"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCursor(Record):
    """How far one line of a REST catalogue was read, so that the next process goes on there.

    Attributes
    ----------
    line
        Feed, endpoint, symbol and variant, e.g. feed.unusual_whales:alerts:MARKET:0.
    ts_newest
        Moment of the newest row that was taken, UTC microseconds.
    seen
        Digests of the rows that the next answer can repeat.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.FeedCursor"

    line: str
    ts_newest: int
    seen: tuple[str, ...]
    ts_published: int

    def as_avro(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "ts_newest": self.ts_newest,
            "seen": list(self.seen),
            "ts_published": self.ts_published,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            line=data["line"],
            ts_newest=data["ts_newest"],
            seen=tuple(data["seen"]),
            ts_published=data["ts_published"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFault(Record):
    """Why what a feed brings is not to be trusted now.

    Attributes
    ----------
    kind
        What is wrong.
    topics
        Logical topics not to be trusted; empty: all that the feed writes.
    measured
        What was measured, in the unit that the reason names; null where nothing is measured.
    tolerated
        What is tolerated, in the same unit.
    since
        Market time at which it was noticed, UTC microseconds.
    reason
        One sentence for people.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.FeedFault"

    kind: FeedFaultKind
    topics: tuple[str, ...]
    measured: float | None
    tolerated: float | None
    since: int
    reason: str

    def as_avro(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "topics": list(self.topics),
            "measured": None if self.measured is None else finite(self.measured, "measured"),
            "tolerated": None if self.tolerated is None else finite(self.tolerated, "tolerated"),
            "since": self.since,
            "reason": self.reason,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            kind=FeedFaultKind(data["kind"]),
            topics=tuple(data["topics"]),
            measured=None if data["measured"] is None else finite(data["measured"], "measured"),
            tolerated=None if data["tolerated"] is None else finite(data["tolerated"], "tolerated"),
            since=data["since"],
            reason=data["reason"],
        )


@filled_at_once
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


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReading(Record):
    """How true one topic of a feed is, over the last seconds.

    Attributes
    ----------
    topic
        Logical topic.
    records
        Records looked at, a sample of all.
    lag_p50_ms
        Real milliseconds from the event to its receipt, median; negative when the vendor's clock is ahead; null without an event time.
    lag_p99_ms
        The same, 99 of 100 are below.
    crossed_share
        Share of quotes or books whose bid is at or above the offer, 0 to 1; null where there are none.
    repeated_share
        Share of records that came again, 0 to 1; null without records.
    disordered_share
        Share of records older than the one before them of the same symbol, 0 to 1; null without records.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.TopicReading"

    topic: str
    records: int
    lag_p50_ms: float | None
    lag_p99_ms: float | None
    crossed_share: float | None
    repeated_share: float | None
    disordered_share: float | None

    def as_avro(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "records": self.records,
            "lag_p50_ms": None if self.lag_p50_ms is None else finite(self.lag_p50_ms, "lag_p50_ms"),
            "lag_p99_ms": None if self.lag_p99_ms is None else finite(self.lag_p99_ms, "lag_p99_ms"),
            "crossed_share": None if self.crossed_share is None else finite(self.crossed_share, "crossed_share"),
            "repeated_share": None if self.repeated_share is None else finite(self.repeated_share, "repeated_share"),
            "disordered_share": None if self.disordered_share is None else finite(self.disordered_share, "disordered_share"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            topic=data["topic"],
            records=data["records"],
            lag_p50_ms=None if data["lag_p50_ms"] is None else finite(data["lag_p50_ms"], "lag_p50_ms"),
            lag_p99_ms=None if data["lag_p99_ms"] is None else finite(data["lag_p99_ms"], "lag_p99_ms"),
            crossed_share=None if data["crossed_share"] is None else finite(data["crossed_share"], "crossed_share"),
            repeated_share=None if data["repeated_share"] is None else finite(data["repeated_share"], "repeated_share"),
            disordered_share=None if data["disordered_share"] is None else finite(data["disordered_share"], "disordered_share"),
        )


@filled_at_once
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
    faults
        What is wrong although the feed is connected; empty while all is well.
    readings
        Of the topics on which something came.
    gaps
        Stretches that were missing and asked for again, since the process started.
    dead_letters
        Parts of payloads that did not fit, since the process started.
    breakers_open
        Endpoints that fail and are left alone for a while.
    budget_used
        Requests of the last 60 market seconds; null for a feed without a budget.
    budget_limit
        Requests a minute that we allow ourselves.
    delay_seconds
        How late the vendor's plan is on purpose, market seconds; a feed is that much behind and still in time.
    mode
        live, demo, replay or delayed.
    licence
        What the vendor's terms allow.
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
    faults: tuple[FeedFault, ...] = ()
    readings: tuple[TopicReading, ...] = ()
    gaps: int = 0
    dead_letters: int = 0
    breakers_open: tuple[str, ...] = ()
    budget_used: int | None = None
    budget_limit: int | None = None
    delay_seconds: float = 0.0
    mode: str | None = None
    licence: Licence | None = None

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
            "faults": [item.as_avro() for item in self.faults],
            "readings": [item.as_avro() for item in self.readings],
            "gaps": self.gaps,
            "dead_letters": self.dead_letters,
            "breakers_open": list(self.breakers_open),
            "budget_used": self.budget_used,
            "budget_limit": self.budget_limit,
            "delay_seconds": finite(self.delay_seconds, "delay_seconds"),
            "mode": self.mode,
            "licence": self.licence,
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
            faults=tuple([FeedFault.from_avro(item) for item in data["faults"]]),
            readings=tuple([TopicReading.from_avro(item) for item in data["readings"]]),
            gaps=data["gaps"],
            dead_letters=data["dead_letters"],
            breakers_open=tuple(data["breakers_open"]),
            budget_used=data["budget_used"],
            budget_limit=data["budget_limit"],
            delay_seconds=finite(data["delay_seconds"], "delay_seconds"),
            mode=data["mode"],
            licence=None if data["licence"] is None else Licence(data["licence"]),
        )


@filled_at_once
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


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCount(Record):
    """How many of a vendor's requests of the day and the month a feed has sent: the process after it goes on counting.

    Attributes
    ----------
    feed
        Unit name, e.g. feed.financial_modeling_prep.
    day
        Date in the zone of the feed's catalogue, e.g. 2026-11-18.
    requests_of_day
        Requests sent on that date, answered or not.
    month
        e.g. 2026-11.
    requests_of_month
        Requests sent in that month.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.RequestCount"

    feed: str
    day: str
    requests_of_day: int
    month: str
    requests_of_month: int
    ts_published: int

    def as_avro(self) -> dict[str, Any]:
        return {
            "feed": self.feed,
            "day": self.day,
            "requests_of_day": self.requests_of_day,
            "month": self.month,
            "requests_of_month": self.requests_of_month,
            "ts_published": self.ts_published,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            feed=data["feed"],
            day=data["day"],
            requests_of_day=data["requests_of_day"],
            month=data["month"],
            requests_of_month=data["requests_of_month"],
            ts_published=data["ts_published"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Record):
    """One second of market time, written to every partition: the watermark that closes windows.

    Attributes
    ----------
    ts_event
        The second; all data before it is in, up to the barriers.
    barriers
        Kafka topic -> next offset in this partition; fold up to it before you apply the tick.
    unfit
        Logical topic -> why what came on it in this second is not to be trusted: DOWN, or what is wrong with its feed. Decisions that need it are withheld.
    macro
        The window around an economic event that holds at ts_event, of several the most important one; null without one.
    """

    FULL_NAME: ClassVar[str] = "tapewire.ops.Tick"

    ts_event: int
    barriers: Mapping[str, int] = field(default_factory=dict)
    unfit: Mapping[str, str] = field(default_factory=dict)
    macro: MacroWindow | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "ts_event": self.ts_event,
            "barriers": dict(self.barriers),
            "unfit": dict(self.unfit),
            "macro": None if self.macro is None else ("tapewire.reference.MacroWindow", self.macro.as_avro()),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            ts_event=data["ts_event"],
            barriers=dict(data["barriers"]),
            unfit=dict(data["unfit"]),
            macro=None if data["macro"] is None else MacroWindow.from_avro(data["macro"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowAlert(Record):
    """Trades of one contract that matched a vendor's rule, added up.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    alert_id
        Made from contract, day, the contract's volume that day and the size: the same over every road of the vendor, by whichever rule.
    rule
        Vendor's name of the rule, e.g. RepeatedHits.
    option_symbol
        Contract in OSI form without blanks, e.g. SPY250516C00590000.
    expiry
        Expiry date, days since 1970-01-01.
    strike
        US dollars, above 0.
    right
        Call or put.
    ts_first_trade
        First trade of the alert, UTC microseconds.
    ts_last_trade
        Last trade of the alert, UTC microseconds.
    price
        US dollars per share of the last trade.
    bid
        Of the contract after the last trade. US dollars.
    ask
        Of the contract after the last trade. US dollars.
    underlying_price
        US dollars.
    total_premium
        US dollars paid in all trades of the alert.
    ask_side_premium
        Paid near the ask; with the next less than total_premium where trades lay between. US dollars.
    bid_side_premium
        Paid near the bid. US dollars.
    total_size
        Contracts in all trades of the alert.
    trade_count
        Trades of the alert.
    expiry_count
        Different expiries among them, mostly 1.
    volume
        Contracts traded today, alert included.
    open_interest
        Contracts open at the last close.
    volume_to_open_interest
        volume / open_interest, computed here: the stream sends it cut to a whole number. Null without open interest.
    ask_volume
        Traded near the ask today. Contracts.
    bid_volume
        Traded near the bid today. Contracts.
    mid_volume
        Traded between bid and ask today. Contracts.
    no_side_volume
        Traded today on a side not told. Contracts.
    multi_leg_volume
        Traded today as part of multi-leg orders. Contracts.
    stock_multi_leg_volume
        Traded today together with the stock. Contracts.
    has_sweep
        True when a trade swept several exchanges.
    has_floor
        True when a trade was made on a floor.
    has_single_leg
        True when a trade was a single leg.
    has_multi_leg
        True when a trade was part of a multi-leg order.
    all_opening
        True when every trade is known to open positions; false says nothing.
    trade_ids
        Ids of the trades on options.trades; empty over REST.
    conditions
        OPRA condition names of the trades, e.g. auto.
    exchanges
        OPRA exchanges, e.g. XCBO.
    issue_type
        Kind of the underlying in the vendor's words, e.g. Common Stock.
    vendor_alert_id
        The vendor's own id of the alert; null where it sends none, as over REST.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.FlowAlert"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    alert_id: str
    option_symbol: str
    expiry: int
    strike: float
    right: OptionRight
    price: float
    total_premium: float
    total_size: int
    trade_count: int
    volume: int
    rule: str | None = None
    ts_first_trade: int | None = None
    ts_last_trade: int | None = None
    bid: float | None = None
    ask: float | None = None
    underlying_price: float | None = None
    ask_side_premium: float | None = None
    bid_side_premium: float | None = None
    expiry_count: int | None = None
    open_interest: int | None = None
    volume_to_open_interest: float | None = None
    ask_volume: int | None = None
    bid_volume: int | None = None
    mid_volume: int | None = None
    no_side_volume: int | None = None
    multi_leg_volume: int | None = None
    stock_multi_leg_volume: int | None = None
    has_sweep: bool | None = None
    has_floor: bool | None = None
    has_single_leg: bool | None = None
    has_multi_leg: bool | None = None
    all_opening: bool | None = None
    trade_ids: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    exchanges: tuple[str, ...] = ()
    issue_type: str | None = None
    vendor_alert_id: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "alert_id": self.alert_id,
            "rule": self.rule,
            "option_symbol": self.option_symbol,
            "expiry": self.expiry,
            "strike": finite(self.strike, "strike"),
            "right": self.right,
            "ts_first_trade": self.ts_first_trade,
            "ts_last_trade": self.ts_last_trade,
            "price": finite(self.price, "price"),
            "bid": None if self.bid is None else finite(self.bid, "bid"),
            "ask": None if self.ask is None else finite(self.ask, "ask"),
            "underlying_price": None if self.underlying_price is None else finite(self.underlying_price, "underlying_price"),
            "total_premium": finite(self.total_premium, "total_premium"),
            "ask_side_premium": None if self.ask_side_premium is None else finite(self.ask_side_premium, "ask_side_premium"),
            "bid_side_premium": None if self.bid_side_premium is None else finite(self.bid_side_premium, "bid_side_premium"),
            "total_size": self.total_size,
            "trade_count": self.trade_count,
            "expiry_count": self.expiry_count,
            "volume": self.volume,
            "open_interest": self.open_interest,
            "volume_to_open_interest": None if self.volume_to_open_interest is None else finite(self.volume_to_open_interest, "volume_to_open_interest"),
            "ask_volume": self.ask_volume,
            "bid_volume": self.bid_volume,
            "mid_volume": self.mid_volume,
            "no_side_volume": self.no_side_volume,
            "multi_leg_volume": self.multi_leg_volume,
            "stock_multi_leg_volume": self.stock_multi_leg_volume,
            "has_sweep": self.has_sweep,
            "has_floor": self.has_floor,
            "has_single_leg": self.has_single_leg,
            "has_multi_leg": self.has_multi_leg,
            "all_opening": self.all_opening,
            "trade_ids": list(self.trade_ids),
            "conditions": list(self.conditions),
            "exchanges": list(self.exchanges),
            "issue_type": self.issue_type,
            "vendor_alert_id": self.vendor_alert_id,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            alert_id=data["alert_id"],
            rule=data["rule"],
            option_symbol=data["option_symbol"],
            expiry=data["expiry"],
            strike=finite(data["strike"], "strike"),
            right=OptionRight(data["right"]),
            ts_first_trade=data["ts_first_trade"],
            ts_last_trade=data["ts_last_trade"],
            price=finite(data["price"], "price"),
            bid=None if data["bid"] is None else finite(data["bid"], "bid"),
            ask=None if data["ask"] is None else finite(data["ask"], "ask"),
            underlying_price=None if data["underlying_price"] is None else finite(data["underlying_price"], "underlying_price"),
            total_premium=finite(data["total_premium"], "total_premium"),
            ask_side_premium=None if data["ask_side_premium"] is None else finite(data["ask_side_premium"], "ask_side_premium"),
            bid_side_premium=None if data["bid_side_premium"] is None else finite(data["bid_side_premium"], "bid_side_premium"),
            total_size=data["total_size"],
            trade_count=data["trade_count"],
            expiry_count=data["expiry_count"],
            volume=data["volume"],
            open_interest=data["open_interest"],
            volume_to_open_interest=None if data["volume_to_open_interest"] is None else finite(data["volume_to_open_interest"], "volume_to_open_interest"),
            ask_volume=data["ask_volume"],
            bid_volume=data["bid_volume"],
            mid_volume=data["mid_volume"],
            no_side_volume=data["no_side_volume"],
            multi_leg_volume=data["multi_leg_volume"],
            stock_multi_leg_volume=data["stock_multi_leg_volume"],
            has_sweep=data["has_sweep"],
            has_floor=data["has_floor"],
            has_single_leg=data["has_single_leg"],
            has_multi_leg=data["has_multi_leg"],
            all_opening=data["all_opening"],
            trade_ids=tuple(data["trade_ids"]),
            conditions=tuple(data["conditions"]),
            exchanges=tuple(data["exchanges"]),
            issue_type=data["issue_type"],
            vendor_alert_id=data["vendor_alert_id"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowByStrike(Record):
    """Option volume and premium of an underlying by strike or by expiry.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session, days since 1970-01-01.
    cumulative
        True: sums since the session began; false: of the minute that starts at ts_event.
    strike
        Strike, US dollars; null when all strikes are added up.
    expiry
        Expiry date, days since 1970-01-01; null when all expiries are added up.
    call_premium
        US dollars.
    call_premium_ask_side
        US dollars paid near the ask.
    call_premium_bid_side
        US dollars paid near the bid.
    call_otm_premium
        US dollars in out-of-the-money contracts.
    call_volume
        Contracts.
    call_volume_ask_side
        Contracts traded near the ask.
    call_volume_bid_side
        Contracts traded near the bid.
    call_otm_volume
        Contracts that were out of the money.
    call_trades
        Trades.
    call_otm_trades
        Trades in out-of-the-money contracts.
    put_premium
        US dollars.
    put_premium_ask_side
        US dollars paid near the ask.
    put_premium_bid_side
        US dollars paid near the bid.
    put_otm_premium
        US dollars in out-of-the-money contracts.
    put_volume
        Contracts.
    put_volume_ask_side
        Contracts traded near the ask.
    put_volume_bid_side
        Contracts traded near the bid.
    put_otm_volume
        Contracts that were out of the money.
    put_trades
        Trades.
    put_otm_trades
        Trades in out-of-the-money contracts.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.FlowByStrike"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    cumulative: bool
    strike: float | None = None
    expiry: int | None = None
    call_premium: float | None = None
    call_premium_ask_side: float | None = None
    call_premium_bid_side: float | None = None
    call_otm_premium: float | None = None
    call_volume: int | None = None
    call_volume_ask_side: int | None = None
    call_volume_bid_side: int | None = None
    call_otm_volume: int | None = None
    call_trades: int | None = None
    call_otm_trades: int | None = None
    put_premium: float | None = None
    put_premium_ask_side: float | None = None
    put_premium_bid_side: float | None = None
    put_otm_premium: float | None = None
    put_volume: int | None = None
    put_volume_ask_side: int | None = None
    put_volume_bid_side: int | None = None
    put_otm_volume: int | None = None
    put_trades: int | None = None
    put_otm_trades: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "cumulative": self.cumulative,
            "strike": None if self.strike is None else finite(self.strike, "strike"),
            "expiry": self.expiry,
            "call_premium": None if self.call_premium is None else finite(self.call_premium, "call_premium"),
            "call_premium_ask_side": None if self.call_premium_ask_side is None else finite(self.call_premium_ask_side, "call_premium_ask_side"),
            "call_premium_bid_side": None if self.call_premium_bid_side is None else finite(self.call_premium_bid_side, "call_premium_bid_side"),
            "call_otm_premium": None if self.call_otm_premium is None else finite(self.call_otm_premium, "call_otm_premium"),
            "call_volume": self.call_volume,
            "call_volume_ask_side": self.call_volume_ask_side,
            "call_volume_bid_side": self.call_volume_bid_side,
            "call_otm_volume": self.call_otm_volume,
            "call_trades": self.call_trades,
            "call_otm_trades": self.call_otm_trades,
            "put_premium": None if self.put_premium is None else finite(self.put_premium, "put_premium"),
            "put_premium_ask_side": None if self.put_premium_ask_side is None else finite(self.put_premium_ask_side, "put_premium_ask_side"),
            "put_premium_bid_side": None if self.put_premium_bid_side is None else finite(self.put_premium_bid_side, "put_premium_bid_side"),
            "put_otm_premium": None if self.put_otm_premium is None else finite(self.put_otm_premium, "put_otm_premium"),
            "put_volume": self.put_volume,
            "put_volume_ask_side": self.put_volume_ask_side,
            "put_volume_bid_side": self.put_volume_bid_side,
            "put_otm_volume": self.put_otm_volume,
            "put_trades": self.put_trades,
            "put_otm_trades": self.put_otm_trades,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            cumulative=data["cumulative"],
            strike=None if data["strike"] is None else finite(data["strike"], "strike"),
            expiry=data["expiry"],
            call_premium=None if data["call_premium"] is None else finite(data["call_premium"], "call_premium"),
            call_premium_ask_side=None if data["call_premium_ask_side"] is None else finite(data["call_premium_ask_side"], "call_premium_ask_side"),
            call_premium_bid_side=None if data["call_premium_bid_side"] is None else finite(data["call_premium_bid_side"], "call_premium_bid_side"),
            call_otm_premium=None if data["call_otm_premium"] is None else finite(data["call_otm_premium"], "call_otm_premium"),
            call_volume=data["call_volume"],
            call_volume_ask_side=data["call_volume_ask_side"],
            call_volume_bid_side=data["call_volume_bid_side"],
            call_otm_volume=data["call_otm_volume"],
            call_trades=data["call_trades"],
            call_otm_trades=data["call_otm_trades"],
            put_premium=None if data["put_premium"] is None else finite(data["put_premium"], "put_premium"),
            put_premium_ask_side=None if data["put_premium_ask_side"] is None else finite(data["put_premium_ask_side"], "put_premium_ask_side"),
            put_premium_bid_side=None if data["put_premium_bid_side"] is None else finite(data["put_premium_bid_side"], "put_premium_bid_side"),
            put_otm_premium=None if data["put_otm_premium"] is None else finite(data["put_otm_premium"], "put_otm_premium"),
            put_volume=data["put_volume"],
            put_volume_ask_side=data["put_volume_ask_side"],
            put_volume_bid_side=data["put_volume_bid_side"],
            put_otm_volume=data["put_otm_volume"],
            put_trades=data["put_trades"],
            put_otm_trades=data["put_otm_trades"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class GammaLevels(Record):
    """Walls of gamma as the vendor computes them; each may be missing.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        Session asked for, days since 1970-01-01.
    call_wall
        Strike above the price with the largest positive net gamma. US dollars.
    put_wall
        Strike below the price with the largest positive net gamma, not the most negative. US dollars.
    gamma_magnet
        Strike with the largest absolute net gamma. US dollars.
    gamma_flip
        Where the net gamma summed up strike by strike crosses zero, nearest to the price. Not the flip of recomputed profiles. US dollars.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.GammaLevels"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    call_wall: float | None = None
    put_wall: float | None = None
    gamma_magnet: float | None = None
    gamma_flip: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "call_wall": None if self.call_wall is None else finite(self.call_wall, "call_wall"),
            "put_wall": None if self.put_wall is None else finite(self.put_wall, "put_wall"),
            "gamma_magnet": None if self.gamma_magnet is None else finite(self.gamma_magnet, "gamma_magnet"),
            "gamma_flip": None if self.gamma_flip is None else finite(self.gamma_flip, "gamma_flip"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            call_wall=None if data["call_wall"] is None else finite(data["call_wall"], "call_wall"),
            put_wall=None if data["put_wall"] is None else finite(data["put_wall"], "put_wall"),
            gamma_magnet=None if data["gamma_magnet"] is None else finite(data["gamma_magnet"], "gamma_magnet"),
            gamma_flip=None if data["gamma_flip"] is None else finite(data["gamma_flip"], "gamma_flip"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class GreekExposure(Record):
    """Greek exposure of market makers as a vendor computes it, one basis a record.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session the numbers belong to; days since 1970-01-01.
    scope
        What is added up.
    unit
        Unit of every exposure in this record; never mix the two.
    basis
        What the greeks are multiplied with.
    strike
        Strike, US dollars; null when all strikes are added up.
    expiry
        Expiry date, days since 1970-01-01; null when all expiries are added up.
    call_delta
        delta of the calls, in `unit`.
    call_gamma
        gamma of the calls, in `unit`.
    call_charm
        charm of the calls, in `unit`.
    call_vanna
        vanna of the calls, in `unit`.
    put_delta
        delta of the puts, in `unit`, signed by the vendor: gamma of puts is negative.
    put_gamma
        gamma of the puts, in `unit`, signed by the vendor: gamma of puts is negative.
    put_charm
        charm of the puts, in `unit`, signed by the vendor: gamma of puts is negative.
    put_vanna
        vanna of the puts, in `unit`, signed by the vendor: gamma of puts is negative.
    net_delta
        delta of calls and puts, in `unit`: their sum where both are told, else the vendor's total.
    net_gamma
        gamma of calls and puts, in `unit`: their sum where both are told, else the vendor's total.
    net_charm
        charm of calls and puts, in `unit`: their sum where both are told, else the vendor's total.
    net_vanna
        vanna of calls and puts, in `unit`: their sum where both are told, else the vendor's total.
    underlying_price
        US dollars, the spot the vendor computed with.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.GreekExposure"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    scope: ExposureScope
    unit: ExposureUnit
    basis: ExposureBasis
    session_date: int | None = None
    strike: float | None = None
    expiry: int | None = None
    call_delta: float | None = None
    call_gamma: float | None = None
    call_charm: float | None = None
    call_vanna: float | None = None
    put_delta: float | None = None
    put_gamma: float | None = None
    put_charm: float | None = None
    put_vanna: float | None = None
    net_delta: float | None = None
    net_gamma: float | None = None
    net_charm: float | None = None
    net_vanna: float | None = None
    underlying_price: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "scope": self.scope,
            "unit": self.unit,
            "basis": self.basis,
            "strike": None if self.strike is None else finite(self.strike, "strike"),
            "expiry": self.expiry,
            "call_delta": None if self.call_delta is None else finite(self.call_delta, "call_delta"),
            "call_gamma": None if self.call_gamma is None else finite(self.call_gamma, "call_gamma"),
            "call_charm": None if self.call_charm is None else finite(self.call_charm, "call_charm"),
            "call_vanna": None if self.call_vanna is None else finite(self.call_vanna, "call_vanna"),
            "put_delta": None if self.put_delta is None else finite(self.put_delta, "put_delta"),
            "put_gamma": None if self.put_gamma is None else finite(self.put_gamma, "put_gamma"),
            "put_charm": None if self.put_charm is None else finite(self.put_charm, "put_charm"),
            "put_vanna": None if self.put_vanna is None else finite(self.put_vanna, "put_vanna"),
            "net_delta": None if self.net_delta is None else finite(self.net_delta, "net_delta"),
            "net_gamma": None if self.net_gamma is None else finite(self.net_gamma, "net_gamma"),
            "net_charm": None if self.net_charm is None else finite(self.net_charm, "net_charm"),
            "net_vanna": None if self.net_vanna is None else finite(self.net_vanna, "net_vanna"),
            "underlying_price": None if self.underlying_price is None else finite(self.underlying_price, "underlying_price"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            scope=ExposureScope(data["scope"]),
            unit=ExposureUnit(data["unit"]),
            basis=ExposureBasis(data["basis"]),
            strike=None if data["strike"] is None else finite(data["strike"], "strike"),
            expiry=data["expiry"],
            call_delta=None if data["call_delta"] is None else finite(data["call_delta"], "call_delta"),
            call_gamma=None if data["call_gamma"] is None else finite(data["call_gamma"], "call_gamma"),
            call_charm=None if data["call_charm"] is None else finite(data["call_charm"], "call_charm"),
            call_vanna=None if data["call_vanna"] is None else finite(data["call_vanna"], "call_vanna"),
            put_delta=None if data["put_delta"] is None else finite(data["put_delta"], "put_delta"),
            put_gamma=None if data["put_gamma"] is None else finite(data["put_gamma"], "put_gamma"),
            put_charm=None if data["put_charm"] is None else finite(data["put_charm"], "put_charm"),
            put_vanna=None if data["put_vanna"] is None else finite(data["put_vanna"], "put_vanna"),
            net_delta=None if data["net_delta"] is None else finite(data["net_delta"], "net_delta"),
            net_gamma=None if data["net_gamma"] is None else finite(data["net_gamma"], "net_gamma"),
            net_charm=None if data["net_charm"] is None else finite(data["net_charm"], "net_charm"),
            net_vanna=None if data["net_vanna"] is None else finite(data["net_vanna"], "net_vanna"),
            underlying_price=None if data["underlying_price"] is None else finite(data["underlying_price"], "underlying_price"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class GreekFlow(Record):
    """Delta and vega of a minute's option trades.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    expiry
        Expiry date, days since 1970-01-01; null when all expiries are added up.
    directional_delta
        Directional: bought minus sold delta of all trades; shares.
    directional_vega
        Directional: bought minus sold vega of all trades; US dollars per point of volatility.
    total_delta
        Total delta of all trades; shares.
    total_vega
        Total vega of all trades; US dollars per point of volatility.
    otm_directional_delta
        Directional: bought minus sold delta of out-of-the-money trades; shares.
    otm_directional_vega
        Directional: bought minus sold vega of out-of-the-money trades; US dollars per point of volatility.
    otm_total_delta
        Total delta of out-of-the-money trades; shares.
    otm_total_vega
        Total vega of out-of-the-money trades; US dollars per point of volatility.
    trade_count
        Trades of the minute.
    volume
        Contracts of the minute.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.GreekFlow"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    expiry: int | None = None
    directional_delta: float | None = None
    directional_vega: float | None = None
    total_delta: float | None = None
    total_vega: float | None = None
    otm_directional_delta: float | None = None
    otm_directional_vega: float | None = None
    otm_total_delta: float | None = None
    otm_total_vega: float | None = None
    trade_count: int | None = None
    volume: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "expiry": self.expiry,
            "directional_delta": None if self.directional_delta is None else finite(self.directional_delta, "directional_delta"),
            "directional_vega": None if self.directional_vega is None else finite(self.directional_vega, "directional_vega"),
            "total_delta": None if self.total_delta is None else finite(self.total_delta, "total_delta"),
            "total_vega": None if self.total_vega is None else finite(self.total_vega, "total_vega"),
            "otm_directional_delta": None if self.otm_directional_delta is None else finite(self.otm_directional_delta, "otm_directional_delta"),
            "otm_directional_vega": None if self.otm_directional_vega is None else finite(self.otm_directional_vega, "otm_directional_vega"),
            "otm_total_delta": None if self.otm_total_delta is None else finite(self.otm_total_delta, "otm_total_delta"),
            "otm_total_vega": None if self.otm_total_vega is None else finite(self.otm_total_vega, "otm_total_vega"),
            "trade_count": self.trade_count,
            "volume": self.volume,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            expiry=data["expiry"],
            directional_delta=None if data["directional_delta"] is None else finite(data["directional_delta"], "directional_delta"),
            directional_vega=None if data["directional_vega"] is None else finite(data["directional_vega"], "directional_vega"),
            total_delta=None if data["total_delta"] is None else finite(data["total_delta"], "total_delta"),
            total_vega=None if data["total_vega"] is None else finite(data["total_vega"], "total_vega"),
            otm_directional_delta=None if data["otm_directional_delta"] is None else finite(data["otm_directional_delta"], "otm_directional_delta"),
            otm_directional_vega=None if data["otm_directional_vega"] is None else finite(data["otm_directional_vega"], "otm_directional_vega"),
            otm_total_delta=None if data["otm_total_delta"] is None else finite(data["otm_total_delta"], "otm_total_delta"),
            otm_total_vega=None if data["otm_total_vega"] is None else finite(data["otm_total_vega"], "otm_total_vega"),
            trade_count=data["trade_count"],
            volume=data["volume"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPain(Record):
    """Strike at which the open contracts of an expiry pay least.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the open interest, days since 1970-01-01.
    expiry
        Days since 1970-01-01.
    strike
        US dollars.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.MaxPain"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    expiry: int
    strike: float

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "expiry": self.expiry,
            "strike": finite(self.strike, "strike"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            expiry=data["expiry"],
            strike=finite(data["strike"], "strike"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class NetPremium(Record):
    """Premium and volume of an underlying's calls and puts, bought minus sold.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session, days since 1970-01-01.
    cumulative
        True: sums since the session began; false: of the minute that starts at ts_event.
    net_call_premium
        US dollars; bought at the ask minus sold at the bid.
    net_put_premium
        US dollars; bought at the ask minus sold at the bid.
    net_call_volume
        Contracts bought at the ask minus sold at the bid.
    net_put_volume
        Contracts bought at the ask minus sold at the bid.
    net_delta
        Shares; signed delta of what was bought and sold.
    call_volume
        Contracts traded.
    call_volume_ask_side
        Contracts traded near the ask.
    call_volume_bid_side
        Contracts traded near the bid.
    put_volume
        Contracts traded.
    put_volume_ask_side
        Contracts traded near the ask.
    put_volume_bid_side
        Contracts traded near the bid.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.NetPremium"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    cumulative: bool
    net_call_premium: float
    net_put_premium: float
    net_call_volume: int | None = None
    net_put_volume: int | None = None
    net_delta: float | None = None
    call_volume: int | None = None
    call_volume_ask_side: int | None = None
    call_volume_bid_side: int | None = None
    put_volume: int | None = None
    put_volume_ask_side: int | None = None
    put_volume_bid_side: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "cumulative": self.cumulative,
            "net_call_premium": finite(self.net_call_premium, "net_call_premium"),
            "net_put_premium": finite(self.net_put_premium, "net_put_premium"),
            "net_call_volume": self.net_call_volume,
            "net_put_volume": self.net_put_volume,
            "net_delta": None if self.net_delta is None else finite(self.net_delta, "net_delta"),
            "call_volume": self.call_volume,
            "call_volume_ask_side": self.call_volume_ask_side,
            "call_volume_bid_side": self.call_volume_bid_side,
            "put_volume": self.put_volume,
            "put_volume_ask_side": self.put_volume_ask_side,
            "put_volume_bid_side": self.put_volume_bid_side,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            cumulative=data["cumulative"],
            net_call_premium=finite(data["net_call_premium"], "net_call_premium"),
            net_put_premium=finite(data["net_put_premium"], "net_put_premium"),
            net_call_volume=data["net_call_volume"],
            net_put_volume=data["net_put_volume"],
            net_delta=None if data["net_delta"] is None else finite(data["net_delta"], "net_delta"),
            call_volume=data["call_volume"],
            call_volume_ask_side=data["call_volume_ask_side"],
            call_volume_bid_side=data["call_volume_bid_side"],
            put_volume=data["put_volume"],
            put_volume_ask_side=data["put_volume_ask_side"],
            put_volume_bid_side=data["put_volume_bid_side"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class OptionContract(Record):
    """One row of an option chain.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    option_symbol
        Contract in OSI form without blanks, e.g. SPY250516C00590000.
    expiry
        Expiry date, days since 1970-01-01.
    strike
        US dollars, above 0.
    right
        Call or put.
    bid
        US dollars per share.
    ask
        US dollars per share.
    last_price
        Last trade. US dollars per share.
    open
        First trade today. US dollars per share.
    high
        Highest trade today. US dollars per share.
    low
        Lowest trade today. US dollars per share.
    average_price
        Volume weighted mean of today. US dollars per share.
    previous_close
        Close of the session before. US dollars per share.
    underlying_price
        US dollars.
    implied_volatility
        Per year; a fraction: 0.25 is 25 %.
    delta
        -1 to 1.
    gamma
        Change of delta per dollar.
    theta
        US dollars per share and day.
    vega
        US dollars per share and point of volatility.
    rho
        US dollars per share and point of interest.
    charm
        Change of delta with time, as the vendor scales it.
    vanna
        Change of delta with volatility, as the vendor scales it.
    ts_last_trade
        UTC microseconds; null when not told.
    volume
        Contracts traded today.
    open_interest
        Contracts open at the last close.
    previous_open_interest
        Contracts open a session before.
    premium
        US dollars paid today.
    trade_count
        Trades today.
    ask_volume
        Traded near the ask today. Contracts.
    bid_volume
        Traded near the bid today. Contracts.
    mid_volume
        Traded between bid and ask today. Contracts.
    no_side_volume
        Traded today on a side not told. Contracts.
    multi_leg_volume
        Traded today as part of multi-leg orders. Contracts.
    stock_multi_leg_volume
        Traded today together with the stock. Contracts.
    sweep_volume
        Traded in sweeps today. Contracts.
    floor_volume
        Traded on a floor today. Contracts.
    cross_volume
        Traded in crosses today. Contracts.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.OptionContract"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    option_symbol: str
    expiry: int
    strike: float
    right: OptionRight
    bid: float | None = None
    ask: float | None = None
    last_price: float | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    average_price: float | None = None
    previous_close: float | None = None
    underlying_price: float | None = None
    implied_volatility: float | None = None
    delta: float | None = None
    gamma: float | None = None
    theta: float | None = None
    vega: float | None = None
    rho: float | None = None
    charm: float | None = None
    vanna: float | None = None
    ts_last_trade: int | None = None
    volume: int | None = None
    open_interest: int | None = None
    previous_open_interest: int | None = None
    premium: float | None = None
    trade_count: int | None = None
    ask_volume: int | None = None
    bid_volume: int | None = None
    mid_volume: int | None = None
    no_side_volume: int | None = None
    multi_leg_volume: int | None = None
    stock_multi_leg_volume: int | None = None
    sweep_volume: int | None = None
    floor_volume: int | None = None
    cross_volume: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "option_symbol": self.option_symbol,
            "expiry": self.expiry,
            "strike": finite(self.strike, "strike"),
            "right": self.right,
            "bid": None if self.bid is None else finite(self.bid, "bid"),
            "ask": None if self.ask is None else finite(self.ask, "ask"),
            "last_price": None if self.last_price is None else finite(self.last_price, "last_price"),
            "open": None if self.open is None else finite(self.open, "open"),
            "high": None if self.high is None else finite(self.high, "high"),
            "low": None if self.low is None else finite(self.low, "low"),
            "average_price": None if self.average_price is None else finite(self.average_price, "average_price"),
            "previous_close": None if self.previous_close is None else finite(self.previous_close, "previous_close"),
            "underlying_price": None if self.underlying_price is None else finite(self.underlying_price, "underlying_price"),
            "implied_volatility": None if self.implied_volatility is None else finite(self.implied_volatility, "implied_volatility"),
            "delta": None if self.delta is None else finite(self.delta, "delta"),
            "gamma": None if self.gamma is None else finite(self.gamma, "gamma"),
            "theta": None if self.theta is None else finite(self.theta, "theta"),
            "vega": None if self.vega is None else finite(self.vega, "vega"),
            "rho": None if self.rho is None else finite(self.rho, "rho"),
            "charm": None if self.charm is None else finite(self.charm, "charm"),
            "vanna": None if self.vanna is None else finite(self.vanna, "vanna"),
            "ts_last_trade": self.ts_last_trade,
            "volume": self.volume,
            "open_interest": self.open_interest,
            "previous_open_interest": self.previous_open_interest,
            "premium": None if self.premium is None else finite(self.premium, "premium"),
            "trade_count": self.trade_count,
            "ask_volume": self.ask_volume,
            "bid_volume": self.bid_volume,
            "mid_volume": self.mid_volume,
            "no_side_volume": self.no_side_volume,
            "multi_leg_volume": self.multi_leg_volume,
            "stock_multi_leg_volume": self.stock_multi_leg_volume,
            "sweep_volume": self.sweep_volume,
            "floor_volume": self.floor_volume,
            "cross_volume": self.cross_volume,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            option_symbol=data["option_symbol"],
            expiry=data["expiry"],
            strike=finite(data["strike"], "strike"),
            right=OptionRight(data["right"]),
            bid=None if data["bid"] is None else finite(data["bid"], "bid"),
            ask=None if data["ask"] is None else finite(data["ask"], "ask"),
            last_price=None if data["last_price"] is None else finite(data["last_price"], "last_price"),
            open=None if data["open"] is None else finite(data["open"], "open"),
            high=None if data["high"] is None else finite(data["high"], "high"),
            low=None if data["low"] is None else finite(data["low"], "low"),
            average_price=None if data["average_price"] is None else finite(data["average_price"], "average_price"),
            previous_close=None if data["previous_close"] is None else finite(data["previous_close"], "previous_close"),
            underlying_price=None if data["underlying_price"] is None else finite(data["underlying_price"], "underlying_price"),
            implied_volatility=None if data["implied_volatility"] is None else finite(data["implied_volatility"], "implied_volatility"),
            delta=None if data["delta"] is None else finite(data["delta"], "delta"),
            gamma=None if data["gamma"] is None else finite(data["gamma"], "gamma"),
            theta=None if data["theta"] is None else finite(data["theta"], "theta"),
            vega=None if data["vega"] is None else finite(data["vega"], "vega"),
            rho=None if data["rho"] is None else finite(data["rho"], "rho"),
            charm=None if data["charm"] is None else finite(data["charm"], "charm"),
            vanna=None if data["vanna"] is None else finite(data["vanna"], "vanna"),
            ts_last_trade=data["ts_last_trade"],
            volume=data["volume"],
            open_interest=data["open_interest"],
            previous_open_interest=data["previous_open_interest"],
            premium=None if data["premium"] is None else finite(data["premium"], "premium"),
            trade_count=data["trade_count"],
            ask_volume=data["ask_volume"],
            bid_volume=data["bid_volume"],
            mid_volume=data["mid_volume"],
            no_side_volume=data["no_side_volume"],
            multi_leg_volume=data["multi_leg_volume"],
            stock_multi_leg_volume=data["stock_multi_leg_volume"],
            sweep_volume=data["sweep_volume"],
            floor_volume=data["floor_volume"],
            cross_volume=data["cross_volume"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class OptionTrade(Record):
    """One option print with its quote and greeks at that moment.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    trade_id
        Vendor's id; flow alerts list it.
    option_symbol
        Contract in OSI form without blanks, e.g. SPY250516C00590000.
    expiry
        Expiry date, days since 1970-01-01.
    strike
        US dollars, above 0.
    right
        Call or put.
    price
        US dollars per share, not negative.
    size
        Contracts, above 0.
    premium
        US dollars: price x size x multiplier, 100 for all but a few index products.
    side
        Where it lay in the spread.
    sentiment
        Vendor's reading: bullish, bearish or neutral.
    tags
        Vendor's other tags, e.g. etf, index, dividend.
    bid
        US dollars per share.
    ask
        US dollars per share.
    average_bid
        Exponential mean of the bid. US dollars per share.
    average_ask
        Exponential mean of the offer. US dollars per share.
    theoretical_price
        From the middle of the quote. US dollars per share.
    underlying_price
        US dollars; null for an index.
    implied_volatility
        Per year; a fraction: 0.25 is 25 %.
    delta
        -1 to 1.
    gamma
        Change of delta per dollar.
    theta
        US dollars per share and day.
    vega
        US dollars per share and point of volatility.
    rho
        US dollars per share and point of interest.
    volume
        Contracts traded today, this trade included.
    open_interest
        Contracts open at the last close.
    ask_volume
        Traded near the ask today. Contracts.
    bid_volume
        Traded near the bid today. Contracts.
    mid_volume
        Traded between bid and ask today. Contracts.
    no_side_volume
        Traded today on a side not told. Contracts.
    multi_leg_volume
        Traded today as part of multi-leg orders. Contracts.
    stock_multi_leg_volume
        Traded today together with the stock. Contracts.
    exchange
        OPRA exchange, e.g. XCBO.
    conditions
        OPRA condition names, e.g. auto, slan.
    report_flags
        Vendor's flags of unusual reports, e.g. cross_trade.
    canceled
        True when the print was taken back.
    backfilled
        True when fetched over REST to fill a gap of the stream.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.OptionTrade"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    trade_id: str
    option_symbol: str
    expiry: int
    strike: float
    right: OptionRight
    price: float
    size: int
    premium: float
    side: TradeSide
    sentiment: str | None = None
    tags: tuple[str, ...] = ()
    bid: float | None = None
    ask: float | None = None
    average_bid: float | None = None
    average_ask: float | None = None
    theoretical_price: float | None = None
    underlying_price: float | None = None
    implied_volatility: float | None = None
    delta: float | None = None
    gamma: float | None = None
    theta: float | None = None
    vega: float | None = None
    rho: float | None = None
    volume: int | None = None
    open_interest: int | None = None
    ask_volume: int | None = None
    bid_volume: int | None = None
    mid_volume: int | None = None
    no_side_volume: int | None = None
    multi_leg_volume: int | None = None
    stock_multi_leg_volume: int | None = None
    exchange: str | None = None
    conditions: tuple[str, ...] = ()
    report_flags: tuple[str, ...] = ()
    canceled: bool = False
    backfilled: bool = False

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "trade_id": self.trade_id,
            "option_symbol": self.option_symbol,
            "expiry": self.expiry,
            "strike": finite(self.strike, "strike"),
            "right": self.right,
            "price": finite(self.price, "price"),
            "size": self.size,
            "premium": finite(self.premium, "premium"),
            "side": self.side,
            "sentiment": self.sentiment,
            "tags": list(self.tags),
            "bid": None if self.bid is None else finite(self.bid, "bid"),
            "ask": None if self.ask is None else finite(self.ask, "ask"),
            "average_bid": None if self.average_bid is None else finite(self.average_bid, "average_bid"),
            "average_ask": None if self.average_ask is None else finite(self.average_ask, "average_ask"),
            "theoretical_price": None if self.theoretical_price is None else finite(self.theoretical_price, "theoretical_price"),
            "underlying_price": None if self.underlying_price is None else finite(self.underlying_price, "underlying_price"),
            "implied_volatility": None if self.implied_volatility is None else finite(self.implied_volatility, "implied_volatility"),
            "delta": None if self.delta is None else finite(self.delta, "delta"),
            "gamma": None if self.gamma is None else finite(self.gamma, "gamma"),
            "theta": None if self.theta is None else finite(self.theta, "theta"),
            "vega": None if self.vega is None else finite(self.vega, "vega"),
            "rho": None if self.rho is None else finite(self.rho, "rho"),
            "volume": self.volume,
            "open_interest": self.open_interest,
            "ask_volume": self.ask_volume,
            "bid_volume": self.bid_volume,
            "mid_volume": self.mid_volume,
            "no_side_volume": self.no_side_volume,
            "multi_leg_volume": self.multi_leg_volume,
            "stock_multi_leg_volume": self.stock_multi_leg_volume,
            "exchange": self.exchange,
            "conditions": list(self.conditions),
            "report_flags": list(self.report_flags),
            "canceled": self.canceled,
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
            licence=Licence(data["licence"]),
            trade_id=data["trade_id"],
            option_symbol=data["option_symbol"],
            expiry=data["expiry"],
            strike=finite(data["strike"], "strike"),
            right=OptionRight(data["right"]),
            price=finite(data["price"], "price"),
            size=data["size"],
            premium=finite(data["premium"], "premium"),
            side=TradeSide(data["side"]),
            sentiment=data["sentiment"],
            tags=tuple(data["tags"]),
            bid=None if data["bid"] is None else finite(data["bid"], "bid"),
            ask=None if data["ask"] is None else finite(data["ask"], "ask"),
            average_bid=None if data["average_bid"] is None else finite(data["average_bid"], "average_bid"),
            average_ask=None if data["average_ask"] is None else finite(data["average_ask"], "average_ask"),
            theoretical_price=None if data["theoretical_price"] is None else finite(data["theoretical_price"], "theoretical_price"),
            underlying_price=None if data["underlying_price"] is None else finite(data["underlying_price"], "underlying_price"),
            implied_volatility=None if data["implied_volatility"] is None else finite(data["implied_volatility"], "implied_volatility"),
            delta=None if data["delta"] is None else finite(data["delta"], "delta"),
            gamma=None if data["gamma"] is None else finite(data["gamma"], "gamma"),
            theta=None if data["theta"] is None else finite(data["theta"], "theta"),
            vega=None if data["vega"] is None else finite(data["vega"], "vega"),
            rho=None if data["rho"] is None else finite(data["rho"], "rho"),
            volume=data["volume"],
            open_interest=data["open_interest"],
            ask_volume=data["ask_volume"],
            bid_volume=data["bid_volume"],
            mid_volume=data["mid_volume"],
            no_side_volume=data["no_side_volume"],
            multi_leg_volume=data["multi_leg_volume"],
            stock_multi_leg_volume=data["stock_multi_leg_volume"],
            exchange=data["exchange"],
            conditions=tuple(data["conditions"]),
            report_flags=tuple(data["report_flags"]),
            canceled=data["canceled"],
            backfilled=data["backfilled"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class OptionVolume(Record):
    """Volume, open interest and premium of options, by underlying, strike, expiry or contract. A record of one contract sets the fields of its own right alone.

    Attributes
    ----------
    symbol
        Ticker of the underlying; MARKET for all underlyings together.
    ts_event
        Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session, days since 1970-01-01.
    scope
        What is added up.
    strike
        Strike, US dollars; null when all strikes are added up.
    expiry
        Expiry date, days since 1970-01-01; null when all expiries are added up.
    option_symbol
        Contract in OSI form; null unless the scope is CONTRACT.
    call_volume
        Contracts traded; of a record of one contract those of the session before, which made the change of open interest.
    call_volume_ask_side
        Contracts traded near the ask, of the same session as the volume.
    call_volume_bid_side
        Contracts traded near the bid, of the same session as the volume.
    call_open_interest
        Contracts open.
    call_open_interest_change
        Contracts more than a session before.
    call_premium
        US dollars, of the same session as the volume.
    call_average_volume_3_days
        Contracts a day.
    call_average_volume_7_days
        Contracts a day.
    call_average_volume_30_days
        Contracts a day.
    put_volume
        Contracts traded; of a record of one contract those of the session before, which made the change of open interest.
    put_volume_ask_side
        Contracts traded near the ask, of the same session as the volume.
    put_volume_bid_side
        Contracts traded near the bid, of the same session as the volume.
    put_open_interest
        Contracts open.
    put_open_interest_change
        Contracts more than a session before.
    put_premium
        US dollars, of the same session as the volume.
    put_average_volume_3_days
        Contracts a day.
    put_average_volume_7_days
        Contracts a day.
    put_average_volume_30_days
        Contracts a day.
    volume
        Contracts, calls and puts; null where a vendor tells them apart.
    open_interest
        Open. Contracts, calls and puts; null where a vendor tells them apart.
    put_call_ratio
        put_volume / call_volume; null without both or without calls.
    net_call_premium
        US dollars; bought at the ask minus sold at the bid.
    net_put_premium
        US dollars; bought at the ask minus sold at the bid.
    bullish_premium
        Calls bought and puts sold. US dollars.
    bearish_premium
        Puts bought and calls sold. US dollars.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.OptionVolume"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    scope: VolumeScope
    session_date: int | None = None
    strike: float | None = None
    expiry: int | None = None
    option_symbol: str | None = None
    call_volume: int | None = None
    call_volume_ask_side: int | None = None
    call_volume_bid_side: int | None = None
    call_open_interest: int | None = None
    call_open_interest_change: int | None = None
    call_premium: float | None = None
    call_average_volume_3_days: float | None = None
    call_average_volume_7_days: float | None = None
    call_average_volume_30_days: float | None = None
    put_volume: int | None = None
    put_volume_ask_side: int | None = None
    put_volume_bid_side: int | None = None
    put_open_interest: int | None = None
    put_open_interest_change: int | None = None
    put_premium: float | None = None
    put_average_volume_3_days: float | None = None
    put_average_volume_7_days: float | None = None
    put_average_volume_30_days: float | None = None
    volume: int | None = None
    open_interest: int | None = None
    put_call_ratio: float | None = None
    net_call_premium: float | None = None
    net_put_premium: float | None = None
    bullish_premium: float | None = None
    bearish_premium: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "scope": self.scope,
            "strike": None if self.strike is None else finite(self.strike, "strike"),
            "expiry": self.expiry,
            "option_symbol": self.option_symbol,
            "call_volume": self.call_volume,
            "call_volume_ask_side": self.call_volume_ask_side,
            "call_volume_bid_side": self.call_volume_bid_side,
            "call_open_interest": self.call_open_interest,
            "call_open_interest_change": self.call_open_interest_change,
            "call_premium": None if self.call_premium is None else finite(self.call_premium, "call_premium"),
            "call_average_volume_3_days": None if self.call_average_volume_3_days is None else finite(self.call_average_volume_3_days, "call_average_volume_3_days"),
            "call_average_volume_7_days": None if self.call_average_volume_7_days is None else finite(self.call_average_volume_7_days, "call_average_volume_7_days"),
            "call_average_volume_30_days": None if self.call_average_volume_30_days is None else finite(self.call_average_volume_30_days, "call_average_volume_30_days"),
            "put_volume": self.put_volume,
            "put_volume_ask_side": self.put_volume_ask_side,
            "put_volume_bid_side": self.put_volume_bid_side,
            "put_open_interest": self.put_open_interest,
            "put_open_interest_change": self.put_open_interest_change,
            "put_premium": None if self.put_premium is None else finite(self.put_premium, "put_premium"),
            "put_average_volume_3_days": None if self.put_average_volume_3_days is None else finite(self.put_average_volume_3_days, "put_average_volume_3_days"),
            "put_average_volume_7_days": None if self.put_average_volume_7_days is None else finite(self.put_average_volume_7_days, "put_average_volume_7_days"),
            "put_average_volume_30_days": None if self.put_average_volume_30_days is None else finite(self.put_average_volume_30_days, "put_average_volume_30_days"),
            "volume": self.volume,
            "open_interest": self.open_interest,
            "put_call_ratio": None if self.put_call_ratio is None else finite(self.put_call_ratio, "put_call_ratio"),
            "net_call_premium": None if self.net_call_premium is None else finite(self.net_call_premium, "net_call_premium"),
            "net_put_premium": None if self.net_put_premium is None else finite(self.net_put_premium, "net_put_premium"),
            "bullish_premium": None if self.bullish_premium is None else finite(self.bullish_premium, "bullish_premium"),
            "bearish_premium": None if self.bearish_premium is None else finite(self.bearish_premium, "bearish_premium"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            scope=VolumeScope(data["scope"]),
            strike=None if data["strike"] is None else finite(data["strike"], "strike"),
            expiry=data["expiry"],
            option_symbol=data["option_symbol"],
            call_volume=data["call_volume"],
            call_volume_ask_side=data["call_volume_ask_side"],
            call_volume_bid_side=data["call_volume_bid_side"],
            call_open_interest=data["call_open_interest"],
            call_open_interest_change=data["call_open_interest_change"],
            call_premium=None if data["call_premium"] is None else finite(data["call_premium"], "call_premium"),
            call_average_volume_3_days=None if data["call_average_volume_3_days"] is None else finite(data["call_average_volume_3_days"], "call_average_volume_3_days"),
            call_average_volume_7_days=None if data["call_average_volume_7_days"] is None else finite(data["call_average_volume_7_days"], "call_average_volume_7_days"),
            call_average_volume_30_days=None if data["call_average_volume_30_days"] is None else finite(data["call_average_volume_30_days"], "call_average_volume_30_days"),
            put_volume=data["put_volume"],
            put_volume_ask_side=data["put_volume_ask_side"],
            put_volume_bid_side=data["put_volume_bid_side"],
            put_open_interest=data["put_open_interest"],
            put_open_interest_change=data["put_open_interest_change"],
            put_premium=None if data["put_premium"] is None else finite(data["put_premium"], "put_premium"),
            put_average_volume_3_days=None if data["put_average_volume_3_days"] is None else finite(data["put_average_volume_3_days"], "put_average_volume_3_days"),
            put_average_volume_7_days=None if data["put_average_volume_7_days"] is None else finite(data["put_average_volume_7_days"], "put_average_volume_7_days"),
            put_average_volume_30_days=None if data["put_average_volume_30_days"] is None else finite(data["put_average_volume_30_days"], "put_average_volume_30_days"),
            volume=data["volume"],
            open_interest=data["open_interest"],
            put_call_ratio=None if data["put_call_ratio"] is None else finite(data["put_call_ratio"], "put_call_ratio"),
            net_call_premium=None if data["net_call_premium"] is None else finite(data["net_call_premium"], "net_call_premium"),
            net_put_premium=None if data["net_put_premium"] is None else finite(data["net_put_premium"], "net_put_premium"),
            bullish_premium=None if data["bullish_premium"] is None else finite(data["bullish_premium"], "bullish_premium"),
            bearish_premium=None if data["bearish_premium"] is None else finite(data["bearish_premium"], "bearish_premium"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityPoint(Record):
    """One number, or a few, about an underlying's volatility on a day.

    Attributes
    ----------
    symbol
        Ticker of the underlying, e.g. SPY.
    ts_event
        Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date, days since 1970-01-01.
    measure
        What is measured.
    expiry
        Of TERM_STRUCTURE and RISK_REVERSAL, days since 1970-01-01.
    days
        Days to expiry, of TERM_STRUCTURE, INTERPOLATED and VOLATILITY_INDEX.
    delta
        Of RISK_REVERSAL, in hundredths: 25 is a delta of 0.25.
    implied_volatility
        Per year. A fraction: 0.25 is 25 %.
    implied_volatility_low
        Lowest of the last year. A fraction: 0.25 is 25 %.
    implied_volatility_high
        Highest of the last year. A fraction: 0.25 is 25 %.
    realized_volatility
        Per year. A fraction: 0.25 is 25 %.
    realized_volatility_low
        Lowest of the last year. A fraction: 0.25 is 25 %.
    realized_volatility_high
        Highest of the last year. A fraction: 0.25 is 25 %.
    iv_rank
        Place of implied volatility between the lowest and highest of a year, as the vendor scales it.
    iv_percentile
        Share of days with a lower implied volatility, 0 to 100, as the vendor scales it.
    implied_move
        US dollars expected up or down until expiry.
    implied_move_fraction
        implied_move / price: 0.017 is 1.7 %.
    risk_reversal
        Volatility of puts minus that of calls at `delta`, as the vendor signs it. A fraction.
    underlying_price
        US dollars at the close.
    """

    FULL_NAME: ClassVar[str] = "tapewire.options.VolatilityPoint"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    measure: VolatilityMeasure
    expiry: int | None = None
    days: int | None = None
    delta: float | None = None
    implied_volatility: float | None = None
    implied_volatility_low: float | None = None
    implied_volatility_high: float | None = None
    realized_volatility: float | None = None
    realized_volatility_low: float | None = None
    realized_volatility_high: float | None = None
    iv_rank: float | None = None
    iv_percentile: float | None = None
    implied_move: float | None = None
    implied_move_fraction: float | None = None
    risk_reversal: float | None = None
    underlying_price: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "measure": self.measure,
            "expiry": self.expiry,
            "days": self.days,
            "delta": None if self.delta is None else finite(self.delta, "delta"),
            "implied_volatility": None if self.implied_volatility is None else finite(self.implied_volatility, "implied_volatility"),
            "implied_volatility_low": None if self.implied_volatility_low is None else finite(self.implied_volatility_low, "implied_volatility_low"),
            "implied_volatility_high": None if self.implied_volatility_high is None else finite(self.implied_volatility_high, "implied_volatility_high"),
            "realized_volatility": None if self.realized_volatility is None else finite(self.realized_volatility, "realized_volatility"),
            "realized_volatility_low": None if self.realized_volatility_low is None else finite(self.realized_volatility_low, "realized_volatility_low"),
            "realized_volatility_high": None if self.realized_volatility_high is None else finite(self.realized_volatility_high, "realized_volatility_high"),
            "iv_rank": None if self.iv_rank is None else finite(self.iv_rank, "iv_rank"),
            "iv_percentile": None if self.iv_percentile is None else finite(self.iv_percentile, "iv_percentile"),
            "implied_move": None if self.implied_move is None else finite(self.implied_move, "implied_move"),
            "implied_move_fraction": None if self.implied_move_fraction is None else finite(self.implied_move_fraction, "implied_move_fraction"),
            "risk_reversal": None if self.risk_reversal is None else finite(self.risk_reversal, "risk_reversal"),
            "underlying_price": None if self.underlying_price is None else finite(self.underlying_price, "underlying_price"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            measure=VolatilityMeasure(data["measure"]),
            expiry=data["expiry"],
            days=data["days"],
            delta=None if data["delta"] is None else finite(data["delta"], "delta"),
            implied_volatility=None if data["implied_volatility"] is None else finite(data["implied_volatility"], "implied_volatility"),
            implied_volatility_low=None if data["implied_volatility_low"] is None else finite(data["implied_volatility_low"], "implied_volatility_low"),
            implied_volatility_high=None if data["implied_volatility_high"] is None else finite(data["implied_volatility_high"], "implied_volatility_high"),
            realized_volatility=None if data["realized_volatility"] is None else finite(data["realized_volatility"], "realized_volatility"),
            realized_volatility_low=None if data["realized_volatility_low"] is None else finite(data["realized_volatility_low"], "realized_volatility_low"),
            realized_volatility_high=None if data["realized_volatility_high"] is None else finite(data["realized_volatility_high"], "realized_volatility_high"),
            iv_rank=None if data["iv_rank"] is None else finite(data["iv_rank"], "iv_rank"),
            iv_percentile=None if data["iv_percentile"] is None else finite(data["iv_percentile"], "iv_percentile"),
            implied_move=None if data["implied_move"] is None else finite(data["implied_move"], "implied_move"),
            implied_move_fraction=None if data["implied_move_fraction"] is None else finite(data["implied_move_fraction"], "implied_move_fraction"),
            risk_reversal=None if data["risk_reversal"] is None else finite(data["risk_reversal"], "risk_reversal"),
            underlying_price=None if data["underlying_price"] is None else finite(data["underlying_price"], "underlying_price"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdate(Record):
    """One change of a broker's account: a figure, a position, profit, or an order.

    Attributes
    ----------
    account
        Broker's account number.
    ts_event
        When it reached us: the vendor stamps no account data. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. ibkr.
    sequence
        Strictly rising per account.
    kind
        Which of the fields below tell.
    name
        Of a figure its name, e.g. BuyingPower or InitMarginReq-C (S securities, C commodities); of a position or order its symbol; PnL.
    currency
        Of a figure or position; BASE is the account's own. Null when not told.
    value
        Figure as the vendor wrote it, a decimal number or a word.
    security_type
        STK, OPT, FUT, CASH, CRYPTO.
    contract_id
        Vendor's id of the contract.
    local_symbol
        The exchange's own name.
    quantity
        Units held, negative when short, or ordered.
    average_cost
        Of one unit, in the currency, commissions included.
    daily_profit
        Since the last session's close, in the account's currency.
    unrealised_profit
        In the account's currency.
    realised_profit
        Today, in the account's currency.
    order_id
        Client's number of the order.
    permanent_id
        Vendor's number of the order; the same for all clients and days.
    client_id
        Client that placed it.
    side
        BUY or SELL.
    order_reference
        What the client wrote on it.
    status
        Vendor's word, e.g. PreSubmitted, Submitted, Filled, Cancelled.
    filled
        Units.
    remaining
        Units.
    average_price
        Of what is filled, in the contract's currency; null while nothing is.
    """

    FULL_NAME: ClassVar[str] = "tapewire.orders.AccountUpdate"

    account: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    sequence: int
    kind: AccountUpdateKind
    name: str
    currency: str | None = None
    value: str | None = None
    security_type: str | None = None
    contract_id: int | None = None
    local_symbol: str | None = None
    quantity: float | None = None
    average_cost: float | None = None
    daily_profit: float | None = None
    unrealised_profit: float | None = None
    realised_profit: float | None = None
    order_id: int | None = None
    permanent_id: int | None = None
    client_id: int | None = None
    side: str | None = None
    order_reference: str | None = None
    status: str | None = None
    filled: float | None = None
    remaining: float | None = None
    average_price: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "sequence": self.sequence,
            "kind": self.kind,
            "name": self.name,
            "currency": self.currency,
            "value": self.value,
            "security_type": self.security_type,
            "contract_id": self.contract_id,
            "local_symbol": self.local_symbol,
            "quantity": None if self.quantity is None else finite(self.quantity, "quantity"),
            "average_cost": None if self.average_cost is None else finite(self.average_cost, "average_cost"),
            "daily_profit": None if self.daily_profit is None else finite(self.daily_profit, "daily_profit"),
            "unrealised_profit": None if self.unrealised_profit is None else finite(self.unrealised_profit, "unrealised_profit"),
            "realised_profit": None if self.realised_profit is None else finite(self.realised_profit, "realised_profit"),
            "order_id": self.order_id,
            "permanent_id": self.permanent_id,
            "client_id": self.client_id,
            "side": self.side,
            "order_reference": self.order_reference,
            "status": self.status,
            "filled": None if self.filled is None else finite(self.filled, "filled"),
            "remaining": None if self.remaining is None else finite(self.remaining, "remaining"),
            "average_price": None if self.average_price is None else finite(self.average_price, "average_price"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            account=data["account"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            sequence=data["sequence"],
            kind=AccountUpdateKind(data["kind"]),
            name=data["name"],
            currency=data["currency"],
            value=data["value"],
            security_type=data["security_type"],
            contract_id=data["contract_id"],
            local_symbol=data["local_symbol"],
            quantity=None if data["quantity"] is None else finite(data["quantity"], "quantity"),
            average_cost=None if data["average_cost"] is None else finite(data["average_cost"], "average_cost"),
            daily_profit=None if data["daily_profit"] is None else finite(data["daily_profit"], "daily_profit"),
            unrealised_profit=None if data["unrealised_profit"] is None else finite(data["unrealised_profit"], "unrealised_profit"),
            realised_profit=None if data["realised_profit"] is None else finite(data["realised_profit"], "realised_profit"),
            order_id=data["order_id"],
            permanent_id=data["permanent_id"],
            client_id=data["client_id"],
            side=data["side"],
            order_reference=data["order_reference"],
            status=data["status"],
            filled=None if data["filled"] is None else finite(data["filled"], "filled"),
            remaining=None if data["remaining"] is None else finite(data["remaining"], "remaining"),
            average_price=None if data["average_price"] is None else finite(data["average_price"], "average_price"),
        )


@filled_at_once
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


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class RawSnapshot(Record):
    """The newest answer of a REST endpoint, or the newest of a day.

    Attributes
    ----------
    key
        endpoint:symbol:date for a day's answer, endpoint:symbol:latest for the newest, e.g. greek_exposure:SPY:2026-11-20; a further call of the same endpoint and symbol has its number behind the symbol: greeks:SPY#1.
    source
        Vendor the record came from, e.g. unusual_whales.
    endpoint
        Id of the catalogue's entry, e.g. greek_exposure.
    symbol
        Ticker that was asked for; MARKET when none was.
    session_date
        New York day of a day's answer, days since 1970-01-01; null for the newest.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    ts_expires
        From then on the newest answer is not to be used any more, UTC microseconds; null for a day's answer.
    parameters
        Request parameters; never a key or token.
    content_type
        e.g. application/json.
    body
        The bytes as received; of an answer in pages the first.
    """

    FULL_NAME: ClassVar[str] = "tapewire.raw.RawSnapshot"

    key: str
    source: str
    endpoint: str
    symbol: str
    ts_received: int
    ts_published: int
    content_type: str
    body: bytes
    session_date: int | None = None
    ts_expires: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)

    def as_avro(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "source": self.source,
            "endpoint": self.endpoint,
            "symbol": self.symbol,
            "session_date": self.session_date,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "ts_expires": self.ts_expires,
            "parameters": dict(self.parameters),
            "content_type": self.content_type,
            "body": self.body,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            key=data["key"],
            source=data["source"],
            endpoint=data["endpoint"],
            symbol=data["symbol"],
            session_date=data["session_date"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            ts_expires=data["ts_expires"],
            parameters=dict(data["parameters"]),
            content_type=data["content_type"],
            body=data["body"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent(Record):
    """A scheduled event of the economy or of a drug's approval, as one vendor tells it or, with source merged, as all together do.

    Attributes
    ----------
    event_id
        Made from kind, event, period and symbol, so that a moved date replaces the old one.
    symbol
        Ticker it concerns; null for the economy.
    ts_event
        When it is due, so mostly ahead; for an event with a date alone, midnight in New York at its start. UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    kind
        fda, or the vendor's word for an economic event: report, fed-speaker, fomc, 13F ...
    event
        e.g. Consumer sentiment (final).
    reported_period
        e.g. December.
    all_day
        True when no time of day is known.
    date_end
        Last day of the span in which it is due, days since 1970-01-01.
    forecast
        As the vendor writes it, e.g. 69.4 or 2.1%.
    previous
        As the vendor writes it.
    status
        e.g. NDA.
    outcome
        Once it is known.
    actual
        The figure once it is out, as the vendor writes it; null before.
    series
        Our name of a recurring event, e.g. fomc-decision; null for one that the schedule does not know.
    country
        Whose event, e.g. US, EU, GB, JP.
    importance
        How much the market tends to move on it; null where nobody says.
    time_new_york
        When it is due in New York, for people, e.g. 2026-12-09 14:00 EST; the date alone when no time is known.
    sources
        Of a merged event: who tells of it, in the order of our trust. Empty for what one vendor says.
    conflict
        True when the sources disagree about time or figures.
    conflict_detail
        Who says what, where they disagree.
    claimed_times
        Other moments that a source claims, UTC microseconds: whoever keeps quiet around the event keeps quiet around these too.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.CalendarEvent"

    event_id: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    kind: str
    event: str
    all_day: bool
    symbol: str | None = None
    reported_period: str | None = None
    date_end: int | None = None
    forecast: str | None = None
    previous: str | None = None
    status: str | None = None
    outcome: str | None = None
    actual: str | None = None
    series: str | None = None
    country: str | None = None
    importance: EventImportance | None = None
    time_new_york: str | None = None
    sources: tuple[str, ...] = ()
    conflict: bool = False
    conflict_detail: str | None = None
    claimed_times: tuple[int, ...] = ()

    def as_avro(self) -> dict[str, Any]:
        return {
            "event_id": self.event_id,
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "kind": self.kind,
            "event": self.event,
            "reported_period": self.reported_period,
            "all_day": self.all_day,
            "date_end": self.date_end,
            "forecast": self.forecast,
            "previous": self.previous,
            "status": self.status,
            "outcome": self.outcome,
            "actual": self.actual,
            "series": self.series,
            "country": self.country,
            "importance": self.importance,
            "time_new_york": self.time_new_york,
            "sources": list(self.sources),
            "conflict": self.conflict,
            "conflict_detail": self.conflict_detail,
            "claimed_times": list(self.claimed_times),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            event_id=data["event_id"],
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            kind=data["kind"],
            event=data["event"],
            reported_period=data["reported_period"],
            all_day=data["all_day"],
            date_end=data["date_end"],
            forecast=data["forecast"],
            previous=data["previous"],
            status=data["status"],
            outcome=data["outcome"],
            actual=data["actual"],
            series=data["series"],
            country=data["country"],
            importance=None if data["importance"] is None else EventImportance(data["importance"]),
            time_new_york=data["time_new_york"],
            sources=tuple(data["sources"]),
            conflict=data["conflict"],
            conflict_detail=data["conflict_detail"],
            claimed_times=tuple(data["claimed_times"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class CongressTrade(Record):
    """A trade that a member of congress reported.

    Attributes
    ----------
    trade_id
        Made from reporter, asset, date, kind and amounts.
    symbol
        Ticker; null for assets without one.
    ts_event
        Midnight in New York at the start of the day it was filed, or else traded; UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    reporter
        Member or relative who reported.
    politician_id
        Vendor's id of the member.
    chamber
        house, senate or other.
    transaction
        In the vendor's words: Buy, Sell, Sell (partial), Exchange ...
    transaction_date
        Days since 1970-01-01.
    filed_date
        When the report was filed, days since 1970-01-01.
    owner
        Whose account, if told: self, spouse, joint ...
    amount_low
        US dollars, lower end of the reported range.
    amount_high
        US dollars, upper end; null when open.
    notes
        Reporter's text.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.CongressTrade"

    trade_id: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    reporter: str
    transaction: str
    transaction_date: int
    symbol: str | None = None
    politician_id: str | None = None
    chamber: str | None = None
    filed_date: int | None = None
    owner: str | None = None
    amount_low: float | None = None
    amount_high: float | None = None
    notes: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "trade_id": self.trade_id,
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "reporter": self.reporter,
            "politician_id": self.politician_id,
            "chamber": self.chamber,
            "transaction": self.transaction,
            "transaction_date": self.transaction_date,
            "filed_date": self.filed_date,
            "owner": self.owner,
            "amount_low": None if self.amount_low is None else finite(self.amount_low, "amount_low"),
            "amount_high": None if self.amount_high is None else finite(self.amount_high, "amount_high"),
            "notes": self.notes,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            trade_id=data["trade_id"],
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            reporter=data["reporter"],
            politician_id=data["politician_id"],
            chamber=data["chamber"],
            transaction=data["transaction"],
            transaction_date=data["transaction_date"],
            filed_date=data["filed_date"],
            owner=data["owner"],
            amount_low=None if data["amount_low"] is None else finite(data["amount_low"], "amount_low"),
            amount_high=None if data["amount_high"] is None else finite(data["amount_high"], "amount_high"),
            notes=data["notes"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateAction(Record):
    """A split or a dividend.

    Attributes
    ----------
    symbol
        Ticker.
    ts_event
        Midnight in New York at the start of the day on which it takes effect, which may lie ahead; UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. polygon.
    licence
        What the vendor's terms allow with this record.
    kind
        Split or dividend.
    action_id
        Vendor's id; unique per kind.
    effective_date
        First day the shares trade split, or without the dividend; days since 1970-01-01.
    split_from
        Of a split: so many old shares ...
    split_to
        ... become so many new ones.
    cash_amount
        Of a dividend: in currency, per share.
    currency
        Of cash_amount, e.g. USD; null when not told.
    dividend_type
        Vendor's code: CD paid regularly, SC special cash, LT and ST capital gains.
    payments_a_year
        0 once, 1, 2, 4, 12; null when not told.
    declaration_date
        Announced; days since 1970-01-01.
    record_date
        Who holds the share then gets the dividend.
    pay_date
        Paid.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.CorporateAction"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    kind: CorporateActionKind
    action_id: str
    effective_date: int
    split_from: float | None = None
    split_to: float | None = None
    cash_amount: float | None = None
    currency: str | None = None
    dividend_type: str | None = None
    payments_a_year: int | None = None
    declaration_date: int | None = None
    record_date: int | None = None
    pay_date: int | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "kind": self.kind,
            "action_id": self.action_id,
            "effective_date": self.effective_date,
            "split_from": None if self.split_from is None else finite(self.split_from, "split_from"),
            "split_to": None if self.split_to is None else finite(self.split_to, "split_to"),
            "cash_amount": None if self.cash_amount is None else finite(self.cash_amount, "cash_amount"),
            "currency": self.currency,
            "dividend_type": self.dividend_type,
            "payments_a_year": self.payments_a_year,
            "declaration_date": self.declaration_date,
            "record_date": self.record_date,
            "pay_date": self.pay_date,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            kind=CorporateActionKind(data["kind"]),
            action_id=data["action_id"],
            effective_date=data["effective_date"],
            split_from=None if data["split_from"] is None else finite(data["split_from"], "split_from"),
            split_to=None if data["split_to"] is None else finite(data["split_to"], "split_to"),
            cash_amount=None if data["cash_amount"] is None else finite(data["cash_amount"], "cash_amount"),
            currency=data["currency"],
            dividend_type=data["dividend_type"],
            payments_a_year=data["payments_a_year"],
            declaration_date=data["declaration_date"],
            record_date=data["record_date"],
            pay_date=data["pay_date"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class EarningsReport(Record):
    """A company's quarterly report, coming or past, as one vendor tells it or, with source merged, as all together do.

    Attributes
    ----------
    symbol
        Ticker.
    ts_event
        Midnight in New York at the start of the report's day, which may lie ahead; UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    report_date
        New York date, days since 1970-01-01.
    report_time
        Before the open, after the close, or unknown.
    fiscal_quarter_end
        Days since 1970-01-01.
    confirmed_by
        Who stated the date, e.g. company or estimation.
    eps_estimate
        US dollars per share, mean of analysts.
    eps_actual
        US dollars per share; null before the report.
    expected_move
        US dollars, from options before the report.
    expected_move_fraction
        0.036 is 3.6 %.
    close_before
        US dollars.
    close_after
        US dollars.
    reaction
        close_after / close_before - 1.
    move_1_day_after
        Fraction.
    move_1_week_after
        Fraction.
    sources
        Of a merged report: who tells of it, in the order of our trust. Empty for what one vendor says.
    conflict
        True when the sources disagree about day or time of day; then the earliest is kept.
    conflict_detail
        Who says what, where they disagree.
    claimed_dates
        Other days that a source claims, days since 1970-01-01.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.EarningsReport"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    report_date: int
    report_time: ReportTime
    fiscal_quarter_end: int | None = None
    confirmed_by: str | None = None
    eps_estimate: float | None = None
    eps_actual: float | None = None
    expected_move: float | None = None
    expected_move_fraction: float | None = None
    close_before: float | None = None
    close_after: float | None = None
    reaction: float | None = None
    move_1_day_after: float | None = None
    move_1_week_after: float | None = None
    sources: tuple[str, ...] = ()
    conflict: bool = False
    conflict_detail: str | None = None
    claimed_dates: tuple[int, ...] = ()

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "report_date": self.report_date,
            "report_time": self.report_time,
            "fiscal_quarter_end": self.fiscal_quarter_end,
            "confirmed_by": self.confirmed_by,
            "eps_estimate": None if self.eps_estimate is None else finite(self.eps_estimate, "eps_estimate"),
            "eps_actual": None if self.eps_actual is None else finite(self.eps_actual, "eps_actual"),
            "expected_move": None if self.expected_move is None else finite(self.expected_move, "expected_move"),
            "expected_move_fraction": None if self.expected_move_fraction is None else finite(self.expected_move_fraction, "expected_move_fraction"),
            "close_before": None if self.close_before is None else finite(self.close_before, "close_before"),
            "close_after": None if self.close_after is None else finite(self.close_after, "close_after"),
            "reaction": None if self.reaction is None else finite(self.reaction, "reaction"),
            "move_1_day_after": None if self.move_1_day_after is None else finite(self.move_1_day_after, "move_1_day_after"),
            "move_1_week_after": None if self.move_1_week_after is None else finite(self.move_1_week_after, "move_1_week_after"),
            "sources": list(self.sources),
            "conflict": self.conflict,
            "conflict_detail": self.conflict_detail,
            "claimed_dates": list(self.claimed_dates),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            report_date=data["report_date"],
            report_time=ReportTime(data["report_time"]),
            fiscal_quarter_end=data["fiscal_quarter_end"],
            confirmed_by=data["confirmed_by"],
            eps_estimate=None if data["eps_estimate"] is None else finite(data["eps_estimate"], "eps_estimate"),
            eps_actual=None if data["eps_actual"] is None else finite(data["eps_actual"], "eps_actual"),
            expected_move=None if data["expected_move"] is None else finite(data["expected_move"], "expected_move"),
            expected_move_fraction=None if data["expected_move_fraction"] is None else finite(data["expected_move_fraction"], "expected_move_fraction"),
            close_before=None if data["close_before"] is None else finite(data["close_before"], "close_before"),
            close_after=None if data["close_after"] is None else finite(data["close_after"], "close_after"),
            reaction=None if data["reaction"] is None else finite(data["reaction"], "reaction"),
            move_1_day_after=None if data["move_1_day_after"] is None else finite(data["move_1_day_after"], "move_1_day_after"),
            move_1_week_after=None if data["move_1_week_after"] is None else finite(data["move_1_week_after"], "move_1_week_after"),
            sources=tuple(data["sources"]),
            conflict=data["conflict"],
            conflict_detail=data["conflict_detail"],
            claimed_dates=tuple(data["claimed_dates"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class EconomicObservation(Record):
    """One figure of an economic time series, as published on a day.

    Attributes
    ----------
    series_id
        The source's name of the series, e.g. DGS10.
    observation_date
        Day or first day of the period it is of, days since 1970-01-01.
    published_date
        First day on which the source said so; a revision has a later one. Days since 1970-01-01.
    value
        In the series' own unit, e.g. percent a year for DGS10.
    ts_event
        Midnight in New York at the start of observation_date, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. fred.
    licence
        What the vendor's terms allow with this record.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.EconomicObservation"

    series_id: str
    observation_date: int
    published_date: int
    value: float
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence

    def as_avro(self) -> dict[str, Any]:
        return {
            "series_id": self.series_id,
            "observation_date": self.observation_date,
            "published_date": self.published_date,
            "value": finite(self.value, "value"),
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            series_id=data["series_id"],
            observation_date=data["observation_date"],
            published_date=data["published_date"],
            value=finite(data["value"], "value"),
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FundFlow(Record):
    """Shares of a fund created less shares redeemed in a session.

    Attributes
    ----------
    symbol
        Ticker of the fund, e.g. SPY.
    ts_event
        Midnight in New York at the session's start, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    session_date
        New York date of the session, days since 1970-01-01.
    shares
        Created less redeemed; negative: money left the fund.
    value
        The same in US dollars.
    close
        Close of the fund, US dollars.
    volume
        Shares traded.
    is_fomc
        Whether the vendor marks the day as one of a decision of the central bank.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.FundFlow"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    session_date: int
    shares: int
    value: float | None = None
    close: float | None = None
    volume: int | None = None
    is_fomc: bool | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "session_date": self.session_date,
            "shares": self.shares,
            "value": None if self.value is None else finite(self.value, "value"),
            "close": None if self.close is None else finite(self.close, "close"),
            "volume": self.volume,
            "is_fomc": self.is_fomc,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            session_date=data["session_date"],
            shares=data["shares"],
            value=None if data["value"] is None else finite(data["value"], "value"),
            close=None if data["close"] is None else finite(data["close"], "close"),
            volume=data["volume"],
            is_fomc=data["is_fomc"],
        )


@filled_at_once
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
        Shares traded today; null where the vendor does not tell.
    previous_volume
        Shares traded in yesterday's session; null where the vendor does not tell.
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
    volume: float | None = None
    previous_volume: float | None = None

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
            "volume": None if self.volume is None else finite(self.volume, "volume"),
            "previous_volume": None if self.previous_volume is None else finite(self.previous_volume, "previous_volume"),
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
            volume=None if data["volume"] is None else finite(data["volume"], "volume"),
            previous_volume=None if data["previous_volume"] is None else finite(data["previous_volume"], "previous_volume"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class InsiderTrade(Record):
    """A company insider's transaction as filed.

    Attributes
    ----------
    symbol
        Ticker of the company.
    ts_event
        Midnight in New York at the start of the day it was filed, or else traded; UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    filing_id
        Vendor's id.
    owner_name
        The insider.
    officer_title
        e.g. CEO.
    transaction_code
        SEC code: P bought, S sold, A granted, M exercised ...
    transaction_date
        Days since 1970-01-01.
    filing_date
        Days since 1970-01-01.
    form
        SEC form, e.g. 4 or 144.
    amount
        Shares; negative when sold.
    price
        US dollars per share; null when none was paid or told.
    transaction_count
        Transactions added up in this row.
    shares_owned_before
        Shares.
    shares_owned_after
        Shares.
    is_director
        True for a director.
    is_officer
        True for an officer.
    is_ten_percent_owner
        True for an owner of more than 10 %.
    is_planned
        True when made under a plan set up before (rule 10b5-1).
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.InsiderTrade"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    filing_id: str
    owner_name: str
    transaction_code: str
    transaction_date: int
    amount: float
    officer_title: str | None = None
    filing_date: int | None = None
    form: str | None = None
    price: float | None = None
    transaction_count: int | None = None
    shares_owned_before: float | None = None
    shares_owned_after: float | None = None
    is_director: bool | None = None
    is_officer: bool | None = None
    is_ten_percent_owner: bool | None = None
    is_planned: bool | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "filing_id": self.filing_id,
            "owner_name": self.owner_name,
            "officer_title": self.officer_title,
            "transaction_code": self.transaction_code,
            "transaction_date": self.transaction_date,
            "filing_date": self.filing_date,
            "form": self.form,
            "amount": finite(self.amount, "amount"),
            "price": None if self.price is None else finite(self.price, "price"),
            "transaction_count": self.transaction_count,
            "shares_owned_before": None if self.shares_owned_before is None else finite(self.shares_owned_before, "shares_owned_before"),
            "shares_owned_after": None if self.shares_owned_after is None else finite(self.shares_owned_after, "shares_owned_after"),
            "is_director": self.is_director,
            "is_officer": self.is_officer,
            "is_ten_percent_owner": self.is_ten_percent_owner,
            "is_planned": self.is_planned,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            filing_id=data["filing_id"],
            owner_name=data["owner_name"],
            officer_title=data["officer_title"],
            transaction_code=data["transaction_code"],
            transaction_date=data["transaction_date"],
            filing_date=data["filing_date"],
            form=data["form"],
            amount=finite(data["amount"], "amount"),
            price=None if data["price"] is None else finite(data["price"], "price"),
            transaction_count=data["transaction_count"],
            shares_owned_before=None if data["shares_owned_before"] is None else finite(data["shares_owned_before"], "shares_owned_before"),
            shares_owned_after=None if data["shares_owned_after"] is None else finite(data["shares_owned_after"], "shares_owned_after"),
            is_director=data["is_director"],
            is_officer=data["is_officer"],
            is_ten_percent_owner=data["is_ten_percent_owner"],
            is_planned=data["is_planned"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class ShortAvailability(Record):
    """What borrowing a share for a short sale costs, and how many there are to borrow.

    Attributes
    ----------
    symbol
        Ticker, e.g. SPY.
    ts_event
        When it happened at the source, UTC microseconds.
    ts_received
        When our process read it from the vendor, before parsing, UTC microseconds.
    ts_published
        When the producer handed it to Kafka, UTC microseconds.
    source
        Vendor the record came from, e.g. unusual_whales.
    licence
        What the vendor's terms allow with this record.
    fee_percent
        What the borrower pays, per cent a year of the value; 0.42 is 0.42 %.
    rebate_percent
        What the borrower's cash deposit earns after the fee, per cent a year; negative when he pays.
    shares_available
        Shares to borrow.
    currency
        Of fee and rebate, e.g. USD.
    name
        The company's or fund's name.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.ShortAvailability"

    symbol: str
    ts_event: int
    ts_received: int
    ts_published: int
    source: str
    licence: Licence
    fee_percent: float | None = None
    rebate_percent: float | None = None
    shares_available: int | None = None
    currency: str | None = None
    name: str | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "ts_received": self.ts_received,
            "ts_published": self.ts_published,
            "source": self.source,
            "licence": self.licence,
            "fee_percent": None if self.fee_percent is None else finite(self.fee_percent, "fee_percent"),
            "rebate_percent": None if self.rebate_percent is None else finite(self.rebate_percent, "rebate_percent"),
            "shares_available": self.shares_available,
            "currency": self.currency,
            "name": self.name,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            ts_received=data["ts_received"],
            ts_published=data["ts_published"],
            source=data["source"],
            licence=Licence(data["licence"]),
            fee_percent=None if data["fee_percent"] is None else finite(data["fee_percent"], "fee_percent"),
            rebate_percent=None if data["rebate_percent"] is None else finite(data["rebate_percent"], "rebate_percent"),
            shares_available=data["shares_available"],
            currency=data["currency"],
            name=data["name"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistEntry(Record):
    """A symbol's place on a watchlist.

    Attributes
    ----------
    rank
        1 is the first; pinned symbols come before all others.
    symbol
        Ticker.
    pinned
        True when a person wants it on the list whatever it does.
    score
        abs(gap_percent) x log10(1 + dollars traded today); null for a symbol that was pinned or listed by hand and is no gapper.
    gap_percent
        (last_price / yesterday's close - 1) x 100.
    last_price
        US dollars.
    volume
        Shares traded today.
    ts_seen
        When the numbers came from the vendor, UTC microseconds.
    relative_volume
        Shares traded today over yesterday's whole session, a ratio; null where the vendor does not tell both.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.WatchlistEntry"

    rank: int
    symbol: str
    pinned: bool
    score: float | None = None
    gap_percent: float | None = None
    last_price: float | None = None
    volume: float | None = None
    ts_seen: int | None = None
    relative_volume: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "rank": self.rank,
            "symbol": self.symbol,
            "pinned": self.pinned,
            "score": None if self.score is None else finite(self.score, "score"),
            "gap_percent": None if self.gap_percent is None else finite(self.gap_percent, "gap_percent"),
            "last_price": None if self.last_price is None else finite(self.last_price, "last_price"),
            "volume": None if self.volume is None else finite(self.volume, "volume"),
            "ts_seen": self.ts_seen,
            "relative_volume": None if self.relative_volume is None else finite(self.relative_volume, "relative_volume"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            rank=data["rank"],
            symbol=data["symbol"],
            pinned=data["pinned"],
            score=None if data["score"] is None else finite(data["score"], "score"),
            gap_percent=None if data["gap_percent"] is None else finite(data["gap_percent"], "gap_percent"),
            last_price=None if data["last_price"] is None else finite(data["last_price"], "last_price"),
            volume=None if data["volume"] is None else finite(data["volume"], "volume"),
            ts_seen=data["ts_seen"],
            relative_volume=None if data["relative_volume"] is None else finite(data["relative_volume"], "relative_volume"),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist(Record):
    """The symbols of a day under one name, best first; each record holds the whole list.

    Attributes
    ----------
    name
        longlist: every gapper until the freeze; watchlist: the ranked ones of the day; manual: as written by hand; stocks, crypto: fixed in the settings.
    ts_event
        Market time for which the list holds, UTC microseconds.
    ts_published
        When it was handed to Kafka, UTC microseconds.
    session_date
        New York trading day, days since 1970-01-01.
    state
        Whether symbols may still come and go.
    size_limit
        Most symbols the list may hold.
    candidates
        Symbols that qualified; above size_limit the lowest ranks were cut off.
    entries
        In the order of their ranks.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.Watchlist"

    name: str
    ts_event: int
    ts_published: int
    session_date: int
    state: WatchlistState
    size_limit: int
    candidates: int
    entries: tuple[WatchlistEntry, ...]

    def as_avro(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "ts_event": self.ts_event,
            "ts_published": self.ts_published,
            "session_date": self.session_date,
            "state": self.state,
            "size_limit": self.size_limit,
            "candidates": self.candidates,
            "entries": [item.as_avro() for item in self.entries],
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            name=data["name"],
            ts_event=data["ts_event"],
            ts_published=data["ts_published"],
            session_date=data["session_date"],
            state=WatchlistState(data["state"]),
            size_limit=data["size_limit"],
            candidates=data["candidates"],
            entries=tuple([WatchlistEntry.from_avro(item) for item in data["entries"]]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistPin(Record):
    """A person's wish to have a symbol on every list, or no longer; the newest record of a symbol counts.

    Attributes
    ----------
    symbol
        Ticker.
    ts_event
        Market time of the wish, UTC microseconds.
    pinned
        False takes the pin away.
    pinned_by
        Who or what asked, e.g. tapewire watchlist.
    """

    FULL_NAME: ClassVar[str] = "tapewire.reference.WatchlistPin"

    symbol: str
    ts_event: int
    pinned: bool
    pinned_by: str

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "ts_event": self.ts_event,
            "pinned": self.pinned,
            "pinned_by": self.pinned_by,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            ts_event=data["ts_event"],
            pinned=data["pinned"],
            pinned_by=data["pinned_by"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsState(Record):
    """What the agents' fold knows of one symbol.

    Attributes
    ----------
    symbol
        Ticker.
    last_view
        Newest view seen; 0 before the first.
    last_runs
        Agent id to the number of the interval it ran in last.
    agents
        Agent id to its own state as JSON.
    newest_bars
        Newest closed bar of each length, shortest first.
    posture
        The newest posture; null before the first finding.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.AgentsState"

    symbol: str
    last_view: int = 0
    last_runs: Mapping[str, int] = field(default_factory=dict)
    agents: Mapping[str, bytes] = field(default_factory=dict)
    newest_bars: tuple[Bar, ...] = ()
    posture: PositionState | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "last_view": self.last_view,
            "last_runs": dict(self.last_runs),
            "agents": dict(self.agents),
            "newest_bars": [item.as_avro() for item in self.newest_bars],
            "posture": None if self.posture is None else ("tapewire.derived.PositionState", self.posture.as_avro()),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            last_view=data["last_view"],
            last_runs=dict(data["last_runs"]),
            agents=dict(data["agents"]),
            newest_bars=tuple([Bar.from_avro(item) for item in data["newest_bars"]]),
            posture=None if data["posture"] is None else PositionState.from_avro(data["posture"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateState(Record):
    """What stage.aggregate knows of one symbol.

    Attributes
    ----------
    symbol
        Ticker.
    merged_until
        Moment up to which records were written last; what comes from before it is late. 0 before the first.
    waiting
        What no tick has taken, in the order of folding.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.AggregateState"

    symbol: str
    merged_until: int = 0
    waiting: tuple[MergedFlow, ...] = ()

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "merged_until": self.merged_until,
            "waiting": [item.as_avro() for item in self.waiting],
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            merged_until=data["merged_until"],
            waiting=tuple([MergedFlow.from_avro(item) for item in data["waiting"]]),
        )


@filled_at_once
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


@filled_at_once
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
    left_out
        Oldest bars that left the live box, up to half of `boxes.minimum_bars`.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.BoxTrack"

    resolution: Resolution
    box: Box | None = None
    atr_before: float | None = None
    mean_range_before: float | None = None
    not_before: int = 0
    left_out: int = 0

    def as_avro(self) -> dict[str, Any]:
        return {
            "resolution": self.resolution,
            "box": None if self.box is None else ("tapewire.derived.Box", self.box.as_avro()),
            "atr_before": None if self.atr_before is None else finite(self.atr_before, "atr_before"),
            "mean_range_before": None if self.mean_range_before is None else finite(self.mean_range_before, "mean_range_before"),
            "not_before": self.not_before,
            "left_out": self.left_out,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            resolution=Resolution(data["resolution"]),
            box=None if data["box"] is None else Box.from_avro(data["box"]),
            atr_before=None if data["atr_before"] is None else finite(data["atr_before"], "atr_before"),
            mean_range_before=None if data["mean_range_before"] is None else finite(data["mean_range_before"], "mean_range_before"),
            not_before=data["not_before"],
            left_out=data["left_out"],
        )


@filled_at_once
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
        US dollars; since day_start; null until a print may set a price.
    low
        US dollars; since day_start; null until a print may set a price.
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
    high_at
        Start of the first second that traded at high; 0 when not known.
    low_at
        The same of low.
    session_squares
        Shares x US dollars²; sum(size x (price - VWAP)²) since the session began. Null when an earlier version of the code began the session.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.DayTotals"

    day_start: int
    session: Session
    volume: float
    high: float | None = None
    low: float | None = None
    regular_open: float | None = None
    regular_open_ts: int = 0
    session_notional: float = 0.0
    session_volume: float = 0.0
    high_at: int = 0
    low_at: int = 0
    session_squares: float | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "day_start": self.day_start,
            "session": self.session,
            "high": None if self.high is None else finite(self.high, "high"),
            "low": None if self.low is None else finite(self.low, "low"),
            "volume": finite(self.volume, "volume"),
            "regular_open": None if self.regular_open is None else finite(self.regular_open, "regular_open"),
            "regular_open_ts": self.regular_open_ts,
            "session_notional": finite(self.session_notional, "session_notional"),
            "session_volume": finite(self.session_volume, "session_volume"),
            "high_at": self.high_at,
            "low_at": self.low_at,
            "session_squares": None if self.session_squares is None else finite(self.session_squares, "session_squares"),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            day_start=data["day_start"],
            session=Session(data["session"]),
            high=None if data["high"] is None else finite(data["high"], "high"),
            low=None if data["low"] is None else finite(data["low"], "low"),
            volume=finite(data["volume"], "volume"),
            regular_open=None if data["regular_open"] is None else finite(data["regular_open"], "regular_open"),
            regular_open_ts=data["regular_open_ts"],
            session_notional=finite(data["session_notional"], "session_notional"),
            session_volume=finite(data["session_volume"], "session_volume"),
            high_at=data["high_at"],
            low_at=data["low_at"],
            session_squares=None if data["session_squares"] is None else finite(data["session_squares"], "session_squares"),
        )


@filled_at_once
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


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDay(Record):
    """Sums of one symbol's flow over a New York day.

    Attributes
    ----------
    session_date
        New York date, days since 1970-01-01.
    calls
        US dollars of call trades.
    puts
        US dollars of put trades.
    net_calls
        Calls bought minus sold, US dollars.
    net_puts
        Puts bought minus sold, US dollars.
    unknown
        US dollars whose side is not known.
    trades
        Option trades counted.
    dark_usd
        US dollars of off-exchange prints.
    dark_net_usd
        Bought minus sold, US dollars.
    dark_unknown_usd
        US dollars whose side is not known.
    dark_prints
        Prints counted.
    vendor_net
        Vendor's net premium added up from its minutes, US dollars.
    vendor_minutes
        Vendor's minutes added up.
    vendor_delta
        Vendor's net delta in the afternoon window, shares.
    vendor_delta_minutes
        Vendor's minutes in it.
    vendor_cumulative
        Vendor's own sum of the session, US dollars; null where it sends minutes only.
    afternoon
        Minutes of the afternoon window: rows of processors.folds.flow_rows.AfternoonMinute.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.FlowDay"

    session_date: int
    calls: float
    puts: float
    net_calls: float
    net_puts: float
    unknown: float
    trades: int
    dark_usd: float = 0.0
    dark_net_usd: float = 0.0
    dark_unknown_usd: float = 0.0
    dark_prints: int = 0
    vendor_net: float = 0.0
    vendor_minutes: int = 0
    vendor_delta: float = 0.0
    vendor_delta_minutes: int = 0
    vendor_cumulative: float | None = None
    afternoon: bytes = b''

    def as_avro(self) -> dict[str, Any]:
        return {
            "session_date": self.session_date,
            "calls": finite(self.calls, "calls"),
            "puts": finite(self.puts, "puts"),
            "net_calls": finite(self.net_calls, "net_calls"),
            "net_puts": finite(self.net_puts, "net_puts"),
            "unknown": finite(self.unknown, "unknown"),
            "trades": self.trades,
            "dark_usd": finite(self.dark_usd, "dark_usd"),
            "dark_net_usd": finite(self.dark_net_usd, "dark_net_usd"),
            "dark_unknown_usd": finite(self.dark_unknown_usd, "dark_unknown_usd"),
            "dark_prints": self.dark_prints,
            "vendor_net": finite(self.vendor_net, "vendor_net"),
            "vendor_minutes": self.vendor_minutes,
            "vendor_delta": finite(self.vendor_delta, "vendor_delta"),
            "vendor_delta_minutes": self.vendor_delta_minutes,
            "vendor_cumulative": None if self.vendor_cumulative is None else finite(self.vendor_cumulative, "vendor_cumulative"),
            "afternoon": self.afternoon,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            session_date=data["session_date"],
            calls=finite(data["calls"], "calls"),
            puts=finite(data["puts"], "puts"),
            net_calls=finite(data["net_calls"], "net_calls"),
            net_puts=finite(data["net_puts"], "net_puts"),
            unknown=finite(data["unknown"], "unknown"),
            trades=data["trades"],
            dark_usd=finite(data["dark_usd"], "dark_usd"),
            dark_net_usd=finite(data["dark_net_usd"], "dark_net_usd"),
            dark_unknown_usd=finite(data["dark_unknown_usd"], "dark_unknown_usd"),
            dark_prints=data["dark_prints"],
            vendor_net=finite(data["vendor_net"], "vendor_net"),
            vendor_minutes=data["vendor_minutes"],
            vendor_delta=finite(data["vendor_delta"], "vendor_delta"),
            vendor_delta_minutes=data["vendor_delta_minutes"],
            vendor_cumulative=None if data["vendor_cumulative"] is None else finite(data["vendor_cumulative"], "vendor_cumulative"),
            afternoon=data["afternoon"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowMemory(Record):
    """What ticks and slow records have left, bounded by settings.

    Attributes
    ----------
    day
        Sums of the running day; null before the first record.
    days
        Complete sessions, oldest first: rows of flow_rows.DayNet.
    minutes
        Newest minutes with option trades: rows of flow_rows.MinuteSums.
    vendor_minutes
        Newest minutes of the vendor: rows of flow_rows.VendorMinute.
    buckets
        Newest stretches of five minutes: rows of flow_rows.Bucket.
    known_trades
        Digests, 8 bytes each, of the newest option trades, oldest first.
    newest_trade
        Newest option trade counted; 0 before the first.
    underlying_price
        Of the newest option trade that told it, US dollars.
    alerts
        Flow alerts of the last 60 minutes: rows of flow_rows.AlertRow.
    prints
        Large off-exchange prints of about an hour: rows of flow_rows.PrintRow.
    known_prints
        Digests of the newest off-exchange prints, oldest first.
    levels
        The two newest answers on volume by price: rows of flow_rows.LevelSums.
    congress
        Trades of congress: rows of flow_rows.CongressRow.
    insiders
        Insiders' sales: rows of flow_rows.InsiderRow.
    headline
        Newest headline.
    book_imbalance
        Of the newest order book, -1 to 1; null when it was empty.
    seen
        Input topic -> time of its newest record, UTC microseconds.
    late_trades
        Option trades dropped as a poll's repeats of the stream.
    repeated_trades
        Option trades that came twice.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.FlowMemory"

    day: FlowDay | None = None
    days: bytes = b''
    minutes: bytes = b''
    vendor_minutes: bytes = b''
    buckets: bytes = b''
    known_trades: bytes = b''
    newest_trade: int = 0
    underlying_price: float | None = None
    alerts: bytes = b''
    prints: bytes = b''
    known_prints: bytes = b''
    levels: bytes = b''
    congress: bytes = b''
    insiders: bytes = b''
    headline: SymbolEvent | None = None
    book_imbalance: float | None = None
    seen: Mapping[str, int] = field(default_factory=dict)
    late_trades: int = 0
    repeated_trades: int = 0

    def as_avro(self) -> dict[str, Any]:
        return {
            "day": None if self.day is None else ("tapewire.state.FlowDay", self.day.as_avro()),
            "days": self.days,
            "minutes": self.minutes,
            "vendor_minutes": self.vendor_minutes,
            "buckets": self.buckets,
            "known_trades": self.known_trades,
            "newest_trade": self.newest_trade,
            "underlying_price": None if self.underlying_price is None else finite(self.underlying_price, "underlying_price"),
            "alerts": self.alerts,
            "prints": self.prints,
            "known_prints": self.known_prints,
            "levels": self.levels,
            "congress": self.congress,
            "insiders": self.insiders,
            "headline": None if self.headline is None else ("tapewire.derived.SymbolEvent", self.headline.as_avro()),
            "book_imbalance": None if self.book_imbalance is None else finite(self.book_imbalance, "book_imbalance"),
            "seen": dict(self.seen),
            "late_trades": self.late_trades,
            "repeated_trades": self.repeated_trades,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            day=None if data["day"] is None else FlowDay.from_avro(data["day"]),
            days=data["days"],
            minutes=data["minutes"],
            vendor_minutes=data["vendor_minutes"],
            buckets=data["buckets"],
            known_trades=data["known_trades"],
            newest_trade=data["newest_trade"],
            underlying_price=None if data["underlying_price"] is None else finite(data["underlying_price"], "underlying_price"),
            alerts=data["alerts"],
            prints=data["prints"],
            known_prints=data["known_prints"],
            levels=data["levels"],
            congress=data["congress"],
            insiders=data["insiders"],
            headline=None if data["headline"] is None else SymbolEvent.from_avro(data["headline"]),
            book_imbalance=None if data["book_imbalance"] is None else finite(data["book_imbalance"], "book_imbalance"),
            seen=dict(data["seen"]),
            late_trades=data["late_trades"],
            repeated_trades=data["repeated_trades"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowState(Record):
    """What the flow fold knows of one symbol.

    Attributes
    ----------
    symbol
        Ticker of the underlying.
    pending
        Option trades that no tick has taken: rows of processors.folds.flow_rows.OptionRow.
    changed
        Something else came since the last tick.
    last_tick
        Newest tick folded; 0 before the first.
    last_input
        Tick at which something last changed; 0 before the first.
    memory
        What remains.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.FlowState"

    symbol: str
    memory: FlowMemory
    pending: bytes = b''
    changed: bool = False
    last_tick: int = 0
    last_input: int = 0

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "pending": self.pending,
            "changed": self.changed,
            "last_tick": self.last_tick,
            "last_input": self.last_input,
            "memory": self.memory.as_avro(),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            pending=data["pending"],
            changed=data["changed"],
            last_tick=data["last_tick"],
            last_input=data["last_input"],
            memory=FlowMemory.from_avro(data["memory"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class GammaState(Record):
    """What stage.gamma knows of one underlying.

    Attributes
    ----------
    symbol
        Ticker.
    contracts
        The chain: rows of processors.calc.contract_table.CONTRACT, by contract.
    waiting_updates
        Rows of contract_table.UPDATES from chains and trades, until a tick passes them.
    waiting_prices
        Prices of the underlying until a tick passes them: PriceRow rows.
    waiting_totals
        Vendor totals until a tick passes them: VendorRow rows.
    chain_waits
        A row of a chain is among waiting_updates.
    price
        The newest price: no row or one PriceRow.
    vendor
        The newest vendor totals: a VendorRow a unit.
    newest_chain
        Moment of the newest row of the chain; 0 before the first.
    newest_input
        Moment of the newest record of any kind; 0 before the first.
    last_profile
        Tick of the newest profile; 0 before the first.
    drift_level
        As last told.
    daily
        Volatility and skew of the last sessions: DailyRow rows.
    session
        Open, high, low and close of the running session: no row or one SessionRow.
    said
        What each model said last in the session before: SaidRow rows.
    saying
        What each model says now: SaidRow rows.
    index
        The newest close of the underlying's index of volatility: no row or one IndexRow.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.GammaState"

    symbol: str
    contracts: bytes = b''
    waiting_updates: bytes = b''
    waiting_prices: bytes = b''
    waiting_totals: bytes = b''
    chain_waits: bool = False
    price: bytes = b''
    vendor: bytes = b''
    newest_chain: int = 0
    newest_input: int = 0
    last_profile: int = 0
    drift_level: AlertLevel = AlertLevel.CLEARED
    daily: bytes = b''
    session: bytes = b''
    said: bytes = b''
    saying: bytes = b''
    index: bytes = b''

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "contracts": self.contracts,
            "waiting_updates": self.waiting_updates,
            "waiting_prices": self.waiting_prices,
            "waiting_totals": self.waiting_totals,
            "chain_waits": self.chain_waits,
            "price": self.price,
            "vendor": self.vendor,
            "newest_chain": self.newest_chain,
            "newest_input": self.newest_input,
            "last_profile": self.last_profile,
            "drift_level": self.drift_level,
            "daily": self.daily,
            "session": self.session,
            "said": self.said,
            "saying": self.saying,
            "index": self.index,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            contracts=data["contracts"],
            waiting_updates=data["waiting_updates"],
            waiting_prices=data["waiting_prices"],
            waiting_totals=data["waiting_totals"],
            chain_waits=data["chain_waits"],
            price=data["price"],
            vendor=data["vendor"],
            newest_chain=data["newest_chain"],
            newest_input=data["newest_input"],
            last_profile=data["last_profile"],
            drift_level=AlertLevel(data["drift_level"]),
            daily=data["daily"],
            session=data["session"],
            said=data["said"],
            saying=data["saying"],
            index=data["index"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFacts(Record):
    """The newest derived numbers of a symbol, as its views show them.

    Attributes
    ----------
    depth
        Order book numbers.
    gamma
        Dealers' gamma.
    flow
        Options flow and disclosures.
    regime
        Regime and filtered price.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.MarketFacts"

    depth: DepthView | None = None
    gamma: GammaView | None = None
    flow: FlowView | None = None
    regime: RegimeView | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "depth": None if self.depth is None else ("tapewire.decisions.DepthView", self.depth.as_avro()),
            "gamma": None if self.gamma is None else ("tapewire.decisions.GammaView", self.gamma.as_avro()),
            "flow": None if self.flow is None else ("tapewire.decisions.FlowView", self.flow.as_avro()),
            "regime": None if self.regime is None else ("tapewire.decisions.RegimeView", self.regime.as_avro()),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            depth=None if data["depth"] is None else DepthView.from_avro(data["depth"]),
            gamma=None if data["gamma"] is None else GammaView.from_avro(data["gamma"]),
            flow=None if data["flow"] is None else FlowView.from_avro(data["flow"]),
            regime=None if data["regime"] is None else RegimeView.from_avro(data["regime"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeTrack(Record):
    """What a symbol usually trades in each five minutes from 04:00 to 20:00 New York: processors.calc.volume_profile.VolumeProfile.

    Attributes
    ----------
    day_start
        Start of today, 20:00 New York on the date before.
    today
        float32 a bucket, shares of today; NaN where nothing traded.
    usual
        float32 a bucket, mean shares of earlier days; NaN before the first.
    days
        uint8 a bucket, days in the mean.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.VolumeTrack"

    day_start: int
    today: bytes
    usual: bytes
    days: bytes

    def as_avro(self) -> dict[str, Any]:
        return {
            "day_start": self.day_start,
            "today": self.today,
            "usual": self.usual,
            "days": self.days,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            day_start=data["day_start"],
            today=data["today"],
            usual=data["usual"],
            days=data["days"],
        )


@filled_at_once
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
    bars_until
        End of the newest vendor's bar that stood in for trades; 0 before the first.
    late_trades_revised
        Late trades that revised bars.
    late_trades_dropped
        Late trades beyond the correction horizon.
    vendor_bars_dropped
        Vendors' bars that came when their windows were closed.
    repeated_trades_dropped
        Trades that came twice.
    volume_profile
        Usual volumes by time of day; null before the first 5-minute bar.
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
    bars_until: int = 0
    late_trades_revised: int = 0
    late_trades_dropped: int = 0
    vendor_bars_dropped: int = 0
    repeated_trades_dropped: int = 0
    volume_profile: VolumeTrack | None = None

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
            "bars_until": self.bars_until,
            "late_trades_revised": self.late_trades_revised,
            "late_trades_dropped": self.late_trades_dropped,
            "vendor_bars_dropped": self.vendor_bars_dropped,
            "repeated_trades_dropped": self.repeated_trades_dropped,
            "volume_profile": None if self.volume_profile is None else ("tapewire.state.VolumeTrack", self.volume_profile.as_avro()),
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
            bars_until=data["bars_until"],
            late_trades_revised=data["late_trades_revised"],
            late_trades_dropped=data["late_trades_dropped"],
            vendor_bars_dropped=data["vendor_bars_dropped"],
            repeated_trades_dropped=data["repeated_trades_dropped"],
            volume_profile=None if data["volume_profile"] is None else VolumeTrack.from_avro(data["volume_profile"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState(Record):
    """What the market fold knows of one symbol. Fields that change with each trade or quote stand here, the rest in history.

    Attributes
    ----------
    symbol
        Ticker.
    pending_trades
        The same as an earlier version of the code left them, without the last column; read at the next tick, never written.
    pending_prints
        Prints of seconds that no tick has closed: rows of processors.calc.aggregate.Print.
    pending_quotes
        Last quote of each second that no tick has passed: rows of processors.folds.quotes.QuoteRow.
    pending_bars
        Bars of the tape's vendor that no tick has folded: rows of processors.calc.aggregate.Aggregate.
    history
        What ticks have closed.
    facts
        Depth, gamma, flow and regime of the symbol; null until one comes.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.MarketState"

    symbol: str
    history: MarketHistory
    pending_trades: bytes = b''
    pending_prints: bytes = b''
    pending_quotes: bytes = b''
    pending_bars: bytes = b''
    facts: MarketFacts | None = None

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "pending_trades": self.pending_trades,
            "pending_prints": self.pending_prints,
            "pending_quotes": self.pending_quotes,
            "pending_bars": self.pending_bars,
            "history": self.history.as_avro(),
            "facts": None if self.facts is None else ("tapewire.state.MarketFacts", self.facts.as_avro()),
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            pending_trades=data["pending_trades"],
            pending_prints=data["pending_prints"],
            pending_quotes=data["pending_quotes"],
            pending_bars=data["pending_bars"],
            history=MarketHistory.from_avro(data["history"]),
            facts=None if data["facts"] is None else MarketFacts.from_avro(data["facts"]),
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSweep(Record):
    """An option sweep whose echo in the book is waited for.

    Attributes
    ----------
    alert_id
        Vendor's id of the alert.
    ts_event
        When it happened, UTC microseconds.
    direction
        1 if a dealer who took the other side buys the stock, -1 if he sells.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.SeenSweep"

    alert_id: str
    ts_event: int
    direction: int

    def as_avro(self) -> dict[str, Any]:
        return {
            "alert_id": self.alert_id,
            "ts_event": self.ts_event,
            "direction": self.direction,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            alert_id=data["alert_id"],
            ts_event=data["ts_event"],
            direction=data["direction"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class MicrostructureState(Record):
    """State of stage.microstructure for a symbol; rings are bounded by settings.

    Attributes
    ----------
    symbol
        Ticker.
    slot
        Spreads what is due for every symbol at once over the seconds that follow, 0 to 3599.
    last_tick
        Newest tick folded; 0 before the first.
    generation
        Newest subscription; 0 before the first book.
    sequence
        Newest snapshot of it.
    dropped
        Snapshots of older subscriptions, and repeats.
    books
        Snapshots of the last seconds and those after the last tick: rows of processors.folds.book_window.BookRow.
    seconds
        Newest seconds with a book: rows of processors.folds.book_seconds.BookSecond.
    trades
        Trades of the newest seconds, for symbols with a book: rows of processors.folds.book_seconds.TradeSecond.
    flow
        Running sums of signed volume: no row or one of processors.folds.signed_flow.FlowRow.
    buckets
        |bought - sold| / size of the newest volume buckets, binary64.
    impact
        Price change and signed volume of the newest intervals, pairs of binary64.
    days
        Newest days' trades: rows of processors.folds.signed_flow.DayTrades.
    kyle_lambda
        US dollars a share, of the newest interval.
    kyle_explained
        0 to 1.
    pin
        0 to 1, of the newest close.
    sweeps
        Sweeps that wait, oldest first, at most eight.
    hedge_alert_id
        Newest sweep that was judged.
    hedge_shift
        Its shift.
    hedge_is_seen
        Whether it counts as hedging.
    hedge_until
        When the judgement's life ends; 0 without one.
    is_fresh
        The newest record written had book numbers.
    has_grade
        The newest record written had a grade.
    has_news
        Something is known that no record says.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.MicrostructureState"

    symbol: str
    slot: int
    last_tick: int = 0
    generation: int = 0
    sequence: int = 0
    dropped: int = 0
    books: bytes = b''
    seconds: bytes = b''
    trades: bytes = b''
    flow: bytes = b''
    buckets: bytes = b''
    impact: bytes = b''
    days: bytes = b''
    kyle_lambda: float | None = None
    kyle_explained: float | None = None
    pin: float | None = None
    sweeps: tuple[SeenSweep, ...] = ()
    hedge_alert_id: str | None = None
    hedge_shift: float | None = None
    hedge_is_seen: bool = False
    hedge_until: int = 0
    is_fresh: bool = False
    has_grade: bool = False
    has_news: bool = False

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "slot": self.slot,
            "last_tick": self.last_tick,
            "generation": self.generation,
            "sequence": self.sequence,
            "dropped": self.dropped,
            "books": self.books,
            "seconds": self.seconds,
            "trades": self.trades,
            "flow": self.flow,
            "buckets": self.buckets,
            "impact": self.impact,
            "days": self.days,
            "kyle_lambda": None if self.kyle_lambda is None else finite(self.kyle_lambda, "kyle_lambda"),
            "kyle_explained": None if self.kyle_explained is None else finite(self.kyle_explained, "kyle_explained"),
            "pin": None if self.pin is None else finite(self.pin, "pin"),
            "sweeps": [item.as_avro() for item in self.sweeps],
            "hedge_alert_id": self.hedge_alert_id,
            "hedge_shift": None if self.hedge_shift is None else finite(self.hedge_shift, "hedge_shift"),
            "hedge_is_seen": self.hedge_is_seen,
            "hedge_until": self.hedge_until,
            "is_fresh": self.is_fresh,
            "has_grade": self.has_grade,
            "has_news": self.has_news,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            slot=data["slot"],
            last_tick=data["last_tick"],
            generation=data["generation"],
            sequence=data["sequence"],
            dropped=data["dropped"],
            books=data["books"],
            seconds=data["seconds"],
            trades=data["trades"],
            flow=data["flow"],
            buckets=data["buckets"],
            impact=data["impact"],
            days=data["days"],
            kyle_lambda=None if data["kyle_lambda"] is None else finite(data["kyle_lambda"], "kyle_lambda"),
            kyle_explained=None if data["kyle_explained"] is None else finite(data["kyle_explained"], "kyle_explained"),
            pin=None if data["pin"] is None else finite(data["pin"], "pin"),
            sweeps=tuple([SeenSweep.from_avro(item) for item in data["sweeps"]]),
            hedge_alert_id=data["hedge_alert_id"],
            hedge_shift=None if data["hedge_shift"] is None else finite(data["hedge_shift"], "hedge_shift"),
            hedge_is_seen=data["hedge_is_seen"],
            hedge_until=data["hedge_until"],
            is_fresh=data["is_fresh"],
            has_grade=data["has_grade"],
            has_news=data["has_news"],
        )


@filled_at_once
@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeState(Record):
    """What the regime fold knows of one symbol.

    Attributes
    ----------
    symbol
        Ticker.
    bars
        Rows of processors.calc.regime.RegimeBar, oldest first.
    volatilities
        Realised volatilities, 64-bit floats, oldest first, the newest bar's included.
    last_ranked
        Start of the bar that the newest volatility is of; 0 before the first.
    revision
        Revision of the newest record.
    window_end
        End of the window of the newest record; 0 before the first.
    """

    FULL_NAME: ClassVar[str] = "tapewire.state.RegimeState"

    symbol: str
    bars: bytes = b''
    volatilities: bytes = b''
    last_ranked: int = 0
    revision: int = 0
    window_end: int = 0

    def as_avro(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "bars": self.bars,
            "volatilities": self.volatilities,
            "last_ranked": self.last_ranked,
            "revision": self.revision,
            "window_end": self.window_end,
        }

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            symbol=data["symbol"],
            bars=data["bars"],
            volatilities=data["volatilities"],
            last_ranked=data["last_ranked"],
            revision=data["revision"],
            window_end=data["window_end"],
        )


@filled_at_once
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
    "tapewire.darkpool.DarkpoolPrint": DarkpoolPrint,
    "tapewire.decisions.DepthView": DepthView,
    "tapewire.decisions.FlowView": FlowView,
    "tapewire.decisions.GammaView": GammaView,
    "tapewire.derived.Features": Features,
    "tapewire.derived.Box": Box,
    "tapewire.market.Bar": Bar,
    "tapewire.decisions.RegimeView": RegimeView,
    "tapewire.reference.MacroWindow": MacroWindow,
    "tapewire.decisions.MarketView": MarketView,
    "tapewire.decisions.SetupEvent": SetupEvent,
    "tapewire.decisions.Signal": Signal,
    "tapewire.decisions.SignalRefusal": SignalRefusal,
    "tapewire.decisions.TrendPosture": TrendPosture,
    "tapewire.derived.BookMetrics": BookMetrics,
    "tapewire.derived.DepthMetrics": DepthMetrics,
    "tapewire.derived.Finding": Finding,
    "tapewire.derived.FlowMetrics": FlowMetrics,
    "tapewire.derived.GammaProfile": GammaProfile,
    "tapewire.derived.GammaScore": GammaScore,
    "tapewire.derived.MacroGauge": MacroGauge,
    "tapewire.derived.MergedFlow": MergedFlow,
    "tapewire.derived.PositionState": PositionState,
    "tapewire.derived.Regime": Regime,
    "tapewire.derived.SymbolEvent": SymbolEvent,
    "tapewire.distribution.AlertBudget": AlertBudget,
    "tapewire.distribution.BasicAlert": BasicAlert,
    "tapewire.distribution.DeliveryReceipt": DeliveryReceipt,
    "tapewire.distribution.ExpiredDelivery": ExpiredDelivery,
    "tapewire.distribution.FreeAlert": FreeAlert,
    "tapewire.distribution.HeldAlert": HeldAlert,
    "tapewire.distribution.PremiumAlert": PremiumAlert,
    "tapewire.distribution.Subscription": Subscription,
    "tapewire.market.BookLevel": BookLevel,
    "tapewire.market.BookSnapshot": BookSnapshot,
    "tapewire.market.BrokerQuote": BrokerQuote,
    "tapewire.market.ExpiryTide": ExpiryTide,
    "tapewire.market.HistoryTrade": HistoryTrade,
    "tapewire.market.MarketTide": MarketTide,
    "tapewire.market.MinuteBar": MinuteBar,
    "tapewire.market.PriceBand": PriceBand,
    "tapewire.market.PriceLevel": PriceLevel,
    "tapewire.market.PriceSnapshot": PriceSnapshot,
    "tapewire.market.Quote": Quote,
    "tapewire.market.StockScreen": StockScreen,
    "tapewire.market.StockState": StockState,
    "tapewire.market.Trade": Trade,
    "tapewire.market.TradingHalt": TradingHalt,
    "tapewire.news.Headline": Headline,
    "tapewire.news.UserAlert": UserAlert,
    "tapewire.ops.Alert": Alert,
    "tapewire.ops.ClockCheck": ClockCheck,
    "tapewire.ops.DeadLetter": DeadLetter,
    "tapewire.ops.FeedCommand": FeedCommand,
    "tapewire.ops.FeedCursor": FeedCursor,
    "tapewire.ops.FeedFault": FeedFault,
    "tapewire.ops.FeedPosition": FeedPosition,
    "tapewire.ops.TopicReading": TopicReading,
    "tapewire.ops.FeedHeartbeat": FeedHeartbeat,
    "tapewire.ops.Replay": Replay,
    "tapewire.ops.RequestCount": RequestCount,
    "tapewire.ops.Tick": Tick,
    "tapewire.options.FlowAlert": FlowAlert,
    "tapewire.options.FlowByStrike": FlowByStrike,
    "tapewire.options.GammaLevels": GammaLevels,
    "tapewire.options.GreekExposure": GreekExposure,
    "tapewire.options.GreekFlow": GreekFlow,
    "tapewire.options.MaxPain": MaxPain,
    "tapewire.options.NetPremium": NetPremium,
    "tapewire.options.OptionContract": OptionContract,
    "tapewire.options.OptionTrade": OptionTrade,
    "tapewire.options.OptionVolume": OptionVolume,
    "tapewire.options.VolatilityPoint": VolatilityPoint,
    "tapewire.orders.AccountUpdate": AccountUpdate,
    "tapewire.raw.RawPayload": RawPayload,
    "tapewire.raw.RawSnapshot": RawSnapshot,
    "tapewire.reference.CalendarEvent": CalendarEvent,
    "tapewire.reference.CongressTrade": CongressTrade,
    "tapewire.reference.CorporateAction": CorporateAction,
    "tapewire.reference.EarningsReport": EarningsReport,
    "tapewire.reference.EconomicObservation": EconomicObservation,
    "tapewire.reference.FundFlow": FundFlow,
    "tapewire.reference.Gapper": Gapper,
    "tapewire.reference.InsiderTrade": InsiderTrade,
    "tapewire.reference.ShortAvailability": ShortAvailability,
    "tapewire.reference.WatchlistEntry": WatchlistEntry,
    "tapewire.reference.Watchlist": Watchlist,
    "tapewire.reference.WatchlistPin": WatchlistPin,
    "tapewire.state.AgentsState": AgentsState,
    "tapewire.state.AggregateState": AggregateState,
    "tapewire.state.BarSeries": BarSeries,
    "tapewire.state.BoxTrack": BoxTrack,
    "tapewire.state.DayTotals": DayTotals,
    "tapewire.state.DecisionsState": DecisionsState,
    "tapewire.state.FlowDay": FlowDay,
    "tapewire.state.FlowMemory": FlowMemory,
    "tapewire.state.FlowState": FlowState,
    "tapewire.state.GammaState": GammaState,
    "tapewire.state.MarketFacts": MarketFacts,
    "tapewire.state.VolumeTrack": VolumeTrack,
    "tapewire.state.MarketHistory": MarketHistory,
    "tapewire.state.MarketState": MarketState,
    "tapewire.state.SeenSweep": SeenSweep,
    "tapewire.state.MicrostructureState": MicrostructureState,
    "tapewire.state.RegimeState": RegimeState,
    "tapewire.state.StoredState": StoredState,
}
