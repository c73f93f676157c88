"""Books by position, the rotation of three slots on a hand clock, snapshots, and the codes."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.vendorsim.tws.captured import lobster_books, steps_of
from infra.vendorsim.tws.operations import Level, SimulatedBook, operations
from producers.ibkr.book import ASK, BID, DELETE, INSERT, UPDATE, DepthBook, DepthUpdate, Row
from producers.ibkr.codes import Meaning, meaning
from producers.ibkr.instrument import Instrument, instrument
from producers.ibkr.parse import parse_snapshot
from producers.ibkr.scores import Activity, weights
from producers.ibkr.slots import Change, DepthSlots
from producers.ibkr.snapshot import BookWatch
from producers.source import Parsed, Refused, Stamps
from schemas.records import BookSnapshot, DepthMode

SECOND = 1_000_000
STAMPS = Stamps(2 * SECOND, 3 * SECOND, 60 * SECOND)


def bid(position: int, operation: int, price: float = 10.0, size: float = 1.0) -> DepthUpdate:
    return DepthUpdate(position, operation, BID, price, size)


def test_an_insert_in_the_middle_shifts_the_rows_below_and_pushes_the_last_out() -> None:
    """vendors.md §9: the vendor inserts; it does not overwrite."""
    book = DepthBook(levels=3)
    for position, price in enumerate((10.0, 9.0, 8.0)):
        assert book.apply(bid(position, INSERT, price))
    assert book.apply(bid(1, INSERT, 9.5))
    assert [row.price for row in book.bids] == [10.0, 9.5, 9.0]
    assert book.apply(bid(3, DELETE, 8.0)), "the vendor may delete the row that went"
    assert book.apply(bid(0, DELETE))
    assert [row.price for row in book.bids] == [9.5, 9.0]
    assert book.misfits == 0


@pytest.mark.parametrize(
    "update", [bid(0, UPDATE), bid(0, DELETE), bid(1, INSERT), bid(-1, INSERT), bid(0, 7), DepthUpdate(0, INSERT, 2, 10.0, 1.0)]
)
def test_an_update_that_does_not_fit_is_counted_and_changes_nothing(update: DepthUpdate) -> None:
    book = DepthBook()
    assert not book.apply(update)
    assert (book.misfits, book.is_empty) == (1, True)


levels = st.lists(st.integers(1, 40), max_size=10, unique=True)


PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(st.lists(st.tuples(levels, levels, st.integers(1, 9)), max_size=6))
def test_any_row_of_books_is_rebuilt(pairs: list[tuple[list[int], list[int], int]]) -> None:
    books = [
        SimulatedBook(
            tuple(Level(float(price), float(size)) for price in sorted(bids, reverse=True)), tuple(Level(float(price), 2.0) for price in sorted(asks))
        )
        for bids, asks, size in pairs
    ]
    rebuilt = DepthBook()
    before = SimulatedBook((), ())
    for book in books:
        for change in operations(before, book):
            assert rebuilt.apply(DepthUpdate(change.position, change.operation, change.side, *change.level))
        assert (rebuilt.bids, rebuilt.asks) == tuple(tuple(Row(*level) for level in side) for side in book)
        before = book


@PATIENT
@given(st.lists(st.builds(DepthUpdate, st.integers(-2, 12), st.integers(-1, 3), st.integers(-1, 2), st.floats(), st.floats()), max_size=60))
def test_hostile_updates_never_raise_nor_grow_the_book(updates: list[DepthUpdate]) -> None:
    book = DepthBook()
    misfits = sum(not book.apply(update) for update in updates)
    assert book.misfits == misfits
    assert len(book.bids) <= 10 and len(book.asks) <= 10


def rotate(slots: DepthSlots, seconds: int, shares: dict[str, float] | None = None) -> tuple[Counter[str], dict[str, list[int]]]:
    """Run the clock; return seconds of open book and moments of opening by symbol."""
    dwelt: Counter[str] = Counter()
    opened: dict[str, list[int]] = {}
    is_open: set[str] = set()
    for second in range(seconds):
        for change in slots.turn(second * SECOND, shares):
            if change.action == "close":
                is_open.remove(change.symbol)
            else:
                is_open.add(change.symbol)
                opened.setdefault(change.symbol, []).append(second)
            assert len(is_open) <= 3
        dwelt.update(is_open)
    return dwelt, opened


def test_nine_symbols_share_three_slots_and_each_is_visited_every_45_seconds() -> None:
    """IBK-06."""
    dwelt, opened = rotate(DepthSlots("ABCDEFGHI", 3, 15 * SECOND, 1), 450)
    assert opened == {symbol: list(range(15 * (place // 3), 450, 45)) for place, symbol in enumerate("ABCDEFGHI")}
    assert set(dwelt.values()) == {150}


def test_the_life_of_a_sign_covers_a_whole_rotation() -> None:
    """IBK-10: nine symbols at 15 s live 45 s; fewer never less than half a minute; who gets fewer turns lives longer."""
    assert DepthSlots("ABCDEFGHI", 3, 15 * SECOND, 1).life_us() == 45 * SECOND
    assert DepthSlots("ABC", 3, 15 * SECOND, 1).life_us() == 30 * SECOND
    assert DepthSlots("ABC", 1, 15 * SECOND, 1).life_us({"A": 4.0, "B": 1.0, "C": 1.0}) == 90 * SECOND


def test_three_symbols_keep_their_books() -> None:
    _, opened = rotate(DepthSlots(["SPY", "QQQ", "IWM"], 3, 15 * SECOND, 1), 200)
    assert opened == {"SPY": [0], "QQQ": [0], "IWM": [0]}


def test_weight_gives_time_and_nobody_starves() -> None:
    """IBK-36: the best score gets more dwell than the lowest, in the proportion of the weights."""
    shares = {"A": 4.0, "B": 2.0} | dict.fromkeys("CDEFGHI", 1.0)
    dwelt, _ = rotate(DepthSlots("ABCDEFGHI", 3, 15 * SECOND, 1), 3_900, shares)
    assert dwelt["A"] == pytest.approx(4 * dwelt["C"], rel=0.1)
    assert dwelt["B"] == pytest.approx(2 * dwelt["C"], rel=0.1)
    assert min(dwelt.values()) > 0


def test_generations_rise_with_every_subscription() -> None:
    slots = DepthSlots(["A", "B"], 1, 15 * SECOND, 100)
    assert slots.turn(0) == [Change("open", "A", 100)]
    assert slots.again("A") == [Change("close", "A", 100), Change("open", "A", 101)]
    assert slots.again("B") == []
    assert slots.turn(15 * SECOND) == [Change("close", "A", 101), Change("open", "B", 102)]
    assert slots.restart() == [Change("open", "B", 103)]
    slots.forget()
    assert slots.turn(16 * SECOND) == [Change("open", "B", 104)]


def test_a_refused_symbol_gives_its_slot_to_the_next_and_comes_back() -> None:
    slots = DepthSlots(["A", "B"], 1, 15 * SECOND, 1)
    slots.turn(0)
    assert slots.give_back("A", 60 * SECOND) == [Change("close", "A", 1)]
    assert slots.turn(0) == [Change("open", "B", 2)]
    assert slots.turn(15 * SECOND) == []  # nobody else may have it
    assert slots.turn(60 * SECOND) == [Change("close", "B", 2), Change("open", "A", 3)]


def test_the_busy_wild_and_narrow_symbol_weighs_most() -> None:
    seen = {"A": Activity(50, 30, 1), "B": Activity(20, 20, 5), "C": Activity(1, 2, 30)}
    assert weights(seen) == pytest.approx({"A": 4.0, "B": 2.5, "C": 1.0})
    assert weights({"A": Activity(1, 1, 1)}) == {"A": 1.0}


def filled(mode: DepthMode = DepthMode.LIVE) -> BookWatch:
    watch = BookWatch("SPY", 7, 0, mode)
    for row in range(10):
        watch.apply(DepthUpdate(row, INSERT, BID, 10.0 - row / 100, 100.0, "ARCA"), SECOND)
        watch.apply(DepthUpdate(row, INSERT, ASK, 10.01 + row / 100, 200.0), SECOND)
    return watch


def test_a_snapshot_becomes_a_record_with_age_and_generation() -> None:
    watch = filled()
    (item,) = parse_snapshot(watch.write(5, 2 * SECOND), STAMPS)
    assert isinstance(item, Parsed) and isinstance(item.record, BookSnapshot)
    record = item.record
    assert (record.symbol, record.generation, record.sequence, record.age_ms, record.ts_event) == ("SPY", 7, 5, 1_000, SECOND)
    assert (record.mode, len(record.bids), len(record.asks)) == (DepthMode.LIVE, 10, 10)
    best = [(level.price, level.size, level.market_maker) for level in (record.bids[0], record.asks[0])]
    assert best == [(10.0, 100.0, "ARCA"), (10.01, 200.0, None)]


def test_a_snapshot_is_due_every_two_seconds_and_on_change_not_more_often_than_the_limit() -> None:
    watch = filled()
    assert watch.is_due(SECOND, 2 * SECOND, SECOND // 2)
    watch.write(1, SECOND)
    assert not watch.is_due(3 * SECOND - 1, 2 * SECOND, SECOND // 2)
    assert watch.is_due(3 * SECOND, 2 * SECOND, SECOND // 2)
    watch.apply(bid(0, UPDATE, 10.0, 5.0), SECOND + 1)
    assert not watch.is_due(SECOND + 400_000, 2 * SECOND, SECOND // 2)
    assert watch.is_due(SECOND + 500_000, 2 * SECOND, SECOND // 2)


def test_a_book_is_written_at_rest_unless_it_never_rests() -> None:
    watch = filled()
    watch.apply(bid(0, UPDATE), SECOND, heard_at=100.0)
    assert not watch.is_settled(100.01)
    assert watch.is_settled(100.03)
    for tenth in range(20):
        watch.apply(bid(0, UPDATE), SECOND, heard_at=100.01 + tenth / 100)
        assert not watch.is_settled(100.01 + tenth / 100)
    watch.apply(bid(0, UPDATE), SECOND, heard_at=100.27)
    assert watch.is_settled(100.27)


def test_a_side_that_is_shorter_is_most_likely_in_the_middle_of_a_change() -> None:
    watch = filled()
    watch.apply(DepthUpdate(9, DELETE, BID, 0.0, 0.0), SECOND, heard_at=100.0)
    assert not watch.is_settled(100.1)
    watch.apply(bid(9, INSERT, 9.0), SECOND, heard_at=100.12)
    assert watch.is_settled(100.15)
    watch.apply(DepthUpdate(9, DELETE, BID, 0.0, 0.0), SECOND, heard_at=200.0)
    assert watch.is_settled(200.2), "a market may be like that"


def test_a_crossed_book_is_withheld_and_in_the_end_subscribed_to_again() -> None:
    """IBK-30."""
    watch = filled()
    watch.apply(bid(0, UPDATE, 10.05), 2 * SECOND)
    assert not watch.is_due(9 * SECOND, 2 * SECOND, 1)
    assert not watch.is_wrong(3 * SECOND, 2 * SECOND)
    assert watch.is_wrong(4 * SECOND, 2 * SECOND)
    watch.apply(bid(0, UPDATE, 10.0), 5 * SECOND)
    assert not watch.is_wrong(9 * SECOND, 2 * SECOND)


def test_after_317_nothing_is_written_before_new_rows() -> None:
    watch = filled()
    watch.empty(2 * SECOND)
    assert not watch.is_due(9 * SECOND, 2 * SECOND, 1)
    watch.apply(bid(0, INSERT), 3 * SECOND)
    assert [row.price for row in watch.book.bids] == [10.0] and not watch.book.asks


def test_after_317_a_book_that_fills_is_waited_for() -> None:
    watch = filled()
    watch.write(1, 2 * SECOND)
    watch.empty(2 * SECOND)
    for row in range(10):
        watch.apply(bid(row, INSERT, 10.0 - row / 100), 2 * SECOND)
    assert not watch.is_due(2 * SECOND + 400_000, SECOND, SECOND // 2)
    for row in range(10):
        watch.apply(DepthUpdate(row, INSERT, ASK, 10.01 + row / 100, 200.0), 2 * SECOND + 400_000)
    assert watch.is_due(2 * SECOND + 400_000, SECOND, SECOND // 2)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"sequence": 0}, "sequence"), ({"generation": 2**31}, "generation"), ({"mode": "SURE"}, "mode"), ({"symbol": ""}, "symbol"),
        ({"bids": [[-1.0, 1.0, None]]}, "bids.0.0"), ({"asks": [["x", 1.0, None]]}, "asks.0.0"), ({"bids": [[99.0, 1.0, None]]}, "bids"),
        ({"ts_event": 61 * SECOND}, "ts_event"), ({"age_ms": None}, "age_ms"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_path(change: dict[str, object], path: str) -> None:
    body = orjson.dumps(orjson.loads(filled().write(5, 2 * SECOND)) | change)
    (item,) = parse_snapshot(body, STAMPS)
    assert isinstance(item, Refused) and item.error.field_path == path


@PATIENT
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_not_raised(body: bytes) -> None:
    (item,) = parse_snapshot(body, STAMPS)
    assert isinstance(item, Refused)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SPY", Instrument("SPY", "SPY", "STK", "SMART", "USD")), ("QQQ@ISLAND", Instrument("QQQ", "QQQ", "STK", "ISLAND", "USD")),
        ("EUR.USD", Instrument("EUR.USD", "EUR", "CASH", "IDEALPRO", "USD")), ("BTC-USD", Instrument("BTC-USD", "BTC", "CRYPTO", "PAXOS", "USD")),
        ("BRK.B", Instrument("BRK.B", "BRK B", "STK", "SMART", "USD")),
    ],
)  # fmt: skip
def test_symbols_become_contracts(text: str, expected: Instrument) -> None:
    """IBK-07."""
    assert instrument(text) == expected


LOBSTER = Path(__file__).parents[3] / "shared" / "data" / "l2" / "lobster_aapl_1000" / "AAPL_2012-06-21_34200000_57600000_orderbook_10.csv"


def test_codes_are_known_by_name() -> None:
    assert [meaning(code) for code in (309, 316, 317, 1100, 1101, 1102, 10197)] == [
        Meaning.TOO_MANY_BOOKS, Meaning.HALTED, Meaning.RESET, Meaning.LOST, Meaning.RESTORED_WITHOUT_DATA, Meaning.RESTORED,
        Meaning.COMPETING_SESSION,
    ]  # fmt: skip
    assert meaning(99_999) is Meaning.NOTE


@pytest.mark.realdata
@pytest.mark.skipif(not LOBSTER.exists(), reason=f"real data are not on this machine: no file {LOBSTER}")
def test_the_lobster_books_are_rebuilt_row_by_row() -> None:
    """Issue 5 §6.5: each row of the file, cell by cell."""
    book = DepthBook()
    with LOBSTER.open(newline="") as file:
        rows = list(csv.reader(file))
    steps = steps_of(lobster_books(LOBSTER))
    assert len(steps) == len(rows) == 999
    for step, row in zip(steps, rows, strict=True):
        for change in step:
            assert book.apply(DepthUpdate(change.position, change.operation, change.side, *change.level))
        cells = [
            cell for ask, bid in zip(book.asks, book.bids, strict=True) for cell in (ask.price * 10_000, ask.size, bid.price * 10_000, bid.size)
        ]
        assert [round(cell) for cell in cells] == [int(cell) for cell in row]
