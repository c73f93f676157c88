"""Plain words for flags and for why a number of flow is missing."""

from __future__ import annotations

from typing import Final

from schemas.records import FlowMetrics

FLAG_WORDS: Final = {
    "one_sided_calls": "▲ More than 60 % of the premium is in calls",
    "one_sided_puts": "▼ More than 60 % of the premium is in puts",
    "off_exchange_divergence": "Off-exchange and lit volume diverge",
    "darkpool_accumulation": "▲ Accumulation off exchange",
    "darkpool_distribution": "▼ Distribution off exchange",
    "smart_divergence": "Large traders part from the crowd",
    "large_sweeps": "Sweeps above the threshold in the last hour",
    "close_imbalance": "A close imbalance is predicted",
    "congress_buying": "▲ Congress bought, nobody sold",
    "congress_selling": "▼ Congress sold, nobody bought",
    "insider_selling": "▼ Several insiders sold",
    "darkpool_confirms_flow": "Off-exchange prints confirm flow alerts",
}
_REASONS: Final = {
    "no_option_trades": "no option trade yet", "no_side": "no side known", "warming_up": "warming up", "flat": "the values before did not differ",
    "no_underlying_price": "no price of the underlying (an index?)", "no_delta": "no trade told delta and price of the underlying",
    "outside_window": "only from two hours before the close to the close", "no_vendor_premium": "no net premium of the vendor",
    "no_price_levels": "no volume by price yet", "no_prints": "no off-exchange print", "no_alerts": "no flow alert today",
    "no_disclosures": "nothing reported", "no_headline": "no headline in a day", "no_sentiment": "the vendor gave no sentiment",
    "no_depth": "no order book", "stale_depth": "order book too old", "below_threshold": "confidence at or below the threshold",
    "no_large_trades": "no large trade in the last hour", "not_at_the_same_time": "flow and book are too far apart", "no_volume": "no volume",
    "no_premium": "no premium", "no_price": "no price told", "not_told": "the vendor does not say",
}  # fmt: skip


def reason(metrics: FlowMetrics, name: str) -> str:
    """Return why a number is missing, in words."""
    why = metrics.missing.get(name, "")
    return _REASONS.get(why, why or "not known")
