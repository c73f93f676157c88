"""The benchmark prints a figure only for the right bars: its checker refuses every other answer."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from benchmarks.checker import check
from benchmarks.market_tape import make_tape
from benchmarks.truth import right_bars


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return right_bars(make_tape(60_000, symbols=20))


@pytest.fixture
def bars(truth: pd.DataFrame) -> list[dict[str, Any]]:
    """The answer of a faultless contestant."""
    return truth[truth["closed"]].drop(columns=["closed", "passed"]).reset_index().to_dict("records")


def test_the_right_bars_pass(truth: pd.DataFrame, bars: list[dict[str, Any]]) -> None:
    verdict = check(bars, truth)
    assert verdict.is_right
    assert verdict.expected == verdict.found == 60  # 3.6 minutes: three have closed


def test_equal_repeats_pass_and_are_counted(truth: pd.DataFrame, bars: list[dict[str, Any]]) -> None:
    verdict = check([*bars, *bars[:7]], truth)
    assert verdict.is_right
    assert verdict.duplicates == 7


@pytest.mark.parametrize("field", ["open", "high", "low", "close", "volume", "trade_count"])
def test_a_wrong_number_is_refused(truth: pd.DataFrame, bars: list[dict[str, Any]], field: str) -> None:
    bars[5][field] += 1
    verdict = check(bars, truth)
    assert (verdict.is_right, verdict.wrong) == (False, 1)
    assert field in verdict.example


@pytest.mark.parametrize(("factor", "right"), [(1 + 1e-8, False), (1 + 1e-11, True), (float("nan"), False)])
def test_vwap_may_differ_by_rounding_only(truth: pd.DataFrame, bars: list[dict[str, Any]], factor: float, right: bool) -> None:
    bars[5]["vwap"] *= factor
    assert check(bars, truth).is_right is right


def test_a_missing_bar_is_refused(truth: pd.DataFrame, bars: list[dict[str, Any]]) -> None:
    verdict = check(bars[1:], truth)
    assert (verdict.is_right, verdict.missing) == (False, 1)
    assert str(verdict).startswith("WRONG")


def test_no_bar_at_all_is_refused(truth: pd.DataFrame) -> None:
    verdict = check([], truth)
    assert (verdict.is_right, verdict.missing) == (False, 60)


def test_a_repeat_that_differs_is_refused(truth: pd.DataFrame, bars: list[dict[str, Any]]) -> None:
    verdict = check([*bars, {**bars[3], "close": bars[3]["close"] + 0.01}], truth)
    assert (verdict.is_right, verdict.wrong) == (False, 1)


def test_a_minute_that_has_not_closed_is_refused(truth: pd.DataFrame, bars: list[dict[str, Any]]) -> None:
    still_open = truth[~truth["closed"]].drop(columns=["closed", "passed"]).reset_index().to_dict("records")
    assert check([*bars, still_open[0]], truth).unexpected == 1


def test_an_unknown_symbol_is_refused(truth: pd.DataFrame, bars: list[dict[str, Any]]) -> None:
    assert check([*bars, {**bars[0], "symbol": "NOBODY"}], truth).unexpected == 1


def test_other_symbols_may_close_a_minute_where_that_is_allowed() -> None:
    """A stage by stream time closes a rare symbol's minute before its next trade; no other bars are let through."""
    truth = right_bars(make_tape(60_000, symbols=5_000))
    passed = truth[truth["closed"] | truth["passed"]].drop(columns=["closed", "passed"]).reset_index().to_dict("records")
    assert len(passed) > truth["closed"].sum()
    assert not check(passed, truth).is_right
    assert check(passed, truth, closes_by_partition=True).is_right
    passed[-1]["high"] += 1
    assert not check(passed, truth, closes_by_partition=True).is_right
