"""Inserts a block so that its rows are there once, also when nobody knows what became of an earlier attempt.

The server writes a token into its log of tokens before it makes the block's part visible. Killed between the two it knows the token
and has no rows, and says "done" to every retry (seen on 26.9). So after an attempt that may be a retry the rows are looked for, and
when they are missing the block goes in under the token's next name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infra.clickhouse.client import Database
from infra.clickhouse.failures import RowsRefused
from infra.clickhouse.native_block import NativeBlock
from infra.kafka.received import Place
from infra.logging_setup import logger
from schemas.columns import OFFSET, PARTITION, TOPIC

_NAMES = 4  # a block that is missing under so many names was replaced by newer rows at once
_SECOND_LOOK_SECONDS = 0.5  # another sender of the same block may have named it and not shown it yet
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Range:
    """Offsets ``first`` to ``last`` of one partition, both included.

    Attributes
    ----------
    topic_id
        Changes when the topic is made anew, on another cluster too: its offsets then name other records.
    """

    place: Place
    topic_id: str
    first: int
    last: int

    @property
    def token(self) -> str:
        """Name under which the server knows the rows."""
        return f"{self.place[0]}-{self.topic_id}-{self.place[1]}-{self.first}-{self.last}"


def insert_once(
    database: Database, block: NativeBlock, where: Range, *, perhaps_there: bool, wait: Callable[[float], object]
) -> None:
    """Insert the rows of a range.

    Parameters
    ----------
    perhaps_there
        Whether an earlier attempt, ours or a predecessor's, may have come to the server.
    wait
        Sleeps for so many seconds.

    Raises
    ------
    Retryable
        If they may not be there: call again, with ``perhaps_there``.
    RowsRefused
        If one of them cannot be stored; then none of them is.
    Fatal
        If the server refuses for another reason.
    """
    try:
        database.insert(block, where.token)
    except RowsRefused:
        if perhaps_there and _is_there(database, block.table, where):  # the table has become stricter since
            return
        raise
    if not perhaps_there:
        return
    for number in range(1, _NAMES):
        if _is_there(database, block.table, where):
            return
        wait(_SECOND_LOOK_SECONDS)
        if _is_there(database, block.table, where):
            return
        log.warning("rows_missing_under_a_known_token", token=where.token, attempt=number)
        database.insert(block, f"{where.token}-again{number}")


def _is_there(database: Database, table: str, where: Range) -> bool:
    """Return whether a row of the range is stored; then all of them are, or were until newer ones replaced them."""
    query = (
        f"SELECT 1 FROM `{table}` WHERE `{TOPIC}` = {{topic:String}} AND `{PARTITION}` = {{partition:Int32}} "  # noqa: S608, catalogue
        f"AND `{OFFSET}` BETWEEN {{first:Int64}} AND {{last:Int64}} LIMIT 1"
    )
    topic, partition = where.place
    return bool(database.rows(query, {"topic": topic, "partition": partition, "first": where.first, "last": where.last}))
