"""Whether two sources say the same of one thing, e.g. a contract's bid (IBK-31, C-24); pure.

Two levels, in ticks of the price: more than two apart is worth a look, more than five is nothing to act on. One alert a change of level.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.ids import deterministic_id
from schemas.records import Alert, AlertLevel

_ROUNDING = 1e-9  # prices in binary are off by less
_MOST_SUBJECTS = 200_000
_CENT, _NICKEL, _OPTION_TICK_CHANGES_AT = 0.01, 0.05, 3.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What a source says of something at a moment; ``value`` in US dollars."""

    source: str
    subject: str
    value: float
    ts_event: int
    is_option: bool


@dataclass(slots=True)
class _Subject:
    claims: dict[str, Claim] = field(default_factory=dict)
    level: AlertLevel = AlertLevel.CLEARED


class Divergences:
    """Compares two sources.

    Parameters
    ----------
    name
        Of the comparison, e.g. ``option-bid``.
    unit
        Who speaks in the alerts.
    sources
        The two; the broker's price is the one to act on, whatever the other says.
    warn, block
        US dollars for a tick of a cent.
    fresh_us
        Claims further apart in time say nothing of each other.
    """

    def __init__(self, name: str, unit: str, sources: tuple[str, str], warn: float, block: float, fresh_us: int) -> None:
        self._name, self._unit, self._sources = name, unit, sources
        self._limits = ((AlertLevel.BLOCK, block), (AlertLevel.WARN, warn))
        self._fresh_us = fresh_us
        self._subjects: OrderedDict[str, _Subject] = OrderedDict()

    def take(self, claim: Claim) -> Iterator[Alert]:
        """Take note of a claim; yield an alert if the level of its subject changes."""
        if claim.source not in self._sources:
            return
        subject = self._subjects.setdefault(claim.subject, _Subject())
        self._subjects.move_to_end(claim.subject)
        if len(self._subjects) > _MOST_SUBJECTS:
            self._subjects.popitem(last=False)
        known = subject.claims.get(claim.source)
        if known is not None and known.ts_event > claim.ts_event:
            return
        subject.claims[claim.source] = claim
        first, second = (subject.claims.get(source) for source in self._sources)
        if first is None or second is None or abs(first.ts_event - second.ts_event) > self._fresh_us:
            return
        apart, scale = abs(first.value - second.value), tick_of(max(first.value, second.value), is_option=claim.is_option) / _CENT
        level = next((level for level, limit in self._limits if apart > limit * scale + _ROUNDING), AlertLevel.CLEARED)
        if level is subject.level:
            return
        subject.level = level
        yield self._alert(claim, first, second, level, apart, scale)

    def _alert(self, claim: Claim, first: Claim, second: Claim, level: AlertLevel, apart: float, scale: float) -> Alert:
        kind = f"divergence:{self._name}"
        tolerated = dict(self._limits).get(level, self._limits[1][1]) * scale
        said = f"{first.source} says {first.value:g}, {second.source} {second.value:g}"
        return Alert(
            alert_id=deterministic_id("alert", kind, claim.subject, level, claim.ts_event), kind=kind, level=level, unit=self._unit,
            subject=claim.subject, ts_event=claim.ts_event, measured=apart, tolerated=tolerated, measured_unit="USD",
            claims={first.source: first.value, second.source: second.value},
            reason=f"{said}: {apart:.4g} apart, tolerated are {tolerated:.4g}",
        )  # fmt: skip


def tick_of(price: float, *, is_option: bool) -> float:
    """Return the smallest change of a price, US dollars: options have nickels from three dollars on, as classes outside the penny programme."""
    return _NICKEL if is_option and price >= _OPTION_TICK_CHANGES_AT else _CENT
