"""How true a feed is: lag, silence, crossed, repeated, disordered and unreadable records, leaping prices; pure, time is handed in.

Records are looked at as they are published, up to a number a second; every quarter of a second they are judged, over the last second
where enough came in it, over ten seconds otherwise. So a bad feed is marked within a second or so, and a single bad record marks none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from producers.topic_meter import Slice, TopicMeter
from producers.truth_limits import TruthLimits
from schemas.records import FeedFault, FeedFaultKind, TopicReading

JUDGE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class _Held:
    fault: FeedFault
    until: float


class TruthMeter:
    """Judges one feed.

    Parameters
    ----------
    topics
        Logical topics that are measured: those whose records move the watermark.
    limits
        What is forgiven.
    should_speak
        Tells of a market moment whether the feed must speak then.
    """

    def __init__(self, topics: Sequence[str], limits: TruthLimits, should_speak: Callable[[int], bool] = lambda _: False) -> None:
        self._limits = limits
        self._should_speak = should_speak
        self._meters = {topic: TopicMeter(limits.settings.leap_factor) for topic in topics}
        self._held: dict[tuple[FeedFaultKind, tuple[str, ...]], _Held] = {}
        self._judged_at = float("-inf")
        self._live_since: float | None = None
        self._looks = round(limits.settings.looks_a_second * JUDGE_SECONDS)
        self.looks_left = self._looks
        self.faults: tuple[FeedFault, ...] = ()
        self.readings: tuple[TopicReading, ...] = ()

    def look(self, topic: str, record: Any) -> None:
        """Check a new record; the caller asks `looks_left` first."""
        self.looks_left -= 1
        self._meters[topic].look(record)

    def count(self, topic: str, seen: int, repeated: int) -> None:
        """Count what a payload brought for a topic, and what of it had come before."""
        now = self._meters[topic].now
        now.seen += seen
        now.repeated += repeated

    def refused(self, topic: str, *, is_crossed: bool) -> None:
        """Count what did not fit; of a topic that is not measured with the first that is."""
        meter = self._meters.get(topic) or next(iter(self._meters.values()), None)
        if meter is not None:
            meter.now.refused += not is_crossed
            meter.now.crossed_refusals += is_crossed

    def judge(self, now_us: int, at: float, *, is_live: bool) -> bool:
        """Look at what came; tell whether the faults are others than before. Does nothing before it is due.

        Parameters
        ----------
        now_us
            Market time.
        at
            Monotonic seconds.
        is_live
            A feed that is not connected has no faults: its state says enough.
        """
        if at - self._judged_at < JUDGE_SECONDS and is_live == (self._live_since is not None):
            return False
        self._judged_at, self.looks_left = at, self._looks
        if not is_live:
            self._live_since = None
            for meter in self._meters.values():
                meter.forget()
            return self._replace({}, at, now_us)
        if self._live_since is None:
            self._live_since = at
        for meter in self._meters.values():
            meter.close_slice(at, self._limits.settings.long_window_seconds)
        self.readings = tuple(self._readings(at))
        found = {(fault.kind, tuple(fault.topics)): fault for fault in self._found(now_us, at)}
        return self._replace(found, at, now_us)

    def _replace(self, found: dict[tuple[FeedFaultKind, tuple[str, ...]], FeedFault], at: float, now_us: int) -> bool:
        """Take what was found; what is not found any more stays for a while, and keeps its beginning."""
        before = self._held
        hold = self._limits.settings.hold_seconds
        kept = {} if self._live_since is None else {key: held for key, held in before.items() if key not in found and held.until > at}
        new = {
            key: _Held(replace(fault, since=before[key].fault.since if key in before else now_us), at + hold) for key, fault in found.items()
        }
        self._held = {**kept, **new}
        self.faults = tuple(held.fault for _, held in sorted(self._held.items()))
        return before.keys() != self._held.keys()

    def _found(self, now_us: int, at: float) -> Iterator[FeedFault]:
        if (silent := self._silence(now_us, at)) is not None:
            yield silent
        for topic, meter in self._meters.items():
            part = self._window(meter, at)
            if part is not None:
                yield from self._judged(topic, part)

    def _silence(self, now_us: int, at: float) -> FeedFault | None:
        limit = self._limits.speaks_within_seconds
        assert self._live_since is not None, "only a live feed is judged"
        if limit is None or not self._should_speak(now_us):
            return None
        spoke_at = max([self._live_since, *(meter.spoke_at for meter in self._meters.values() if meter.spoke_at is not None)])
        silent = at - spoke_at
        if silent <= limit:
            return None
        return _fault(FeedFaultKind.SILENT, (), silent, limit, f"the market is open and nothing came for {silent:.1f} s, tolerated are {limit:g} s")

    def _window(self, meter: TopicMeter, at: float) -> Slice | None:
        """Return the shortest stretch that holds enough to be judged by."""
        settings = self._limits.settings
        for seconds in (settings.window_seconds, settings.long_window_seconds):
            part = meter.since(at - seconds)
            if part.seen + part.refused + part.crossed_refusals >= settings.least_records or part.refused >= settings.least_refused:
                return part
        return None

    def _judged(self, topic: str, part: Slice) -> Iterator[FeedFault]:
        settings, topics = self._limits.settings, (topic,)
        lag_ms = float(np.median(part.lags_us)) / self._limits.millisecond_us if len(part.lags_us) >= settings.least_records else 0.0
        if lag_ms > settings.lag_ms:
            yield _fault(FeedFaultKind.LATE, topics, lag_ms, settings.lag_ms, f"events come {lag_ms:,.0f} ms late, tolerated are {settings.lag_ms:g}")
        if -lag_ms > settings.clock_ms:
            why = f"events are stamped {-lag_ms:,.0f} ms ahead of our clock, tolerated are {settings.clock_ms:g}"
            yield _fault(FeedFaultKind.CLOCK, topics, -lag_ms, settings.clock_ms, why)
        refused = part.refused + part.crossed_refusals
        for kind, bad, of, limit, words in (
            (FeedFaultKind.CROSSED, part.crossed + part.crossed_refusals, part.sided + part.crossed_refusals, settings.crossed_share, "are crossed"),
            (FeedFaultKind.REPEATED, part.repeated, part.seen, settings.repeated_share, "came again"),
            (FeedFaultKind.DISORDERED, part.disordered, part.looked, settings.disordered_share, "are older than the one before"),
            (FeedFaultKind.LEAPING, part.leaping, part.priced, settings.leaping_share, "leap as if the unit had changed"),
            (FeedFaultKind.UNREADABLE, part.refused, part.seen + refused, settings.unreadable_share, "do not fit"),
        ):
            least = settings.least_refused if kind is FeedFaultKind.UNREADABLE else settings.least_records
            enough = bad >= least if kind is FeedFaultKind.UNREADABLE else of >= least
            if enough and bad > limit * of:
                yield _fault(kind, topics, bad / of, limit, f"{bad / of:.0%} of {topic} {words}, tolerated are {limit:.0%}")

    def _readings(self, at: float) -> Iterator[TopicReading]:
        for topic, meter in self._meters.items():
            part = meter.since(at - self._limits.settings.long_window_seconds)
            if not part.seen and not part.refused and not part.crossed_refusals:
                continue
            lags = np.percentile(part.lags_us, (50, 99)) / self._limits.millisecond_us if part.lags_us else (None, None)
            sided = part.sided + part.crossed_refusals
            yield TopicReading(
                topic=topic,
                records=part.looked,
                lag_p50_ms=None if lags[0] is None else round(float(lags[0]), 1),
                lag_p99_ms=None if lags[1] is None else round(float(lags[1]), 1),
                crossed_share=_share(part.crossed + part.crossed_refusals, sided),
                repeated_share=_share(part.repeated, part.seen),
                disordered_share=_share(part.disordered, part.looked),
            )


def _share(part: int, of: int) -> float | None:
    return round(part / of, 4) if of else None


def _fault(kind: FeedFaultKind, topics: tuple[str, ...], measured: float, limit: float, reason: str) -> FeedFault:
    return FeedFault(kind=kind, topics=topics, measured=measured, tolerated=limit, since=0, reason=reason)
