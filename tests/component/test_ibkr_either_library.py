"""IBK-01: the core of the streams with either library for the socket: `ib_insync`, and `ib_async` in its place."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from producers.ibkr import client
from tests.component.test_ibkr_quotes import (
    test_a_crossed_quote_and_a_gap_in_time_are_flagged,
    test_fifty_past_bars_come_before_the_first_live_tick_and_warm_the_means,
    test_trades_keep_their_order_and_stamps_and_pairs_are_quoted_tick_by_tick,
)
from tests.component.test_ibkr_stream import (
    test_309_gives_the_slot_back_and_the_others_go_on,
    test_316_subscribes_again_and_317_empties_the_book,
    test_1100_withholds_1102_goes_on_and_1101_subscribes_again,
    test_a_connection_that_ends_is_noticed_and_every_book_comes_back_with_a_new_generation,
    test_a_symbol_without_a_contract_is_named_and_left_out,
    test_a_taken_client_id_makes_way_for_the_next,
    test_the_failing_step_of_connecting_is_named,
    test_three_books_stream_live_with_ten_levels_and_every_number_in_turn,
)

__all__ = [
    "test_309_gives_the_slot_back_and_the_others_go_on",
    "test_316_subscribes_again_and_317_empties_the_book",
    "test_1100_withholds_1102_goes_on_and_1101_subscribes_again",
    "test_a_connection_that_ends_is_noticed_and_every_book_comes_back_with_a_new_generation",
    "test_a_crossed_quote_and_a_gap_in_time_are_flagged",
    "test_a_symbol_without_a_contract_is_named_and_left_out",
    "test_a_taken_client_id_makes_way_for_the_next",
    "test_fifty_past_bars_come_before_the_first_live_tick_and_warm_the_means",
    "test_the_failing_step_of_connecting_is_named",
    "test_three_books_stream_live_with_ten_levels_and_every_number_in_turn",
    "test_trades_keep_their_order_and_stamps_and_pairs_are_quoted_tick_by_tick",
]


@pytest.fixture(autouse=True)
def successor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the tests of this file with the other library; their own files run them with the first."""
    assert client.LIBRARY == "ib_insync" and find_spec("ib_async") is not None
    monkeypatch.setattr(client, "LIBRARY", "ib_async")
