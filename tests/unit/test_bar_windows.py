"""Windows are aligned to the clock; a day runs from 20:00 to 20:00 in New York."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from processors.calc.windows import window_of
from schemas.records import Resolution

NEW_YORK = ZoneInfo("America/New_York")


def microseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("resolution", "start", "end"),
    [
        (Resolution.S1, "2025-06-18 09:47:31", "2025-06-18 09:47:32"),
        (Resolution.M1, "2025-06-18 09:47", "2025-06-18 09:48"),
        (Resolution.M2, "2025-06-18 09:46", "2025-06-18 09:48"),
        (Resolution.M5, "2025-06-18 09:45", "2025-06-18 09:50"),
        (Resolution.M15, "2025-06-18 09:45", "2025-06-18 10:00"),
        (Resolution.H1, "2025-06-18 09:00", "2025-06-18 10:00"),
        (Resolution.D1, "2025-06-17 20:00", "2025-06-18 20:00"),
    ],
)
def test_window_of_a_moment(resolution: Resolution, start: str, end: str) -> None:
    assert window_of(resolution, microseconds("2025-06-18 09:47:31") + 250_000) == (microseconds(start), microseconds(end))


def test_a_day_ends_at_eight_in_the_evening() -> None:
    before, after = microseconds("2025-06-18 19:59:59") + 999_999, microseconds("2025-06-18 20:00")
    assert window_of(Resolution.D1, before)[1] == after
    assert window_of(Resolution.D1, after)[0] == after


def test_days_around_daylight_saving_have_their_true_length() -> None:
    start, end = window_of(Resolution.D1, microseconds("2025-03-09 12:00"))
    assert (end - start) / 3_600_000_000 == 23
    start, end = window_of(Resolution.D1, microseconds("2025-11-02 12:00"))
    assert (end - start) / 3_600_000_000 == 25
