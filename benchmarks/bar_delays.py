"""How long after its closing trade left each bar was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from numpy.typing import NDArray


def closing_moments(truth: pd.DataFrame, sent: NDArray[Any]) -> pd.Series:
    """Return when the trade that closes each bar of `right_bars` left; bars that no trade of the tape closes are left out."""
    rows = truth.loc[truth["closing_row"] >= 0, "closing_row"]
    return pd.Series(sent[rows.to_numpy()], index=rows.index, name="sent")


def bar_delays(bars: Iterable[Mapping[str, Any]], seen: Iterable[float], moments: pd.Series) -> pd.DataFrame:
    """Return moment of the closing trade (``sent``) and seconds until the bar's first copy was seen (``delay``), one row a bar.

    Parameters
    ----------
    bars, seen
        Bars as they were read, and when.
    moments
        `closing_moments` of the tape.
    """
    found = pd.DataFrame([(bar["symbol"], bar["window_start"]) for bar in bars], columns=["symbol", "window_start"])
    found["seen"] = list(seen)
    first = found.drop_duplicates(["symbol", "window_start"]).set_index(["symbol", "window_start"])
    both = first.join(moments, how="inner")
    both["delay"] = both["seen"] - both["sent"]
    return both[["sent", "delay"]]
