"""ING-31, ING-38, ING-41: what becomes of rows before a transform sees them, and what a call costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import Permanent
from producers.rest_catalog import transforms
from producers.rest_catalog.costs import Costs
from producers.rest_catalog.endpoint import LimitHeaders, Rows
from producers.rest_catalog.limit_headers import stated
from producers.rest_catalog.payload_rows import read_answer
from producers.rest_catalog.row_memory import RowMemory
from producers.rest_catalog.row_steps import calculate_deltas, flatten_nested, moment_us, parse_timestamps
from producers.source import Payload
from tests.support.rest_catalogs import endpoint

MOMENT = 1_773_066_600_000_000  # 2026-03-09 10:30 in New York


def test_nested_members_become_names_with_dots() -> None:
    row = {"id": 1, "meta": {"date": "2024-11-21", "of": {"a": None}}, "tags": ["x"], "empty": {}}
    assert flatten_nested([row], {}) == [{"id": 1, "meta.date": "2024-11-21", "meta.of.a": None, "tags": ["x"], "empty": {}}]
    assert flatten_nested([row], {"separator": "_"})[0]["meta_date"] == "2024-11-21"


@pytest.mark.parametrize(
    "value",
    ["2026-03-09T14:30:00Z", "2026-03-09T10:30:00-04:00", "2026-03-09T14:30:00.000000+00:00", 1_773_066_600, 1_773_066_600_000, MOMENT],
)
def test_every_form_of_a_moment_is_the_same_moment(value: Any) -> None:
    assert moment_us(value) == MOMENT
    assert parse_timestamps([{"time": value, "name": "x"}], {"fields": "time"}) == [{"time": MOMENT, "name": "x"}]


@pytest.mark.parametrize("value", ["2026-03-09", "2026-03-09T10:30:00", "soon", True, -5, 10**19])
def test_what_is_no_moment_says_where_it_stands(value: Any) -> None:
    """A time without an offset could be anybody's."""
    with pytest.raises(Permanent) as caught:
        parse_timestamps([{"time": None}, {"time": value}], {"fields": "time"})
    assert caught.value.field_path == "[1].time"


def test_deltas_are_those_of_the_row_before_of_the_same_group() -> None:
    rows = [{"s": "A", "v": "5"}, {"s": "B", "v": "1"}, {"s": "A", "v": "8"}, {"s": "A", "v": None}, {"s": "A", "v": "9"}]
    assert [row["v_delta"] for row in calculate_deltas(rows, {"fields": "v", "by": "s"})] == [None, None, 3.0, None, None]


def test_rows_are_found_and_put_back() -> None:
    payload = Payload("/x", b'{"date":"2026-03-09","data":{"rows":[{"a":1},{"a":2}]}}', 1, {"ticker": "SPY"})
    answer = read_answer(payload, "data.rows")
    assert answer.rows == [{"a": 1}, {"a": 2}]
    changed = answer.with_rows([{"a": 2}])
    assert answer.value["data"]["rows"] == [{"a": 1}, {"a": 2}], "what was read stays as it was"
    assert orjson.loads(changed.body) == {"date": "2026-03-09", "data": {"rows": [{"a": 2}]}}
    assert (changed.endpoint, changed.received_us, changed.parameters) == ("/x", 1, {"ticker": "SPY"})
    assert orjson.loads(read_answer(Payload("/x", b"[1,2]", 1), "").with_rows([2]).body) == [2]


@pytest.mark.parametrize(("body", "path"), [(b"{", ""), (b'{"data":null}', "data"), (b'{"rows":[]}', "data"), (b"[]", "data")])
def test_an_answer_without_rows_is_refused_with_the_path(body: bytes, path: str) -> None:
    with pytest.raises(Permanent) as caught:
        read_answer(Payload("/x", body, 1), "data")
    assert caught.value.field_path == path


def new(memory: RowMemory, rows: Sequence[Any]) -> list[Any]:
    return memory.new(rows, memory.marks(rows))


