"""A gamma profile as a view carries it."""

from __future__ import annotations

from schemas.records import GammaProfile, GammaView


def gamma_view(profile: GammaProfile) -> GammaView:
    """Return what decisions see of a profile: the naive model's numbers, and the flags."""
    return GammaView(
        ts_event=profile.ts_event, spot=profile.spot, total_gamma_usd_per_1pct=profile.gamma_usd_per_1pct, flip_price=profile.flip_price,
        call_wall=profile.call_wall, put_wall=profile.put_wall, max_gamma_strike=profile.max_gamma_strike,
        max_gamma_distance_pct=profile.max_gamma_distance_pct, max_pain=profile.max_pain, delta_usd=profile.delta_usd,
        vanna_usd_per_vol_point=profile.vanna_usd_per_vol_point, charm_usd_per_day=profile.charm_usd_per_day,
        vendor_total_gamma_usd_per_1pct=profile.vendor_gamma_usd_per_1pct, flags=profile.flags,
    )  # fmt: skip
