"""Prints that never came are noticed by the volume of the vendor's minute bars (ING-10)."""

from __future__ import annotations

from producers.volume_audit import VolumeAudit
from schemas.records import Bar, Resolution, Trade

MINUTE = 60_000_000
START = 29_149_440 * MINUTE


def trade(minute: float, size: float) -> Trade:
    ts = START + round(minute * MINUTE)
    return Trade(symbol="X", ts_event=ts, ts_received=ts, ts_published=ts, source="toy", trade_id="1", sequence=1, price=1.0, size=size)


def bar(minute: int, volume: float, resolution: Resolution = Resolution.M1) -> Bar:
    start = START + minute * MINUTE
    return Bar(
        symbol="X", resolution=resolution, window_start=start, window_end=start + MINUTE, open=1.0, high=1.0, low=1.0, close=1.0,
        volume=volume, source="toy", ts_event=start + MINUTE,
    )  # fmt: skip


def stretch(audit: VolumeAudit, seen: Bar) -> tuple[int, int] | None:
    found = audit.suspect(seen)
    return None if found is None else ((found[0] - START) // MINUTE, (found[1] - START) // MINUTE)


def test_a_complete_minute_is_fine_and_a_short_one_is_not() -> None:
    audit = VolumeAudit(START)
    audit.count(trade(0.1, 60.0))
    audit.count(trade(0.9, 40.0))
    assert stretch(audit, bar(0, 100.0)) is None
    audit.count(trade(1.5, 40.0))
    assert stretch(audit, bar(1, 100.0)) == (1, 2)
    audit.count(trade(2.5, 140.0))
    assert stretch(audit, bar(2, 100.0)) is None, "vendors leave some prints out of their bars"


def test_minutes_whose_bar_was_lost_too_are_suspect() -> None:
    audit = VolumeAudit(START)
    audit.count(trade(0.1, 100.0))
    assert stretch(audit, bar(0, 100.0)) is None
    audit.count(trade(3.5, 100.0))
    assert stretch(audit, bar(3, 100.0)) == (1, 3)
    assert stretch(audit, bar(3, 100.0)) is None, "asked once"


def test_minutes_that_were_under_way_at_the_start_and_other_bars_are_not_audited() -> None:
    audit = VolumeAudit(START + 1)
    assert stretch(audit, bar(0, 100.0)) is None
    assert stretch(audit, bar(1, 0.0, Resolution.S1)) is None
    assert stretch(audit, bar(1, 100.0)) == (1, 2)
