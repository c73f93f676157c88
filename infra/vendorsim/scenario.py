"""A seeded market day: about twenty symbols that gap, compress, break, retest, run or fail; readable at any moment in any order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from infra.market_calendar import NEW_YORK
from infra.vendorsim.market_events import MINUTE_MS, ODD_LOT, TapeEvent, TapeQuote, TapeTrade
from infra.vendorsim.planted import PlantedBox
from infra.vendorsim.scenario_path import SymbolDay, build
from infra.vendorsim.scenario_plan import USUAL_HOURS, Hours, episodes, listings

_SEQUENCES_A_MINUTE = 10_000
_EXCHANGES = (4, 8, 10, 11, 12, 19)


class Scenario:
    """One day of a made-up market, from 09:00 to 20:00 in New York unless other hours are given.

    The same seed and day give the same events for ever: nothing is kept between calls but a cache. Every minute of every
    symbol has its own random numbers, so a minute can be made without those before it.

    Parameters
    ----------
    day
        New York date.
    seed
        Another seed is another day: other paths, other episodes after ten o'clock.
    hours
        When it is open.
    """

    def __init__(self, day: date, seed: int = 7, hours: Hours = USUAL_HOURS) -> None:
        self._hours = hours
        self._key = (seed, day.toordinal())
        planner = np.random.default_rng(self._key)
        planned = episodes(planner, hours)
        self._days: list[SymbolDay] = [
            build(listing, planned.get(listing.symbol, []), np.random.default_rng((*self._key, number)), hours)
            for number, listing in enumerate(listings(planner))
        ]
        self._numbers = {symbol_day.listing.symbol: number for number, symbol_day in enumerate(self._days)}
        midnight = datetime.combine(day, time(), NEW_YORK)
        opens = midnight + timedelta(minutes=hours.begin)
        self._start_ms = round(opens.timestamp() * 1_000)
        self._minute_of_symbol = lru_cache(maxsize=len(self._days) * 20)(self._generate)
        self._minute_of_market = lru_cache(maxsize=4)(self._merge)

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self._numbers)

    @property
    def span_ms(self) -> tuple[int, int]:
        return self._start_ms, self._start_ms + self._hours.seconds * 1_000

    def previous_close(self, symbol: str) -> float:
        return self._days[self._numbers[symbol]].listing.previous_close

    def path(self, symbol: str) -> SymbolDay:
        """Return the symbol's price and print rate by the second, from the first moment of the day."""
        return self._days[self._numbers[symbol]]

    def truth(self) -> list[PlantedBox]:
        """Return every planted box in the order in which they break."""
        found = []
        for symbol_day in self._days:
            for fate in symbol_day.fates:
                episode = fate.episode
                found.append(
                    PlantedBox(
                        symbol=symbol_day.listing.symbol,
                        long=episode.long,
                        ending=episode.ending,
                        low=fate.low,
                        high=fate.high,
                        run_up_ms=self._moment(episode.begin),
                        box_start_ms=self._moment(episode.box_start),
                        box_end_ms=self._moment(episode.box_start + episode.box_minutes),
                        retest_ms=None if fate.retest_second is None else self._start_ms + fate.retest_second * 1_000,
                        resolved_ms=self._start_ms + fate.resolved_second * 1_000,
                        resolved_price=fate.resolved_price,
                    )
                )
        return sorted(found, key=lambda box: box.box_end_ms)

    def events_between(self, start_ms: int, end_ms: int) -> Sequence[TapeEvent]:
        return self._cut(start_ms, end_ms, self._minute_of_market)

    def symbol_events(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[TapeEvent]:
        number = self._numbers.get(symbol)
        if number is None:
            return ()
        return self._cut(start_ms, end_ms, lambda minute: self._minute_of_symbol(number, minute))

    def _moment(self, minute_of_day: int) -> int:
        return self._start_ms + (minute_of_day - self._hours.begin) * MINUTE_MS

    def _cut(self, start_ms: int, end_ms: int, minute_events: Any) -> Sequence[TapeEvent]:
        start_ms, end_ms = max(start_ms, self._start_ms), min(end_ms, self.span_ms[1])
        if start_ms >= end_ms:
            return ()
        first, last = (start_ms - self._start_ms) // MINUTE_MS, (end_ms - 1 - self._start_ms) // MINUTE_MS
        found: list[TapeEvent] = []
        for minute in range(first, last + 1):
            events = minute_events(minute)
            begin = bisect_left(events, start_ms, key=_time_of) if minute == first else 0
            end = bisect_left(events, end_ms, key=_time_of) if minute == last else len(events)
            found += events[begin:end]
        return found

    def _merge(self, minute: int) -> list[TapeEvent]:
        merged: list[TapeEvent] = []
        for number in range(len(self._days)):
            merged += self._minute_of_symbol(number, minute)
        merged.sort(key=_time_of)
        return merged

    def _generate(self, number: int, minute: int) -> list[TapeEvent]:
        """Make one minute of one symbol: prints at Poisson times at the bid or offer, a quote or more a second."""
        symbol_day = self._days[number]
        random = np.random.default_rng((*self._key, number, minute))
        first = minute * 60
        counts = random.poisson(symbol_day.rate[first : first + 60])
        offsets = np.repeat(np.arange(60), counts) * 1_000 + random.integers(0, 1_000, counts.sum())
        offsets.sort()
        trades = self._trades(symbol_day, first, offsets, random)
        quote_offsets = np.arange(60) * 1_000 + random.integers(0, 1_000, 60)
        burst = offsets[::4]  # the book moves with the tape
        quote_offsets = np.sort(np.concatenate((quote_offsets, burst[: max(0, len(burst) - 12)])))
        quotes = self._quotes(symbol_day, first, quote_offsets, random)
        return sorted((*trades, *quotes), key=_time_of)

    def _trades(self, day: SymbolDay, first: int, offsets: Any, random: np.random.Generator) -> list[TapeTrade]:
        count = len(offsets)
        seconds = first + offsets // 1_000
        aggressor = random.choice((-1.0, 1.0), count)
        spread = np.maximum(day.mid[seconds] * 0.0008, 0.01)
        prices = np.clip(day.mid[seconds] + aggressor * spread / 2, day.floor[seconds], day.ceiling[seconds])
        sizes = np.maximum(1, random.lognormal(5.0, 0.8, count)).astype(int)
        round_lot = random.random(count) < 0.75
        sizes = np.where(round_lot, np.maximum(100, sizes // 100 * 100), sizes)
        exchanges = random.integers(0, len(_EXCHANGES), count)
        rows = [
            (int(offset), round(float(price), 2), int(size), _EXCHANGES[exchange])
            for offset, price, size, exchange in zip(offsets, prices, sizes, exchanges, strict=True)
        ]
        for second in range(first, first + 60):
            if (exact := day.exact_prints.get(second)) is not None:
                rows += [((second - first) * 1_000 + 500, exact, 300, 11)]
        rows.sort(key=lambda row: row[0])
        start_ms, base = self._start_ms + first * 1_000, (self._hours.begin + first // 60) * _SEQUENCES_A_MINUTE
        return [
            TapeTrade(
                start_ms + offset, day.listing.symbol, price, size, base + place, str(base + place), exchange,
                (ODD_LOT,) if size < 100 else (),
            )
            for place, (offset, price, size, exchange) in enumerate(rows, start=1)
        ]  # fmt: skip

    def _quotes(self, day: SymbolDay, first: int, offsets: Any, random: np.random.Generator) -> list[TapeQuote]:
        count = len(offsets)
        mids = day.mid[first + offsets // 1_000]
        ticks = np.maximum(1, np.round(mids * 0.0008 / 0.01)) + (random.random(count) < 0.15)
        bids = np.floor((mids - ticks * 0.005) * 100 + 0.5)
        lots = random.integers(1, 25, (2, count))
        start_ms, base = self._start_ms + first * 1_000, (self._hours.begin + first // 60) * _SEQUENCES_A_MINUTE
        return [
            TapeQuote(
                start_ms + int(offset), day.listing.symbol, int(bid) / 100, int(bid_lots),
                (int(bid) + int(spread)) / 100, int(ask_lots), base + place,
            )
            for place, (offset, bid, spread, bid_lots, ask_lots) in enumerate(
                zip(offsets, bids, ticks, lots[0], lots[1], strict=True), start=1
            )
        ]  # fmt: skip


def _time_of(event: TapeEvent) -> int:
    return event.ts_ms
