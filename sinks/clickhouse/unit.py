"""The unit `sink.clickhouse`: every topic with an identity, and every dead letter, into ClickHouse."""

from __future__ import annotations

from infra.unit import UnitContext, unit
from schemas import catalog

NAME = "sink.clickhouse"
STORED = tuple(name for name, topic in catalog.topics().items() if topic.identity)
WITH_DEAD_LETTERS = tuple(name for name, topic in catalog.topics().items() if topic.dead_letter)


@unit(name=NAME, kind="sink", reads=STORED, summary="Stores every record in ClickHouse, exactly once after a restart.")
async def run(context: UnitContext) -> None:
    """Store until told to stop."""
    from sinks.clickhouse.history import History  # brings numba and aiokafka: not for those who only ask what units there are

    await History(context, NAME, STORED, dead_letters_of=WITH_DEAD_LETTERS).run()