def test_only_what_is_new_or_revised_comes_again() -> None:
    memory = RowMemory(Rows(new_only=True))
    day = [{"minute": 1, "v": 5}, {"minute": 2, "v": 7}]
    assert new(memory, day) == day
    memory.remember(memory.marks(day))
    grown = [{"minute": 1, "v": 5}, {"v": 8, "minute": 2}, {"minute": 3, "v": 1}]
    assert new(memory, grown) == grown[1:], "minute 2 was revised, minute 3 is new, minute 1 is known"


def test_an_identity_tells_a_revision_from_another_row() -> None:
    memory = RowMemory(Rows(new_only=True, identity=("id",)))
    memory.remember(memory.marks([{"id": 1, "canceled": False}]))
    assert new(memory, [{"id": 1, "canceled": False}]) == [] and new(memory, [{"id": 1, "canceled": True}])


def test_memory_is_bounded_by_the_longest_answer() -> None:
    memory = RowMemory(Rows(new_only=True))
    for start in range(0, 20_000, 100):
        memory.remember(memory.marks([{"id": start + number} for number in range(100)]))
    assert len(memory._seen) == 2_000
    assert new(memory, [{"id": 19_999}, {"id": 0}]) == [{"id": 0}]


def test_the_cursor_lies_a_little_before_the_newest_row() -> None:
    memory = RowMemory(Rows(time="created_at", newer_than="newer_than"))
    assert memory.cursor() is None
    memory.taken([{"created_at": "2026-03-09T14:30:00Z"}, {"created_at": "2026-03-09T14:29:00Z"}, {"created_at": None}])
    assert memory.cursor() == "2026-03-09T14:29:50Z"
    memory.taken([{"created_at": "2026-03-09T14:00:00Z"}])
    assert memory.newest_us == MOMENT, "it never steps back"


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=20))
def test_no_row_comes_twice_and_none_is_missing(answers: list[list[int]]) -> None:
    memory, found = RowMemory(Rows(new_only=True)), list[int]()
    for answer in answers:
        rows = [{"id": number} for number in dict.fromkeys(answer)]
        found += [row["id"] for row in new(memory, rows)]
        memory.remember(memory.marks(rows))
    assert sorted(found) == sorted({number for answer in answers for number in answer})


def test_spend_is_calls_times_cost() -> None:
    """ING-38: a call counts at the price it had when it was made."""
    costs = Costs()
    for _ in range(3):
        costs.count(endpoint(cost="0.0015"))
    costs.count(endpoint(cost="0.5"))
    (spend,) = costs.report()
    assert (spend.calls, spend.cost, costs.total) == (4, Decimal("0.5045"), Decimal("0.5045"))


def test_limits_are_read_from_the_headers_a_vendor_has() -> None:
    names = LimitHeaders(used="x-used", remaining="x-left", reset_ms="x-reset", day_limit="x-day", day_used="x-today")
    found = stated({"x-used": "3", "x-left": "57", "x-reset": "4096", "x-day": "20000", "x-today": "20000"}, names)
    assert (found.per_minute, found.remaining, found.reset_seconds, found.per_day, found.day_used_up) == (60, 57, 4.096, 20_000, True)
    nothing = stated({"x-used": "many", "x-left": ""}, names)
    assert (nothing.per_minute, nothing.remaining, nothing.day_used_up) == (None, None, False)
    assert stated({"x-limit": "100"}, LimitHeaders(limit="x-limit")).per_minute == 100


def test_two_transforms_cannot_share_a_name() -> None:
    def one(payload: Payload, stamps: Any, options: Mapping[str, str]) -> Sequence[Any]:
        return ()

    def two(payload: Payload, stamps: Any, options: Mapping[str, str]) -> Sequence[Any]:
        return ()

    try:
        transforms.transform("of_this_test")(one)
        transforms.transform("of_this_test")(one)
        with pytest.raises(ValueError, match="of_this_test"):
            transforms.transform("of_this_test")(two)
    finally:
        transforms._TRANSFORMS.pop("of_this_test")
