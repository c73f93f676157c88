"""Derived numbers of a symbol on their way into its views: the newest of each kind, while it is young enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from infra.view_settings import ViewSettings
from processors.calc.windows import SECOND_US
from processors.fold import Output
from processors.market_facts.depth import depth_at, depth_view
from processors.market_facts.flow import flow_view
from processors.market_facts.gamma import gamma_view
from processors.market_facts.regime import regime_view
from schemas.record import Record
from schemas.records import DepthView, MarketFacts, MarketView


@dataclass(frozen=True, slots=True)
class FactKind:
    """One kind of derived number.

    Attributes
    ----------
    field
        Its field in `MarketView` and `MarketFacts`.
    view_of
        Makes what the view shows of a record of its topic.
    """

    field: str
    view_of: Callable[[Any], Any]


KINDS: Mapping[str, FactKind] = {
    "derived.book-metrics": FactKind("depth", depth_view),
    "derived.gamma-profiles": FactKind("gamma", gamma_view),
    "derived.flow-metrics": FactKind("flow", flow_view),
    "derived.regimes": FactKind("regime", regime_view),
}
"""By the logical topic they come from."""
TOPICS = tuple(KINDS)
_FIELDS = tuple(kind.field for kind in KINDS.values())
_NONE = MarketFacts()


def known(facts: MarketFacts | None, topic: str, record: Record) -> MarketFacts:
    """Return the facts with a record of one of `TOPICS` in; an older record than the known one changes nothing."""
    kind = KINDS[topic]
    facts = facts or _NONE
    before, after = getattr(facts, kind.field), kind.view_of(record)
    if before is not None and before.ts_event > after.ts_event:
        return facts
    return replace(facts, **{kind.field: after})


def with_facts(outputs: Sequence[Output], facts: MarketFacts | None, tick_us: int, settings: ViewSettings) -> Sequence[Output]:
    """Put the facts that are young enough at the tick into the views among the outputs, and say of the others why they are missing."""
    shown: dict[str, Any] | None = None
    result = []
    for output in outputs:
        if isinstance(output.record, MarketView):
            shown = shown or _shown(facts or _NONE, tick_us, settings)
            result.append(Output(output.topic, replace(output.record, **shown)))
        else:
            result.append(output)
    return result


def _shown(facts: MarketFacts, tick_us: int, settings: ViewSettings) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    missing = []
    for field in _FIELDS:
        fact = getattr(facts, field)
        if fact is None:
            missing.append(f"no_{field}")
        elif tick_us - fact.ts_event > getattr(settings, f"{field}_life_seconds") * SECOND_US:
            missing.append(f"stale_{field}")
        else:
            shown[field] = depth_at(fact, tick_us) if isinstance(fact, DepthView) else fact
    return shown | {"missing": tuple(missing)}
