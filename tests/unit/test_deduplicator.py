"""Each record once, whatever comes twice, with bounded memory (ING-10, ING-12)."""

from __future__ import annotations

import random

from producers.deduplicator import Deduplicator
from schemas.records import Bar, Gapper, Resolution, Trade

DAY = 86_400_000_000
NOON = 1_748_966_400_000_000


def trade(sequence: int, symbol: str = "BCRX", ts: int | None = None) -> Trade:
    ts_event = NOON + sequence * 1_000 if ts is None else ts
    return Trade(
        symbol=symbol, ts_event=ts_event, ts_received=ts_event, ts_published=ts_event, source="toy", trade_id=str(sequence),
        sequence=sequence, price=1.0, size=1.0,
    )  # fmt: skip


def is_new(deduplicator: Deduplicator, record: Trade) -> bool:
    return deduplicator.is_new("market.trades", record)


def test_repeats_are_told_and_counted() -> None:
    seen = Deduplicator()
    assert [is_new(seen, trade(n)) for n in (1, 2, 2, 1, 3)] == [True, True, False, False, True]
    assert is_new(seen, trade(2, "GME"))
    assert seen.repeats == 2


def test_a_late_print_is_new_once() -> None:
    """Sequences need not come in order: a hole that is filled later is no repeat."""
    seen = Deduplicator()
    assert [is_new(seen, trade(n)) for n in (1, 5, 3, 3)] == [True, True, True, False]


def test_memory_is_bounded_and_what_is_too_old_to_tell_is_a_repeat() -> None:
    seen = Deduplicator(remembered=10)
    assert all(is_new(seen, trade(n)) for n in range(1_000))
    assert not is_new(seen, trade(5))
    assert sum(len(window.seen) for window in seen._windows.values()) == 10


def test_sequences_begin_anew_each_day() -> None:
    seen = Deduplicator()
    assert is_new(seen, trade(900))
    assert is_new(seen, trade(1, ts=NOON + DAY))
    assert not is_new(seen, trade(901)), "a print of yesterday, after today began"


def test_after_a_restart_nothing_published_goes_out_again_and_the_rest_does() -> None:
    """Any split of what was published, remembered in any order, then everything since the watermark offered in order."""
    for seed in range(50):
        random.seed(seed)
        published = sorted(random.sample(range(100), random.randint(1, 60)))
        watermark_us = NOON + random.randint(0, published[-1]) * 1_000
        known = [n for n in range(100) if n in published or NOON + n * 1_000 < watermark_us]
        seen = Deduplicator()
        on_topic = [n for n in known if n >= published[0]]
        random.shuffle(on_topic)
        for n in on_topic:
            seen.remember("market.trades", trade(n))
        seen.resume_at(watermark_us)
        again = [n for n in range(100) if NOON + n * 1_000 >= watermark_us and is_new(seen, trade(n))]
        assert again == [n for n in range(100) if n not in known and n >= published[0]]


def test_an_unknown_symbol_before_the_watermark_was_published_by_the_predecessor() -> None:
    seen = Deduplicator()
    seen.resume_at(NOON)
    assert not is_new(seen, trade(-1, "OLD"))
    assert is_new(seen, trade(1, "NEW"))


def test_a_poll_that_brings_the_same_state_again_is_a_repeat_also_after_a_restart() -> None:
    """And a symbol that a list names for the first time is news, however old its last print."""

    def gapper(symbol: str, ts_event: int) -> Gapper:
        return Gapper(
            symbol=symbol, ts_event=ts_event, ts_received=NOON, ts_published=NOON, source="toy", last_price=2.0, previous_close=1.0,
            gap_percent=100.0, volume=1.0,
        )  # fmt: skip

    topic = "reference.gappers"
    seen = Deduplicator()
    assert [seen.is_new(topic, gapper("BCRX", NOON + n)) for n in (1, 1, 2)] == [True, False, True]
    seen = Deduplicator()
    seen.remember(topic, gapper("BCRX", NOON))
    seen.resume_at(NOON + 60_000_000)
    assert [seen.is_new(topic, gapper("BCRX", NOON + n)) for n in (0, 1)] == [False, True]
    assert seen.is_new(topic, gapper("GME", NOON))


def bar(resolution: Resolution, start: int) -> Bar:
    return Bar(
        symbol="BCRX", resolution=resolution, window_start=start, window_end=start + 1, open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0,
        source="toy", ts_event=start,
    )  # fmt: skip


def test_bars_of_two_lengths_that_begin_together_are_two() -> None:
    seen = Deduplicator()
    bars = [bar(Resolution.S1, NOON), bar(Resolution.M1, NOON), bar(Resolution.S1, NOON), bar(Resolution.S1, NOON + 1)]
    assert [seen.is_new("market.bars", one) for one in bars] == [True, True, False, True]
