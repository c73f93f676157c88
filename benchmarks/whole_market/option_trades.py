"""Option trades: half of them in the index chains, the rest all over the market; a burst a minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.whole_market.option_chains import SOURCE, Chain, make_chain
from benchmarks.whole_market.size import START_US, MarketSize
from infra.clock import MICROSECONDS
from schemas.records import Licence, OptionRight, OptionTrade, TradeSide

BURST_AT_SECOND, BURST_TIMES = 45, 10  # of each minute
_IN_THE_CHAINS = 0.5
_OTHER_UNDERLYINGS, _OTHER_CONTRACTS = 500, 200
_SIDES = (TradeSide.BID, TradeSide.MID, TradeSide.ASK)
_SIDE_SHARES = (0.42, 0.1, 0.48)
_YEAR_DAYS = 365.0


def trade_moments(size: MarketSize, seconds: int, seed: int = 7) -> NDArray[np.int64]:
    """Return when the trades are made, microseconds since the epoch, in order."""
    random = np.random.Generator(np.random.PCG64(seed))
    rate = np.where(np.arange(seconds) % 60 == BURST_AT_SECOND, BURST_TIMES, 1) * size.option_trades
    second = np.repeat(np.arange(seconds), rate)
    return np.sort(START_US + second * MICROSECONDS + random.integers(1, MICROSECONDS, len(second)))


def option_trades(size: MarketSize, chains: Sequence[Chain], prices: dict[str, float], seconds: int, seed: int = 7) -> list[OptionTrade]:
    """Return the trades of so many seconds; counts of the day by side are each contract's own."""
    random = np.random.Generator(np.random.PCG64(seed + 1))
    others = [make_chain(symbol, price, _OTHER_CONTRACTS) for symbol, price in list(prices.items())[:_OTHER_UNDERLYINGS] if symbol not in size.chains]
    moments = trade_moments(size, seconds, seed)
    count = len(moments)
    in_chains = random.random(count) < _IN_THE_CHAINS
    which = random.random(count)
    away, sides, sizes = np.abs(random.normal(0.0, 0.12, count)), random.choice(3, count, p=_SIDE_SHARES), random.integers(1, 60, count)
    traded: dict[str, Counter[TradeSide]] = {}
    trades = []
    for number, moment in enumerate(moments.tolist()):
        among = chains if in_chains[number] or not others else others
        chain = among[int(which[number] * len(among))]
        place = _near_the_money(chain, float(away[number]), number)
        side, lots = _SIDES[sides[number]], int(sizes[number])
        counts = traded.setdefault(f"{chain.symbol}/{place}", Counter())
        counts[side] += lots
        trades.append(_trade(chain, place, moment, number, side, lots, counts))
    return trades


def _near_the_money(chain: Chain, away: float, number: int) -> int:
    """Return a contract of one of the nearest expiries, ``away`` as a share of the strikes on one side."""
    lines = -(-len(chain) // 50)
    line = lines // 2 + round(min(away, 1.0) * (lines // 2)) * (1 if number % 2 else -1)
    return min(max(line, 0) * 50 + number % 5 + 25 * (number // 2 % 2), len(chain) - 1)


def _trade(chain: Chain, place: int, moment: int, number: int, side: TradeSide, lots: int, counts: Counter[TradeSide]) -> OptionTrade:
    strike, volatility, is_call = float(chain.strike[place]), float(chain.volatility[place]), bool(chain.is_call[place])
    inside = max((chain.spot - strike) if is_call else (strike - chain.spot), 0.0)
    years = (int(chain.expiry[place]) - moment // (86_400 * MICROSECONDS) + 1) / _YEAR_DAYS
    middle = max(round(inside + 0.4 * volatility * chain.spot * years**0.5, 2), 0.05)
    bid, ask = round(middle * 0.98, 2), round(middle * 1.02 + 0.01, 2)
    price = {TradeSide.BID: bid, TradeSide.MID: round((bid + ask) / 2, 4), TradeSide.ASK: ask}.get(side, middle)
    delta = round(0.5 + (chain.spot / strike - 1) * 2, 3)
    return OptionTrade(
        symbol=chain.symbol, ts_event=moment, ts_received=moment, ts_published=moment, source=SOURCE, licence=Licence.INTERNAL,
        trade_id=f"made-{number:09d}", option_symbol=chain.name(place), expiry=int(chain.expiry[place]), strike=strike,
        right=OptionRight.CALL if is_call else OptionRight.PUT, price=price, size=lots, premium=round(price * lots * 100, 2), side=side, bid=bid,
        ask=ask, underlying_price=chain.spot, implied_volatility=volatility, delta=delta if is_call else delta - 1, gamma=0.01, theta=-0.05, vega=0.1,
        volume=sum(counts.values()), open_interest=int(chain.interest[place]), ask_volume=counts[TradeSide.ASK], bid_volume=counts[TradeSide.BID],
        mid_volume=counts[TradeSide.MID], no_side_volume=0, exchange="XCBO",
    )  # fmt: skip
