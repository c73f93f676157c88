"""How far our total gamma is from a vendor's, and whether that is tolerated (C-10, C-24)."""

from __future__ import annotations

from schemas.records import AlertLevel

_ROUNDING = 1e-12


def relative_drift(ours: float, vendor: float, gross: float) -> float | None:
    """Return (ours - the vendor's) / the gamma of calls and puts together; None where there is none.

    Source: the relative error, 0.10 of which the register tolerates of greeks (OVR-04). It is taken of the gross because the net is the small
    rest of two large numbers: near the flip a dividend yield of 1 %, or a minute, changes the net by a fifth and the gross hardly at all.
    """
    return (ours - vendor) / gross if gross > 0 else None


def drift_level(drift: float | None, warn: float, block: float) -> AlertLevel:
    """Return BLOCK beyond ``block``, WARN beyond ``warn``, else CLEARED."""
    if drift is None:
        return AlertLevel.CLEARED
    apart = abs(drift)
    return AlertLevel.BLOCK if apart > block + _ROUNDING else AlertLevel.WARN if apart > warn + _ROUNDING else AlertLevel.CLEARED
