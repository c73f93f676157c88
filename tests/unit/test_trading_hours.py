"""CAL-01, C-17: stocks, options, futures and crypto trade by calendars of their own."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.clock import to_microseconds
from infra.trading_hours import InstrumentClass, hours_of, is_half_day, is_trading, next_start_us

NEW_YORK = ZoneInfo("America/New_York")
STOCK, OPTION, FUTURE, CRYPTO = InstrumentClass.STOCK, InstrumentClass.OPTION, InstrumentClass.FUTURE, InstrumentClass.CRYPTO


def at(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK))


@pytest.mark.parametrize(
    ("kind", "moment", "expected"),
    [
        (STOCK, "2026-11-20 03:59:59", False),
        (STOCK, "2026-11-20 04:00:00", True),
        (STOCK, "2026-11-20 19:59:59", True),
        (STOCK, "2026-11-20 20:00:00", False),
        (STOCK, "2026-11-27 16:59:59", True),  # half-day: after hours end at 17:00
        (STOCK, "2026-11-27 17:00:00", False),
        (STOCK, "2026-11-26 12:00:00", False),  # Thanksgiving
        (OPTION, "2026-11-20 09:29:59", False),
        (OPTION, "2026-11-20 15:59:59", True),
        (OPTION, "2026-11-27 13:00:00", False),
        (FUTURE, "2026-11-20 12:00:00", True),
        (FUTURE, "2026-11-19 16:59:59", True),
        (FUTURE, "2026-11-19 17:00:00", False),  # the daily pause
        (FUTURE, "2026-11-19 17:59:59", False),
        (FUTURE, "2026-11-19 18:00:00", True),
        (FUTURE, "2026-11-20 17:00:00", False),  # Friday evening
        (FUTURE, "2026-11-21 12:00:00", False),  # Saturday
        (FUTURE, "2026-11-22 17:59:59", False),
        (FUTURE, "2026-11-22 18:00:00", True),  # Sunday evening is Monday's session
        (FUTURE, "2026-11-26 12:59:59", True),  # Thanksgiving is a short day there
        (FUTURE, "2026-11-26 13:00:00", False),
        (FUTURE, "2026-11-26 18:00:00", True),
        (FUTURE, "2026-04-03 10:00:00", False),  # Good Friday
        (FUTURE, "2026-12-25 10:00:00", False),
        (FUTURE, "2026-03-09 17:30:00", False),  # the Monday after daylight saving began
        (CRYPTO, "2026-12-25 03:00:00", True),
        (CRYPTO, "2026-11-21 23:59:59", True),
    ],
)
def test_who_trades_when(kind: InstrumentClass, moment: str, expected: bool) -> None:
    assert is_trading(kind, at(moment)) is expected


@pytest.mark.parametrize(
    ("kind", "moment", "expected"),
    [
        (STOCK, "2026-11-20 20:00:00", "2026-11-23 04:00:00"),
        (STOCK, "2026-11-20 12:00:00", "2026-11-20 12:00:00"),
        (STOCK, "2026-11-25 21:00:00", "2026-11-27 04:00:00"),  # over Thanksgiving
        (FUTURE, "2026-11-20 17:00:00", "2026-11-22 18:00:00"),
        (FUTURE, "2026-12-24 14:00:00", "2026-12-27 18:00:00"),  # over Christmas
        (CRYPTO, "2026-12-25 12:00:00", "2026-12-25 12:00:00"),
    ],
)
def test_when_it_goes_on(kind: InstrumentClass, moment: str, expected: str) -> None:
    assert next_start_us(kind, at(moment)) == at(expected)


def test_half_days_of_2026() -> None:
    days = [date.fromordinal(number) for number in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())]
    assert [day for day in days if is_half_day(day)] == [date(2026, 11, 27), date(2026, 12, 24)]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2029, 12, 1)), st.sampled_from(InstrumentClass))
@settings(max_examples=60, deadline=None)
def test_what_begins_next_trades_then_and_not_before(moment: datetime, kind: InstrumentClass) -> None:
    now_us = to_microseconds(moment.replace(tzinfo=NEW_YORK))
    start_us = next_start_us(kind, now_us)
    assert start_us >= now_us and is_trading(kind, start_us)
    assert start_us == now_us or not is_trading(kind, start_us - 1)


@given(st.dates(date(2020, 1, 1), date(2029, 12, 1)))
@settings(max_examples=60, deadline=None)
def test_sessions_follow_each_other(day: date) -> None:
    for kind in InstrumentClass:
        today, tomorrow = hours_of(kind, day), hours_of(kind, date.fromordinal(day.toordinal() + 1))
        assert today is None or today.start_us < today.end_us
        assert today is None or tomorrow is None or today.end_us <= tomorrow.start_us


def test_days_outside_the_known_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="2005"):
        hours_of(FUTURE, date(1999, 1, 4))
