"""OPS-05: every event name is known, explained and documented, and carries the ids that belong to it."""

from __future__ import annotations

import re

import pytest

from infra.observability.log_events import MEANINGS, Logged, logged, problems

ENTRIES = sorted(logged(), key=lambda entry: (entry.event, entry.place))


def test_the_list_fits_the_source_and_the_page_the_list() -> None:
    assert problems() == []


@pytest.mark.parametrize("event", MEANINGS)
def test_a_name_says_what_happened(event: str) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", event)
    assert MEANINGS[event].endswith(".")


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.event.startswith("delivery_")], ids=lambda entry: entry.event)
def test_deliveries_carry_their_id(entry: Logged) -> None:
    assert {"unit", "delivery_id"} <= set(entry.values)


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if "topic" in entry.values], ids=lambda entry: f"{entry.event}-{entry.place}")
def test_what_names_a_partition_names_its_topic_and_not_its_key(entry: Logged) -> None:
    assert not {"key", "value", "trade_id"} & set(entry.values)
