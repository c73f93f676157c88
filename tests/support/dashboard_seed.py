"""A plausible hour of one trading day in ClickHouse, so that the pages can be looked at without the pipeline.

Prices are seeded random walks through given points; setups, boxes, alerts and receipts are consistent with them. Nothing here is a number
of the product: tests of numbers use the product's own folds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from infra.clickhouse.client import ClickHouse
from infra.market_calendar import session_at, session_bounds, trading_day
from infra.settings import ClickHouseSettings
from schemas.catalog import dead_letter_topic, topics
from schemas.ids import deterministic_id
from schemas.record import Record
from schemas.records import (
    AlertKind,
    Bar,
    BasicAlert,
    Box,
    BoxState,
    DeadLetter,
    DeliveryReceipt,
    DepthLabel,
    ExpiredDelivery,
    Features,
    FeedFault,
    FeedFaultKind,
    FeedHeartbeat,
    FeedPosition,
    FeedState,
    FreeAlert,
    Licence,
    MarketView,
    PremiumAlert,
    Resolution,
    SetupEvent,
    SetupOutcome,
    SetupState,
    Side,
    SignalRefusal,
    Tier,
    TopicReading,
    Trade,
)  # fmt: skip
from sinks.clickhouse.batching import Row
from sinks.clickhouse.rows import block_of_rows

SECOND = 1_000_000
MINUTE = 60 * SECOND
Records = dict[str, list[Record]]


@dataclass(frozen=True, slots=True)
class Story:
    """One symbol's last hours: (minutes before now, price) points, and the setup's history as (minutes before now, state)."""

    symbol: str
    side: Side
    points: tuple[tuple[float, float], ...]
    noise: float
    box: tuple[float, float, float, float] | None = None  # minutes before now: start, end; high, low
    states: tuple[tuple[float, SetupState], ...] = ()
    outcome: SetupOutcome | None = None
    resolution: Resolution = Resolution.M1


ARMED, PRIMED, ACTIVE, RESOLVED = SetupState.ARMED, SetupState.PRIMED, SetupState.ACTIVE, SetupState.RESOLVED
STORIES = (
    Story("BCRX", Side.LONG, ((120, 5.62), (95, 6.05), (70, 6.31), (52, 6.36), (24, 6.38), (21, 6.49), (12, 6.43), (5, 6.55), (0, 6.61)), 0.012,
          (62, 24, 6.42, 6.31), ((40, ARMED), (21, PRIMED), (11, ACTIVE))),
    Story("NVAX", Side.LONG, ((120, 17.1), (80, 18.4), (50, 18.9), (5, 18.86), (0, 18.93)), 0.03, (48, 3, 19.02, 18.74), ((26, ARMED),)),
    Story("SRNE", Side.SHORT, ((120, 4.85), (70, 4.52), (45, 4.41), (9, 4.39), (0, 4.36)), 0.008, (50, 4, 4.44, 4.33), ((31, ARMED),)),
    Story("INO", Side.LONG, ((120, 7.6), (75, 8.1), (40, 8.22), (6, 8.21), (0, 8.24)), 0.012, (41, 2, 8.28, 8.17), ((12, ARMED),)),
    Story("GNUS", Side.LONG, ((120, 1.21), (60, 1.36), (33, 1.39), (9, 1.39), (6, 1.45), (0, 1.43)), 0.006,
          (35, 8, 1.41, 1.37), ((19, ARMED), (7, PRIMED))),
    Story("TTNP", Side.SHORT, ((120, 0.4121), (60, 0.3655), (30, 0.3581), (9, 0.3573), (5, 0.3489), (0, 0.3502)), 0.0008,
          (33, 9, 0.3612, 0.3544), ((15, ARMED), (6, PRIMED)), None, Resolution.M2),
    Story("MRNA", Side.SHORT, ((120, 36.9), (60, 35.2), (40, 34.8), (20, 34.75), (17, 34.2), (9, 34.5), (0, 34.05)), 0.05,
          (44, 20, 35.02, 34.58), ((30, ARMED), (17, PRIMED), (8, ACTIVE))),
    Story("AMC", Side.LONG, ((120, 2.1), (90, 2.31), (70, 2.33), (64, 2.39), (58, 2.35), (40, 2.55), (0, 2.51)), 0.006,
          (92, 66, 2.35, 2.29), ((80, ARMED), (65, PRIMED), (57, ACTIVE), (41, RESOLVED)), SetupOutcome.TARGET),
    Story("XOM", Side.LONG, ((120, 41.2), (60, 41.55), (50, 41.8), (44, 41.6), (30, 41.1), (0, 40.9)), 0.04,
          (90, 51, 41.72, 41.4), ((70, ARMED), (50, PRIMED), (43, ACTIVE), (33, RESOLVED)), SetupOutcome.STOP),
    Story("UAL", Side.SHORT, ((120, 29.1), (60, 28.7), (0, 29.3)), 0.05, (100, 60, 29.0, 28.5), ((75, ARMED), (18, RESOLVED)),
          SetupOutcome.INVALIDATED),
    Story("F", Side.LONG, ((120, 5.1), (60, 5.16), (0, 5.14)), 0.006, (110, 70, 5.2, 5.12), ((85, ARMED), (25, RESOLVED)), SetupOutcome.EXPIRED),
    Story("TSLA", Side.LONG, ((120, 712.0), (60, 731.5), (0, 744.2)), 0.9),
    Story("SPY", Side.LONG, ((120, 276.4), (60, 277.9), (0, 278.3)), 0.12),
)  # fmt: skip


def seeded(now_us: int, stories: Sequence[Story] = STORIES) -> Records:
    """Return every record of the hours before ``now_us`` by topic."""
    now_us -= now_us % SECOND
    found: Records = {name: [] for name in topics()}
    for story in stories:
        minutes = _minute_bars(story, now_us)
        for resolution, length in ((Resolution.M1, 1), (Resolution.M2, 2), (Resolution.M5, 5), (Resolution.M15, 15)):
            bars = _aggregated(minutes, resolution, length)
            found["derived.bars"] += bars
            found["derived.features"] += _features(bars)
        found["views"] += _views(story, minutes, now_us)
        events = _events(story, minutes, now_us)
        found["setups.events"] += events
        if story.box is not None:
            found["derived.boxes"] += _boxes(story, now_us)
        for event in events:
            _deliver(event, now_us, found)
        found["market.trades"] += [_trade(story.symbol, now_us - index * 400_000, minutes[-1].close, index) for index in range(40)]
    found["signals.refusals"] += _refusals(now_us)
    found["ops.heartbeats"] += _heartbeats(now_us)
    found["dead-letters"] = _dead_letters(now_us)
    return {name: records for name, records in found.items() if records}


def store(settings: ClickHouseSettings, records: Mapping[str, Sequence[Record]], *, first_offset: int = 0) -> None:
    """Write records by topic into the migrated database, through the history sink's own rows and tokens."""
    with ClickHouse.connect(settings) as database:
        for topic in [*topics().values(), dead_letter_topic(topics()["market.trades"])]:
            entries = records.get("dead-letters" if topic.table == "dead_letters" else topic.name, ())
            rows = [Row(first_offset + place, None, b"", record) for place, record in enumerate(entries)]
            if rows:
                database.insert(block_of_rows(topic, 0, rows), f"{topic.kafka_name}-0-{rows[0].offset}-{rows[-1].offset}")


