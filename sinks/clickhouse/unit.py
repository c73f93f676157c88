"""The unit `sink.clickhouse`: every topic with an identity, and every dead letter, into ClickHouse."""

from __future__ import annotations

from infra.kafka.consumer_loop import ConsumerLoop
from infra.unit import UnitContext, unit
from schemas import catalog
from sinks.clickhouse.history import History

NAME = "sink.clickhouse"
STORED = tuple(name for name, topic in catalog.topics().items() if topic.identity)
WITH_DEAD_LETTERS = tuple(name for name, topic in catalog.topics().items() if topic.dead_letter)


@unit(name=NAME, kind="sink", reads=STORED, summary="Stores every record in ClickHouse, exactly once after a restart.")
async def run(context: UnitContext) -> None:
    """Store until told to stop."""
    loop = ConsumerLoop(
        context,
        NAME,
        STORED,
        History(context.settings.clickhouse),
        own_commits=True,
        dead_letters_of=WITH_DEAD_LETTERS,
        largest_poll=5_000,
        poll_seconds=0.05,
    )
    await loop.run()
