"""Trades made off exchange, and alerts that a vendor makes of option trades."""

from __future__ import annotations

import numpy as np

from benchmarks.whole_market.option_chains import SOURCE, Chain
from benchmarks.whole_market.size import SESSION_DAY, START_US, MarketSize
from infra.clock import MICROSECONDS
from schemas.records import DarkpoolPrint, FlowAlert, Licence, OptionRight

_SYMBOLS = 500  # that off-exchange trades are told of


def off_exchange_prints(size: MarketSize, prices: dict[str, float], seconds: int, seed: int = 7) -> list[DarkpoolPrint]:
    """Return the prints of so many seconds, of the busiest symbols."""
    random = np.random.Generator(np.random.PCG64(seed + 2))
    known = list(prices.items())[:_SYMBOLS]
    count = size.off_exchange_prints * seconds
    codes = (random.random(count) ** 2 * len(known)).astype(int).tolist()
    sizes, sides = np.round(random.lognormal(6.5, 1.3, count)).astype(int).clip(1).tolist(), random.integers(-1, 2, count).tolist()
    prints = []
    for number in range(count):
        symbol, price = known[codes[number]]
        moment = START_US + number * MICROSECONDS // size.off_exchange_prints
        prints.append(
            DarkpoolPrint(
                symbol=symbol, ts_event=moment, ts_received=moment, ts_published=moment, source=SOURCE, licence=Licence.INTERNAL,
                print_id=f"made-{number:08d}", price=price, size=sizes[number], premium=round(price * sizes[number], 2),
                bid=round(price - 0.01 * (1 + sides[number]), 2), ask=round(price + 0.01 * (1 - sides[number]), 2),
            )
        )  # fmt: skip
    return prints


def flow_alerts(size: MarketSize, chains: list[Chain], seconds: int, seed: int = 7) -> list[FlowAlert]:
    """Return the alerts of so many seconds, sweeps of the index chains."""
    random = np.random.Generator(np.random.PCG64(seed + 3))
    alerts = []
    for number in range(size.flow_alerts * seconds):
        chain = chains[int(random.integers(len(chains)))]
        moment, premium = START_US + number * MICROSECONDS // size.flow_alerts, round(float(random.lognormal(12.8, 1.0)))
        right = OptionRight.CALL if random.random() < 0.6 else OptionRight.PUT
        alerts.append(
            FlowAlert(
                symbol=chain.symbol, ts_event=moment, ts_received=moment, ts_published=moment, source=SOURCE, licence=Licence.INTERNAL,
                alert_id=f"made-{number:07d}", rule="RepeatedHits", option_symbol=chain.name(0), expiry=SESSION_DAY + 2,
                strike=float(round(chain.spot)), right=right, price=1.5, underlying_price=chain.spot, total_premium=float(premium),
                ask_side_premium=float(premium), bid_side_premium=0.0, total_size=max(premium // 150, 1), trade_count=3, volume=2_000,
                has_sweep=bool(random.random() < 0.7),
            )
        )  # fmt: skip
    return alerts
