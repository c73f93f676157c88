"""Bars with the regimes and findings that the folds make of them, and a year of gauges: for the pages, the SQL views and the notebook."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from infra.settings import Settings
from processors.folds.agents import posture_after
from processors.folds.regime import RegimeFold
from schemas.ids import deterministic_id
from schemas.record import Record
from schemas.records import (
    Bar,
    CalendarEvent,
    DepthMode,
    EconomicObservation,
    EventImportance,
    Features,
    Finding,
    Licence,
    MacroGauge,
    MacroGaugeKind,
    PositionState,
    Resolution,
    Side,
    VolatilityMeasure,
    VolatilityPoint,
)
from tests.support.dashboard_seed import Records

MINUTE = 60_000_000
SYMBOLS = {
    "SPY": (278.0, 0.0003), "QQQ": (209.0, 0.0004), "IWM": (120.0, 0.0005), "DIA": (238.0, 0.0003), "BCRX": (3.3, 0.004), "NVAX": (18.0, 0.003),
}  # fmt: skip
_EPOCH = date(1970, 1, 1)


def minute_bars(symbol: str, until_us: int, count: int, *, start: float, noise: float, drift: float = 0.0, seed: int = 7) -> list[Bar]:
    """Return minutes of a seeded walk that end at the whole minute before ``until_us``."""
    dice = random.Random(f"{symbol}-{seed}")
    end = until_us - until_us % MINUTE
    price, made = start, []
    for number in range(count):
        opened = price
        price *= 1.0 + dice.gauss(drift, noise)
        high, low = (side(opened, price) * (1.0 + sign * abs(dice.gauss(0.0, noise / 2))) for side, sign in ((max, 1), (min, -1)))
        closes = end - (count - 1 - number) * MINUTE
        made.append(
            Bar(
                symbol=symbol, resolution=Resolution.M1, window_start=closes - MINUTE, window_end=closes, open=opened, high=high, low=low,
                close=price, volume=float(dice.randrange(1_000, 90_000)), vwap=(opened + price) / 2, trade_count=40, source="tapewire",
                ts_event=closes + 2_000_000,
            )
        )  # fmt: skip
    return made


def regime_records(now_us: int) -> Records:
    """Return what lies in the topics after two hours of six symbols, and a year of daily figures."""
    found: dict[str, list[Record]] = {
        "derived.bars": [],
        "derived.features": [],
        "derived.regimes": [],
        "derived.findings": [],
        "derived.position-states": [],
    }
    fold = RegimeFold(Settings().regime)
    for symbol, (start, noise) in SYMBOLS.items():
        bars = minute_bars(symbol, now_us, 150, start=start, noise=noise, drift=noise / 2 if symbol == "BCRX" else 0.0)
        state = fold.initial(symbol)
        for bar in bars:
            state, outputs = fold.step(state, "derived.bars", bar)
            found["derived.regimes"] += [output.record for output in outputs]
        fives = _fives(bars)
        found["derived.bars"] += [*bars, *fives]
        found["derived.features"] += [_features(fives)] if symbol != "NVAX" else []
    postures: dict[str, PositionState] = {}
    for number, (minutes, symbol, agent, label, side, score) in enumerate(
        (
            (50, "BCRX", "volume-surge", "volume surge", None, 7.16), (44, "BCRX", "new-trend", "new trend up", Side.LONG, 1.4),
            (40, "NVAX", "reversal", "turned down from the day's high", Side.SHORT, 2.6), (6, "NVAX", "liquidity", "thin: wide spread", None, 84.0),
        )
    ):  # fmt: skip
        moment = now_us - minutes * MINUTE
        details = {"volume_5m": 214_300.0, "bid_price_usd": 3.34, "ask_price_usd": 3.35} if agent == "volume-surge" else {"atr_usd": 0.021}
        finding = Finding(
            finding_id=deterministic_id("finding", agent, symbol, moment), ts_event=moment, agent=agent, symbol=symbol, score=score, label=label,
            direction=side, confidence=0.5 + number / 10, details=details,
        )  # fmt: skip
        found["derived.findings"].append(finding)
        postures[symbol] = posture_after(postures.get(symbol), finding)
        found["derived.position-states"].append(postures[symbol])
    found["reference.calendar-events"] = [
        _event(now_us + 2 * 60 * MINUTE, "Beige Book", EventImportance.MEDIUM, None),
        _event(now_us + 26 * 60 * MINUTE, "Initial jobless claims", EventImportance.HIGH, "5,500K"),
    ]
    found |= gauge_records(now_us)
    return found


def gauge_records(now_us: int, days: int = 300) -> Records:
    """Return so many weekdays of VIX, yields, dollar index and SPY's risk reversal before a moment."""
    dice = random.Random(11)
    today = _EPOCH + timedelta(microseconds=now_us)
    weekdays = [day for day in (today - timedelta(days=back) for back in range(days * 7 // 5, 0, -1)) if day.weekday() < 5]
    levels = {"VIXCLS": 16.0, "DGS10": 1.6, "DGS2": 1.4, "DTWEXBGS": 116.0}
    steps = {"VIXCLS": 0.9, "DGS10": 0.03, "DGS2": 0.02, "DTWEXBGS": 0.3}
    series: list[Record] = []
    skews: list[Record] = []
    skew = 0.05
    for day in weekdays:
        number = (day - _EPOCH).days
        for name in levels:
            levels[name] = max(0.2, levels[name] + dice.gauss(0.0, steps[name]))
            if name == "DGS2" and day.day == 4:
                continue  # a holiday of one series only
            series.append(
                EconomicObservation(
                    series_id=name, observation_date=number, published_date=number + 1, value=round(levels[name], 3), ts_event=now_us,
                    ts_received=now_us, ts_published=now_us, source="fred", licence=Licence.INTERNAL,
                )
            )  # fmt: skip
        skew += dice.gauss(0.0, 0.004)
        for away in (2, 28, 60):
            skews.append(
                VolatilityPoint(
                    symbol="SPY", ts_event=now_us, ts_received=now_us, ts_published=now_us, source="unusual_whales", licence=Licence.INTERNAL,
                    session_date=number, measure=VolatilityMeasure.RISK_REVERSAL, expiry=number + away, delta=25.0,
                    risk_reversal=round(skew if away == 28 else 0.4, 5),
                )
            )  # fmt: skip
    return {"reference.economic-series": series, "options.volatility": skews, "derived.macro-gauges": live_gauges(now_us)}


def live_gauges(now_us: int) -> list[Record]:
    """Return a yield told twice and volatility's basis."""
    later = MacroGauge(
        gauge="yield_10y", ts_event=now_us - 3_000_000, source="ibkr", mode=DepthMode.DELAYED, kind=MacroGaugeKind.BOND_YIELD, percent=4.6541,
        input_symbols=("ZN",), input_prices=(110.703125,), input_age_ms=0, formula_version="macro-1",
    )  # fmt: skip
    basis = replace(
        later, gauge="vix_basis", kind=MacroGaugeKind.VOLATILITY_BASIS, percent=-2.5, input_symbols=("VIX", "VX"), input_prices=(20.0, 19.5)
    )
    return [replace(later, ts_event=now_us - 9_000_000, percent=4.7), later, basis]


def _fives(bars: list[Bar]) -> list[Bar]:
    fives = []
    for place in range(0, len(bars) - 4, 5):
        part = bars[place : place + 5]
        fives.append(
            Bar(
                symbol=part[0].symbol, resolution=Resolution.M5, window_start=part[0].window_start, window_end=part[-1].window_end, open=part[0].open,
                high=max(bar.high for bar in part), low=min(bar.low for bar in part), close=part[-1].close, volume=sum(bar.volume for bar in part),
                source="tapewire", ts_event=part[-1].ts_event,
            )
        )  # fmt: skip
    return fives


def _features(bars: list[Bar]) -> Features:
    """Return the newest features, as far as the pages read them."""
    newest = bars[-1]
    return Features(
        symbol=newest.symbol, resolution=newest.resolution, window_end=newest.window_end, ts_event=newest.ts_event, bar_count=len(bars),
        close=newest.close, range_bps=1.0, day_high=max(bar.high for bar in bars), day_low=min(bar.low for bar in bars),
        session_vwap=sum(bar.close * bar.volume for bar in bars) / sum(bar.volume for bar in bars),
    )  # fmt: skip


def _event(moment_us: int, name: str, importance: EventImportance, forecast: str | None) -> CalendarEvent:
    return CalendarEvent(
        event_id=deterministic_id("event", name), ts_event=moment_us, ts_received=moment_us, ts_published=moment_us, source="tapewire",
        licence=Licence.INTERNAL, kind="report", event=name, all_day=False, importance=importance, forecast=forecast, country="US",
        sources=("schedule",), conflict=False,
    )  # fmt: skip
