"""The fake TWS: its frames, its books and its operations; and the library's own classes against it."""

from __future__ import annotations

import asyncio
from datetime import date
from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.clock import ManualClock
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tws.book_source import ScenarioBooks
from infra.vendorsim.tws.listings import stock
from infra.vendorsim.tws.operations import ASK, BID, DELETE, INSERT, Level, SimulatedBook, operations
from infra.vendorsim.tws.server import TwsSimulator, listening
from infra.vendorsim.tws.wire import ProtocolError, frame, version_of
from producers.ibkr.client import LIBRARY

SCENARIO = Scenario(date(2025, 6, 3))
NOON_US = (SCENARIO.span_ms[0] + 3 * 3_600_000) * 1_000


def test_a_frame_is_a_length_and_fields_that_end_with_a_nul() -> None:
    assert frame(4, None, True, 1.5) == b"\0\0\0\x09" + b"4\0\0" + b"1\0" + b"1.5\0"


@pytest.mark.parametrize(("offer", "version"), [(b"v157..176", 176), (b"v157..178 +PACEAPI", 176), (b"v100..170", 170), (b"v100", 100)])
def test_the_highest_common_version_is_spoken(offer: bytes, version: int) -> None:
    assert version_of(offer) == version


@pytest.mark.parametrize("offer", [b"v177..190", b"", b"vx..y"])
def test_a_client_without_a_common_version_is_refused(offer: bytes) -> None:
    with pytest.raises(ProtocolError):
        version_of(offer)


def test_a_book_has_ten_levels_around_the_quote_and_is_the_same_each_time() -> None:
    books = ScenarioBooks(SCENARIO)
    symbol = books.symbols[0]
    quote = books.quote(symbol, NOON_US // 1_000)
    book = books.book(symbol, NOON_US // 1_000, smart=True)
    assert quote is not None and (book.bids[0].price, book.asks[0].price) == (quote.bid_price, quote.ask_price)
    assert (book.bids[0].size, book.asks[0].size) == (quote.bid_lots * 100, quote.ask_lots * 100)
    assert len(book.bids) == len(book.asks) == 10
    assert [level.price for level in book.bids] == sorted({level.price for level in book.bids}, reverse=True)
    assert [level.price for level in book.asks] == sorted({level.price for level in book.asks})
    assert ScenarioBooks(SCENARIO).book(symbol, NOON_US // 1_000, smart=True) == book


sides = st.dictionaries(st.integers(1, 20), st.integers(1, 5), max_size=6)


PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(sides, sides, sides, sides)
def test_operations_lead_from_one_book_to_the_next(bids: dict[int, int], asks: dict[int, int], bids2: dict[int, int], asks2: dict[int, int]) -> None:
    def book(bids: dict[int, int], asks: dict[int, int]) -> SimulatedBook:
        levels = [tuple(Level(float(price), float(size)) for price, size in sorted(side.items())) for side in (bids, asks)]
        return SimulatedBook(levels[0][::-1], levels[1])

    before, after = book(bids, asks), book(bids2, asks2)
    rows = {BID: list(before.bids), ASK: list(before.asks)}
    for change in operations(before, after):
        side = rows[change.side]
        if change.operation == INSERT:
            side.insert(change.position, change.level)
        elif change.operation == DELETE:
            del side[change.position]
        else:
            side[change.position] = change.level
        assert len(side) <= 6
    assert (tuple(rows[BID]), tuple(rows[ASK])) == after


async def test_the_library_s_own_class_connects_resolves_and_shows_the_scenario_s_book() -> None:
    """The whole of `IB`: positions, orders, account and executions are asked for while it connects."""
    assert LIBRARY is not None
    library = import_module(LIBRARY)
    clock = ManualClock(NOON_US)
    books = ScenarioBooks(SCENARIO)
    symbol = books.symbols[0]
    async with listening(TwsSimulator(books, clock)) as simulator:
        ib = library.IB()
        await ib.connectAsync("127.0.0.1", simulator.port, clientId=7, timeout=5)
        try:
            assert ib.managedAccounts() == ["DU1234567"]
            assert (await ib.reqCurrentTimeAsync()).timestamp() == NOON_US // 1_000_000
            (contract,) = await ib.qualifyContractsAsync(library.Stock(symbol, "SMART", "USD"))
            assert contract.conId > 0
            ticker = ib.reqMktDepth(contract, numRows=10, isSmartDepth=True)
            async with asyncio.timeout(5):
                while len(ticker.domBids) < 10 or len(ticker.domAsks) < 10:
                    await ticker.updateEvent
            book = books.book(symbol, NOON_US // 1_000, smart=True)
            assert [(level.price, level.size, level.marketMaker) for level in ticker.domBids] == [tuple(level) for level in book.bids]
            assert [(level.price, level.size, level.marketMaker) for level in ticker.domAsks] == [tuple(level) for level in book.asks]
            prints: list[tuple[float, float]] = []
            ticker.updateEvent += lambda now: prints.extend((tick.price, tick.size) for tick in now.tickByTicks)
            ib.reqTickByTickData(contract, "AllLast")
            ib.reqMktData(contract)
            await ib.reqCurrentTimeAsync()  # answered after what was asked before
            clock.advance(60)
            happened = [(trade.price, float(trade.size)) for trade in books.trades(stock(symbol), NOON_US // 1_000, clock.now_us() // 1_000)]
            async with asyncio.timeout(5):
                while len(prints) < len(happened) or not ticker.hasBidAsk():
                    await ticker.updateEvent
            assert prints == happened
            assert await ib.reqContractDetailsAsync(library.Stock("NOSUCH", "SMART", "USD")) == []
        finally:
            ib.disconnect()
