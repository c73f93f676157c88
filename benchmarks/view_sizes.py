"""How many bytes views take, and what of them each part takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from schemas.codec import HEADER_SIZE, Codec
from schemas.records import MarketView

PARTS: Mapping[str, Mapping[str, Any]] = {
    "features": dict.fromkeys(("features_1m", "features_2m", "features_5m", "features_15m")),
    "boxes": dict.fromkeys(("box_1m", "box_2m")),
    "closed bars": {"closed_bars": ()},
    **{name: {name: None} for name in ("depth", "gamma", "flow", "regime")},
}
"""Fields of each part, and what they hold when it is not there."""


def view_sizes(codec: Codec[MarketView], views: Sequence[MarketView]) -> dict[str, float]:
    """Return median and 99th percentile of the views' Avro bodies, bytes.

    Raises
    ------
    ValueError
        If a view does not come out of its bytes as it went in.
    """
    encoded = [codec.encode(view) for view in views]
    for view, data in zip(views, encoded, strict=True):
        if codec.decode(data) != view:
            raise ValueError(f"expected {view.symbol} at {view.ts_event} out of its own bytes, found another view")
    sizes = [len(data) - HEADER_SIZE for data in encoded]
    p50, p99 = np.percentile(sizes, [50, 99]) if sizes else (np.nan, np.nan)
    return {"views": float(len(sizes)), "median_bytes": float(p50), "p99_bytes": float(p99)}


def part_sizes(codec: Codec[MarketView], views: Sequence[MarketView]) -> dict[str, float]:
    """Return the median number of bytes that each part of the views takes."""
    return {
        name: float(np.median([len(codec.encode(view)) - len(codec.encode(replace(view, **without))) for view in views]))
        for name, without in PARTS.items()
    }
