"""STR-16: one signal a cross, none on a plateau; STR-21: strategy, direction, confidence, triggers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import talib

from infra.plays_settings import EmaCrossSettings
from processors.strategies.ema_cross import EmaCrossState, step
from processors.strategy import Decision
from schemas.records import Features, Resolution, Side, Signal, SignalRefusal
from tests.support.market_replay import OPEN, SECOND, Driver, trade
from tests.support.views import view

MINUTE = 60 * SECOND


def minutes(
    rows: Sequence[tuple[float | None, float | None, float]], enabled: bool = True, flags: tuple[str, ...] = ()
) -> list[Decision]:
    """Step through (fast, slow, close) rows, one a minute."""
    state, told = EmaCrossState(), []
    for number, (fast, slow, close) in enumerate(rows, start=1):
        features = Features(
            symbol="BCRX", resolution=Resolution.M1, window_end=OPEN + number * MINUTE, ts_event=OPEN + number * MINUTE,
            bar_count=number, close=close, ema_20=fast, ema_50=slow, range_bps=0.0, day_high=close, day_low=close,
        )  # fmt: skip
        for second in (2, 7):  # the second view of a minute brings nothing new
            state, decisions = step(state, view(number * 60 + second, features_1m=features, flags=flags), EmaCrossSettings(enabled=enabled))
            told += decisions
    return told


BELOW, ABOVE, EVEN = (9.9, 10.0, 10.2), (10.1, 10.0, 10.2), (10.0, 10.0, 10.2)


def test_two_crossings_give_two_signals() -> None:
    told = minutes([BELOW, ABOVE, ABOVE, BELOW, ABOVE])
    assert [type(item) for item in told] == [Signal, Signal]
    assert [item.ts_event for item in told] == [OPEN + 122 * SECOND, OPEN + 302 * SECOND]
    assert told[0].side is Side.LONG


def test_a_plateau_gives_none() -> None:
    assert minutes([ABOVE, EVEN, ABOVE]) == []
    assert minutes([BELOW, EVEN, BELOW]) == []
    assert len(minutes([BELOW, EVEN, ABOVE])) == 1


def test_a_cross_on_a_bad_feed_is_refused() -> None:
    told = minutes([BELOW, ABOVE], flags=("bad_trades",))
    assert [item.gate for item in told if isinstance(item, SignalRefusal)] == ["FEED_UNFIT"]


def test_warming_up_and_switched_off_give_none() -> None:
    assert minutes([(None, None, 10.0), (10.1, None, 10.0), ABOVE]) == []
    assert minutes([BELOW, ABOVE], enabled=False) == []


def test_a_cross_below_the_slow_mean_is_refused_with_its_number() -> None:
    (refusal,) = minutes([BELOW, (10.1, 10.0, 9.99), ABOVE])
    assert isinstance(refusal, SignalRefusal)
    assert (refusal.gate, refusal.limit, round(refusal.value or 0)) == ("PRICE_ABOVE_SLOW", 0.0, -10)


def test_a_signal_says_everything() -> None:
    """STR-21."""
    (signal,) = minutes([BELOW, ABOVE])
    assert isinstance(signal, Signal)
    assert (signal.strategy, signal.symbol) == ("ema-cross", "BCRX")
    assert signal.confidence == 1.0 and len(signal.triggers) == 2
    assert signal.valid_until - signal.ts_event == 120 * SECOND


def test_the_cross_is_found_on_the_exact_bar() -> None:
    """BAR-07: through the market fold, at the bar where TA-Lib's means cross."""
    closes = [round(10 + (abs((number % 120) - 60) - 30) / 50, 2) for number in range(260)]
    driver = Driver()
    driver.play([trade(60 * number + 30, close) for number, close in enumerate(closes)], until=260 * 60 + 2)
    bars = driver.written("derived.bars", resolution=Resolution.M1)
    prices = np.array([bar.close for bar in bars])
    fast, slow = talib.EMA(prices, 20), talib.EMA(prices, 50)
    crossed = [
        bars[place].window_end for place in range(50, len(bars))
        if fast[place] > slow[place] and fast[place - 1] <= slow[place - 1] and prices[place] > slow[place]
    ]  # fmt: skip
    state, signals = EmaCrossState(), []
    for item in driver.written("views"):
        state, told = step(state, item, EmaCrossSettings())
        signals += [decision for decision in told if isinstance(decision, Signal)]
    assert crossed and [signal.ts_event - 2 * SECOND for signal in signals] == crossed


def test_a_list_of_symbols_leaves_the_others_alone() -> None:
    """WCH-12."""
    features = Features(
        symbol="BCRX", resolution=Resolution.M1, window_end=OPEN + MINUTE, ts_event=OPEN + MINUTE, bar_count=1, close=10.2, ema_20=9.9, ema_50=10.0,
        range_bps=0.0, day_high=10.2, day_low=10.2,
    )  # fmt: skip
    seen = [step(EmaCrossState(), view(62, features_1m=features), EmaCrossSettings(symbols=names))[0].side for names in ((), ("BCRX",), ("SPY",))]
    assert seen == [-1, -1, 0]
