"""Open setups: what one costs the decisions stage in memory and at a checkpoint, and what is left when all are closed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from confluent_kafka import Producer

from benchmarks.arena import Arena, arena
from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed
from benchmarks.unit_process import Look, running_unit
from infra.clock import MICROSECONDS
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import producer_configuration
from schemas import catalog
from schemas.records import Box, BoxState, Features, MarketView, Resolution, Session

SETUPS = 1_000_000
WAVES = 4
QUIET_VIEWS = 10
UNIT, GROUP = "stage.decisions", "tapewire-decisions"
VIEWS, EVENTS = "views", "setups.events"
SETUPS_A_VIEW = 2  # one at the box of each resolution, of different prices
SLOWEST_VIEWS_A_SECOND = 500
OPEN_US = 1_586_957_400 * MICROSECONDS
CHECKPOINT, TABLE_BYTES = "tapewire_stage_checkpoint_seconds", "tapewire_stage_table_bytes"
COLUMNS = (
    Column("open_setups", "open setups", ",.0f"),
    Column("resident_megabytes", "RSS MB", ",.0f"),
    Column("bytes_per_setup", "RSS B/setup", ",.0f"),
    Column("state_bytes_per_setup", "changelog B/setup", ",.0f"),
    Column("quiet_checkpoint_ms", "checkpoint of one view, ms", ",.1f"),
    Column("views_per_second", "views/s", ",.0f"),
)


@job("open-setups", "memory and checkpoint time by open setups, and after they are closed", by_default=False)
def open_setups(options: Options) -> Sequence[Result]:
    """Open the setups in waves, close them all, open the first wave anew, twice; a million take half an hour."""
    symbols = (options.records or SETUPS) // SETUPS_A_VIEW
    wave = symbols // WAVES
    steps = [("open", first, first + wave) for first in range(0, wave * WAVES, wave)]
    steps += [("close", 0, wave * WAVES), ("open", 0, wave), ("close", 0, wave), ("open", 0, wave)]
    results: list[Result] = []
    with arena(UNIT) as place, running_unit(place, place.settings, UNIT) as unit:
        market = _Market(place)
        try:
            unit.wait_until_ready()
            empty = unit.look()
            for number, (what, first, last) in enumerate(steps, 1):
                began = time.monotonic()
                ends = market.put(what, first, last)
                unit.wait_until_committed(place, GROUP, VIEWS, ends, 60 + (last - first) / SLOWEST_VIEWS_A_SECOND)
                seconds = time.monotonic() - began
                after = unit.look()
                for _ in range(QUIET_VIEWS):  # one at a time: each has its checkpoint
                    unit.wait_until_committed(place, GROUP, VIEWS, market.put("look", first, first + 1), 60)
                quiet = unit.look()
                told = sum(place.end_offsets(catalog.topic(EVENTS).kafka_name))
                right = told == market.events
                note = "" if right else f"expected {market.events:,} events, found {told:,}"
                figures = _figures(empty, after, quiet, market.open_setups, (last - first) / seconds, opening=number <= WAVES)
                results.append(Result("open-setups", str(number), f"{number}. {what} {last - first:,} symbols", right, note, figures))
                print(f"{results[-1].label}: {figures} {note}", flush=True)
        except RunFailed as failure:
            results.append(Result("open-setups", "failed", "failed", checked=False, note=f"FAILED: {str(failure).splitlines()[0]}"))
            print(failure, flush=True)
    show(f"open-setups: {SETUPS_A_VIEW} a symbol, checkpoint every {place.settings.stage.checkpoint_ms} ms", COLUMNS, results)
    return results


def _figures(empty: Look, after: Look, quiet: Look, setups: int, rate: float, *, opening: bool) -> dict[str, float]:
    figures = {
        "open_setups": float(setups),
        "resident_megabytes": after.resident / 1e6,
        "quiet_checkpoint_ms": quiet.mean_since(after, CHECKPOINT) * 1_000,
        "views_per_second": rate,
        "state_megabytes": after.metrics[TABLE_BYTES] / 1e6,
    }
    if opening:  # later the process keeps what it once had, and uses it again
        figures["bytes_per_setup"] = (after.resident - empty.resident) / setups
        figures["state_bytes_per_setup"] = after.metrics[TABLE_BYTES] / setups
    return figures


class _Market:
    """Publishes views that arm two setups of a symbol, or take their boxes away."""

    def __init__(self, place: Arena) -> None:
        self._codec = CodecSet.from_registry(place.settings.registry, (VIEWS,)).of(VIEWS)
        self._producer = Producer(producer_configuration(place.settings.kafka, "bench"))
        self._seconds = 60
        self._opened_at = 0
        self._published = 0
        self.open_setups = 0
        self.events = 0

    def put(self, what: str, first: int, last: int) -> int:
        """Publish one view of each symbol and return how many there were in all.

        ``what`` says if its setups are opened, closed, or left as they are.
        """
        self._seconds += 1
        name = catalog.topic(VIEWS).kafka_name
        for symbol, view in self._views(what, first, last):
            while True:
                try:
                    self._producer.produce(name, self._codec.encode(view), symbol.encode())
                    break
                except BufferError:
                    self._producer.poll(0.1)
        if self._producer.flush(60):
            raise RunFailed("the broker did not take all views")
        count = last - first
        self._published += count
        if what != "look":
            self.open_setups += SETUPS_A_VIEW * count * (1 if what == "open" else -1)
            self.events += SETUPS_A_VIEW * count
        return self._published

    def _views(self, what: str, first: int, last: int) -> Iterator[tuple[str, MarketView]]:
        now_us = OPEN_US + self._seconds * MICROSECONDS
        one, two = (_features(resolution, now_us) for resolution in (Resolution.M1, Resolution.M2))
        low, high = _box(Resolution.M1, now_us, 10.0, 10.2), _box(Resolution.M2, now_us, 11.0, 11.2)
        template = MarketView(
            symbol="", ts_event=now_us, session=Session.REGULAR, last_price=10.19, interval_high=10.19, interval_low=10.19,
            interval_volume=100.0, day_volume=1e6, bid_price=10.18, ask_price=10.2, spread_bps=19.6, vwap_distance_bps=12.0,
            features_1m=one, features_2m=two,
        )  # fmt: skip
        for number in range(first, last):
            symbol = f"S{number}"
            if what == "close" or (what == "look" and not self.open_setups):
                yield symbol, replace(template, symbol=symbol)
                continue
            if what == "open":
                self._opened_at = self._seconds
            names = f"{symbol}-{self._opened_at}-1", f"{symbol}-{self._opened_at}-2"
            boxes = replace(low, symbol=symbol, box_id=names[0]), replace(high, symbol=symbol, box_id=names[1])
            yield symbol, replace(template, symbol=symbol, box_1m=boxes[0], box_2m=boxes[1])


def _features(resolution: Resolution, now_us: int) -> Features:
    end = now_us // (60 * MICROSECONDS) * 60 * MICROSECONDS
    return Features(
        symbol="", resolution=resolution, window_end=end, ts_event=end, bar_count=60, close=10.1, atr_wilder_14=0.1, relative_volume=2.3,
        range_bps=80.0, day_high=11.0, day_low=9.0,
    )  # fmt: skip


def _box(resolution: Resolution, now_us: int, low: float, high: float) -> Box:
    return Box(
        symbol="", box_id="", resolution=resolution, state=BoxState.EXTENDED, ts_event=now_us, window_start=now_us - 600 * MICROSECONDS,
        window_end=now_us, bar_count=10, high=high, low=low, range_bps=200.0, range_to_atr=2.0, compression_ratio=0.5, mean_volume=100.0,
        touches_high=3, touches_low=3,
    )  # fmt: skip
