"""A whole tape at once: what the market fold would have written of it, tick by tick, had it come in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from infra.feature_settings import FeatureSettings
from infra.settings import BarSettings, BoxSettings
from processors.calc.aggregate import Aggregate, Print
from processors.calc.windows import window_of
from processors.folds.bars import RESOLUTIONS
from processors.folds.closing import Closing
from schemas.records import Bar, Features, MarketHistory, Resolution, Tick

_FINEST_FIRST = (Resolution.S1, *RESOLUTIONS)


def bars_and_features(
    symbol: str,
    parts: Iterable[tuple[Aggregate, Sequence[Print]]],
    finest: Resolution,
    bars: BarSettings,
    boxes: BoxSettings,
    feature: FeatureSettings,
) -> tuple[list[Bar], list[Features]]:
    """Return the bars and features of sorted parts, as they close.

    Parameters
    ----------
    parts
        Seconds with their prints, from `processors.folds.bars.seconds_of`; or bars of a file with none: then the deviation of prices
        about the VWAP is that of the bars' means.
    finest
        Length of the parts: shorter bars cannot be built of them and are left out.
    """
    known = list(parts)
    if not known:
        return [], []
    end = window_of(Resolution.D1, known[-1][0].start)[1]
    closing = Closing(symbol, MarketHistory(), b"", Tick(ts_event=end + round(bars.grace_seconds * 1e6)), bars, boxes, feature)
    closing.take_parts(known)
    closing.close_due()
    wanted = set(_FINEST_FIRST[_FINEST_FIRST.index(finest) :])
    records = [output.record for output in closing.outputs]
    return (
        [record for record in records if isinstance(record, Bar) and record.resolution in wanted],
        [record for record in records if isinstance(record, Features) and record.resolution in wanted],
    )