def _minute_bars(story: Story, now_us: int) -> list[Bar]:
    dice = random.Random(story.symbol)
    first = now_us - now_us % MINUTE - 120 * MINUTE
    price = story.points[0][1]
    bars = []
    for minute in range(120):
        before = 120 - minute - 1
        aim = _between(story.points, before)
        inside = story.box is not None and story.box[0] >= before >= story.box[1]
        opened, price = price, aim + dice.gauss(0, story.noise * (0.45 if inside else 1))
        wick = abs(dice.gauss(0, story.noise * (0.4 if inside else 0.9)))
        high, low = max(opened, price) + wick, min(opened, price) - abs(dice.gauss(0, story.noise * (0.4 if inside else 0.9)))
        if inside and story.box is not None:
            price, high, low = min(max(price, story.box[3]), story.box[2]), min(high, story.box[2]), max(low, story.box[3])
        volume = dice.lognormvariate(9.6, 0.5) * (0.45 if inside else 1.6 if abs(price - opened) > 2 * story.noise else 1)
        start = first + minute * MINUTE
        digits = 2 if price >= 1 else 4
        bars.append(
            Bar(
                symbol=story.symbol, resolution=Resolution.M1, window_start=start, window_end=start + MINUTE, open=round(opened, digits),
                high=round(max(high, opened, price), digits), low=round(min(low, opened, price), digits), close=round(price, digits),
                volume=float(round(volume)), vwap=round((high + low + price) / 3, 4), trade_count=int(volume / 90) + 1, source="tapewire",
                ts_event=start + MINUTE + 2 * SECOND,
            )
        )  # fmt: skip
    return bars


