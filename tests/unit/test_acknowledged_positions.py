"""Which acknowledgements without an offset can be believed."""

from __future__ import annotations

import pytest

from infra.kafka.acknowledged_positions import AcknowledgedPositions
from infra.settings import KafkaSettings
from tests.support.acknowledgements import acknowledged_at
from tests.support.hand_time import HandTime

PLACE, OTHER = ("market.trades.v1", 1), ("market.trades.v1", 2)
HOUR = 3_600.0


@pytest.fixture
def hands() -> HandTime:
    return HandTime()


@pytest.fixture
def positions(hands: HandTime) -> AcknowledgedPositions:
    return AcknowledgedPositions(KafkaSettings(), hands)


def test_a_guess_about_a_first_batch_is_not_believed(positions: AcknowledgedPositions, hands: HandTime) -> None:
    """The broker had nothing of us, refused the first batch and took the second."""
    assert not positions.note(acknowledged_at(PLACE, None, 1.0))
    assert positions.note(acknowledged_at(PLACE, 0, 0.9))
    assert not positions.note(acknowledged_at(PLACE, None, 1.0)), "the second's own acknowledgement may come before"
    hands.now += 5
    assert not positions.note(acknowledged_at(OTHER, None, 1.0)), "what one partition knows another does not"


def test_a_guess_is_believed_where_the_broker_knew_us_before(positions: AcknowledgedPositions, hands: HandTime) -> None:
    """It would have refused a batch that leaves one out."""
    assert positions.note(acknowledged_at(PLACE, 0))
    hands.now += 5
    assert positions.note(acknowledged_at(PLACE, None, 1.0))
    assert positions.unsettled


def test_brokers_forget_who_is_silent_for_a_day(positions: AcknowledgedPositions, hands: HandTime) -> None:
    """Then the next batch is a first one again."""
    assert positions.note(acknowledged_at(PLACE, 0))
    hands.now += 11 * HOUR
    assert positions.note(acknowledged_at(PLACE, None, 1.0))
    hands.now += 2 * HOUR
    assert not positions.note(acknowledged_at(PLACE, None, 1.0))
    assert positions.note(acknowledged_at(PLACE, 7, 0.5))
    assert not positions.note(acknowledged_at(PLACE, None, 1.0))
    hands.now += 5
    assert positions.note(acknowledged_at(PLACE, None, 1.0))
