"""The processor time of an option trade of the Unusual Whales stream, step by step, beside what each step replaced."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.job import job
from benchmarks.option_trade_steps import steps
from benchmarks.options import Options
from benchmarks.results import Column, Result, show

COLUMNS = (
    Column("microseconds", "µs a trade", ".1f"),
    Column("before", "before µs", ".1f"),
    Column("ratio", "times faster", ".2f"),
)


@job("option_trade_steps", "processor time of an option trade, step by step, now and before", by_default=False, columns=COLUMNS)
def option_trade_steps(options: Options) -> Sequence[Result]:
    """Measure each step by itself; there is no broker."""
    del options
    results = []
    for step, (now, before) in steps().items():
        figures = {"microseconds": now} | ({} if before is None else {"before": before, "ratio": before / now})
        results.append(Result("option_trade_steps", step, step, checked=True, note="", figures=figures))
    show("option_trade_steps: a trade of the stream", COLUMNS, results)
    return results
