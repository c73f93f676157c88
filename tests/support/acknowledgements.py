"""What librdkafka tells of a record that was sent."""

from __future__ import annotations

from unittest.mock import create_autospec

from confluent_kafka import Message


def acknowledged_at(place: tuple[str, int], offset: int | None, latency_seconds: float = 0.0) -> Message:
    """Return the report of a record that was sent so long ago."""
    message = create_autospec(Message, instance=True)
    message.topic.return_value, message.partition.return_value, message.offset.return_value = (*place, offset)
    message.latency.return_value = latency_seconds
    return message  # type: ignore[no-any-return]
