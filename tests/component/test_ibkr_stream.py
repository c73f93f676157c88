"""The feed's own client against the simulated TWS over a real socket: books, turns, and every fault by its name."""

from __future__ import annotations

import asyncio
import contextlib
import csv
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.clock import MICROSECONDS, ManualClock, monotonic_seconds
from infra.errors import Retryable
from infra.vendor_settings import IbkrSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tws.book_source import BookSource, DepthPlayer, ScenarioBooks
from infra.vendorsim.tws.captured import CapturedBooks, captured_steps, lobster_books, steps_of
from infra.vendorsim.tws.listings import Listed
from infra.vendorsim.tws.operations import ASK, BID, INSERT, DepthOperation, Level
from infra.vendorsim.tws.server import TwsSimulator, listening
from producers.ibkr.book import DepthBook, DepthUpdate
from producers.ibkr.client import ClientIdTaken, TwsClient
from producers.ibkr.feed import IbkrSource
from producers.ibkr.gateways import Gateways, addresses
from producers.ibkr.parse import parse_snapshot
from producers.ibkr.rotation import Rotation
from producers.ibkr.stream import DepthStream, open_stream
from producers.source import Parsed, Stamps
from schemas.records import BookSnapshot, DepthMode

SCENARIO = Scenario(date(2025, 6, 3))
NOON_US = (SCENARIO.span_ms[0] + 3 * 3_600_000) * 1_000
SYMBOLS = SCENARIO.symbols[:9]
PATIENCE = 15.0
L2 = Path(__file__).parents[3] / "shared" / "data" / "l2"
LOBSTER = L2 / "lobster_aapl_1000" / "AAPL_2012-06-21_34200000_57600000_orderbook_10.csv"
EURUSD = L2 / "ib_eurusd_depth_2022-02-21.json"


@dataclass
class World:
    """A simulator, a hand clock, and a feed's state over connections."""

    simulator: TwsSimulator
    clock: ManualClock
    settings: IbkrSettings
    books: list[BookSnapshot] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotation = Rotation(self.settings, self.clock.now_us())
        self.gateways = Gateways(addresses(self.settings.host, self.settings.port, self.settings.standby), self.settings.client_ids)

    def connect(self) -> contextlib.AbstractAsyncContextManager[DepthStream]:
        return open_stream(self.settings, self.clock, self.rotation, self.gateways)

    async def read(self, stream: DepthStream, until: Callable[[], bool], what: str, step_seconds: float = 0.1) -> None:
        """Read on, moving the clock, until the condition holds."""
        deadline = monotonic_seconds() + PATIENCE
        while not until():
            assert monotonic_seconds() < deadline, f"{what} did not come about; detail: {stream.detail}"
            self.clock.advance(step_seconds)
            payload = await stream.receive(0.05)
            if payload is not None:
                now_us = self.clock.now_us()
                (item,) = parse_snapshot(payload.body, Stamps(payload.received_us, now_us, now_us + 1))
                assert isinstance(item, Parsed) and isinstance(item.record, BookSnapshot)
                self.books.append(item.record)

    def of(self, symbol: str) -> list[BookSnapshot]:
        return [book for book in self.books if book.symbol == symbol]

    @property
    def open_symbols(self) -> list[str]:
        return [symbol for connection in self.simulator.connections for symbol in connection.depth_symbols]


@contextlib.asynccontextmanager
async def world(source: BookSource | None = None, **changes: Any) -> AsyncIterator[World]:
    clock = ManualClock(NOON_US)
    async with listening(TwsSimulator(source or ScenarioBooks(SCENARIO), clock)) as simulator:
        settings = IbkrSettings.model_validate(
            {"host": "127.0.0.1", "port": simulator.port, "symbols": SYMBOLS[:3]}
            | {"silence_seconds": 3.0, "probe_seconds": 0.2, "connect_seconds": 2.0}
            | changes
        )
        yield World(simulator, clock, settings)