def _between(points: Sequence[tuple[float, float]], before: float) -> float:
    for (left, price), (right, next_price) in pairwise(points):
        if left >= before >= right:
            return price + (next_price - price) * (left - before) / (left - right)
    return points[-1][1]


def _aggregated(minutes: Sequence[Bar], resolution: Resolution, length: int) -> list[Bar]:
    if length == 1:
        return list(minutes)
    groups: dict[int, list[Bar]] = {}
    for bar in minutes:
        groups.setdefault(bar.window_start - bar.window_start % (length * MINUTE), []).append(bar)
    return [
        replace(
            group[0], resolution=resolution, window_start=start, window_end=start + length * MINUTE, high=max(bar.high for bar in group),
            low=min(bar.low for bar in group), close=group[-1].close, volume=sum(bar.volume for bar in group),
            vwap=sum((bar.vwap or 0) * bar.volume for bar in group) / sum(bar.volume for bar in group),
            trade_count=sum(bar.trade_count or 0 for bar in group), ts_event=start + length * MINUTE + 2 * SECOND,
        )
        for start, group in groups.items() if len(group) == length
    ]  # fmt: skip


def _features(bars: Sequence[Bar]) -> Iterator[Features]:
    money = shares = 0.0
    ema = bars[0].close
    for place, bar in enumerate(bars):
        money, shares = money + (bar.vwap or bar.close) * bar.volume, shares + bar.volume
        ema += (bar.close - ema) * 2 / 21
        recent = bars[max(0, place - 14) : place] or [bar]
        atr = sum(entry.high - entry.low for entry in recent) / len(recent)
        volumes = [entry.volume for entry in bars[max(0, place - 20) : place]]
        yield Features(
            symbol=bar.symbol, resolution=bar.resolution, window_end=bar.window_end, ts_event=bar.ts_event, bar_count=place + 1, close=bar.close,
            range_bps=(bar.high / bar.low - 1) * 10_000, day_high=max(entry.high for entry in bars[: place + 1]),
            day_low=min(entry.low for entry in bars[: place + 1]), atr_wilder_14=atr if place >= 14 else None,
            ema_20=ema if place >= 20 else None, momentum_bps=(bar.close / bars[place - 1].close - 1) * 10_000 if place else None,
            session_vwap=money / shares, vwap_distance_bps=(bar.close / (money / shares) - 1) * 10_000,
            relative_volume=bar.volume / (sum(volumes) / 20) if len(volumes) == 20 else None, spread_bps=12.0,
        )  # fmt: skip


def _views(story: Story, minutes: Sequence[Bar], now_us: int) -> Iterator[MarketView]:
    bounds = session_bounds(trading_day(now_us))
    last = minutes[-1].close
    spread = max(last * 0.0006, 0.0001 if last < 1 else 0.01)
    volume = sum(bar.volume for bar in minutes)
    money = sum((bar.vwap or bar.close) * bar.volume for bar in minutes)
    for age in (6, 1):
        moment = now_us - age * SECOND
        silent = story.symbol == "F"
        yield MarketView(
            symbol=story.symbol, ts_event=moment, session=session_at(moment),
            minutes_since_open=(moment - bounds.regular_open_us) / MINUTE if bounds else None, last_price=last, last_trade_age_seconds=1.0,
            interval_high=last, interval_low=last, interval_volume=1200.0, bid_price=None if silent else round(last - spread / 2, 4),
            bid_size=None if silent else 1800.0, ask_price=None if silent else round(last + spread / 2, 4), ask_size=None if silent else 900.0,
            quote_age_seconds=None if silent else 0.4, spread_bps=None if silent else spread / last * 10_000, day_open=minutes[0].open,
            day_high=max(bar.high for bar in minutes), day_low=min(bar.low for bar in minutes), day_volume=volume, session_vwap=money / volume,
            vwap_distance_bps=(last / (money / volume) - 1) * 10_000, flags=("no_quote",) if silent else (),
        )  # fmt: skip


def _box_id(story: Story, now_us: int) -> str:
    return deterministic_id("box", story.symbol, story.resolution.value, now_us)


