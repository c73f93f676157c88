"""What the partition of each stage may hold: seeded records of its inputs, late, early and repeated ones among them, and ticks behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from infra.gamma_settings import GammaSettings
from infra.regime_settings import RegimeSettings
from infra.settings import BarSettings, Settings
from processors.folds import facts
from processors.stages import STAGES
from schemas import catalog, golden_examples
from schemas.records import Bar, HistoryTrade, OptionRight, Resolution
from tests.support import book_tape, flow_replay, gamma_world, market_replay
from tests.support.mortal_folding import MemoryLog
from tests.support.views import view

SECOND = 1_000_000
SYMBOLS = ("SPY", "QQQ", "IWM")
SETTINGS = Settings(
    bars=BarSettings(vendor_bars="1s", vendor_bar_spread_seconds=3, vendor_bar_patience_seconds=4),
    gamma=GammaSettings(interval_seconds=4, chain_interval_seconds=2, most_contracts=100), regime=RegimeSettings(minimum_bars=28)
)
Fill = Callable[[MemoryLog, int, Random], None]
"""``(log, moment of a second, chance)``: writes what comes in that second."""


def some_log(stage: str, seed: int, seconds: int | None = None) -> MemoryLog:
    """Return a log of some seconds; a few of them have no tick."""
    log, chance = MemoryLog(STAGES[stage]), Random(seed)
    begin, usual, fill = LOGS[stage]
    for second in range(seconds or usual):
        fill(log, begin + second * SECOND, chance)
        if log.spec.tick_topic and chance.random() < 0.9:
            log.tick(begin + (second + 1) * SECOND)
    return log


def _near(now: int, chance: Random) -> int:
    """Ticks run behind what comes: some of it is of a second that is over, some of one to come, some falls on a tick."""
    return now + chance.choice([-90, -2, -1, 0, 0, 0, 1, 3]) * SECOND + chance.choice([0, chance.randrange(SECOND)])


def _example(topic: str, **changes: Any) -> Any:
    record: Any = golden_examples.load(catalog.topic(topic))["typical"]
    return replace(record, **changes)


def _market(log: MemoryLog, now: int, chance: Random) -> None:
    seconds = (now - market_replay.OPEN) / SECOND
    for symbol in SYMBOLS:
        for _ in range(chance.randrange(4)):
            at, price = seconds + chance.choice([0.0, 0.5, -1.5, 1.0]), round(20 + chance.gauss(0, 0.05), 2)
            log.write("market.trades", market_replay.trade(at, price, sequence=chance.randrange(10**6), symbol=symbol))
        log.write("market.quotes", replace(market_replay.quote(seconds + 0.2, 19.99, 20.01), symbol=symbol))
    for symbol in (SYMBOLS[0], "DIA"):  # one has trades besides, one has none
        if chance.random() < 0.6:
            start, close = now - chance.choice([1, 1, 2, 6]) * SECOND, 20 + chance.gauss(0, 0.05)
            bar = Bar(
                symbol=symbol, resolution=Resolution.S1, window_start=start, window_end=start + SECOND, open=20.0, high=21.0, low=19.0, close=close,
                volume=float(chance.randrange(900)), vwap=None, source="polygon", ts_event=start + SECOND,
            )  # fmt: skip
            log.write("market.bars", *[bar] * chance.choice([1, 1, 2]))
    if chance.random() < 0.5:
        topic = chance.choice(facts.TOPICS)
        log.write(topic, _example(topic, symbol=chance.choice(SYMBOLS), **{"window_end" if "regimes" in topic else "ts_event": now}))


def _books(log: MemoryLog, now: int, chance: Random) -> None:
    for symbol in SYMBOLS:
        shares = {"bids": chance.uniform(100, 900), "asks": chance.uniform(100, 900)}
        books = [replace(book_tape.book(now + part * 100_000, **shares), symbol=symbol) for part in range(chance.randrange(3))]
        log.write("market.books", *books)


def _microstructure(log: MemoryLog, now: int, chance: Random) -> None:
    _books(log, now, chance)
    symbol = chance.choice(SYMBOLS)
    close = 10 + chance.gauss(0, 0.05)
    log.write("derived.bars", replace(book_tape.bar(now - 2 * SECOND, close, volume=chance.uniform(1e5, 1e6)), symbol=symbol))
    if chance.random() < 0.2:
        log.write("options.flow-alerts", book_tape.sweep(now, f"sweep-{now}", symbol=symbol))


def _gamma(log: MemoryLog, now: int, chance: Random) -> None:
    """Chains, trades whose counts do not always rise, bars and totals; a symbol may trade before it has a chain."""
    symbol = chance.choice(SYMBOLS)
    if chance.random() < 0.3:
        chain = gamma_world.whole_chain(_near(now, chance))[:: chance.choice([30, 50])]
        log.write("options.contracts", *(replace(row, symbol=symbol) for row in chain))
    for _ in range(chance.randrange(9)):
        trade = gamma_world.trade(
            _near(now, chance), chance.choice([570, 600]), OptionRight.CALL, bought=chance.randrange(50), sold=chance.randrange(50),
            spot=chance.choice([None, 589.0, 591.5]),
        )  # fmt: skip
        log.write("options.trades", replace(trade, symbol=chance.choice(SYMBOLS)))
    if chance.random() < 0.7:
        log.write("derived.bars", replace(gamma_world.bar(now - chance.randrange(2) * SECOND, chance.uniform(580, 600)), symbol=symbol))
    if chance.random() < 0.2:
        log.write("options.exposures", replace(gamma_world.vendor_total(_near(now, chance), chance.uniform(-1e9, 1e9)), symbol=symbol))


def _flow(log: MemoryLog, now: int, chance: Random) -> None:
    """Option trades, repeats and cancels among them, and a few of some other inputs."""
    for _ in range(chance.randrange(9)):
        trade = flow_replay.option_trade(
            _near(now, chance), chance.choice([90.0, 150_000.0]), right=chance.choice(list(OptionRight)), bought=chance.choice([-1, 0, 1]),
            symbol=chance.choice(SYMBOLS), canceled=chance.random() < 0.1,
        )  # fmt: skip
        log.write("options.trades", *[trade] * chance.choice([1, 1, 2]))
    if chance.random() < 0.5:
        log.write("darkpool.prints", flow_replay.darkpool_print(_near(now, chance), 6e5, symbol=chance.choice(SYMBOLS)))
    if chance.random() < 0.3:
        log.write("options.flow-alerts", flow_replay.flow_alert(_near(now, chance), 2e6, symbol=chance.choice(SYMBOLS)))


def _aggregate(log: MemoryLog, now: int, chance: Random) -> None:
    """Option trades, alerts and prints of the tape, each now and then twice, of one symbol nobody asked for too."""
    symbols = (*SYMBOLS, "XYZ")
    for _ in range(chance.randrange(6)):
        trade = flow_replay.option_trade(_near(now, chance), chance.choice([90.0, 150_000.0]), symbol=chance.choice(symbols))
        log.write("options.trades", *[trade] * chance.choice([1, 1, 2]))
    if chance.random() < 0.3:
        log.write("options.flow-alerts", flow_replay.flow_alert(_near(now, chance), 2e6, symbol=chance.choice(symbols)))
    for _ in range(chance.randrange(6)):
        seconds = (_near(now, chance) - market_replay.OPEN) / SECOND
        log.write("market.trades", market_replay.trade(seconds, 20.0, sequence=chance.randrange(10**6), symbol=chance.choice(symbols)))


def _history(log: MemoryLog, now: int, chance: Random) -> None:
    for _ in range(chance.randrange(4)):
        moment = now * 1_000 + (now - LOGS["history_bars"][0]) * 20_000 + chance.randrange(60 * 10**9)
        price = round(chance.uniform(5, 6), 2)
        log.write(
            "history.trades",
            HistoryTrade(symbol=chance.choice(SYMBOLS), ts_event_ns=moment, sequence=chance.randrange(10**6), price=price, size=chance.randint(1, 9)),
        )


def _views(log: MemoryLog, now: int, chance: Random) -> None:
    """A view each half minute; for minutes on end there is little size on the bid."""
    number = (now - market_replay.OPEN) // SECOND
    for symbol in SYMBOLS:
        if chance.random() < 0.9:
            price = chance.choice([None, round(10.1 + chance.gauss(0, 0.1), 2)])
            log.write("views", view(number * 30, price, symbol=symbol, bid_size=50.0 if number // 10 % 2 else 9e3, ask_size=9e3, spread_bps=5.0))


def _regime(log: MemoryLog, now: int, chance: Random) -> None:
    """A minute's bar each second, and now and then the one before once more, changed."""
    minute = (now - market_replay.OPEN) // SECOND
    for symbol in SYMBOLS:
        for late in (0, 1) if chance.random() < 0.2 and minute else (0,):
            start = market_replay.OPEN + (minute - late) * 60 * SECOND
            made = replace(book_tape.bar(start, round(20 + chance.gauss(0, 0.1), 4), revision=late), symbol=symbol)
            log.write("derived.bars", replace(made, resolution=Resolution.M1, window_end=start + 60 * SECOND))


LOGS: Mapping[str, tuple[int, int, Fill]] = {
    "market": (market_replay.OPEN, 25, _market),
    "depth": (book_tape.OPEN, 25, _books),
    "microstructure": (book_tape.OPEN, 25, _microstructure),
    "gamma": (gamma_world.at("10:00:00"), 25, _gamma),
    "history_bars": (1_586_957_400 * SECOND, 25, _history),
    "flow": (flow_replay.OPEN + 600 * SECOND, 25, _flow),
    "decisions": (market_replay.OPEN, 60, _views),
    "regime": (market_replay.OPEN, 40, _regime),
    "agents": (market_replay.OPEN, 60, _views),
    "aggregate": (market_replay.OPEN + 600 * SECOND, 25, _aggregate),
}
"""By stage: the moment of the first second, how many seconds are usual, and what comes in one."""
