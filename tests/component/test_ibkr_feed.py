"""Order books of Interactive Brokers on a real broker: rising numbers, honest conditions, no book of an old subscription."""

from __future__ import annotations

import signal
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

    assert_rising(ibkr_world)
    for symbol, found in by_symbol(ibkr_world.books()).items():
        assert len({book.generation for book in found}) >= 5, symbol
        assert_true_to_the_scenario(ibkr_world, found)


def test_of_two_workers_one_leads_and_no_book_is_published_twice(ibkr_world: IbkrWorld) -> None:
    """IBK-37: the leader is frozen, thaws, and its successor is killed."""
    ibkr_world.start_worker("first")
    ibkr_world.wait_for_books(3)
    ibkr_world.start_worker("second")
    ibkr_world.wait_for_books(3)
    assert ibkr_world.connections() == 1
    ibkr_world.processes["first"].send_signal(signal.SIGSTOP)
    wait_until(lambda: ibkr_world.connections() == 2, "the second worker to take over", PATIENCE)
    ibkr_world.processes["first"].send_signal(signal.SIGCONT)
    wait_until(lambda: ibkr_world.connections() == 1, "the first one to step back", PATIENCE)
    ibkr_world.wait_for_books(3)
    ibkr_world.kill("second")
    ibkr_world.wait_for_books(3)
    assert ibkr_world.stop("first") == 0
    assert_rising(ibkr_world)


def assert_rising(world: IbkrWorld) -> None:
    """In the order of the topic, generations never fall and numbers always rise: nothing is there twice, nothing old comes late."""
    for symbol, found in by_symbol(world.books()).items():
        places = [(book.generation, book.sequence) for book in found]
        assert all(later > earlier for earlier, later in pairwise(places)), symbol
        assert all(later > earlier for (_, earlier), (_, later) in pairwise(places)), symbol
    for topic in TOPICS:
        assert world.dead_letters(topic) == []


def assert_true_to_the_scenario(world: IbkrWorld, found: list[BookSnapshot]) -> None:
    source = ScenarioBooks(world.scenario)
    assert {book.mode for book in found} == {DepthMode.DEMO}
    for book in found:
        assert (len(book.bids), len(book.asks)) == (10, 10)
        assert book.bids[0].price <= book.asks[0].price
        moments = range(book.ts_event // 1_000 - 2_000, book.ts_event // 1_000 + 1, 20)
        quotes = {(quote.bid_price, quote.ask_price) for moment in moments if (quote := source.quote(book.symbol, moment)) is not None}
        assert (book.bids[0].price, book.asks[0].price) in quotes
