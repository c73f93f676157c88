"""Compares what stage.depth wrote with the numbers that numpy makes of the same books."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def fault_in(found: pd.DataFrame, right: pd.DataFrame) -> str | None:
    """Return what is wrong with the numbers: each fresh book's must be there, again only if equal, and no others."""
    own: Any = found[["ts_event", *right.columns]].drop_duplicates().set_index("ts_event")
    if not own.index.is_unique:
        return f"WRONG: {own.index[own.index.duplicated()][0]} came twice and differed"
    if len(missing := right.index.difference(own.index)):
        return f"WRONG: {len(missing):,} of {len(right):,} missing"
    if len(unexpected := own.index.difference(right.index)):
        return f"WRONG: {len(unexpected):,} unexpected"
    both = own.loc[right.index].to_numpy(float)
    different = ~np.isclose(both, right.to_numpy(float), rtol=1e-12, atol=1e-12).all(axis=1)
    return f"WRONG: {int(different.sum()):,} of {len(right):,} wrong, e.g. {right.index[different][0]}" if different.any() else None
