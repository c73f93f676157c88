"""Plays a market at its own pace to all stages, in the processes that the demo has for them, and watches from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.arena import Arena
from benchmarks.group_progress import GroupProgress
from benchmarks.machine_meter import MachineTimes
from benchmarks.paced_producer import PacedProducer
from benchmarks.process_meter import ProcessMeter
from benchmarks.running_contestant import RunFailed
from benchmarks.unit_process import UnitProcess, running_unit
from benchmarks.whole_market.feeds import Feeds
from benchmarks.whole_market.size import START_US
from infra.clock import MICROSECONDS
from infra.kafka.whole_topic import read_whole
from infra.local.processes import GROUPS
from infra.settings import ClockSettings, Settings
from processors.stages import STAGES
from schemas import catalog
from schemas.codec import HEADER_SIZE

PROCESSES: Mapping[str, tuple[str, ...]] = {
    "ticks": ("ticks",),  # the demo has it beside the feeds, which are not here
    **{name: GROUPS[name] for name in ("market", "decisions", "analytics", "bulk")},
}
LIVE = tuple(spec for spec in STAGES.values() if spec.name != "history_bars")
_DECISIONS = ("setups.events", "signals", "signals.refusals", "postures")
_TOLD: Mapping[str, Mapping[str, object]] = {
    "bars": {"vendor_bars": "1m", "vendor_bar_spread_seconds": 30},
    "stage": {"checkpoint_ms": 1_000, "fetch_pause_ms": 25.0},
    "kafka": {"producer_linger_ms": 20.0},
    "ticks": {"feed_holdback_real_seconds": 600.0},
    "gamma": {"interval_seconds": 1, "chain_interval_seconds": 1},
}
_METER_SECONDS, _LOOK_SECONDS, _LEAD_SECONDS = 0.5, 0.02, 1.0
_SETTLE_SECONDS = 5.0  # after the start, and before the measured time
_STILL_SECONDS = 2.0
_READ_PARTITION = 3  # of the views: a quarter of them, SPY among them, says enough


@dataclass(frozen=True, slots=True)
class Played:
    """What was seen while the market was played.

    Attributes
    ----------
    cores
        Processor use of each process, the broker and the player among them, in cores.
    resident
        Peak of each process, bytes.
    idle, stolen
        Shares of the machine's processors.
    behind
        Seconds until each stage had committed all, from two seconds after the last tick on; None of a stage that nobody waited for any longer.
    done
        Of the ticks or records that each stage gets, the share that was done at that moment.
    late
        Longest that a record left after its moment, seconds.
    """

    cores: Mapping[str, float]
    resident: Mapping[str, int]
    idle: float
    stolen: float
    behind: Mapping[str, float | None]
    done: Mapping[str, float]
    late: float
    beginning: float
    begin: float
    end: float

    @property
    def has_ended(self) -> bool:
        return all(seconds is not None for seconds in self.behind.values())


def settings_of(base: Settings) -> Settings:
    """Return the settings of the played system: market time goes with real time, gamma is computed every second."""
    clock = ClockSettings(kind="scaled", start_us=START_US, origin_us=round(time.time() * MICROSECONDS))
    told = {section: getattr(base, section).model_copy(update=values) for section, values in _TOLD.items()}
    return base.model_copy(update={"clock": clock, **told})


def play(place: Arena, feeds: Feeds, patience_seconds: float) -> Played:
    """Start everything, play the feeds, and wait until every stage is at its end or long enough.

    Raises
    ------
    RunFailed
        If a process ends by itself.
    """
    settings = settings_of(place.settings)
    with ExitStack() as running:
        processes = {name: running.enter_context(running_unit(place, settings, *units)) for name, units in PROCESSES.items()}
        for process in processes.values():
            process.wait_until_ready()
        time.sleep(_SETTLE_SECONDS)
        watched = {"player": os.getpid(), "Kafka": place.broker_pid, "registry": place.registry_pid}
        watched |= {name: process.pid for name, process in processes.items()}
        meters = {name: running.enter_context(_metered(pid)) for name, pid in watched.items()}
        producers = {name: running.enter_context(_producer(place, name, feeds)) for name in feeds.flows}
        beginning = time.time() + _LEAD_SECONDS
        for name, producer in producers.items():
            producer.start(0, len(feeds.flows[name]), beginning)
        begin = beginning + min(_SETTLE_SECONDS, feeds.seconds / 4)
        time.sleep(max(0.0, begin - time.time()))
        before = MachineTimes.now()
        end = beginning + feeds.seconds
        while time.time() < end:
            _check(processes)
            time.sleep(min(1.0, max(0.0, end - time.time())))
        after = MachineTimes.now()
        cores = {name: meter.cpu_between(begin, end) / (end - begin) for name, meter in meters.items()}
        late = max(producer.wait() for producer in producers.values())
        _wait_for_ticks(place, processes)
        behind, done = _come_to_rest(place, processes, patience_seconds)
        resident = {name: meter.peak_resident() for name, meter in meters.items()}
    return Played(
        cores, resident, after.idle_share_since(before), after.stolen_share_since(before), behind, done, late, beginning, begin, end
    )  # fmt: skip


def tick_delays(place: Arena, played: Played) -> NDArray[np.float64]:
    """Return how long after the end of its second each tick was appended, seconds."""
    ticks = _ticks(place, played)
    return np.array([appended_ms / 1_000 - played.beginning - (moment - START_US) / MICROSECONDS for (_, moment), appended_ms in ticks.items()])


def delays_after_ticks(place: Arena, topics: Sequence[str], played: Played) -> NDArray[np.float64]:
    """Return the seconds from the append of a tick to that of what was made of it."""
    ticks = _ticks(place, played)
    delays = []
    for topic in topics:
        codec = place.codecs.of(topic)
        for message in read_whole(place.settings.kafka, catalog.topic(topic), starts={_READ_PARTITION: 0} if topic == "views" else None):
            ticked_ms = ticks.get((int(message.partition() or 0), codec.decode(message.value() or b"").ts_event))
            if ticked_ms is not None:
                delays.append((message.timestamp()[1] - ticked_ms) / 1_000)
    return np.array(delays, np.float64)


def view_delays(place: Arena, played: Played) -> NDArray[np.float64]:
    """Return those of the views."""
    return delays_after_ticks(place, ("views",), played)


def decision_delays(place: Arena, played: Played) -> NDArray[np.float64]:
    """Return those of signals, refusals, setups and postures."""
    return delays_after_ticks(place, _DECISIONS, played)


def _ticks(place: Arena, played: Played) -> dict[tuple[int, int], int]:
    """Return when each tick of the measured time was appended, milliseconds since the epoch, by partition and market time."""
    codec = place.codecs.of("ops.ticks")
    ticks: dict[tuple[int, int], int] = {}
    for message in read_whole(place.settings.kafka, catalog.topic("ops.ticks")):
        ts_event = codec.decode(message.value() or b"").ts_event
        if played.begin <= played.beginning + (ts_event - START_US) / MICROSECONDS <= played.end:
            ticks[int(message.partition() or 0), ts_event] = message.timestamp()[1]
    return ticks


def view_bytes(place: Arena) -> NDArray[np.int64]:
    """Return the size of each view's Avro body."""
    messages = read_whole(place.settings.kafka, catalog.topic("views"), starts={_READ_PARTITION: 0})
    return np.array([len(message.value() or b"") - HEADER_SIZE for message in messages], np.int64)


