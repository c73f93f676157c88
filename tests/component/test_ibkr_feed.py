"""Order books of Interactive Brokers on a real broker: rising numbers, honest conditions, no book of an old subscription."""

from __future__ import annotations

from itertools import pairwise

from infra.vendorsim.tws.book_source import ScenarioBooks
from schemas.records import BookSnapshot, DepthMode, FeedState
from tests.support.ibkr_world import TOPICS, IbkrWorld
from tests.support.kafka_world import wait_until

PATIENCE = 60.0


def by_symbol(books: list[BookSnapshot]) -> dict[str, list[BookSnapshot]]:
    """Group books, in the order of their topic."""
    found: dict[str, list[BookSnapshot]] = {}
    for book in books:
        found.setdefault(book.symbol, []).append(book)
    return found


def test_books_survive_faults_and_a_kill_with_rising_numbers(ibkr_world: IbkrWorld) -> None:
    """IBK-03, 08, 11; issue 5 §2: nightly reset, a half-open socket, 1100 and 1101, SIGKILL, SIGTERM."""
    ibkr_world.start_feeds()
    ibkr_world.wait_for_books(3)
    ibkr_world.fault(fault="lost")
    wait_until(lambda: ibkr_world.condition() == (FeedState.LIVE, "1100: connectivity lost"), "the loss to be said", PATIENCE)
    ibkr_world.fault(fault="restored", data_lost=True)
    wait_until(lambda: ibkr_world.condition() == (FeedState.LIVE, None), "the feed to be well", PATIENCE)
    ibkr_world.fault(fault="half_open")
    ibkr_world.wait_for_books(3)
    ibkr_world.fault(fault="reset", seconds=1.0)
    ibkr_world.wait_for_books(3)
    newest = ibkr_world.newest_heartbeat()
    assert newest is not None and newest.reconnects >= 2
    ibkr_world.kill("feeds")
    ibkr_world.start_feeds()
    ibkr_world.wait_for_books(3)
    assert ibkr_world.stop("feeds") == 0

    books = by_symbol(ibkr_world.books())
    source = ScenarioBooks(ibkr_world.scenario)
    for symbol, found in books.items():
        places = [(book.generation, book.sequence) for book in found]
        assert all(later > earlier for earlier, later in pairwise(places)), symbol
        assert all(later > earlier for (_, earlier), (_, later) in pairwise(places)), symbol
        assert len({book.generation for book in found}) >= 5
        assert {book.mode for book in found} == {DepthMode.DEMO}
        for book in found:
            assert (len(book.bids), len(book.asks)) == (10, 10)
            assert book.bids[0].price <= book.asks[0].price
            moments = range(book.ts_event // 1_000 - 2_000, book.ts_event // 1_000 + 1, 20)
            quotes = {(quote.bid_price, quote.ask_price) for moment in moments if (quote := source.quote(symbol, moment)) is not None}
            assert (book.bids[0].price, book.asks[0].price) in quotes
    for topic in TOPICS:
        assert ibkr_world.dead_letters(topic) == []
