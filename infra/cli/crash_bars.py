"""Compares the stored bars with pandas': every trade counts in exactly the right bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.cli.crash_expected import Expected
from infra.clickhouse.client import ClickHouse
from infra.clock import MICROSECONDS
from infra.crash.findings import Findings
from infra.settings import BarSettings

LENGTHS: Mapping[str, int] = {"S1": 1, "M1": 60, "M2": 120, "M5": 300, "M15": 900, "H1": 3_600, "D1": 86_400}
_RELATIVE_VWAP_TOLERANCE = 1e-9
_BARS = """
SELECT symbol, resolution, toUnixTimestamp64Micro(window_start), open, high, low, close, volume, trade_count, vwap FROM derived_bars_latest
"""


def audit_bars(history: ClickHouse, expected: Expected, settings: BarSettings, findings: Findings) -> None:
    """Note bars that are missing, different, or of which pandas knows nothing."""
    found = {(str(row[0]), str(row[1]), int(row[2])): row[3:] for row in history.rows(_BARS)}
    grace_us = round(settings.grace_seconds * MICROSECONDS)
    bar: Any  # a named tuple with the frame's columns
    for bar in expected.bars.itertuples(index=False):
        start = bar.window_start.value // 1_000
        if start + LENGTHS[bar.resolution] * MICROSECONDS + grace_us > expected.until_us:
            continue  # not closed yet
        findings.checked["bars"] += 1
        ours = found.pop((bar.symbol, bar.resolution, start), None)
        exact = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trade_count)
        name = f"bar {bar.symbol} {bar.resolution} {bar.window_start}"
        if ours is None:
            findings.add("lost", f"{name} is missing")
        elif tuple(ours[:6]) != exact or abs(ours[6] / bar.vwap - 1) > _RELATIVE_VWAP_TOLERANCE:
            findings.add("wrong", f"{name}: expected {exact} vwap {bar.vwap}, found {ours}")
    for key in found:
        findings.add("wrong", f"bar {key}: nobody traded")
