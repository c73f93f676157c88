"""C-09, ING-21: a catalogue is proved to fit its budget, or refused with the names and a cadence that fits."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from infra.cli import feeds, main
from infra.errors import ConfigurationError
from infra.market_calendar import midnight_us
from infra.settings import Settings
from producers.rest_catalog.catalog_file import busiest_day
from producers.rest_catalog.endpoint import Phase, Priority
from producers.rest_catalog.loader import load
from producers.rest_catalog.planner import busiest_minute, excesses_of, plan_day, proposal, prove, with_cadences
from producers.rest_catalog.unusual_whales import CATALOG
from tests.support.rest_catalogs import SATURDAY, SECOND, WEDNESDAY, at, catalog, entry, most_within, walk


def per_symbol(name: str, **changes: object) -> dict[str, object]:
    return entry(name, path=f"/{name}/{{ticker}}", symbols="watched", **changes)


def test_the_product_fits_its_budget_every_day_of_a_week() -> None:
    of = load(CATALOG, Settings().unusual_whales.symbols)
    plan = prove(of, WEDNESDAY)
    assert plan.busiest_minute <= 110 and plan.calls == sum(one.total for one in plan.endpoints)
    prove(of, SATURDAY)
    week = [WEDNESDAY.replace(day=day) for day in range(16, 23)]
    assert busiest_day(of, week) == week[0], "Monday to Wednesday have three expiries near"


def test_a_plan_is_what_a_virtual_day_makes() -> None:
    """The planner's day equals the calls that go out, per endpoint, exactly; and they keep every limit."""
    of = load(CATALOG, Settings().unusual_whales.symbols)
    plan = plan_day(of, WEDNESDAY)
    day = walk(of, midnight_us(WEDNESDAY), at("23:59:59"), plan.busiest_by_priority)
    assert not day.skipped
    assert day.counts() == {one.endpoint.id: one.total for one in plan.endpoints if one.total}
    assert most_within(day.moments, 60) <= 110


def test_what_is_over_budget_is_refused_by_name_with_a_cadence_that_fits() -> None:
    of = catalog(per_symbol("fast", cadence=2, priority="critical"), per_symbol("calm", cadence=300), entry("quick", cadence=1))
    with pytest.raises(ConfigurationError) as caught:
        prove(of, WEDNESDAY)
    message = str(caught.value)
    assert "toy.yaml" in message and "calls in a minute: expected at most 110" in message
    changes = {name: int(after) for name, _, after in re.findall(r"(\w+): (\d+) s -> (\d+) s", message)}
    assert set(changes) == {"fast", "quick"} and "calm" not in changes
    prove(with_cadences(of, changes), WEDNESDAY)


@pytest.mark.parametrize(("priority", "share"), [("critical", 60), ("important", 40), ("nice", 10)])
def test_each_priority_must_fit_its_share(priority: str, share: int) -> None:
    per_minute = [per_symbol(f"e{number}", cadence=60, priority=priority) for number in range(share // 3 + 1)]
    with pytest.raises(ConfigurationError, match=f"{priority} calls in a minute: expected at most {share}"):
        prove(catalog(*per_minute), WEDNESDAY)
    prove(catalog(*per_minute[:-1]), WEDNESDAY)


def test_pages_count_in_full() -> None:
    paged = {"page": "page", "page_rows": 100, "pages": 5}
    plan = plan_day(catalog(entry("numbers", cadence=60, rows=paged)), WEDNESDAY)
    assert plan.requests == 5 * plan.calls and plan.busiest_minute == 5


def test_a_day_has_limits_too() -> None:
    of = catalog(entry("numbers", cadence=60, priority="critical"), vendor={"budget": {"per_day": 500}})
    with pytest.raises(ConfigurationError, match="calls in a day: expected at most 500, found 576"):
        prove(of, WEDNESDAY)
    prove(with_cadences(of, {name: after for name, (_, after) in proposal(of, WEDNESDAY).items()}), WEDNESDAY)


def test_a_weekend_stays_under_its_floor() -> None:
    """ING-19."""
    of = catalog(entry("news", cadence={"regular": 60, "weekend": 60}), vendor={"budget": {"closed_day": 50}})
    with pytest.raises(ConfigurationError, match="without a session: expected at most 50, found 1440"):
        prove(of, SATURDAY)


def test_cost_is_calls_times_price() -> None:
    """ING-38."""
    plan = plan_day(catalog(entry("numbers", cadence="tier 2", priority="nice", cost="0.002")), WEDNESDAY)
    assert plan.cost == Decimal("0.030") and plan.calls == 15


@settings(deadline=None, max_examples=6)
@given(st.lists(st.tuples(st.sampled_from([5, 20, 60, 300]), st.sampled_from(list(Priority))), min_size=1, max_size=4))
def test_a_proposal_fits(made: list[tuple[int, Priority]]) -> None:
    of = catalog(*(per_symbol(f"e{number}", cadence=seconds, priority=priority.value) for number, (seconds, priority) in enumerate(made)))
    slower = with_cadences(of, {name: after for name, (_, after) in proposal(of, WEDNESDAY).items()})
    assert not excesses_of(plan_day(slower, WEDNESDAY))


@given(st.lists(st.integers(0, 400), max_size=60))
def test_the_busiest_minute_is_that_of_a_plain_count(seconds: list[int]) -> None:
    moments = sorted(second * SECOND for second in seconds)
    plain = max((sum(start <= moment < start + 60 * SECOND for moment in moments) for start in moments), default=0)
    assert busiest_minute((moment, 1) for moment in moments)[0] == plain


def test_the_command_shows_the_day() -> None:
    """`tapewire feeds plan`."""
    feeds.register(main.app)
    shown = CliRunner().invoke(main.app, ["feeds", "plan", "--day", "2026-11-18"], env={"COLUMNS": "160"})
    assert shown.exit_code == 0 and "greek_exposure" in shown.output and "fits the budget" in shown.output and "09:30" in shown.output
    plain = json.loads(CliRunner().invoke(main.app, ["feeds", "plan", "--day", "2026-11-18", "--json"]).output)
    assert plain["fits"] and len(plain["endpoints"]) == 50
    (exposure,) = [one for one in plain["endpoints"] if one["id"] == "greek_exposure"]
    assert exposure["calls"][Phase.REGULAR.value] == 3 * 390
    crowd = ",".join(f"S{number}" for number in range(40))
    refused = CliRunner().invoke(main.app, ["feeds", "plan", "--symbols", crowd])
    assert refused.exit_code == 1 and "does not fit" in refused.output
