"""REG-11: `make numbers` is the parity job: every number against its reference, on recorded data where there are some; drift ends it with 1."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.numbers.__main__ import main
from benchmarks.numbers.number import _numbers, number, numbers
from processors.calc.indicators import change_bps

AREA = __name__.rpartition(".")[2]


@pytest.fixture
def drift() -> Iterator[list[float]]:
    """A number of this file's own area whose values are off by what the list holds."""
    off = [0.0]

    @number(title="planted", unit="bps", of=change_bps, reference="itself", data="three values", tolerance=1e-6)
    def planted() -> tuple[list[float], list[float]]:
        return [1.0, 2.0, 3.0 + off[0]], [1.0, 2.0, 3.0]

    yield off
    del _numbers["planted"]


def test_no_drift_ends_with_0_and_drift_with_1(drift: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    """REG-11."""
    assert main([AREA]) == 0
    drift[0] = 1e-5
    assert main([AREA]) == 1
    assert "WRONG planted: 3 rows, largest error 1e-05, allowed 1e-06" in capsys.readouterr().out


def test_a_value_on_one_side_alone_is_drift(drift: list[float]) -> None:
    """REG-11: what has no value any more has not stayed as it was."""
    drift[0] = np.nan
    assert main([AREA]) == 1


def test_the_job_compares_with_recorded_data() -> None:
    """REG-11: ticks, minutes, order books, chains and trades of vendors, each named with the files it needs."""
    recorded = {name.partition("/")[0] for item in numbers().values() for name in item.needs}
    assert {"bars", "l2", "options", "uw"} <= recorded
    assert all(item.data and item.reference for item in numbers().values())
