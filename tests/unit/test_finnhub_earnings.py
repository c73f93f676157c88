"""CAL-06: Finnhub's earnings calendar, row by row; what does not fit is refused with its path, what is missing stays null."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import Permanent
from processors.reference.earnings_merge import merge_earnings
from producers.finnhub.parse_earnings import earnings
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import EarningsReport, Licence, ReportTime

STAMPS = Stamps(received_us=5, published_us=6, latest_event_us=7)
ROW: dict[str, Any] = {
    "date": "2026-12-10", "epsActual": None, "epsEstimate": 1.4, "hour": "amc", "quarter": 4, "revenueActual": None, "revenueEstimate": 15e9,
    "symbol": "AVGO", "year": 2026,
}  # fmt: skip


def parsed(*rows: object) -> list[Parsed | Refused]:
    body = json.dumps({"earningsCalendar": rows}).encode()
    return list(earnings(Payload("/calendar/earnings", body, 5), STAMPS, {}))


def report(row: object) -> EarningsReport:
    [found] = parsed(row)
    assert isinstance(found, Parsed) and isinstance(found.record, EarningsReport)
    return found.record


def test_a_row_becomes_a_report() -> None:
    found = report(ROW)
    assert (found.symbol, found.report_date, found.source) == ("AVGO", (date(2026, 12, 10) - date(1970, 1, 1)).days, "finnhub")
    assert (found.eps_estimate, found.eps_actual, found.licence) == (1.4, None, Licence.INTERNAL)


@pytest.mark.parametrize(
    ("hour", "expected"),
    [("bmo", ReportTime.PREMARKET), ("amc", ReportTime.POSTMARKET), *((hour, ReportTime.UNKNOWN) for hour in ("dmh", "", None))],
)
def test_part_of_the_day(hour: str | None, expected: ReportTime) -> None:
    assert report({**ROW, "hour": hour}).report_time is expected


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"symbol": ""}, "earningsCalendar[1].symbol"),
        ({"date": "soon"}, "earningsCalendar[1].date"),
        ({"date": 0}, "earningsCalendar[1].date"),
        ({"date": "0001-01-01"}, "earningsCalendar[1].date"),
        ({"epsEstimate": "1.4"}, "earningsCalendar[1].epsEstimate"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_and_the_others_go_on(change: dict[str, Any], path: str) -> None:
    first, second, third = parsed(ROW, {**ROW, **change}, {**ROW, "symbol": "MU"})
    assert isinstance(first, Parsed) and isinstance(third, Parsed)
    assert isinstance(second, Refused) and second.error.field_path == path


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"earningsCalendar":{}}', b'{"error":"limit"}'])
def test_an_answer_without_rows_is_refused_whole(body: bytes) -> None:
    with pytest.raises(Permanent):
        earnings(Payload("/calendar/earnings", body, 5), STAMPS, {})


VALUES = st.none() | st.text() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | st.lists(st.integers(0, 9))


@given(st.dictionaries(st.sampled_from(sorted(ROW)), VALUES))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_a_report_or_refused(change: dict[str, Any]) -> None:
    [found] = parsed({**ROW, **change})
    assert isinstance(found, Parsed) or (found.error.field_path or "").startswith("earningsCalendar[0]")


def test_what_it_says_is_merged_with_the_others() -> None:
    [merged] = merge_earnings([report(ROW), report({**ROW, "date": "2026-12-11"})], 9)
    assert merged.sources == ("finnhub",) and not merged.conflict