async def test_three_books_stream_live_with_ten_levels_and_every_number_in_turn() -> None:
    """IBK-01, IBK-08, IBK-14, IBK-38."""
    async with world() as w, w.connect() as stream:
        assert stream.detail == "no depth yet: mode is demo"
        await w.read(stream, lambda: all(len(w.of(symbol)) > 8 for symbol in SYMBOLS[:3]), "books of three symbols")
        assert stream.detail is None and stream.complete_until_us is not None
        for symbol in SYMBOLS[:3]:
            books = w.of(symbol)
            assert [book.sequence for book in books] == list(range(books[0].sequence, books[0].sequence + len(books)))
            assert len({book.generation for book in books}) == 1
            assert {(len(book.bids), len(book.asks), book.mode) for book in books} == {(10, 10, DepthMode.LIVE)}
            quote = ScenarioBooks(SCENARIO).quote(symbol, books[-1].ts_event // 1_000)
            assert quote is not None and (books[-1].bids[0].price, books[-1].asks[0].price) == (quote.bid_price, quote.ask_price)
    assert w.open_symbols == []


async def test_nine_symbols_rotate_through_three_slots_with_new_generations() -> None:
    """IBK-06: never more than three open, nothing refused, all nine seen again and again."""
    most = 0

    async with world(symbols=SYMBOLS, smart_choice=False) as w, w.connect() as stream:

        def seen_twice() -> bool:
            nonlocal most
            most = max(most, len(w.open_symbols))
            return all(len({book.generation for book in w.of(symbol)}) >= 2 for symbol in SYMBOLS)

        await w.read(stream, seen_twice, "two turns of nine symbols", step_seconds=0.5)
        codes = [fields for connection in w.simulator.connections for fields in connection.requests]
    assert most == 3
    assert len([fields for fields in codes if fields[0] == "10"]) >= 18
    generations = [book.generation for book in w.books]
    assert all(len({book.symbol for book in w.books if book.generation == generation}) == 1 for generation in generations)
    assert stream.detail is None


async def test_books_of_options_take_their_turns_among_stocks() -> None:
    """IBK-06, IBK-17: an option's book goes through the same slots, ten levels around the price of that contract."""
    market = ScenarioBooks(SCENARIO)
    expiries, strikes = market.chain_of("SPY")
    spot = market.quote("SPY", NOON_US // 1_000)
    assert spot is not None
    strike = min(strikes, key=lambda one: abs(one - spot.bid_price))
    options = [f"SPY{expiries[1]:%y%m%d}{right}{round(strike * 1_000):08}" for right in "CP"]
    symbols = (*options, *SYMBOLS[:2])
    async with world(symbols=symbols, smart_choice=False) as w, w.connect() as stream:
        await w.read(stream, lambda: all(len({book.generation for book in w.of(symbol)}) >= 2 for symbol in symbols), "two turns of each", 0.5)
        assert stream.detail is None
    for symbol in options:
        book = w.of(symbol)[-1]
        wanted = ["0", "SPY", "OPT", f"{expiries[1]:%Y%m%d}", str(strike), symbol[9], "100", "SMART", "", "USD", "", "SPY"]
        (listed,) = market.listed(wanted, NOON_US // 1_000)
        now = market.level1(listed, book.ts_event // MICROSECONDS * 1_000)
        assert now is not None and now.bid_price is not None and len(book.bids) == 10 and book.bids[0].price < book.asks[0].price
        assert book.bids[0].price == pytest.approx(now.bid_price, abs=0.1)


async def test_a_symbol_without_a_book_for_a_whole_rotation_is_named() -> None:
    """IBK-10: nine symbols, 45 s; while all is well nobody lapses."""
    silent = SYMBOLS[4]
    books = ScenarioBooks(SCENARIO)

    class OneIsSilent(ScenarioBooks):
        def player(self, each: Listed, rows: int, smart: bool) -> DepthPlayer:
            return CapturedBooks({silent: []}).player(each, rows, smart) if each.name == silent else books.player(each, rows, smart)

    said: set[str | None] = set()
    async with world(OneIsSilent(SCENARIO), symbols=SYMBOLS, smart_choice=False) as w, w.connect() as stream:
        words = f"no book for a whole rotation: {silent}"
        began_us = w.clock.now_us()

        def lapsed() -> bool:
            said.add(stream.detail)
            return words in str(stream.detail)

        await w.read(stream, lapsed, "the lapse", step_seconds=0.5)
        assert w.clock.now_us() - began_us > 45_000_000
    assert said <= {None, "no depth yet: mode is demo", f"no updates of {silent}", words, f"{words}; no updates of {silent}"}


async def test_309_gives_the_slot_back_and_the_others_go_on() -> None:
    """IBK-09: fewer slots than we thought; said by name, and tried again later."""
    async with world() as w:
        w.simulator.commit({"fault": "slots", "count": 2})
        async with w.connect() as stream:
            await w.read(stream, lambda: stream.detail == "2 of 3 depth slots", "fewer slots", step_seconds=1)
            w.books.clear()
            await w.read(stream, lambda: len({book.symbol for book in w.books}) == 3, "all three symbols in two slots", step_seconds=1)
            w.simulator.commit({"fault": "slots", "count": 3})
            await w.read(stream, lambda: stream.detail is None and len(w.open_symbols) == 3, "the third slot again", step_seconds=2)


async def test_316_subscribes_again_and_317_empties_the_book() -> None:
    async with world() as w, w.connect() as stream:
        symbol = SYMBOLS[0]
        await w.read(stream, lambda: len(w.of(symbol)) > 1, "a book")
        generation = w.of(symbol)[-1].generation
        w.simulator.commit({"fault": "emptied", "symbol": symbol})
        count = len(w.of(symbol))
        await w.read(stream, lambda: len(w.of(symbol)) > count + 3, "the book after 317")
        assert {book.generation for book in w.of(symbol)} == {generation}
        assert {(len(book.bids), len(book.asks)) for book in w.of(symbol)} == {(10, 10)}
        w.simulator.commit({"fault": "halted", "symbol": symbol})
        await w.read(stream, lambda: w.of(symbol)[-1].generation > generation, "a new generation after 316")


async def test_1100_withholds_1102_goes_on_and_1101_subscribes_again() -> None:
    async with world() as w, w.connect() as stream:
        await w.read(stream, lambda: all(w.of(symbol) for symbol in SYMBOLS[:3]), "books")
        before = {symbol: w.of(symbol)[-1].generation for symbol in SYMBOLS[:3]}
        w.simulator.commit({"fault": "lost"})
        await w.read(stream, lambda: stream.detail == "1100: connectivity lost", "the loss")
        assert stream.complete_until_us is None
        w.books.clear()
        began_us = w.clock.now_us()
        await w.read(stream, lambda: w.clock.now_us() - began_us > 10_000_000, "ten seconds")
        assert w.books == []
        w.simulator.commit({"fault": "restored"})
        await w.read(stream, lambda: all(w.of(symbol) for symbol in SYMBOLS[:3]), "books after 1102")
        assert {book.symbol: book.generation for book in w.books} == before
        w.simulator.commit({"fault": "lost"})
        w.simulator.commit({"fault": "restored", "data_lost": True})
        await w.read(stream, lambda: all(w.of(symbol)[-1].generation > before[symbol] for symbol in SYMBOLS[:3]), "new generations after 1101")
        assert stream.detail is None


@pytest.mark.parametrize("code", [354, 10197])
async def test_a_refused_symbol_is_named_and_the_others_go_on(code: int) -> None:
    """IBK-38: without permission nothing is called live."""
    async with world() as w:
        w.simulator.commit({"fault": "refuse", "symbol": SYMBOLS[0], "code": code})
        async with w.connect() as stream:
            await w.read(stream, lambda: all(w.of(symbol) for symbol in SYMBOLS[1:3]), "the others' books")
            assert stream.detail is not None and stream.detail.startswith(f"refused: {SYMBOLS[0]} ({code} ")
            w.simulator.commit({"fault": "allow", "symbol": SYMBOLS[0]})
            await w.read(stream, lambda: bool(w.of(SYMBOLS[0])), "the permitted book", step_seconds=2)
            # At two seconds a step half a minute without an update passes while the book comes to rest: it is said, and then no more.
            await w.read(stream, lambda: stream.detail is None, "a stream with nothing to complain of")


async def test_a_symbol_without_a_contract_is_named_and_left_out() -> None:
    async with world(symbols=(*SYMBOLS[:2], "NOSUCH")) as w, w.connect() as stream:
        await w.read(stream, lambda: len({book.symbol for book in w.books}) == 2, "two books")
        assert stream.detail == "refused: NOSUCH (200 unknown contract)"


async def test_delayed_and_demo_are_said_in_every_book() -> None:
    """IBK-33."""
    async with world(depth_mode="demo") as w, w.connect() as stream:
        await w.read(stream, lambda: bool(w.books), "a book")
    assert {book.mode for book in w.books} == {DepthMode.DEMO}
    async with world() as w, w.connect() as stream:
        await w.read(stream, lambda: bool(w.books), "a book")
        w.simulator.commit({"fault": "message", "code": 10167})
        await w.read(stream, lambda: w.books[-1].mode is DepthMode.DELAYED, "a delayed book")


@pytest.mark.parametrize("fault", ["drop", "half_open", "reset"])
async def test_a_connection_that_ends_is_noticed_and_every_book_comes_back_with_a_new_generation(fault: str) -> None:
    """IBK-03; nightly reset: noticed within the silence allowed, here one second."""
    async with world() as w:
        async with w.connect() as stream:
            await w.read(stream, lambda: all(w.of(symbol) for symbol in SYMBOLS[:3]), "books")
            w.simulator.commit({"fault": fault, "seconds": 0.3})
            began = monotonic_seconds()
            with pytest.raises(Retryable):
                await w.read(stream, lambda: False, "the end")
            assert monotonic_seconds() - began < 5
            before = {symbol: w.of(symbol)[-1] for symbol in SYMBOLS[:3]}
        w.books.clear()
        deadline = monotonic_seconds() + PATIENCE
        while not w.books:
            assert monotonic_seconds() < deadline
            with contextlib.suppress(Retryable):
                async with w.connect() as stream:
                    await w.read(stream, lambda: all(w.of(symbol) for symbol in SYMBOLS[:3]), "books again")
        for symbol, old in before.items():
            assert w.of(symbol)[0].generation > old.generation
            assert w.of(symbol)[0].sequence == old.sequence + 1


async def test_the_standby_takes_over() -> None:
    """IBK-04."""
    async with world() as w, listening(TwsSimulator(ScenarioBooks(SCENARIO), w.clock)) as second:
        w.gateways = Gateways(addresses("127.0.0.1", w.simulator.port, [f"127.0.0.1:{second.port}"]))
        with pytest.raises(Retryable):
            async with w.connect() as stream:
                await w.read(stream, lambda: bool(w.books), "a book")
                await w.simulator.close()
                await w.read(stream, lambda: False, "the end")
        async with w.connect() as stream:
            count = len(w.books)
            await w.read(stream, lambda: len(w.books) > count, "a book of the standby")
            assert second.connections
        await w.simulator.start()


async def test_a_taken_client_id_makes_way_for_the_next() -> None:
    async with world() as w:
        other = TwsClient(w.clock)
        await other.connect("127.0.0.1", w.simulator.port, w.settings.client_id, 2)
        assert other.accounts == ["DU1234567"]
        with pytest.raises(ClientIdTaken):
            await w.connect().__aenter__()
        async with w.connect() as stream:
            await w.read(stream, lambda: bool(w.books), "a book")
            assert [connection.client_id for connection in w.simulator.connections] == [1, 2]
        other.close()


async def test_the_failing_step_of_connecting_is_named() -> None:
    async with world() as w:
        await w.simulator.close()
        with pytest.raises(Retryable, match="nobody listening"):
            await w.connect().__aenter__()
        await w.simulator.start()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    mute = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = mute.sockets[0].getsockname()[1]
    with pytest.raises(Retryable, match="found silence"):
        await TwsClient(ManualClock(NOON_US)).connect("127.0.0.1", port, 1, 0.2)
    mute.close()
    await mute.wait_closed()


async def test_updates_that_do_not_fit_lead_to_a_new_subscription() -> None:
    wrong = [DepthOperation(5, INSERT, BID, Level(10.0, 1.0)), DepthOperation(0, INSERT, ASK, Level(10.1, 1.0))]
    async with world(CapturedBooks({"AAPL": [wrong]}), symbols=("AAPL",)) as w, w.connect() as stream:
        await w.read(stream, lambda: len(w.simulator.connections[0].requests) > 0, "requests")
        asked = lambda: [fields for fields in w.simulator.connections[0].requests if fields[0] == "10"]  # noqa: E731
        await w.read(stream, lambda: len(asked()) > 1, "a second subscription", step_seconds=1)
        assert w.books == []


async def test_a_book_that_does_not_come_is_named_within_five_seconds() -> None:
    async with world(CapturedBooks({"AAPL": []}), symbols=("AAPL",)) as w, w.connect() as stream:
        began_us = w.clock.now_us()
        await w.read(stream, lambda: "no updates of AAPL" in (stream.detail or ""), "the missing book")
        assert w.clock.now_us() - began_us < 5_000_000


@pytest.mark.realdata
@pytest.mark.skipif(not LOBSTER.exists(), reason=f"real data are not on this machine: no folder {L2}")
async def test_lobster_through_the_socket_equals_the_file_row_by_row() -> None:
    """Issue 5 §6.5: every row of the file is a state of the book that the client's updates build."""
    with LOBSTER.open(newline="") as file:
        rows = [tuple(int(cell) for cell in row) for row in csv.reader(file)]
    steps = steps_of(lobster_books(LOBSTER))
    book, seen, updates = DepthBook(), [], await captured_updates("AAPL", steps)
    at = 0
    for step in steps:
        for update in updates[at : at + len(step)]:
            assert book.apply(update)
        at += len(step)
        cells = [cell for a, b in zip(book.asks, book.bids, strict=True) for cell in (a.price * 10_000, a.size, b.price * 10_000, b.size)]
        seen.append(tuple(round(cell) for cell in cells))
    assert at == len(updates) and seen == rows


@pytest.mark.realdata
@pytest.mark.skipif(not EURUSD.exists(), reason=f"real data are not on this machine: no folder {L2}")
async def test_ibkr_s_own_operations_end_in_the_recorded_book() -> None:
    """271 updates recorded at IBKR; the recording begins in mid-stream, so an unknown book of five levels is there before."""
    start = [DepthOperation(row, INSERT, side, Level(1.0, 0.0)) for side in (ASK, BID) for row in range(5)]
    updates = await captured_updates("EUR.USD", [start, *captured_steps(EURUSD)])
    assert len(updates) == 10 + 271
    book = DepthBook()
    for update in updates:
        assert book.apply(update)
    last = orjson.loads(EURUSD.read_bytes())[-1]
    assert [[row.price, row.size] for row in book.bids] == last["bids"]
    assert [[row.price, row.size] for row in book.asks] == last["asks"]


async def captured_updates(symbol: str, steps: list[list[DepthOperation]]) -> list[DepthUpdate]:
    """Play steps through the socket; return what the feed's payloads say came, in order."""
    wanted = sum(map(len, steps))
    got: list[DepthUpdate] = []
    async with world(CapturedBooks({symbol: steps}), symbols=(symbol,), change_seconds=0.01) as w, w.connect() as stream:
        w.simulator.account.turn_seconds = 0.002
        deadline = monotonic_seconds() + 120
        while len(got) < wanted:
            assert monotonic_seconds() < deadline, f"{len(got)} of {wanted} updates came"
            w.clock.advance(0.02)
            payload = await stream.receive(0.05)
            if payload is not None:
                got += [DepthUpdate(*row) for row in orjson.loads(payload.body)["updates"]]
    return got


def test_without_a_host_the_feed_says_what_is_missing() -> None:
    from infra.settings import Settings

    assert IbkrSource(Settings(), ManualClock(NOON_US)).unavailable == "no TWS: set TAPEWIRE_IBKR__HOST"
