"""CAL-01: phases of the New York day over daylight saving, holidays and half-days."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from infra.clock import to_microseconds
from infra.market_calendar import new_york, session_at, session_bounds, trading_day
from schemas.records import Session

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-06 03:59:59", Session.CLOSED),
        ("2026-03-06 04:00:00", Session.PRE),
        ("2026-03-06 09:29:59", Session.PRE),
        ("2026-03-06 09:30:00", Session.REGULAR),  # the Friday before daylight saving: 14:30 UTC
        ("2026-03-09 09:30:00", Session.REGULAR),  # the Monday after: 13:30 UTC
        ("2026-03-09 09:29:59.999999", Session.PRE),
        ("2026-11-02 09:30:00", Session.REGULAR),  # the Monday after daylight saving ends
        ("2026-11-20 15:59:59.999999", Session.REGULAR),
        ("2026-11-20 16:00:00", Session.AFTER),
        ("2026-11-20 19:59:59", Session.AFTER),
        ("2026-11-20 20:00:00", Session.CLOSED),
        ("2026-11-21 12:00:00", Session.CLOSED),  # Saturday
        ("2026-11-26 12:00:00", Session.CLOSED),  # Thanksgiving
        ("2026-11-27 12:59:59", Session.REGULAR),  # half-day
        ("2026-11-27 13:00:00", Session.AFTER),
        ("2026-11-27 17:00:00", Session.CLOSED),
        ("2013-10-07 10:00:00", Session.REGULAR),
        ("2020-04-10 12:00:00", Session.CLOSED),  # Good Friday
    ],
)
def test_phase_of_the_day(moment: str, expected: Session) -> None:
    assert session_at(at(moment)) is expected


def test_daylight_saving_moves_the_open_by_one_utc_hour() -> None:
    friday, monday = session_bounds(date(2026, 3, 6)), session_bounds(date(2026, 3, 9))
    assert friday is not None and monday is not None
    assert (monday.regular_open_us - friday.regular_open_us) / 1e6 == 3 * 86_400 - 3_600


def test_trading_day_is_the_new_york_date() -> None:
    assert trading_day(at("2026-11-20 23:59:59")) == date(2026, 11, 20)
    assert trading_day(at("2026-11-21 00:00:00")) == date(2026, 11, 21)


def test_days_outside_the_known_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="2005"):
        session_bounds(date(1999, 1, 4))


def test_people_see_new_york_time() -> None:
    assert new_york(at("2026-11-20 10:42:07")).strftime("%H:%M:%S %Z") == "10:42:07 EST"


@pytest.mark.parametrize("day", [date(2010, 1, 1), date(2020, 1, 1), date(2030, 1, 1)])
def test_new_year_of_a_new_decade_is_a_holiday_like_any_other(day: date) -> None:
    assert session_bounds(day) is None
