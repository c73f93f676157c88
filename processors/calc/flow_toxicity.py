"""One-sidedness of the vendor's contract counts as a stand-in for VPIN, and how the two go together (FLW-13)."""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def toxicity(bought: Floats, sold: Floats, total: Floats) -> float | None:
    """Return the mean imbalance of buckets weighted by their volume, 0 to 1; None when nothing traded.

    Buckets are minutes, not equal volumes as in VPIN, and the sides are the vendor's, not bulk-classified: the same measure, coarser.

    Source: Easley, Lopez de Prado and O'Hara, "Flow toxicity and liquidity in a high-frequency world", Review of Financial Studies 25
    (2012), eq. 3: sum(abs(bought - sold)) / sum(volume).
    """
    volume = float(total.sum())
    return float(np.abs(bought - sold).sum()) / volume if volume > 0 else None


def correlation(ours: Floats, theirs: Floats, least: int = 10) -> float | None:
    """Return Pearson's correlation of two series over the places where both have a value (not NaN); None with fewer than ``least``, or a flat one.

    Source: Pearson's r; scipy.stats.pearsonr.
    """
    both = np.isfinite(ours) & np.isfinite(theirs)
    if int(both.sum()) < max(least, 2):
        return None
    x, y = ours[both] - ours[both].mean(), theirs[both] - theirs[both].mean()
    spread = sqrt(float((x * x).sum()) * float((y * y).sum()))
    return float((x * y).sum()) / spread if spread > 0 else None
