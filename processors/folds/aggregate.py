"""The merge of one symbol (ING-34): records of several topics wait for a tick and leave in the order of their events.

::

    options.trades ──┐
    market.trades  ──┼─► waiting ── tick T: those before T - grace, sorted ──► derived.merged-flow
    ...            ──┘

What a tick covers is folded before it, topic by topic; so what leaves, and in which order, follows from the log alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from infra.clock import MICROSECONDS
from infra.errors import Permanent
from infra.flow_settings import AggregateSettings
from processors.aggregations import Source
from processors.fold import Output
from schemas.record import Record
from schemas.records import AggregateState, MergedFlow, Tick

MERGED = "derived.merged-flow"
# One tick may cover an hour. Beyond this the older half leaves before it: a larger state could not be stored.
_MOST_WAITING = 20_000
Order = tuple[int, str, int, str, str]


class AggregateFold:
    """Records of the sources of each aggregation to `MergedFlow`.

    Parameters
    ----------
    sources
        Of all aggregations.
    settings
        Which symbols are merged, and how long a record may be on its way.
    """

    state_type: type[AggregateState] = AggregateState

    def __init__(self, sources: Iterable[Source], settings: AggregateSettings) -> None:
        self._sources: dict[str, list[Source]] = defaultdict(list)
        for source in sources:
            self._sources[source.topic].append(source)
        self._keys = merged_keys(settings)
        self._grace_us = round(settings.grace_seconds * MICROSECONDS)

    def initial(self, key: str) -> AggregateState:
        """Return the state of a symbol that was never seen."""
        return AggregateState(symbol=key)

    def step(self, state: AggregateState, topic: str, record: Record) -> tuple[AggregateState, Sequence[Output]]:
        """Fold one record; nothing leaves before its tick unless too much waits.

        Raises
        ------
        Permanent
            For a record of a topic that no aggregation names.
        """
        if isinstance(record, Tick):
            return _written(state, record.ts_event - self._grace_us)
        if topic not in self._sources:
            raise Permanent(f"{topic}: expected a tick or a record of {', '.join(self._sources)}, found a {type(record).__name__}")
        if self._keys is not None and state.symbol.encode() not in self._keys:
            return state, ()
        state = replace(state, waiting=(*state.waiting, *(source.merged(record) for source in self._sources[topic])))
        if len(state.waiting) < _MOST_WAITING:
            return state, ()
        middle = sorted(row.ts_event for row in state.waiting)[len(state.waiting) // 2]
        return _written(state, middle + 1)  # of one moment all or none: what comes later is behind it, and says so

    def wants_tick(self, state: AggregateState, tick: Tick) -> bool:
        """Tell whether something waits."""
        return bool(state.waiting)


def merged_keys(settings: AggregateSettings) -> frozenset[bytes] | None:
    """Return the keys of the symbols that are merged; None: all."""
    return None if "*" in settings.symbols else frozenset(symbol.encode() for symbol in settings.symbols)


def _written(state: AggregateState, until: int) -> tuple[AggregateState, Sequence[Output]]:
    """Write what happened before a moment; of a record that came twice, the one that came last."""
    due = {_order(row): row for row in state.waiting if row.ts_event < until}
    if not due:
        return state, ()
    outputs = [Output(MERGED, replace(due[order], late=order[0] < state.merged_until)) for order in sorted(due)]
    waiting = tuple(row for row in state.waiting if row.ts_event >= until)
    return replace(state, merged_until=max(until, state.merged_until), waiting=waiting), outputs


def _order(row: MergedFlow) -> Order:
    return row.ts_event, row.topic, row.sequence or 0, row.record_id, row.aggregation
