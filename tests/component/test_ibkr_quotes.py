"""Quotes, options and the tape of Interactive Brokers over a real socket: the feed's own client against the simulated TWS."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import talib

from infra.cli.ibkr import exponential_means
from infra.clock import ManualClock, monotonic_seconds, to_microseconds
from infra.errors import Retryable
from infra.settings import Settings
from infra.vendor_settings import IbkrSettings, PolygonSettings
from infra.vendorsim.option_quote import around
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tws.book_source import ScenarioBooks
from infra.vendorsim.tws.listings import stock
from infra.vendorsim.tws.server import TwsSimulator, listening
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_underlyings import underlyings
from producers.ibkr.gateways import Gateways, addresses
from producers.ibkr.parse_quotes import parse_quotes
from producers.ibkr.quote_feed import QuoteSource
from producers.ibkr.quote_stream import QuoteBook, QuoteStream, open_quotes
from producers.ibkr.universe import PACKAGED
from producers.source import Parsed, Refused, Stamps
from schemas.records import Bar, BrokerQuote, DepthMode, OptionContract, Quote, Trade

SCENARIO = Scenario(date(2025, 6, 3))
NOON_US = (SCENARIO.span_ms[0] + 3 * 3_600_000) * 1_000
PATIENCE = 20.0


@dataclass
class World:
    """A simulator, a hand clock, and what the feed wrote."""

    simulator: TwsSimulator
    clock: ManualClock
    settings: IbkrSettings
    records: list[Any] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = QuoteBook(self.settings, self.clock.now_us(), frozenset({"AAPL"}))
        self.gateways = Gateways(addresses(self.settings.host, self.settings.port, self.settings.standby), self.settings.client_ids)

    def connect(self) -> contextlib.AbstractAsyncContextManager[QuoteStream]:
        return open_quotes(self.book, self.clock, self.gateways)

    async def read(self, stream: QuoteStream, until: Callable[[], bool], what: str, step_seconds: float = 0.1) -> None:
        """Read on, moving the clock, until the condition holds."""
        deadline = monotonic_seconds() + PATIENCE
        while not until():
            assert monotonic_seconds() < deadline, f"{what} did not come about; detail: {stream.detail}"
            self.clock.advance(step_seconds)
            payload = await stream.receive(0.02)
            while payload is not None:
                now_us = self.clock.now_us()
                for item in parse_quotes(payload.body, Stamps(payload.received_us, now_us, now_us + 1_000_000)):
                    if isinstance(item, Parsed):
                        self.records.append(item.record)
                    else:
                        self.refused.append(item)
                payload = await stream.receive(0)

    def quotes(self, symbol: str) -> list[BrokerQuote]:
        return [each for each in self.records if isinstance(each, BrokerQuote) and each.symbol == symbol]

    @property
    def lines(self) -> list[str]:
        return [quote.each.name for connection in self.simulator.connections for quote in connection.quotes.quotes.values()]


@contextlib.asynccontextmanager
async def world(tmp_path: Path, text: str = "", start_us: int = NOON_US, **changes: Any) -> AsyncIterator[World]:
    """Run a simulator; ``text`` is put in place of the packaged file's first keys."""
    path = tmp_path / "universe.yaml"
    groups = PACKAGED.read_text().partition("groups:")[2]
    path.write_text(f"{text}\ngroups:{groups}")
    clock = ManualClock(start_us)
    async with listening(TwsSimulator(ScenarioBooks(SCENARIO), clock)) as simulator:
        settings = IbkrSettings.model_validate(
            {"host": "127.0.0.1", "port": simulator.port, "universe_path": str(path)}
            | {"silence_seconds": 2.0, "probe_seconds": 0.1, "connect_seconds": 5.0}
            | changes
        )
        yield World(simulator, clock, settings)


