"""Numbers from option trades and from the vendor's sums: premium, asymmetry, momentum, trend, smart money, toxicity."""

from __future__ import annotations

import numpy as np

from infra.flow_settings import FlowSettings
from processors.calc.flow_divergence import smart_money_gap
from processors.calc.flow_premium import asymmetry, is_one_sided, net_premium
from processors.calc.flow_scores import slope, standard_score, stands_out
from processors.calc.flow_sides import unknown_share
from processors.calc.flow_toxicity import toxicity
from processors.folds.flow_buckets import closed_buckets, is_recent
from processors.folds.flow_day import MINUTE_US
from processors.folds.flow_numbers import Numbers
from processors.folds.flow_rows import DAYS, MINUTES, VENDOR, columns
from schemas.records import FlowMemory

WINDOW_MINUTES = 60
MOMENTUM_LEAST_MINUTES = 15
TREND_SESSIONS = 3
NO_TRADES = "no_option_trades"
_WARMING_UP = "warming_up"


def option_numbers(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    """Put in what option trades and the vendor's minutes say."""
    _premium(numbers, memory, settings)
    _window(numbers, memory, tick_us)
    _vendor(numbers, memory, tick_us)
    _smart_money(numbers, memory, tick_us, settings)
    days = columns(DAYS, memory.days)
    trend = slope(days["net"][-TREND_SESSIONS:]) if len(days) >= TREND_SESSIONS else None
    numbers.put("trend_usd_per_day", trend, _WARMING_UP)
    numbers.put("underlying_price", memory.underlying_price, "no_underlying_price" if memory.newest_trade else NO_TRADES)


def _premium(numbers: Numbers, memory: FlowMemory, settings: FlowSettings) -> None:
    day = memory.day
    if day is None or not day.trades:
        numbers.lack(
            NO_TRADES, "call_premium_usd", "put_premium_usd", "net_call_premium_usd", "net_put_premium_usd", "net_premium_usd", "unknown_side_share",
            "option_trades", "asymmetry",
        )  # fmt: skip
        return
    for name, value in (
        ("call_premium_usd", day.calls), ("put_premium_usd", day.puts), ("net_call_premium_usd", day.net_calls),
        ("net_put_premium_usd", day.net_puts), ("net_premium_usd", net_premium(day.net_calls, day.net_puts)), ("option_trades", day.trades),
    ):  # fmt: skip
        numbers.put(name, value, NO_TRADES)
    numbers.put("unknown_side_share", unknown_share(day.unknown, day.calls + day.puts), "no_premium")
    share = asymmetry(day.calls, day.puts)
    numbers.put("asymmetry", share, "no_premium")
    one_sided = is_one_sided(share, settings.asymmetry_above)
    numbers.flag("one_sided_calls", one_sided and share is not None and share > 0)
    numbers.flag("one_sided_puts", one_sided and share is not None and share < 0)


def first_minute(tick_us: int) -> int:
    """Return the start of the first of the last 60 minutes, the running one included."""
    last = tick_us - 1
    return last - last % MINUTE_US - (WINDOW_MINUTES - 1) * MINUTE_US


def _window(numbers: Numbers, memory: FlowMemory, tick_us: int) -> None:
    minutes = columns(MINUTES, memory.minutes)
    since = first_minute(tick_us)
    recent = minutes[(minutes["start"] >= since) & (minutes["start"] < tick_us)]
    if not len(recent):
        numbers.lack(NO_TRADES, "net_premium_60m_usd", "momentum_usd_per_minute")
        return
    net = recent["net_calls"] - recent["net_puts"]
    numbers.put("net_premium_60m_usd", float(net.sum()), NO_TRADES)
    # A minute without trades changes nothing: the cumulative line is flat there. Before the oldest minute known nothing is known.
    from_minute = max(since, int(minutes["start"][0]))
    count = (tick_us - 1 - from_minute) // MINUTE_US + 1
    if count < MOMENTUM_LEAST_MINUTES:
        numbers.lack(_WARMING_UP, "momentum_usd_per_minute")
        return
    line = np.zeros(count)
    line[(recent["start"] - from_minute) // MINUTE_US] = net
    numbers.put("momentum_usd_per_minute", slope(np.cumsum(line)), _WARMING_UP)


def _vendor(numbers: Numbers, memory: FlowMemory, tick_us: int) -> None:
    day, why = memory.day, "no_vendor_premium"
    of_day = None
    if day is not None:
        of_day = day.vendor_cumulative if day.vendor_cumulative is not None else day.vendor_net if day.vendor_minutes else None
    numbers.put("vendor_net_premium_usd", of_day, why)
    ours = net_premium(day.net_calls, day.net_puts) if day is not None and day.trades else None
    drift = None if ours is None or of_day is None else ours - of_day
    numbers.put("net_premium_drift_usd", drift, why if of_day is None else NO_TRADES)
    minutes = columns(VENDOR, memory.vendor_minutes)
    recent = minutes[(minutes["start"] >= first_minute(tick_us)) & (minutes["start"] < tick_us)]
    of_hour = float((recent["net_calls"] - recent["net_puts"]).sum()) if len(recent) else None
    numbers.put("vendor_net_premium_60m_usd", of_hour, why)
    told = recent[np.isfinite(recent["bought"]) & np.isfinite(recent["sold"]) & np.isfinite(recent["volume"])]
    numbers.put("vendor_toxicity", toxicity(told["bought"], told["sold"], told["volume"]), why)


def _smart_money(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    buckets = closed_buckets(memory.buckets, tick_us, settings)
    both = buckets[(buckets["large"] > 0) & (buckets["small"] > 0)]
    if not len(both) or not is_recent(both, tick_us):
        why = NO_TRADES if not memory.newest_trade else "no_large_trades"
        numbers.lack(why, "smart_money_gap", "divergence_score")
        return
    gaps = [smart_money_gap(*row) for row in both[["large_signed", "large", "small_signed", "small"]].tolist()]
    known = np.array(gaps, dtype=np.float64)
    numbers.put("smart_money_gap", gaps[-1], _WARMING_UP)
    score = standard_score(float(known[-1]), known[:-1], settings.score_least_buckets)
    numbers.put("divergence_score", score, _WARMING_UP if len(known) <= settings.score_least_buckets else "flat")
    numbers.flag("smart_divergence", stands_out(score, settings.score_above))
