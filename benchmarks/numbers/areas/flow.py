"""Numbers of options flow, off-exchange prints and disclosures."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import scipy.stats

from benchmarks.numbers.number import DATA, Compared, number
from processors.calc.flow_close import delta_usd, predict_close
from processors.calc.flow_disclosures import congress_sums
from processors.calc.flow_divergence import off_exchange_divergence, price_gap_bps, smart_money_gap
from processors.calc.flow_joins import confirmed
from processors.calc.flow_premium import PremiumSums, asymmetry, net_premium
from processors.calc.flow_scores import slope, standard_score
from processors.calc.flow_sides import sides_of, unknown_share
from processors.calc.flow_toxicity import correlation, toxicity
from producers.source import Parsed, Stamps
from producers.unusual_whales.parse_frame import parse_frame
from schemas.records import FlowAlert, OptionRight, OptionTrade, TradeSide

_TRADES = "uw/ws_captured/optiontrades_2025-05-16.jsonl"
_ALERTS = "uw/ws_captured/flowalerts_2025-05-16.jsonl"
_SIDES = {TradeSide.ASK: 1, TradeSide.BID: -1}
_PLANTED = "20,000 seeded option trades of a day, a tenth of them at the middle of the quote"


def _floats(values: Iterable[float | None]) -> npt.NDArray[np.float64]:
    return np.array(list(values), dtype=np.float64)  # None becomes NaN


def _captured(name: str) -> list[Any]:
    frames = [orjson.loads(line) for line in (DATA / name).read_bytes().splitlines()]
    sent = [payload.get("executed_at", payload.get("end_time", 0)) for _, payload in frames]
    now_us = max(sent) * 1_000 + 1_000_000
    stamps = Stamps(now_us, now_us, now_us)
    parsed = [item for frame in frames for item in parse_frame(orjson.dumps(frame), stamps) if isinstance(item, Parsed)]
    return [item.record for item in parsed]


@lru_cache
def _trades() -> list[OptionTrade]:
    return [record for record in _captured(_TRADES) if isinstance(record, OptionTrade)]


@lru_cache
def _planted() -> pd.DataFrame:
    rng = np.random.default_rng(20_250_516)
    rows = 20_000
    side = rng.choice([1, -1, 0], rows, p=[0.48, 0.42, 0.10])
    price = rng.uniform(0.2, 9.0, rows).round(2)
    return pd.DataFrame(
        {
            "minute": np.sort(rng.integers(0, 390, rows)), "call": rng.random(rows) < 0.55, "side": side, "price": price,
            "bid": price - 0.02 * (1 + side), "ask": price + 0.02 * (1 - side), "premium": rng.lognormal(7.0, 1.6, rows).round(2),
            "delta": rng.uniform(0.05, 0.95, rows),
        }
    )  # fmt: skip


@number(
    title="Side of an option trade", unit="1 bought, -1 sold, 0 not known", of=sides_of, reference="the vendor's ask_side, bid_side, mid_side",
    data="Unusual Whales option trades 2025-05-16", tolerance=0.0, needs=(_TRADES,),
)  # fmt: skip
def captured_sides() -> Compared:
    columns = [np.array([getattr(trade, name) for trade in _trades()], float) for name in ("price", "bid", "ask")]
    return sides_of(*columns), [_SIDES.get(trade.side, 0) for trade in _trades()]


@number(
    title="Side of an option trade, planted", unit="1 bought, -1 sold, 0 not known", of=sides_of, reference="the side it was planted with",
    data=_PLANTED,
    tolerance=0.0,
)
def planted_sides() -> Compared:
    table = _planted()
    return sides_of(*(table[name].to_numpy() for name in ("price", "bid", "ask"))), table.side


def _sums(table: pd.DataFrame) -> PremiumSums:
    sums = PremiumSums()
    for premium, call, side in zip(table.premium, table.call, table.side, strict=True):
        sums = sums.plus(float(premium), bool(call), int(side))
    return sums


@number(
    title="Net premium of the captured trades", unit="US dollars", of=net_premium, reference="pandas, by the vendor's sides",
    data="Unusual Whales option trades 2025-05-16", tolerance=1e-9, needs=(_TRADES,),
)  # fmt: skip
def captured_net_premium() -> Compared:
    sums = PremiumSums()
    for trade in _trades():
        side = int(sides_of(*(np.array([value], float) for value in (trade.price, trade.bid, trade.ask)))[0])
        sums = sums.plus(trade.premium, trade.right is OptionRight.CALL, side)
    table = pd.DataFrame([{"premium": one.premium, "call": one.right is OptionRight.CALL, "sign": _SIDES.get(one.side, 0)} for one in _trades()])
    signed = table.premium * table.sign
    return [net_premium(sums.net_calls, sums.net_puts)], [signed[table.call].sum() - signed[~table.call].sum()]


@number(title="Net premium of a day", unit="US dollars", of=net_premium, reference="pandas groupby", data=_PLANTED, tolerance=1e-12, relative=True)
def day_net_premium() -> Compared:
    table = _planted()
    sums = _sums(table)
    signed = table.premium * table.side
    return [net_premium(sums.net_calls, sums.net_puts)], [signed[table.call].sum() - signed[~table.call].sum()]


@number(
    title="Share of premium whose side is not known", unit="share, 0 to 1", of=unknown_share, reference="pandas", data=_PLANTED, tolerance=1e-12,
)
def unknown_sides() -> Compared:
    table = _planted()
    sums = _sums(table)
    return _floats([unknown_share(sums.unknown, sums.calls + sums.puts)]), [table.premium[table.side == 0].sum() / table.premium.sum()]


@number(title="Flow asymmetry", unit="share, 0.5 to 1, signed", of=asymmetry, reference="pandas, minute by minute", data=_PLANTED, tolerance=1e-12)
def asymmetry_by_minute() -> Compared:
    table = _planted().assign(calls=lambda one: one.premium * one.call, puts=lambda one: one.premium * ~one.call)
    minutes = table.groupby("minute")[["calls", "puts"]].sum()
    share = minutes.max(axis=1) / minutes.sum(axis=1)
    return _floats(asymmetry(*row) for row in minutes.to_numpy()), share * np.where(minutes.calls >= minutes.puts, 1, -1)


@number(
    title="Flow momentum, 60 minutes", unit="US dollars a minute", of=slope, reference="scipy.stats.linregress",
    data=_PLANTED, tolerance=1e-9, relative=True,
)
def momentum() -> Compared:
    table = _planted()
    net = (table.premium * table.side * np.where(table.call, 1, -1)).groupby(table.minute).sum().cumsum().to_numpy()
    windows = [net[end - 60 : end] for end in range(60, len(net), 15)]
    return _floats(slope(window) for window in windows), [scipy.stats.linregress(np.arange(60), window).slope for window in windows]


@number(title="Flow trend, three sessions", unit="US dollars a session", of=slope, reference="numpy.polyfit", data="seeded sessions", tolerance=1e-6)
def trend() -> Compared:
    sessions = np.random.default_rng(1).normal(0, 1e6, 40)
    windows = [sessions[end - 3 : end] for end in range(3, 41)]
    return _floats(slope(window) for window in windows), [np.polyfit(np.arange(3), window, 1)[0] for window in windows]


@number(
    title="Dark-pool score", unit="standard deviations", of=standard_score, reference="scipy.stats.zmap, ddof=1",
    data="seeded five-minute sums, three planted",
    tolerance=1e-9,
)
def darkpool_score() -> Compared:
    net = np.random.default_rng(2).normal(0, 1e6, 200)
    net[[90, 120, 150]] += 4e6
    places = range(12, 200)
    ours = [standard_score(float(net[place]), net[max(0, place - 78) : place], 12) for place in places]
    return _floats(ours), [scipy.stats.zmap([net[place]], net[max(0, place - 78) : place], ddof=1)[0] for place in places]


@number(title="Smart-money gap", unit="-2 to 2", of=smart_money_gap, reference="pandas groupby", data=_PLANTED, tolerance=1e-9)
def smart_gap() -> Compared:
    table = _planted().assign(large=lambda one: one.premium >= 5_000, bucket=lambda one: one.minute // 5)
    table["bullish"] = table.premium * table.side * np.where(table.call, 1, -1)
    sums = table.groupby(["bucket", "large"])[["bullish", "premium"]].sum().unstack()
    ours = [smart_money_gap(*row) for row in sums[[("bullish", True), ("premium", True), ("bullish", False), ("premium", False)]].to_numpy()]
    shares = sums["bullish"] / sums["premium"]
    return _floats(ours), shares[True] - shares[False]


@number(
    title="Off-exchange against lit volume", unit="share, -1 to 1", of=off_exchange_divergence, reference="pandas",
    data="seeded volume by price", tolerance=1e-12
)
def off_exchange() -> Compared:
    volumes = pd.DataFrame(np.random.default_rng(3).integers(1, 10**6, (50, 2)), columns=["off", "lit"])
    shares = volumes.div(volumes.sum(axis=1), axis=0)
    return _floats(off_exchange_divergence(*row) for row in volumes.to_numpy()), shares.off - shares.lit


@number(
    title="Off-exchange price above lit price", unit="basis points", of=price_gap_bps, reference="numpy.average, weighted",
    data="seeded volume by price",
    tolerance=1e-8,
)
def price_gap() -> Compared:
    rng = np.random.default_rng(4)
    ours, theirs = [], []
    for _ in range(30):
        price, off, lit = rng.uniform(99, 101, 40), rng.integers(1, 10**5, 40), rng.integers(1, 10**5, 40)
        ours.append(price_gap_bps(float((price * off).sum()), float(off.sum()), float((price * lit).sum()), float(lit.sum())))
        theirs.append((np.average(price, weights=off) / np.average(price, weights=lit) - 1) * 10_000)
    return _floats(ours), theirs


@number(
    title="Cumulative delta of the afternoon", unit="US dollars", of=delta_usd, reference="pandas, by the vendor's sides",
    data="Unusual Whales option trades 2025-05-16", tolerance=1e-6, needs=(_TRADES,),
)  # fmt: skip
def cumulative_delta() -> Compared:
    ours = []
    for trade in _trades():
        side = int(sides_of(*(np.array([value], float) for value in (trade.price, trade.bid, trade.ask)))[0])
        ours.append(delta_usd(side, trade.delta or 0.0, trade.size, 100.0, trade.underlying_price or 0.0))
    fields = ("delta", "size", "underlying_price")
    table = pd.DataFrame([{name: getattr(one, name) for name in fields} | {"sign": _SIDES.get(one.side, 0)} for one in _trades()])
    return np.cumsum(ours), (table.sign * table.delta * table["size"] * 100 * table.underlying_price).cumsum()


@number(
    title="Confidence of the close imbalance", unit="0 to 1", of=predict_close, reference="scipy.stats.ztest by norm.sf and sem",
    data="a seeded afternoon, "
    "each minute from the 15th", tolerance=1e-12,
)  # fmt: skip
def close_confidence() -> Compared:
    minutes = np.random.default_rng(5).normal(4e5, 2e6, 90)
    ours, theirs = [], []
    for count in range(15, 91):
        found = predict_close(minutes[:count], 0.1)
        ours.append(np.nan if found is None else found.confidence)
        distance = abs(minutes[:count].mean()) / scipy.stats.sem(minutes[:count])
        theirs.append((1 - 2 * scipy.stats.norm.sf(distance)) * 0.9)
    return ours, theirs


@number(
    title="Sweep premium of the captured alerts", unit="US dollars", of=net_premium, reference="ask side - bid side, total less what lay between",
    data="Unusual Whales flow alerts 2025-05-16", tolerance=1e-6, needs=(_ALERTS,),
)  # fmt: skip
def captured_alerts() -> Compared:
    alerts = [record for record in _captured(_ALERTS) if isinstance(record, FlowAlert)]
    ours = [net_premium(one.ask_side_premium or 0.0, one.bid_side_premium or 0.0) for one in alerts]
    raw = [payload for _, payload in map(orjson.loads, (DATA / _ALERTS).read_bytes().splitlines()) if "total_premium" in payload]
    return ours, [row["total_ask_side_prem"] - row["total_bid_side_prem"] for row in raw]


@number(title="What congress bought", unit="US dollars, at least", of=congress_sums, reference="pandas", data="seeded reports", tolerance=1e-9)
def congress() -> Compared:
    rng = np.random.default_rng(6)
    table = pd.DataFrame({"direction": rng.choice([1, -1, 0], 200), "amount": rng.choice([1_001.0, 15_001.0, 250_001.0, 500_001.0], 200)})
    sums = congress_sums(zip(table.direction, table.amount, strict=True))
    return [sums.bought_usd, sums.sold_usd], [table.amount[table.direction == sign].sum() for sign in (1, -1)]


@number(
    title="Dark pool confirming flow alerts", unit="1 confirmed, 0 not", of=confirmed, reference="pandas.merge_asof, nearest, tolerance 300 s",
    data="seeded alerts and prints", tolerance=0.0,
)
def confirmations() -> Compared:
    rng = np.random.default_rng(7)
    alerts = pd.DataFrame({"at": np.sort(rng.integers(0, 23_400, 300)), "direction": rng.choice([1, -1], 300)})
    prints = pd.DataFrame({"at": np.sort(rng.integers(0, 23_400, 60)), "direction": rng.choice([1, -1], 60)})
    moments, directions, print_moments, print_directions = (table[name].to_numpy() for table in (alerts, prints) for name in ("at", "direction"))
    ours = confirmed(moments, directions, print_moments, print_directions, 300)
    joined = pd.merge_asof(alerts, prints.assign(found=1.0), on="at", by="direction", direction="nearest", tolerance=300)
    return ours.astype(float), joined.found.notna().astype(float)


@number(
    title="Vendor flow toxicity", unit="share, 0 to 1", of=toxicity, reference="pandas, 60 minutes",
    data="seeded minutes of contract counts", tolerance=1e-12
)
def vendor_toxicity() -> Compared:
    rng = np.random.default_rng(8)
    table = pd.DataFrame({"bought": rng.poisson(300, 390), "sold": rng.poisson(260, 390)}, dtype=float)
    table["total"] = table.bought + table.sold + rng.poisson(30, 390)
    theirs = (table.bought - table.sold).abs().rolling(60).sum() / table.total.rolling(60).sum()
    ends = range(60, 391)
    ours = [toxicity(*(table[name].to_numpy()[end - 60 : end] for name in ("bought", "sold", "total"))) for end in ends]
    return _floats(ours), theirs.to_numpy()[59:]


@number(
    title="Vendor toxicity against VPIN, correlation", unit="-1 to 1", of=correlation, reference="scipy.stats.pearsonr",
    data="a seeded day: VPIN planted 0.8 correlated with the vendor's measure, a tenth of it missing", tolerance=1e-12,
)
def toxicity_correlation() -> Compared:
    rng = np.random.default_rng(9)
    vpin = rng.normal(0.3, 0.05, 390)
    vendor = np.where(rng.random(390) < 0.1, np.nan, 0.8 * (vpin - 0.3) + 0.6 * rng.normal(0, 0.05, 390) + 0.2)
    both = np.isfinite(vendor)
    return _floats([correlation(vpin, vendor)]), [scipy.stats.pearsonr(vpin[both], vendor[both]).statistic]
