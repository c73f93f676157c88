"""What a regime becomes inside a view."""

from __future__ import annotations

from schemas.records import Regime, RegimeView


def regime_view(record: Regime) -> RegimeView:
    """Return what decisions see of a regime: null numbers stay null, and an UNKNOWN label says so."""
    return RegimeView(
        ts_event=record.ts_event,
        label=record.label,
        kalman_price=record.kalman_price,
        kalman_velocity_per_minute=record.kalman_velocity_per_minute,
        kalman_price_sd=record.kalman_price_sd,
        trend_probability=record.rise_probability,
        realised_volatility=record.realised_volatility,
        volatility_rank=record.volatility_rank,
    )
