"""What a view says of the order book."""

from __future__ import annotations

from dataclasses import replace

from schemas.records import BookMetrics, DepthView


def depth_at(view: DepthView, moment_us: int) -> DepthView:
    """Return the depth as it holds at a moment: a grade whose life has ended by then is null (DEP-02)."""
    if view.grade_expires_at is None or moment_us < view.grade_expires_at:
        return view
    return replace(view, grade=None, grade_expires_at=None, missing={**view.missing, "grade": "expired"})


def depth_view(metrics: BookMetrics) -> DepthView:
    """Return the depth of a view taken with the newest record of the symbol."""
    return DepthView(
        ts_event=metrics.ts_event, mode=metrics.mode, age_ms=metrics.age_ms, imbalance_3s=metrics.imbalance_3s, imbalance_5=metrics.imbalance_5,
        imbalance_10=metrics.imbalance_10, microprice=metrics.microprice, spread_bps=metrics.spread_bps, pressure=metrics.pressure,
        grade=metrics.grade, grade_expires_at=metrics.grade_expires_at, vpin=metrics.vpin, kyle_lambda=metrics.kyle_lambda, pin=metrics.pin,
        flags=metrics.flags, missing=metrics.missing,
    )  # fmt: skip
