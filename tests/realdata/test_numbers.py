"""Every number is within its stated error of its reference; a number without captured data runs everywhere."""

from __future__ import annotations

import pytest

from benchmarks.numbers.number import Number, numbers


@pytest.mark.parametrize("item", [pytest.param(item, id=title) for title, item in numbers().items()])
def test_a_number_equals_its_reference(item: Number) -> None:
    if missing := item.missing():
        pytest.skip(f"captured data are not on this machine: {', '.join(missing)}")
    assert item.source
    outcome = item.outcome()
    assert outcome.rows > 0
    assert outcome.largest_error <= item.tolerance
