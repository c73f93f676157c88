"""What a day and a month allow, what a vendor says instead of data, and what is sent once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest
import yaml

import producers.rest_catalog as catalogues
from infra.errors import ConfigurationError
from infra.plugins import load_all
from producers.rest_catalog.catalog import symbol_place
from producers.rest_catalog.endpoint import Budget, Meaning, RefusalSign
from producers.rest_catalog.loader import load
from producers.rest_catalog.planner import prove
from producers.rest_catalog.record_memory import RecordMemory
from producers.rest_catalog.refusals import refusal
from producers.rest_catalog.request_tally import RequestTally
from producers.rest_catalog.tokens import resolve
from schemas.records import EarningsReport, Licence, ReportTime
from tests.support.rest_catalogs import WEDNESDAY, at, catalog, entry

FOLDER = Path(next(iter(catalogues.__path__)))
VENDORS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def test_a_day_ends_in_its_zone_and_a_month_with_it() -> None:
    tally = RequestTally(Budget(per_day=2, per_month=3, day_zone="UTC"))
    tally.add(at("10:00"))
    assert tally.used_up(at("10:00")) is None
    tally.add(at("10:01"))
    assert tally.used_up(at("18:59")) == "2 of 2 requests of 2026-11-18 are used up"
    assert tally.used_up(at("19:00")) is None, "midnight in UTC"
    tally.add(at("19:01"))
    assert tally.used_up(at("19:02")) == "3 of 3 requests of 2026-11 are used up"
    assert tally.used_up(at("12:00", date(2026, 11, 30))) is not None
    assert tally.used_up(at("12:00", date(2026, 12, 1))) is None


def test_a_clock_that_steps_back_gives_nothing_back() -> None:
    tally = RequestTally(Budget(per_day=1))
    tally.add(at("10:00"))
    assert tally.used_up(at("10:00", date(2026, 11, 17))) is not None


def test_what_another_process_counted_counts() -> None:
    tally = RequestTally(Budget(per_day=10))
    tally.restore("2026-11-18", 10, "2026-11", 10)
    assert tally.used_up(at("10:00")) is not None
    tally.restore("2026-11-17", 10, "2026-11", 10)
    assert tally.used_up(at("10:00")) is None and tally.of_month == 10


def test_a_schedule_beyond_the_month_is_refused() -> None:
    budget = {"budget": {"per_month": 2_000}}
    prove(catalog(entry("calendar", cadence=900), vendor=budget), WEDNESDAY)
    with pytest.raises(ConfigurationError, match="calls in a month"):
        prove(catalog(entry("calendar", cadence=300), vendor=budget), WEDNESDAY)


SIGNS = {name: load(FOLDER / f"{name}.yaml", ("SPY",)).vendor.refusals for name in VENDORS}
AV_DAY = (
    "We have detected your API key as XXXX and our standard API rate limit is 25 requests per day. Please subscribe to any of the premium plans at "
    "https://www.alphavantage.co/premium/ to instantly remove all daily rate limits."
)


@pytest.mark.parametrize(("vendor", "status", "body", "meaning"), [
    ("alpha_vantage", 200, {"Note": "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute"}, Meaning.LIMITED),
    ("alpha_vantage", 200, {"Information": AV_DAY}, Meaning.DAY_USED_UP),
    ("alpha_vantage", 200, {"Information": "Please consider spreading out your free API requests (1 request per second)."}, Meaning.LIMITED),
    ("alpha_vantage", 200, {"Information": "Thank you for using Alpha Vantage! This is a premium endpoint."}, Meaning.NOT_IN_PLAN),
    ("alpha_vantage", 200, {"Error Message": "the parameter apikey is invalid or missing."}, Meaning.NO_KEY),
    ("alpha_vantage", 200, {"Error Message": "Invalid API call. Please retry or visit the documentation"}, Meaning.WRONG),
    ("alpha_vantage", 200, {"Meta Data": {"1. Information": "Intraday"}, "Time Series (1min)": {}}, None),
    ("twelve_data", 200, {"code": 429, "message": "You have run out of API credits for the current minute.", "status": "error"}, Meaning.LIMITED),
    ("twelve_data", 429, {"code": 429, "message": "You have run out of API credits for the day.", "status": "error"}, Meaning.DAY_USED_UP),
    ("twelve_data", 200, {"code": 401, "message": "**apikey** parameter is incorrect or not specified.", "status": "error"}, Meaning.NO_KEY),
    ("twelve_data", 200, {"code": 404, "message": "**symbol** not found: NOPE.", "status": "error"}, Meaning.WRONG),
    ("twelve_data", 200, {"values": [], "status": "ok"}, None),
    ("yahoo", 404, {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found"}}}, Meaning.WRONG),
    ("yahoo", 401, {"finance": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}, Meaning.NO_KEY),
    ("yahoo", 200, {"chart": {"result": [], "error": None}}, None),
    ("nasdaq", 200, {"data": None, "status": {"rCode": 400}}, Meaning.WRONG),
    ("nasdaq", 200, {"data": {"rows": []}, "status": {"rCode": 200}}, None),
    ("financial_modeling_prep", 429, {"Error Message": "Limit Reach . Please upgrade your plan or visit our documentation"}, Meaning.DAY_USED_UP),
    ("financial_modeling_prep", 402, {"Error Message": "Premium Query Parameter"}, Meaning.NOT_IN_PLAN),
    ("financial_modeling_prep", 401, {"Error Message": "Invalid API KEY."}, Meaning.NO_KEY),
    ("finnhub", 403, {"error": "You don't have access to this resource."}, Meaning.NOT_IN_PLAN),
    ("fred", 400, {"error_code": 400, "error_message": "Bad Request.  The value for variable api_key is not registered."}, Meaning.NO_KEY),
    ("trading_economics", 409, "You have exceeded the number of requests per second.", Meaning.LIMITED),
])  # fmt: skip
def test_each_vendors_own_words(vendor: str, status: int, body: object, meaning: Meaning | None) -> None:
    found = refusal(SIGNS[vendor], status, orjson.dumps(body))
    assert (found and found[0]) is meaning


def test_data_is_never_searched_for_a_refusal() -> None:
    long = orjson.dumps({"Note": "x" * 10_000})
    assert refusal((RefusalSign(field="Note", means=Meaning.LIMITED),), 200, long) is None


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_fallback_is_an_entry_that_takes_the_same_symbol(vendor: str) -> None:
    for endpoint in load(FOLDER / f"{vendor}.yaml", ("SPY",)).content.endpoints:
        for name in endpoint.fallback:
            other, _, wanted = name.partition(".")
            found = load(FOLDER / f"{other}.yaml", ("SPY",)).endpoints[wanted]
            assert found.topics == endpoint.topics and (symbol_place(found) is None) == (symbol_place(endpoint) is None)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_file_fits_its_vendors_day(vendor: str) -> None:
    load_all("producers")
    content = yaml.safe_load((FOLDER / f"{vendor}.yaml").read_text())
    assert content["vendor"]["name"] == vendor
    prove(load(FOLDER / f"{vendor}.yaml", ("SPY", "QQQ", "IWM")), WEDNESDAY)


def test_tokens_of_these_vendors() -> None:
    assert resolve("next_session", WEDNESDAY) == ("2026-11-19",)
    assert resolve("next_session", date(2026, 11, 25)) == ("2026-11-27",), "Thanksgiving"
    assert resolve("today_ms", WEDNESDAY) == (str(at("00:00") // 1_000),)
    assert resolve("next_n_days_ms:5", WEDNESDAY) == (str(at("00:00", date(2026, 11, 23)) // 1_000),)


def test_a_record_is_new_once_and_again_when_it_is_revised() -> None:
    report = EarningsReport(
        symbol="NVDA", ts_event=1, ts_received=2, ts_published=3, source="toy", licence=Licence.INTERNAL, report_date=4,
        report_time=ReportTime.UNKNOWN,
    )  # fmt: skip
    memory = RecordMemory()
    assert memory.is_new(report)
    memory.remember([report])
    assert not memory.is_new(replace(report, ts_received=9, ts_published=9))
    assert memory.is_new(replace(report, report_date=5))
