"""Whether an order book had its say in a decision, and which (BOX-15)."""

from __future__ import annotations

from schemas.records import DepthLabel, DepthMode, MarketView

_LABELS = {DepthMode.LIVE: DepthLabel.LIVE, DepthMode.DEMO: DepthLabel.DEMO, DepthMode.DELAYED: DepthLabel.DELAYED}


def label_of(view: MarketView) -> DepthLabel:
    """Return the label every event made from this view carries; NONE without a snapshot of the last 3 s."""
    if view.depth is None or view.depth.imbalance_3s is None or view.depth.mode is None:
        return DepthLabel.NONE
    return _LABELS[view.depth.mode]
