"""A day of flow in ClickHouse, so that the Flow page can be looked at: seeded records through the flow fold itself."""

from __future__ import annotations

import random
from dataclasses import replace

from infra.clock import MICROSECONDS
from schemas.record import Record
from schemas.records import OptionRight, SymbolEventKind, Tick
from tests.support.flow_replay import (
    MINUTE,
    OPEN,
    FlowDriver,
    at,
    darkpool_print,
    event,
    flow_alert,
    insider_sale,
    option_trade,
    price_level,
    vendor_minute,
)

NOW = at(15, 20, 30)


def seeded_flow() -> dict[str, list[Record]]:
    """Return a day's records until 15:20 by topic, with the metrics the fold makes of them."""
    dice, driver = random.Random(11), FlowDriver()
    found: dict[str, list[Record]] = {}
    price = 590.0
    opening: list[tuple[str, Record]] = [
        ("derived.symbol-events", event(SymbolEventKind.CONGRESS_TRADE, at(0, 0), reporter="A. Member", transaction="Purchase", amount_low=500_001.0,
                                        amount_high=1_000_000.0)),
        ("derived.symbol-events", event(SymbolEventKind.HEADLINE, at(10, 2), headline="Index fund sees <b>record</b> inflow", sentiment="positive")),
        ("derived.symbol-events", event(SymbolEventKind.HEADLINE, at(11, 2), headline="Officials speak in the afternoon")),
        *(("reference.insider-trades", insider_sale(name, at(0, 0))) for name in ("B. Officer", "C. Director", "D. Owner")),
    ]  # fmt: skip
    _take(driver, found, opening)
    for minute in range((NOW - OPEN) // MINUTE):
        start = OPEN + minute * MINUTE
        lean = 0.62 if minute > 200 else 0.48
        records: list[tuple[str, Record]] = []
        for second in range(0, 60, 4):
            price += dice.gauss(0.002, 0.03)
            moment = start + second * MICROSECONDS
            bullish = dice.random() < lean
            call = dice.random() < 0.6
            bought = 0 if dice.random() < 0.1 else 1 if bullish == call else -1
            premium = round(dice.lognormvariate(8.6, 1.4), 0)
            right = OptionRight.CALL if call else OptionRight.PUT
            records.append(("options.trades", option_trade(moment, premium, right=right, bought=bought, underlying_price=price)))
        for place in range(3):
            size = round(dice.lognormvariate(6.5, 1.3))
            level = round(price * 2) / 2 if dice.random() < 0.5 else round(price, 2)
            side = dice.choice([1, 1, -1, 0])
            quote = {"bid": level - 0.01 * (1 + side), "ask": level + 0.01 * (1 - side)}
            records.append(("darkpool.prints", darkpool_print(start + place * 7_000_000, size * level, price=level, size=size, **quote)))
        records.append(("options.net-premium", vendor_minute(start, dice.gauss(4e4, 3e5), dice.gauss(-1e4, 2e5), net_delta=dice.gauss(500, 2_000))))
        if minute % 5 == 0:
            records += [("market.price-levels", price_level(start, price, 40_000 + minute, 60_000))]
        if minute % 9 == 4:
            right = dice.choice([OptionRight.CALL, OptionRight.CALL, OptionRight.PUT])
            strike = float(round(price))
            alert = flow_alert(
                start + 30_000_000, round(dice.lognormvariate(12.8, 1.0)), right=right, strike=strike, underlying_price=price, rule="RepeatedHits",
                has_sweep=dice.random() < 0.7, option_symbol=f"SPY250516{right.value[0]}00{strike:.0f}000",
            )  # fmt: skip
            records.append(("options.flow-alerts", alert))
        _take(driver, found, records)
        driver.tick(start + MINUTE)
    state, outputs = driver.fold.step(replace(driver.state, changed=True), "ops.ticks", Tick(ts_event=NOW - MICROSECONDS))
    found["derived.flow-metrics"] = [*driver.written, *(output.record for output in outputs)]
    assert state.last_tick == NOW - MICROSECONDS
    return found


def _take(driver: FlowDriver, found: dict[str, list[Record]], records: list[tuple[str, Record]]) -> None:
    for topic, record in records:
        found.setdefault(topic, []).append(record)
    driver.feed(record for _, record in records)
