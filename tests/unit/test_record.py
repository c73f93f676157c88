"""What a record is, however it is filled: frozen, compared by its values, made by keyword alone (SCH-01)."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from schemas.records import BY_FULL_NAME, BookLevel, RawPayload, Trade

LEVEL = BookLevel(price=1.25, size=100.0, market_maker="XNAS")


def told(**changed: Any) -> dict[str, Any]:
    values = {"source": "vendor", "endpoint": "trades", "ts_received": 1, "ts_published": 2, "content_type": "application/json", "body": b"{}"}
    return {**values, **changed}


def test_a_record_cannot_be_changed() -> None:
    for change in (lambda: setattr(LEVEL, "price", 2.0), lambda: delattr(LEVEL, "price"), lambda: setattr(LEVEL, "unheard_of", 1)):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            change()
    assert type(LEVEL) is BookLevel and not hasattr(LEVEL, "__dict__") and LEVEL.price == 1.25


def test_records_with_equal_values_are_equal() -> None:
    other = dataclasses.replace(LEVEL)
    assert other is not LEVEL and other == LEVEL and hash(other) == hash(LEVEL) and repr(other) == repr(LEVEL)
    assert dataclasses.replace(LEVEL, size=1.0) != LEVEL


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))])
def test_a_record_can_be_copied_and_sent_to_another_process(again: Any) -> None:
    found = again(LEVEL)
    assert found == LEVEL and type(found) is BookLevel


def test_what_may_be_left_out_has_its_default_of_its_own() -> None:
    first, second = RawPayload(**told()), RawPayload(**told())
    assert first.parameters == {} and first.parameters is not second.parameters
    assert RawPayload(**told(parameters={"ticker": "SPY"})).parameters == {"ticker": "SPY"}


def test_a_field_that_is_missing_unknown_or_without_its_name_is_refused() -> None:
    missing = told()
    del missing["body"]
    for values in (missing, told(unheard_of=1)):
        with pytest.raises(TypeError, match=r"body|unheard_of"):
            RawPayload(**values)
    with pytest.raises(TypeError, match="positional"):
        BookLevel(1.25, 100.0, "XNAS")  # type: ignore[misc]


@pytest.mark.parametrize("name", sorted(BY_FULL_NAME))
def test_every_field_of_every_record_goes_where_it_belongs(name: str) -> None:
    record = BY_FULL_NAME[name]
    values = {field.name: object() for field in dataclasses.fields(record)}  # type: ignore[arg-type]
    made = record(**values)
    assert all(getattr(made, field) is value for field, value in values.items())


def test_what_is_not_given_is_the_default_of_the_schema() -> None:
    required = {field.name: object() for field in dataclasses.fields(Trade) if field.default is dataclasses.MISSING}
    made = Trade(**required)  # type: ignore[arg-type]
    assert all(getattr(made, field.name) == field.default for field in dataclasses.fields(Trade) if field.name not in required)
