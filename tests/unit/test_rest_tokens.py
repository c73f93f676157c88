"""ING-30: tokens on a market date in New York, across midnight, holidays and half-days."""

from __future__ import annotations

from datetime import date

import pytest

from infra.market_calendar import trading_day
from producers.rest_catalog.tokens import monthly_expiry, queries, resolve
from tests.support.rest_catalogs import HALF_DAY, SATURDAY, SECOND, WEDNESDAY, at


@pytest.mark.parametrize(
    ("token", "day", "expected"),
    [
        ("today", WEDNESDAY, ("2026-11-18",)),
        ("last_session", SATURDAY, ("2026-11-20",)),
        ("last_session", date(2026, 11, 26), ("2026-11-25",)),  # Thanksgiving
        ("last_n_days:5", date(2026, 3, 3), ("2026-02-26",)),
        ("next_n_days:30", WEDNESDAY, ("2026-12-18",)),
        ("market_hours", WEDNESDAY, ("09:30-16:00",)),
        ("market_hours", HALF_DAY, ("09:30-13:00",)),
        ("market_hours", SATURDAY, ()),
        ("0-2", WEDNESDAY, ("2026-11-18", "2026-11-19", "2026-11-20")),
        ("0-2", date(2026, 11, 20), ("2026-11-20",)),  # a Friday: the weekend has no expiry
        ("0-2", date(2026, 11, 25), ("2026-11-25", "2026-11-27")),  # over Thanksgiving
        ("0-0", SATURDAY, ()),
        ("monthly_expiry", WEDNESDAY, ("2026-11-20",)),
        ("monthly_expiry", SATURDAY, ("2026-12-18",)),
        ("2026-11", WEDNESDAY, ("2026-11",)),  # a month is no expiry range
        ("premium", WEDNESDAY, ("premium",)),
        (True, WEDNESDAY, ("true",)),
        (100, WEDNESDAY, ("100",)),
    ],
)
def test_a_token_on_a_day(token: str | bool | int, day: date, expected: tuple[str, ...]) -> None:
    assert resolve(token, day) == expected


def test_the_day_changes_at_midnight_in_new_york() -> None:
    midnight = at("00:00", date(2026, 11, 19))
    assert resolve("today", trading_day(midnight - 1)) == ("2026-11-18",)
    assert resolve("today", trading_day(midnight)) == ("2026-11-19",)
    assert resolve("today", trading_day(midnight - 5 * 3_600 * SECOND)) == ("2026-11-18",), "midnight UTC is still the evening before"


def test_a_monthly_expiry_on_a_holiday_is_the_day_before() -> None:
    assert monthly_expiry(date(2025, 4, 1)) == date(2025, 4, 17)  # Good Friday is the 18th
    assert monthly_expiry(date(2025, 4, 18)) == date(2025, 5, 16)


def test_an_expiry_range_is_a_call_each_or_one_list() -> None:
    dates = resolve("0-2", WEDNESDAY)
    assert queries({"date": "today", "expiry": "0-2"}, WEDNESDAY) == tuple((("date", "2026-11-18"), ("expiry", one)) for one in dates)
    assert queries({"expirations[]": "0-2"}, WEDNESDAY) == (tuple(("expirations[]", one) for one in dates),)
    assert queries({"expirations[]": "0-0"}, SATURDAY) == () == queries({"expiry": "0-0"}, SATURDAY)
    assert queries({}, WEDNESDAY) == ((),)
