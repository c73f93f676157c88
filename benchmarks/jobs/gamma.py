"""Gamma: processor time of one underlying's profile, and how much of a worker four index chains take that are recomputed every second."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from datetime import date

import numpy as np

from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.results import Column, Result, show
from infra.files.chain_file import EPOCH_ORDINAL
from infra.gamma_settings import GammaSettings
from processors.calc.contract_table import CONTRACT, contract_keys
from processors.calc.windows import SECOND_US
from processors.folds.gamma import GammaFold
from processors.folds.gamma_rows import PRICES
from schemas.records import GammaState, Tick

COLUMNS = (
    Column("contracts", "contracts", ",.0f"), Column("milliseconds", "ms a profile", ".1f"),
    Column("worker_share", "of a worker at 1/s", ".1%"),
)
_NOW_US = 1_747_231_200_000_000  # 2025-05-14 10:00 New York
_RUNS = 15
_INDEX_CHAINS = {"SPX": 14_000, "SPY": 8_500, "QQQ": 8_000, "IWM": 5_500}  # about what is listed with open interest


@job("gamma", "a profile of 5,000 contracts, and SPX + SPY + QQQ + IWM every second", columns=COLUMNS)
def gamma(options: Options) -> Sequence[Result]:
    """Run the whole step of a due tick, record included; there is no broker."""
    del options
    fold = GammaFold(GammaSettings(interval_seconds=1))
    fold.compile()
    times = {f"one underlying, {count:,}": (count, _milliseconds(fold, count)) for count in (1_000, 5_000, 20_000)}
    times |= {name: (count, _milliseconds(fold, count)) for name, count in _INDEX_CHAINS.items()}
    whole = [times[name] for name in _INDEX_CHAINS]
    times["SPX + SPY + QQQ + IWM"] = (sum(count for count, _ in whole), sum(spent for _, spent in whole))
    results = [
        Result(
            "gamma", name, name, checked=True, note="",
            figures={"contracts": float(count), "milliseconds": spent, "worker_share": spent / 1_000},
        )
        for name, (count, spent) in times.items()
    ]  # fmt: skip
    show("gamma: a due tick of stage.gamma", COLUMNS, results)
    return results


def _milliseconds(fold: GammaFold, count: int) -> float:
    """Return the median time of a tick."""
    state = _state(count)
    spent = []
    for number in range(1, _RUNS + 1):
        began = time.thread_time()
        state, outputs = fold.step(state, "ops.ticks", Tick(ts_event=_NOW_US + number * SECOND_US, barriers={}))
        spent.append((time.thread_time() - began) * 1_000)
        if not outputs:
            raise RuntimeError("expected a profile at every tick, found none")
    return statistics.median(spent)


def _state(count: int) -> GammaState:
    """Return a chain of 25 expiries around 590 US dollars, every model with positions."""
    random = np.random.default_rng(1)
    today = date(2025, 5, 14).toordinal() - EPOCH_ORDINAL
    rows = np.zeros(count, CONTRACT)
    expiry = today + 1 + np.arange(count) % 25 * 3
    strike = 590 + np.round((np.arange(count) // 50 - count // 100) * (300 / max(count // 50, 1)), 1)
    rows["key"] = contract_keys(expiry, strike, np.arange(count) // 25 % 2 == 1)
    rows["session"] = rows["interest_session"] = today
    rows["interest"], rows["volatility"] = random.integers(1, 20_000, count), random.uniform(0.1, 0.5, count)
    rows["bought"], rows["sold"], rows["opened"] = random.integers(0, 900, count), random.integers(0, 900, count), random.normal(0, 900, count)
    rows["changes"] = 1
    rows = rows[np.argsort(rows["key"])]
    return GammaState(
        symbol="SPY", contracts=rows.tobytes(), price=PRICES.pack(_NOW_US, 1, 590.0), newest_chain=_NOW_US, newest_input=_NOW_US + 3_600 * SECOND_US
    )
