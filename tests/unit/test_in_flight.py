"""What may be committed: whole batches, in order, over any gap, and nothing of an earlier owner."""

from __future__ import annotations

from processors.in_flight import InFlight

PLACE = ("market.trades.v1", 0)


def test_batches_commit_in_order_whatever_finishes_first() -> None:
    flight = InFlight()
    first, second, third = (flight.begin(PLACE, offset) for offset in (10, 25, 26))
    second.done = third.done = True
    assert flight.committable(PLACE) is None
    first.done = True
    assert flight.committable(PLACE) == 26


def test_a_gap_in_offsets_does_not_block() -> None:
    """F4: compaction, control batches and aborted transactions leave gaps; Faust's list of single offsets stumbles over them."""
    flight = InFlight()
    flight.begin(PLACE, 10).done = True
    flight.begin(PLACE, 5_000).done = True
    assert flight.committable(PLACE) == 5_000
    assert flight.committable(PLACE) == 5_000, "asking twice changes nothing: a failed commit is tried again"


def test_a_batch_of_an_earlier_assignment_cannot_commit_for_the_later_one() -> None:
    """A stale acknowledgement with the same last offset must not count for the batch that was fetched again."""
    flight = InFlight()
    stale = flight.begin(PLACE, 10)
    flight.drop([PLACE])
    again = flight.begin(PLACE, 10)
    stale.done = True
    assert stale.void
    assert flight.committable(PLACE) is None
    again.done = True
    assert flight.committable(PLACE) == 10


def test_repeated_delivery_never_moves_back() -> None:
    flight = InFlight()
    for offset in (10, 20, 12):
        flight.begin(PLACE, offset).done = True
    assert flight.committable(PLACE) == 20
    assert flight.places() == [PLACE]


def test_what_is_in_flight_is_counted_in_offsets() -> None:
    flight = InFlight()
    assert flight.waiting() == 0 and flight.reached() == {}
    first = flight.begin(PLACE, 10)
    flight.begin(PLACE, 30)
    assert flight.waiting() == 20, "where the first batch began nobody knows"
    first.done = True
    assert flight.waiting() == 20 and flight.committable(PLACE) == 10
    last = flight.begin(PLACE, 31)
    assert flight.waiting() == 21 and flight.reached() == {PLACE: 31}
    last.done = True
    assert flight.waiting() == 21, "behind what is not done"
    flight.drop([PLACE])
    assert flight.waiting() == 0 and flight.reached() == {}