def _boxes(story: Story, now_us: int) -> Iterator[Box]:
    assert story.box is not None
    before_start, before_end, high, low = story.box
    broken = any(state in (PRIMED, ACTIVE) for _, state in story.states)
    start, end = (now_us - now_us % MINUTE - round(minutes) * MINUTE for minutes in (before_start, before_end))
    made = Box(
        symbol=story.symbol, box_id=_box_id(story, now_us), resolution=story.resolution, state=BoxState.FORMED, ts_event=start + 8 * MINUTE,
        window_start=start, window_end=start + 8 * MINUTE, bar_count=8, high=high, low=low, range_bps=(high / low - 1) * 10_000, touches_high=3,
        touches_low=2, range_to_atr=1.4, compression_ratio=0.48, mean_volume=6_100.0,
    )  # fmt: skip
    yield made
    state = (BoxState.BROKEN_UP if story.side is Side.LONG else BoxState.BROKEN_DOWN) if broken else BoxState.EXTENDED
    yield replace(made, state=state, ts_event=end + 2 * SECOND, window_end=end, bar_count=(end - start) // MINUTE, touches_high=5, touches_low=4)


def _events(story: Story, minutes: Sequence[Bar], now_us: int) -> list[SetupEvent]:
    if story.box is None:
        return []
    high, low = story.box[2:]
    up = 1 if story.side is Side.LONG else -1
    trigger = high if up > 0 else low
    height = high - low
    digits = 2 if trigger >= 1 else 4
    targets = tuple(round(trigger + up * height * multiple, digits) for multiple in (2.0, 4.0))
    stop = round(trigger - up * height * 1.1, digits)
    life = {ARMED: 60, PRIMED: 20, ACTIVE: 90, RESOLVED: 0}
    setup_id = deterministic_id("setup", story.symbol, now_us)
    events: list[SetupEvent] = []
    previous: SetupState | None = None
    for sequence, (before, state) in enumerate(story.states):
        moment = now_us - round(before * MINUTE)
        bar = max((bar for bar in minutes if bar.window_end <= moment), key=lambda bar: bar.window_end, default=minutes[0])
        active = state is ACTIVE or (state is RESOLVED and any(known is ACTIVE for _, known in story.states))
        entry = round(trigger + up * 0.1 * height, digits) if active else None
        exits = {SetupOutcome.TARGET: targets[-1], SetupOutcome.STOP: stop}
        exit_price = exits.get(story.outcome) if state is RESOLVED and story.outcome is not None and active else None
        reasons = {
            ARMED: ("Range 1.4 ATR, half of the range before", "Volume dried up inside the box", "Edge tested 5 times"),
            PRIMED: ("1-minute close beyond the edge", "Relative volume 2.3", "Spread 14 bps"),
            ACTIVE: ("Retest held the edge", "Above VWAP by 118 bps", "Reward to risk 1.8"),
            RESOLVED: ("closed back inside the box before the break",),
        }[state]
        events.append(
            SetupEvent(
                event_id=deterministic_id("setup-event", setup_id, sequence), setup_id=setup_id, sequence=sequence, strategy="box-break-retest",
                symbol=story.symbol, side=story.side, previous_state=previous, state=state, outcome=story.outcome if state is RESOLVED else None,
                ts_event=moment, expires_at=moment + life[state] * MINUTE, box_id=_box_id(story, now_us), box_resolution=story.resolution,
                box_high=high, box_low=low, trigger_price=trigger, entry_price=entry, stop_price=stop, targets=targets,
                targets_reached=2 if state is RESOLVED and story.outcome is SetupOutcome.TARGET else 0, reward_to_risk=1.8, exit_price=exit_price,
                result_r=None if exit_price is None or entry is None else (exit_price - entry) / (entry - stop), last_price=bar.close,
                spread_bps=14.0, relative_volume=2.3, vwap_distance_bps=118.0, atr=height / 1.4, bid_price=bar.close - 0.01,
                ask_price=bar.close + 0.01, depth_label=DepthLabel.NONE, reasons=reasons,
            )
        )  # fmt: skip
        previous = state
    return events


_DELAYS = {Tier.PREMIUM: 0, Tier.BASIC: 60, Tier.FREE: 300}
_TOPICS = {Tier.PREMIUM: "distribution.premium", Tier.BASIC: "distribution.basic", Tier.FREE: "distribution.free"}


def _deliver(event: SetupEvent, now_us: int, found: Records) -> None:
    dice = random.Random(event.event_id)
    published = event.ts_event + 300_000
    for tier, delay in _DELAYS.items():
        due = published + delay * SECOND
        if due > now_us:
            continue
        alert = _alert(event, tier, published, due)
        found[_TOPICS[tier]].append(alert)
        delivery_id = deterministic_id("delivery", alert.alert_id, f"house-{tier.value.lower()}")
        if event.symbol == "UAL" and tier is Tier.FREE and event.sequence == 0:
            found["distribution.expired"].append(
                ExpiredDelivery(
                    delivery_id=delivery_id, alert_id=alert.alert_id, setup_id=event.setup_id, subscriber_id="house-free", channel="discord",
                    tier=tier, not_before=due, expires_at=due + 3600 * SECOND, ts_event=due + 3600 * SECOND,
                    reason="Discord answered 503 for 61 minutes",
                )
            )  # fmt: skip
            continue
        if event.symbol == "MRNA" and tier is Tier.BASIC and event.sequence == 2:
            continue
        late = int(dice.lognormvariate(4.6, 0.6))
        found["distribution.receipts"].append(
            DeliveryReceipt(
                delivery_id=delivery_id, alert_id=alert.alert_id, setup_id=event.setup_id, sequence=event.sequence,
                subscriber_id=f"house-{tier.value.lower()}", channel="discord", address=f"90000000000{delay:04d}", tier=tier,
                message_id=str(dice.randrange(10**17, 10**18)), thread_id=str(abs(hash(event.setup_id)) % 10**18), not_before=due,
                ts_sent=due + late * 1000, lateness_ms=late, headline=_headline(event, tier),
            )
        )  # fmt: skip


def _headline(event: SetupEvent, tier: Tier) -> str:
    arrow = "▲" if event.side is Side.LONG else "▼"
    side = event.side.value.lower()
    word = {ARMED: "heads-up", PRIMED: "broke out", ACTIVE: "triggered", RESOLVED: "over"}[event.state]
    if tier is Tier.PREMIUM:
        return f"{arrow} {event.symbol} {side} {word} · break {event.trigger_price:g} · stop {event.stop_price:g} · R:R {event.reward_to_risk:g}"
    if tier is Tier.BASIC:
        return f"{arrow} {event.symbol} {side} {word} · break {event.trigger_price:g} · stop set, 2 targets"
    return f"{arrow} {event.symbol} {side} {word}"


def _alert(event: SetupEvent, tier: Tier, published: int, due: int) -> PremiumAlert | BasicAlert | FreeAlert:
    shared: dict[str, Any] = {
        "alert_id": deterministic_id("alert", event.event_id, tier.value), "event_id": event.event_id, "setup_id": event.setup_id,
        "sequence": event.sequence, "kind": AlertKind.SETUP, "symbol": event.symbol, "side": event.side, "state": event.state,
        "outcome": event.outcome, "ts_event": event.ts_event, "ts_published": published, "not_before": due, "expires_at": due + 3600 * SECOND,
    }  # fmt: skip
    if tier is Tier.FREE:
        return FreeAlert(**shared, lesson="A tight range after a run shows that sellers are used up; the retest tells who was right.")
    if tier is Tier.BASIC:
        return BasicAlert(**shared, trigger_price=event.trigger_price, entry_price=event.entry_price, stop_set=True, target_count=2)
    base = event.entry_price or event.trigger_price
    return PremiumAlert(
        **shared, trigger_price=event.trigger_price, entry_price=event.entry_price, bid_price=event.bid_price, ask_price=event.ask_price,
        stop_price=event.stop_price, stop_percent=(event.stop_price / base - 1) * 100, targets=event.targets,
        target_percents=tuple((target / base - 1) * 100 for target in event.targets), targets_reached=event.targets_reached,
        reward_to_risk=event.reward_to_risk, shares_per_100_usd_risk=int(100 / abs(base - event.stop_price)), exit_price=event.exit_price,
        result_r=event.result_r, box_high=event.box_high, box_low=event.box_low, box_resolution=event.box_resolution,
        relative_volume=event.relative_volume, spread_bps=event.spread_bps, vwap_distance_bps=event.vwap_distance_bps, atr=event.atr,
        state_expires_at=event.expires_at, depth_label=event.depth_label, reasons=event.reasons,
    )  # fmt: skip


def _refusals(now_us: int) -> Iterator[SignalRefusal]:
    cases: tuple[tuple[float, str, Side | None, str, float | None, float | None, str, str], ...] = (
        (0.6, "GNUS", Side.LONG, "SPREAD_CAP", 84.0, 60.0, "bps", "The spread was 84 bps, at most 60 bps are allowed."),
        (2.1, "F", Side.LONG, "MISSING_QUOTE", None, None, "bps", "No fresh quote: the last one is 94 s old, at most 10 s are allowed."),
        (4.8, "TSLA", Side.SHORT, "RVOL_FLOOR", 0.31, 0.5, "ratio", "Relative volume on the break was 0.31, at least 0.50 is needed."),
        (9.0, "SPY", Side.LONG, "REWARD_TO_RISK", 1.12, 1.5, "ratio", "The first target pays 1.12 times the risk, at least 1.50 is needed."),
        (14.2, "UAL", Side.SHORT, "RANGE_CAP", 412.0, 250.0, "bps", "The bar that broke ranged 412 bps, at most 250 bps are allowed."),
        (22.5, "XOM", None, "COMPRESSION_RATIO", 0.83, 0.7, "ratio", "Bars inside are 0.83 times as wide as before, at most 0.70 is a box."),
    )
    for before, symbol, side, gate, value, limit, unit, message in cases:
        moment = now_us - round(before * MINUTE)
        yield SignalRefusal(
            refusal_id=deterministic_id("refusal", symbol, gate, moment), strategy="box-break-retest", symbol=symbol, side=side, ts_event=moment,
            candidate_id=deterministic_id("candidate", symbol), gate=gate, value=value, limit=limit, unit=unit, message=message,
        )  # fmt: skip


def _heartbeats(now_us: int) -> Iterator[FeedHeartbeat]:
    for age in range(60, 0, -1):
        yield FeedHeartbeat(
            feed="feed.polygon", ts_event=now_us - age * SECOND - 300_000, ts_published=now_us - age * SECOND + 200_000, state=FeedState.LIVE,
            records_published=1_204_331 + (60 - age) * 812, reconnects=1,
            positions=tuple(FeedPosition(topic="market.trades.v1", partition=part, next_offset=300_400 + part * 77) for part in range(4)),
            readings=(TopicReading(
                topic="market.trades", records=812, lag_p50_ms=31.4, lag_p99_ms=88.0, crossed_share=0.002, repeated_share=0.0, disordered_share=0.001,
            ),), gaps=1, dead_letters=2, mode="replay", licence=Licence.INTERNAL,
        )  # fmt: skip
        yield FeedHeartbeat(
            feed="feed.unusual_whales", ts_event=now_us - age * SECOND - 900_000, ts_published=now_us - age * SECOND + 400_000, state=FeedState.LIVE,
            positions=(), records_published=88_102 + (60 - age) * 9, reconnects=0, dead_letters=41, breakers_open=("greek_exposure",), budget_used=71,
            budget_limit=110, mode="replay", licence=Licence.INTERNAL,
            faults=(FeedFault(
                kind=FeedFaultKind.LEFT_ALONE, topics=("options.exposures",), measured=None, tolerated=None, since=now_us - 41 * SECOND,
                reason="endpoint greek_exposure fails and is left alone: expected status 200, found 500",
            ),),
        )  # fmt: skip


def _dead_letters(now_us: int) -> list[Record]:
    cases = (
        (3, "feed.polygon", "market.trades.v1", "Permanent", "expected a price above 0, found -1.25", "[3].p",
         b'[{"ev":"T","sym":"GNUS","p":-1.25}]'),
        (17, "feed.polygon", "market.quotes.v1", "Permanent", "expected bid below ask, found 8.31 over 8.25", "[0].bp", b'[{"ev":"Q","sym":"INO"}]'),
        (41, "sink.clickhouse", "derived.bars.v1", "UnknownWriterSchema", "expected a schema id the registry knows, found 991", None,
         b"\x00\x00\x00\x03\xdf\x08BCRX"),
    )  # fmt: skip
    return [
        DeadLetter(
            dead_letter_id=deterministic_id("dead-letter", stage, before), stage=stage, version="0.1.0", topic=topic, partition=1,
            offset=88_120 + before, error=error, reason=reason, field_path=path, key=b"GNUS", value=value, ts_published=now_us - before * MINUTE,
        )
        for before, stage, topic, error, reason, path, value in cases
    ]  # fmt: skip


def _trade(symbol: str, moment: int, price: float, index: int) -> Trade:
    return Trade(
        symbol=symbol, ts_event=moment, ts_received=moment + 900, ts_published=moment + 1_400, source="polygon", trade_id=str(index),
        sequence=10_000 - index, price=price, size=100.0,
    )  # fmt: skip
