"""Bars, features, views and prints of the seeded day: seeded random walks through the points of a story."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from infra.market_calendar import session_at, session_bounds, trading_day
from schemas.records import Bar, Features, MarketView, Resolution, Trade
from tests.support.dashboard_stories import MINUTE, SECOND, Story


def minute_bars(story: Story, now_us: int) -> list[Bar]:
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


def aggregated(minutes: Sequence[Bar], resolution: Resolution, length: int) -> list[Bar]:
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


def features(bars: Sequence[Bar]) -> Iterator[Features]:
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
            relative_volume=bar.volume / (sum(volumes) / 20) if len(volumes) == 20 else None, spread_bps=12.0, vwap_sigma=atr * 1.5,
            day_high_at=max(bars[: place + 1], key=lambda entry: entry.high).window_start,
            day_low_at=min(bars[: place + 1], key=lambda entry: entry.low).window_start,
        )  # fmt: skip


def views(story: Story, minutes: Sequence[Bar], now_us: int) -> Iterator[MarketView]:
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


def last_trade(symbol: str, moment: int, price: float, index: int) -> Trade:
    return Trade(
        symbol=symbol, ts_event=moment, ts_received=moment + 900, ts_published=moment + 1_400, source="polygon", trade_id=str(index),
        sequence=10_000 - index, price=price, size=100.0,
    )  # fmt: skip