async def test_every_class_of_instrument_is_quoted_and_no_index_is_older_than_five_seconds(tmp_path: Path) -> None:
    """IBK-19 to 28: all of the packaged file; prices are those of the scenario."""
    async with world(tmp_path) as w, w.connect() as stream:
        names = set(w.book.file.universe.instruments)
        await w.read(stream, lambda: {each.symbol for each in w.records} == names, "a quote of each instrument")
        await w.read(stream, lambda: all(len(w.quotes(name)) > 6 for name in names), "more of each", step_seconds=0.5)
        assert stream.detail is None
        assert Counter(each.security_type for each in {each.symbol: each for each in w.records}.values()) == {
            "STK": 10, "IND": 16, "FUT": 22, "CASH": 10, "CRYPTO": 2,
        }  # fmt: skip
        for name in names:
            found = w.quotes(name)
            assert all(later.sequence == earlier.sequence + 1 for earlier, later in pairwise(found))
            assert all(later.ts_published - earlier.ts_published <= 5_600_000 for earlier, later in pairwise(found)), name
            assert {each.mode for each in found} == {DepthMode.LIVE}
    spy, spx, es = (w.quotes(name)[-1] for name in ("SPY", "SPX", "ES"))
    quoted = {quote for moment in range(spy.ts_event // 1_000 - 2_000, spy.ts_event // 1_000 + 1, 10) if (quote := w_quote(moment))}
    assert (spy.bid_price, spy.ask_price) in quoted
    assert spx.bid_price is None and spx.last_price is not None and spy.bid_price is not None
    assert abs(spx.last_price / spy.bid_price - 10) < 0.02
    assert (es.local_symbol, es.expiry) == ("ESM5", (date(2025, 6, 20) - date(1970, 1, 1)).days)
    assert w.lines == []


def w_quote(moment_ms: int) -> tuple[float, float] | None:
    quote = ScenarioBooks(SCENARIO).quote("SPY", moment_ms)
    return None if quote is None else (quote.bid_price, quote.ask_price)


async def test_above_the_ceiling_the_last_wait_with_a_reason_and_move_up(tmp_path: Path) -> None:
    """IBK-05: sixty instruments, first by our own ceiling, then by the vendor's."""
    async with world(tmp_path, lines=59) as w, w.connect() as stream:
        await w.read(stream, lambda: len(w.lines) == 59, "59 lines")
        assert "quotes waiting for one of 59 lines: ETH-USD" in str(stream.detail)
        w.simulator.commit({"fault": "refuse", "symbol": "SPY", "code": 354})
        w.simulator.connections[0].hang_up()
        with pytest.raises(Retryable):
            await w.read(stream, lambda: False, "the end of the connection")
        async with w.connect() as again:
            await w.read(again, lambda: "ETH-USD" in w.lines, "the waiting one to move up")
            assert "refused: SPY (354 no permission)" in str(again.detail)
    async with world(tmp_path) as w:
        w.simulator.commit({"fault": "lines", "count": 58})
        async with w.connect() as stream:
            await w.read(stream, lambda: len(w.lines) == 58 and "58 lines" in str(stream.detail), "58 lines")
            assert "quotes waiting for one of 58 lines: BTC-USD, ETH-USD" in str(stream.detail)


async def test_a_crossed_quote_and_a_gap_in_time_are_flagged(tmp_path: Path) -> None:
    """IBK-30."""
    async with world(tmp_path, quotes=("SPY", "QQQ")) as w, w.connect() as stream:
        await w.read(stream, lambda: len(w.quotes("SPY")) > 3, "quotes")
        w.simulator.commit({"fault": "cross", "symbol": "SPY"})
        await w.read(stream, lambda: w.quotes("SPY")[-1].is_crossed, "the flag")
        assert stream.detail == "crossed: SPY"
        assert not any(quote.is_crossed for quote in w.quotes("QQQ"))
        w.simulator.commit({"fault": "mend", "symbol": "SPY"})
        await w.read(stream, lambda: not w.quotes("SPY")[-1].is_crossed, "the mended quote")
        w.simulator.commit({"fault": "silence", "symbol": "SPY"})
        await w.read(stream, lambda: stream.detail == "no ticks of SPY", "the silence to be said", step_seconds=1)
        assert w.quotes("SPY")[-1].age_ms > 25_000, "what is old says so"
        w.simulator.commit({"fault": "mend", "symbol": "SPY"})
        await w.read(stream, lambda: any(quote.gap_ms for quote in w.quotes("SPY")), "the gap to be flagged")
        (gap,) = [quote.gap_ms for quote in w.quotes("SPY") if quote.gap_ms]
        assert gap > 30_000 and all(quote.gap_ms is None for quote in w.quotes("QQQ"))


async def test_fifty_past_bars_come_before_the_first_live_tick_and_warm_the_means(tmp_path: Path) -> None:
    """ING-47: equal to the prints of their minutes; the growing minute is left out; a foreign tape and too many asked for go without."""
    text = "ticks: [AMD, AAPL, EUR.USD]"
    async with world(tmp_path, text, quotes=("AMD",)) as w, w.connect() as stream:
        await w.read(stream, lambda: any(isinstance(each, Trade) for each in w.records), "a live trade", step_seconds=0.5)
    of_amd = [each for each in w.records if isinstance(each, (Bar, Trade)) and each.symbol == "AMD"]
    bars = [each for each in of_amd if isinstance(each, Bar)]
    assert len(bars) == 50 and all(isinstance(each, Bar) for each in of_amd[:50]), "warm before the first live tick"
    assert all(later.window_start == earlier.window_end for earlier, later in pairwise(bars))
    assert bars[-1].window_end <= NOON_US < bars[-1].window_end + 60_000_000
    for bar in bars:
        trades = ScenarioBooks(SCENARIO).trades(stock("AMD"), bar.window_start // 1_000, bar.window_end // 1_000)
        assert bar.volume == sum(trade.size for trade in trades) and bar.trade_count == len(trades) and bar.source == "ibkr"
        assert bar.vwap == pytest.approx(sum(trade.price * trade.size for trade in trades) / bar.volume, abs=1e-5)
    means = exponential_means([bar.close for bar in bars], 50)
    assert means[-1] is not None and means[-1] == pytest.approx(talib.EMA(np.array([bar.close for bar in bars]), 50)[-1])
    pairs = [each for each in w.records if isinstance(each, Bar) and each.symbol == "EUR.USD"]
    assert len(pairs) == 50 and {(each.volume, each.vwap, each.trade_count) for each in pairs} == {(0.0, None, None)}
    assert not any(isinstance(each, Bar) and each.symbol == "AAPL" for each in w.records) and w.refused == []


async def test_without_past_bars_the_tape_begins_all_the_same(tmp_path: Path) -> None:
    """ING-47: message 162."""
    async with world(tmp_path, "ticks: [AMD]", quotes=("SPY",)) as w:
        w.simulator.commit({"fault": "refuse", "symbol": "AMD", "code": 354})
        async with w.connect() as stream:
            await w.read(stream, lambda: any(isinstance(each, Trade) for each in w.records), "a live trade", step_seconds=0.5)
            assert "no past bars of AMD" in str(stream.detail)
    assert not any(isinstance(each, Bar) for each in w.records)


async def test_trades_keep_their_order_and_stamps_and_pairs_are_quoted_tick_by_tick(tmp_path: Path) -> None:
    """IBK-15, IBK-27; a tape that another feed writes is left to it; requests above the allowance wait."""
    text = "ticks: [AMD, AAPL, EUR.USD, NVDA, TSLA]"
    async with world(tmp_path, text, quotes=("AMD",)) as w, w.connect() as stream:
        await w.read(stream, lambda: any(isinstance(each, Quote) and each.symbol == "EUR.USD" for each in w.records), "a tick of the pair")
        assert stream.detail is not None
        assert "tick by tick requests waiting for one of 5 lines: TSLA AllLast, TSLA BidAsk" in stream.detail
        assert "AAPL: its tape comes from feed.polygon" in stream.detail
        await w.read(stream, lambda: len([each for each in w.records if isinstance(each, Trade) and each.symbol == "AMD"]) > 30, "trades", 1)
    found = [each for each in w.records if isinstance(each, Trade) and each.symbol == "AMD"]
    happened = [
        (trade.ts_ms // 1_000 * 1_000_000, trade.price, float(trade.size))
        for trade in ScenarioBooks(SCENARIO).trades(stock("AMD"), NOON_US // 1_000, w.clock.now_us() // 1_000)
    ]
    told = [(each.ts_event, each.price, each.size) for each in found]
    assert told == happened[happened.index(told[0]) :][: len(told)]
    assert all(later.sequence == earlier.sequence + 1 for earlier, later in pairwise(found))
    assert all(each.ts_received > each.ts_event for each in found)
    assert w.refused == []


async def test_crypto_ticks_on_a_sunday(tmp_path: Path) -> None:
    """IBK-28."""
    sunday_us = to_microseconds(datetime(2025, 6, 8, 12, tzinfo=UTC))
    text = "ticks: [BTC-USD]"
    async with world(tmp_path, text, start_us=sunday_us, quotes=("crypto", "equities")) as w, w.connect() as stream:
        await w.read(stream, lambda: len(w.quotes("BTC-USD")) > 5 and len(w.quotes("ETH-USD")) > 5, "quotes")
        await w.read(stream, lambda: any(isinstance(each, Trade) for each in w.records), "a trade", step_seconds=0.5)
    assert len({quote.last_price for quote in w.quotes("BTC-USD")}) > 2
    assert all(quote.ts_event >= sunday_us for quote in w.quotes("BTC-USD"))


async def test_options_near_the_money_are_quoted_as_the_other_vendors_quote_them(tmp_path: Path) -> None:
    """IBK-18: by symbol, strike and expiry; bid and offer agree with the simulated Unusual Whales to the cent."""
    async with world(tmp_path, "options: [SPY]", quotes=("SPY",), option_strikes=2) as w, w.connect() as stream:

        def options() -> list[OptionContract]:
            return [each for each in w.records if isinstance(each, OptionContract) and each.delta is not None]

        await w.read(stream, lambda: len({(each.strike, each.right) for each in options()}) == 8, "four strikes, calls and puts")
    day = OptionDay(underlyings(SCENARIO, 7)["SPY"], 7)
    for each in options():
        assert each.symbol == "SPY" and each.source == "ibkr"
        assert day.chain.expiries[0] == date(1970, 1, 1) + timedelta(days=each.expiry)
        assert each.option_symbol in day.chain.numbers
        moments = range(each.ts_event // 1_000 - 2_000, each.ts_event // 1_000 + 1, 20)
        number = day.chain.numbers[each.option_symbol]
        assert (each.bid, each.ask) in {around(float(day.chain.greeks_at(moment)[0].value[number])) for moment in moments[::2]}
        assert abs(each.strike - 620) < 15


async def test_the_next_month_takes_over_without_a_gap(tmp_path: Path) -> None:
    """IBK-23: at the roll the old month is quoted until the new one is."""
    before_us = to_microseconds(datetime(2025, 6, 11, 21, 59, 30, tzinfo=UTC))
    async with world(tmp_path, start_us=before_us, quotes=("ES",)) as w, w.connect() as stream:
        await w.read(stream, lambda: len(w.quotes("ES")) > 2, "the June contract", step_seconds=1)
        await w.read(stream, lambda: w.quotes("ES")[-1].local_symbol == "ESU5", "the September contract", step_seconds=1)
        await w.read(stream, lambda: w.lines == ["ESU5"], "the line of June to be given back")
    found = w.quotes("ES")
    assert [name for name, _ in Counter(quote.local_symbol for quote in found).items()] == ["ESM5", "ESU5"]
    assert all(later.sequence == earlier.sequence + 1 for earlier, later in pairwise(found))
    assert all(later.ts_published - earlier.ts_published <= 8_000_000 for earlier, later in pairwise(found))


async def test_snapshots_need_a_line_for_a_moment_and_a_changed_file_is_taken(tmp_path: Path) -> None:
    """IBK-30, IBK-13."""
    async with world(tmp_path, "snapshots: [VIX]", quotes=("SPY", "VIX")) as w, w.connect() as stream:
        await w.read(stream, lambda: len(w.quotes("VIX")) > 2, "snapshots", step_seconds=1)
        assert w.lines == ["SPY"]
        path = tmp_path / "universe.yaml"
        path.write_text(path.read_text().replace("snapshots: [VIX]", "snapshots: []"))
        await w.read(stream, lambda: set(w.lines) == {"SPY", "VIX"}, "a stream of it")
        path.write_text("groups: [")
        await w.read(stream, lambda: "expected YAML" in (stream.detail or ""), "the bad file to be said")
        count = len(w.quotes("VIX"))
        await w.read(stream, lambda: len(w.quotes("VIX")) > count, "the old file to go on", step_seconds=1)


async def test_a_lost_link_silences_the_feed_and_lost_data_is_asked_for_again(tmp_path: Path) -> None:
    async with world(tmp_path, "ticks: [AMD]", quotes=("SPY",)) as w, w.connect() as stream:
        await w.read(stream, lambda: bool(w.quotes("SPY")), "a quote")
        w.simulator.commit({"fault": "lost"})
        await w.read(stream, lambda: stream.detail == "1100: connectivity lost", "the loss to be said")
        assert stream.complete_until_us is None
        w.simulator.commit({"fault": "restored", "data_lost": True})
        await w.read(stream, lambda: w.lines == ["SPY"] and stream.detail is None, "the subscription again")
        assert [len(each.quotes.ticks) for each in w.simulator.connections] == [2]


async def test_the_source_says_why_it_cannot_run_and_labels_a_demonstration(tmp_path: Path) -> None:
    assert QuoteSource(Settings(), ManualClock(NOON_US)).unavailable == "no TWS: set TAPEWIRE_IBKR__HOST"
    nothing = Settings(ibkr=IbkrSettings(host="h", quotes=()), polygon=PolygonSettings())
    assert QuoteSource(nothing, ManualClock(NOON_US)).unavailable == "nothing to quote: set TAPEWIRE_IBKR__QUOTES"
    async with world(tmp_path, quotes=("SPY",), depth_mode="demo") as w, w.connect() as stream:
        w.simulator.account.delayed = True
        await w.read(stream, lambda: bool(w.quotes("SPY")), "a quote")
        assert w.quotes("SPY")[-1].mode is DepthMode.DEMO