def _check(processes: Mapping[str, UnitProcess]) -> None:
    for process in processes.values():
        process.check_alive()


@contextmanager
def _metered(pid: int) -> Iterator[ProcessMeter]:
    meter = ProcessMeter(pid, _METER_SECONDS)
    try:
        yield meter
    finally:
        meter.stop()


@contextmanager
def _producer(place: Arena, name: str, feeds: Feeds) -> Iterator[PacedProducer]:
    timed = feeds.flows[name]
    producer = PacedProducer(place, catalog.topic(name).kafka_name, timed.flow, timed.due, tick_seconds=_LOOK_SECONDS, compression="lz4")
    try:
        yield producer
    finally:
        producer.close()


def _wait_for_ticks(place: Arena, processes: Mapping[str, UnitProcess]) -> None:
    """Wait until no more ticks come."""
    name, count, grown_at = catalog.topic("ops.ticks").kafka_name, -1, time.monotonic()
    while time.monotonic() - grown_at < _STILL_SECONDS:
        _check(processes)
        found = sum(place.end_offsets(name))
        if found > count:
            count, grown_at = found, time.monotonic()
        time.sleep(0.1)
    if count <= 0:
        raise RunFailed("no tick was written")


def _come_to_rest(place: Arena, processes: Mapping[str, UnitProcess], patience_seconds: float) -> tuple[dict[str, float | None], dict[str, float]]:
    """Wait until every stage has committed all of its ticks, or records where it has no ticks."""
    began = time.monotonic()
    progress = {spec.name: GroupProgress(place, spec.app_id, (spec.tick_topic,) if spec.tick_topic else spec.inputs) for spec in LIVE}
    behind: dict[str, float | None] = dict.fromkeys(progress)
    done: dict[str, float] = {}
    try:
        while any(seconds is None for seconds in behind.values()) and time.monotonic() - began < patience_seconds:
            _check(processes)
            for name, group in progress.items():
                left = group.left() if behind[name] is None else 0
                if left is not None and name not in done:
                    done[name] = 1 - left / max(group.ends(), 1)
                if left == 0 and behind[name] is None:
                    behind[name] = 0.0 if done[name] == 1 else time.monotonic() - began
            time.sleep(0.1)
    finally:
        for group in progress.values():
            group.close()
    return behind, done
