"""What a market view carries of `FlowMetrics`."""

from __future__ import annotations

from schemas.records import FlowMetrics, FlowView


def flow_view(metrics: FlowMetrics) -> FlowView:
    """Return the view's part; a number that is missing is null there, too: unavailable, and never 0 (STR-23)."""
    ours = metrics.net_premium_60m_usd
    return FlowView(
        ts_event=metrics.ts_event,
        net_premium_usd_60m=metrics.vendor_net_premium_60m_usd if ours is None else ours,
        asymmetry=metrics.asymmetry,
        off_exchange_divergence=metrics.off_exchange_divergence,
        darkpool_score=metrics.darkpool_score,
        divergence_score=metrics.divergence_score,
        sweep_premium_usd=metrics.sweep_net_premium_60m_usd,
        cumulative_delta=metrics.cumulative_delta_usd,
        close_imbalance_confidence=metrics.close_imbalance_confidence,
        close_imbalance_usd=metrics.close_imbalance_usd,
        close_expected_move_percent=metrics.close_expected_move_percent,
        momentum_usd_per_minute=metrics.momentum_usd_per_minute,
        trend_usd_per_day=metrics.trend_usd_per_day,
        congress_signal=metrics.congress_signal,
        insider_sellers=metrics.insider_sellers,
        flow_book_agreement=metrics.flow_book_agreement,
        news_score=metrics.news_score,
        news_headline=metrics.news_headline,
        news_is_major=metrics.news_is_major,
        unknown_side_share=metrics.unknown_side_share,
        flags=metrics.flags,
    )
