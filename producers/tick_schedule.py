"""Which market seconds are due, and how far each partition must be folded before them: the pure part of the ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from infra.clock import MICROSECONDS
from infra.macro_windows import window_at
from infra.settings import TickSettings
from schemas.records import FeedHeartbeat, FeedState, MacroWindow, Tick


@dataclass(slots=True)
class _Feed:
    """What is known of one feed; real times are monotonic seconds."""

    watermark_us: int
    advanced_at: float
    state: FeedState
    unfit: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class TickSchedule:
    """Turns heartbeats and the clock into ticks.

    A tick also names the topics whose feed is bad, or down and not waited for any longer: what came on them in its second is not to be
    trusted. The slowest feed holds the ticks back. A feed whose watermark has stood still for too long, that was never heard of, or
    that has no licence, does not: then the clock counts, somewhat behind.

    Parameters
    ----------
    settings
        Feeds to wait for, and how long.
    began_at
        Monotonic real seconds at which the process began.
    last_us
        Last tick of each partition of the tick topic; None where there is none.
    writes
        Logical topics of each feed.
    windows
        Around economic events, as known now; a tick carries the one that holds at its second.
    """

    settings: TickSettings
    began_at: float
    last_us: list[int | None]
    writes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    windows: Sequence[MacroWindow] = ()
    _feeds: dict[str, _Feed] = field(default_factory=dict)
    _barriers: dict[int, dict[str, int]] = field(default_factory=dict)

    def heard(self, heartbeat: FeedHeartbeat, at: float) -> None:
        """Take note of a heartbeat; its positions only ever raise barriers."""
        known = self._feeds.get(heartbeat.feed)
        unfit = {topic: fault.kind.value for fault in heartbeat.faults for topic in fault.topics or self.writes.get(heartbeat.feed, ())}
        if known is None or heartbeat.ts_event > known.watermark_us:
            self._feeds[heartbeat.feed] = _Feed(heartbeat.ts_event, at, heartbeat.state, unfit)
        else:
            known.state, known.unfit = heartbeat.state, unfit
        for position in heartbeat.positions:
            barriers = self._barriers.setdefault(position.partition, {})
            barriers[position.topic] = max(barriers.get(position.topic, 0), position.next_offset)

    def cover(self, ends: Mapping[tuple[str, int], int]) -> None:
        """Take note of where topics end (Kafka name, partition): the next ticks cover so much of them."""
        for (topic, partition), end in ends.items():
            self._barriers.setdefault(partition, {})[topic] = end

    def due_until_us(self, now_us: int, lag_us: int, at: float) -> int | None:
        """Return the last due second; None while feeds that may yet speak are waited for.

        Parameters
        ----------
        now_us
            Market time.
        lag_us
            How far ticks that follow the clock stay behind it, in market time.
        at
            Monotonic real seconds.
        """
        patience = self.settings.feed_holdback_real_seconds
        held_by: list[int] = []
        for name in self.settings.feeds:
            feed = self._feeds.get(name)
            if feed is None:
                if at - self.began_at <= patience:
                    return None
            elif self._is_waited_for(feed, at):
                held_by.append(feed.watermark_us)
        moment_us = min(held_by) if held_by else now_us - lag_us
        return moment_us // MICROSECONDS * MICROSECONDS

    def is_due(self, until_us: int) -> bool:
        """Tell whether `take` would return anything."""
        return any(last_us is None or last_us < until_us for last_us in self.last_us)

    def unfit(self, at: float) -> Mapping[str, str]:
        """Return the topics that are not to be trusted now, and why; ``at`` in monotonic real seconds.

        A feed that is down and waited for makes none unfit: the ticks stand still, and go on with what it brings then.
        """
        if not self.settings.tell_bad_feeds:
            return {}
        found: dict[str, str] = {}
        for name in self.settings.feeds:
            feed = self._feeds.get(name)
            if feed is None or not self._is_waited_for(feed, at):
                found |= dict.fromkeys(self.writes.get(name, ()), FeedState.DOWN.value)
            else:
                found |= feed.unfit
        return found

    def _is_waited_for(self, feed: _Feed, at: float) -> bool:
        return feed.state is not FeedState.UNLICENSED and at - feed.advanced_at <= self.settings.feed_holdback_real_seconds

    def take(self, until_us: int, most: int, at: float) -> Sequence[tuple[int, Tick]]:
        """Return the next ticks with their partitions, up to the second ``until_us``, and count them as written.

        At most ``most`` seconds a call; ``at`` in monotonic real seconds. A
        partition that ended earlier than the others, because the process was killed
        between them, gets what it lacks. After a pause longer than the settings' largest gap the ticks jump to the end.
        """
        taken: list[tuple[int, Tick]] = []
        unfit = self.unfit(at)
        largest_gap_us = self.settings.largest_gap_seconds * MICROSECONDS
        newest_us = max((moment for moment in self.last_us if moment is not None), default=None)
        jump = newest_us is None or until_us - newest_us > largest_gap_us
        macro: dict[int, MacroWindow | None] = {}  # looked up once a second, not once a partition
        for partition, last_us in enumerate(self.last_us):
            first_us = until_us if jump or last_us is None else last_us + MICROSECONDS
            final_us = min(until_us, first_us + (most - 1) * MICROSECONDS)
            barriers = dict(self._barriers.get(partition, {}))
            for second_us in range(first_us, final_us + 1, MICROSECONDS):
                if second_us not in macro:
                    macro[second_us] = window_at(self.windows, second_us)
                taken.append((partition, Tick(ts_event=second_us, barriers=barriers, unfit=unfit, macro=macro[second_us])))
            if final_us >= first_us:
                self.last_us[partition] = final_us
        return taken
