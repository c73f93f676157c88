"""Which parts of a bar a print may change, by the tape's rules."""

from __future__ import annotations

import json

import pytest

from producers.polygon.sale_conditions import RULES, RULES_FILE, bar_parts
from schemas.bar_parts import EVERY_PART, HIGH_LOW, OPEN_CLOSE, VOLUME


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((), EVERY_PART),
        ((14, 41), EVERY_PART),  # 41 is no sale condition
        ((37,), VOLUME),  # odd lot
        ((14, 37, 41), VOLUME),  # one no is enough
        ((12,), EVERY_PART),  # before the open and after the close there are bars too
        ((12, 37), VOLUME),
        ((13,), VOLUME),
        ((10,), HIGH_LOW | VOLUME),
        ((22,), HIGH_LOW | VOLUME),
        ((32, 14), HIGH_LOW | VOLUME),
        ((38,), OPEN_CLOSE | HIGH_LOW),
        ((15,), 0),
        ((16,), 0),
        ((8, 9, 41), EVERY_PART),  # the closing auction
    ],
)
def test_parts(conditions: tuple[int, ...], expected: int) -> None:
    assert bar_parts(conditions) == expected


def test_the_table_is_whole() -> None:
    """Forty sale conditions; three count in no volume; who sets open and close sets high and low."""
    rules = json.loads(RULES_FILE.read_text())["results"]
    assert len(rules) == len(RULES) == 40
    assert [rule["id"] for rule in rules if not rule["updates_volume"]] == [15, 16, 38]
    assert all(rule["updates_high_low"] for rule in rules if rule["updates_open_close"])
