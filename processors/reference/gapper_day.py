"""What is known of a day's gappers at its freeze, at its ranking, and now: of each symbol its newest record until then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from infra.clock import MICROSECONDS, to_microseconds
from infra.market_calendar import NEW_YORK, session_bounds, trading_day
from infra.reference_settings import WatchlistSettings
from processors.reference.written_lists import written_lists
from schemas.records import Gapper


@dataclass(frozen=True, slots=True)
class DayMoments:
    """The moments of a trading day that matter to its lists, int microseconds UTC."""

    day: date
    begins_us: int
    freeze_us: int
    final_us: int


def moments_of(day: date, settings: WatchlistSettings) -> DayMoments | None:
    """Return the moments of a New York date, or None if the exchange is closed on it."""
    bounds = session_bounds(day)
    if bounds is None:
        return None
    freeze, final = (to_microseconds(datetime.combine(day, at, NEW_YORK)) for at in (settings.freeze_at, settings.final_at))
    return DayMoments(day, bounds.pre_start_us, freeze, final)


_BySource = dict[str, dict[str, Gapper]]


def _by_source() -> _BySource:
    return defaultdict(dict)


@dataclass(slots=True)
class GapperDay:
    """The gappers of one trading day.

    A record belongs to the moment at which it came from the vendor (``ts_received``): what we did not know at the freeze was not on the list.
    Symbols may come in any order among each other; of one symbol the newest record until each moment counts, whenever it is read. Vendors are
    not mixed: the first of `sources` that has told of somebody lately speaks alone (WCH-05), among them lists that people wrote (WCH-06).

    Attributes
    ----------
    sources
        Vendors and written lists, the preferred one first; others are not listened to.
    lately_us
        A vendor that has told of nobody for so long is passed over.
    written
        The symbols of each written list.
    """

    moments: DayMoments
    sources: tuple[str, ...]
    lately_us: int
    written: Mapping[str, Sequence[str]]
    _at_freeze: _BySource = field(default_factory=_by_source)
    _at_final: _BySource = field(default_factory=_by_source)
    _now: _BySource = field(default_factory=_by_source)

    @classmethod
    def of(cls, moments: DayMoments, settings: WatchlistSettings) -> GapperDay:
        """Return an empty day with the settings' sources."""
        return cls(moments, settings.sources, round(settings.stale_minutes * 60 * MICROSECONDS), written_lists(settings))

    def take(self, gapper: Gapper) -> None:
        """Take in a record; one of another day, or of a vendor that nobody listens to, is left out."""
        known_us, moments = gapper.ts_received, self.moments
        if known_us < moments.begins_us or trading_day(known_us) != moments.day or gapper.source not in self.sources:
            return
        for until_us, newest in ((moments.freeze_us, self._at_freeze), (moments.final_us, self._at_final), (None, self._now)):
            before = newest[gapper.source].get(gapper.symbol)
            if (until_us is None or known_us < until_us) and (before is None or _age(gapper) > _age(before)):
                newest[gapper.source][gapper.symbol] = gapper

    def until(self, moment_us: int) -> Mapping[str, Gapper]:
        """Return the newest record of each symbol at a moment: the freeze, the ranking, or, for any other, now; none where a list speaks."""
        return self._known(moment_us).get(self._speaker(moment_us), {})

    def written_at(self, moment_us: int) -> Sequence[str]:
        """Return the symbols of the written list that speaks at a moment; none where a vendor does, or nobody."""
        return self.written.get(self._speaker(moment_us), ())

    def _speaker(self, moment_us: int) -> str:
        known, since_us = self._known(moment_us), moment_us - self.lately_us
        for source in self.sources:
            if source in self.written or any(gapper.ts_received >= since_us for gapper in known.get(source, {}).values()):
                return source
        return ""

    def _known(self, moment_us: int) -> _BySource:
        if moment_us == self.moments.freeze_us:
            return self._at_freeze
        return self._at_final if moment_us == self.moments.final_us else self._now


def _age(gapper: Gapper) -> tuple[int, int, str]:
    return gapper.ts_received, gapper.ts_event, repr(gapper)
