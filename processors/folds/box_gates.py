"""What keeps a row of bars from being a compression box, gate by gate (BOX-03)."""

from __future__ import annotations

from infra.settings import BoxSettings
from processors.calc.compression import Compression
from processors.calc.shortfall import Gap


def box_gaps(found: Compression, settings: BoxSettings) -> tuple[Gap, ...]:
    """Return a gap for each gate the bars do not pass; none of them: it is a box. What is not yet known does not pass."""
    touches = min(found.touches_high, found.touches_low)
    checks = (
        (found.range_bps <= settings.maximum_range_bps, Gap("BOX_RANGE", found.range_bps, settings.maximum_range_bps, "bps")),
        (found.range_bps >= settings.minimum_range_bps, Gap("BOX_FLATNESS", found.range_bps, settings.minimum_range_bps, "bps")),
        (_at_most(found.range_to_atr, settings.maximum_range_to_atr),
         Gap("BOX_RANGE_ATR", found.range_to_atr, settings.maximum_range_to_atr, "ratio")),
        (_at_most(found.ratio, settings.maximum_compression_ratio),
         Gap("BOX_COMPRESSION", found.ratio, settings.maximum_compression_ratio, "ratio")),
        (touches >= settings.minimum_touches, Gap("BOX_TOUCHES", float(touches), float(settings.minimum_touches), "touches")),
    )  # fmt: skip
    return tuple(gap for passed, gap in checks if not passed)


def _at_most(value: float | None, limit: float) -> bool:
    return value is not None and value <= limit
