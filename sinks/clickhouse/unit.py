"""The unit `sink.clickhouse`: every topic with an identity, and every dead letter, into ClickHouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from infra.clickhouse.client import ClickHouse
from infra.kafka.consumer_loop import ConsumerLoop
from infra.settings import ClickHouseSettings
from infra.unit import UnitContext, unit
from schemas import catalog
from sinks.clickhouse.history import History

NAME = "sink.clickhouse"
STORED = tuple(name for name, topic in catalog.topics().items() if topic.identity)
WITH_DEAD_LETTERS = tuple(name for name, topic in catalog.topics().items() if topic.dead_letter)


@unit(name=NAME, kind="sink", reads=STORED, summary="Stores every record in ClickHouse, exactly once after a restart.")
async def run(context: UnitContext) -> None:
    """Store until told to stop."""
    await history_loop(context).run()


def history_loop(
    context: UnitContext,
    *,
    name: str = NAME,
    topics: Sequence[str] = STORED,
    dead_letters_of: Sequence[str] = WITH_DEAD_LETTERS,
    connect: Callable[[ClickHouseSettings], ClickHouse] = ClickHouse.connect,
) -> ConsumerLoop:
    """Return the loop that stores ``topics``; another ``name`` is another consumer group, with its own progress."""
    return ConsumerLoop(
        context,
        name,
        topics,
        History(context.settings.clickhouse, connect),
        own_commits=True,
        dead_letters_of=dead_letters_of,
        largest_poll=5_000,
        poll_seconds=0.05,
    )
