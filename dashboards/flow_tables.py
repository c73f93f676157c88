"""Tables of the Flow page, as HTML; every text from outside is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards.flow_words import reason
from dashboards.formats import MISSING, exchange_date, exchange_time, or_reason, percent, price, quantity, ratio
from dashboards.markup import direction_tone, table, toned
from schemas.records import DarkpoolPrint, FlowAlert, FlowMetrics, InsiderTrade, OptionRight, SymbolEvent, SymbolEventKind

_SHOWN = 14
_ROUNDING_USD = 1e-6


def number_table(metrics: FlowMetrics) -> str:
    """Return the numbers that the headline leaves out, each with its reason when it is missing."""
    money = (
        ("Momentum, USD/min", "momentum_usd_per_minute"), ("Trend, USD/session", "trend_usd_per_day"),
        ("Sweeps 60 min, calls - puts", "sweep_net_premium_60m_usd"), ("Off-exchange net, USD", "darkpool_net_usd"),
        ("Afternoon delta, USD", "cumulative_delta_usd"), ("Close imbalance, USD", "close_imbalance_usd"),
    )  # fmt: skip
    rows = [(label, _toned(quantity(getattr(metrics, name)), metrics, name)) for label, name in money]
    reported = (("Insiders sold, USD", "insider_sold_usd"), ("Congress bought, USD", "congress_bought_usd"), ("… and sold", "congress_sold_usd"))
    for label, name in reported:
        rows.append((label, or_reason(quantity(getattr(metrics, name)), reason(metrics, name))))
    shares = (
        ("Off exchange - lit", "off_exchange_divergence", 100.0), ("Confidence", "close_imbalance_confidence", 100.0),
        ("Expected move", "close_expected_move_percent", 1.0),
        ("Book imbalance", "book_imbalance", 100.0), ("Toxicity, vendor's", "vendor_toxicity", 100.0),
    )  # fmt: skip
    for label, name, scale in shares:
        value = getattr(metrics, name)
        rows.append((label, _toned(percent(None if value is None else value * scale, 1), metrics, name)))
    for label, name in (("Insiders who sold", "insider_sellers"), ("Alerts confirmed off exchange", "darkpool_confirmations_60m")):
        value = getattr(metrics, name)
        rows.append((label, or_reason(MISSING if value is None else f"{value}", reason(metrics, name))))
    gap = metrics.smart_money_gap
    rows.append(("Smart-money gap", or_reason(ratio(gap), reason(metrics, "smart_money_gap"))))
    return _panel(table(("", ""), rows, numbers=(1,)))


def _toned(text: str, metrics: FlowMetrics, name: str) -> str:
    if text == MISSING:
        return or_reason(text, reason(metrics, name))
    return toned(text, direction_tone(getattr(metrics, name)))


def alert_table(alerts: Sequence[FlowAlert]) -> str:
    """Return flow alerts, as they come."""
    if not alerts:
        return '<div class="tw-rest">None of this kind today.</div>'
    rows = [
        (
            f'<span class="tw-muted">{exchange_time(one.ts_event)}</span>',
            toned(*(("▲ call", "tw-up") if one.right is OptionRight.CALL else ("▼ put", "tw-down"))),
            escape(f"{one.strike:g}"),
            quantity(one.total_premium),
            escape(_side_words(one)),
            "sweep" if one.has_sweep else "floor" if one.has_floor else "",
            escape(one.rule or ""),
        )
        for one in alerts[:_SHOWN]
    ]
    return _panel(table(("Time", "", "Strike", "USD", "Side", "", "Rule"), rows, numbers=(2, 3), narrow=(0, 1)))


def _side_words(alert: FlowAlert) -> str:
    asked, bidden = alert.ask_side_premium, alert.bid_side_premium
    if asked is None or bidden is None or asked == bidden:
        return "not known"
    return f"{max(asked, bidden) / alert.total_premium:.0%} {'bought' if asked > bidden else 'sold'}"


def print_table(prints: Sequence[DarkpoolPrint]) -> str:
    """Return off-exchange prints, as they come."""
    if not prints:
        return '<div class="tw-rest">None of this size today.</div>'
    rows = [
        (
            f'<span class="tw-muted">{exchange_time(one.ts_event)}</span>', price(one.price), quantity(one.size), quantity(one.premium),
            _place_words(one),
        )
        for one in prints[:_SHOWN]
    ]  # fmt: skip
    return _panel(table(("Time", "Price", "Shares", "USD", "In the quote"), rows, numbers=(1, 2, 3), narrow=(0,)))


def _place_words(item: DarkpoolPrint) -> str:
    if item.bid is None or item.ask is None or item.ask < item.bid:
        return '<span class="tw-none" title="the vendor sent no usable quote">–</span>'
    twice = 2 * item.price - item.bid - item.ask
    if abs(twice) <= _ROUNDING_USD:
        return "middle"
    return toned("▲ above middle", "tw-up") if twice > 0 else toned("▼ below middle", "tw-down")


def disclosure_table(events: Sequence[SymbolEvent], insiders: Sequence[InsiderTrade]) -> str:
    """Return what congress and insiders reported, newest first."""
    found = [
        (one.ts_event, one.reporter or "", one.transaction or "", _range_words(one)) for one in events if one.kind is SymbolEventKind.CONGRESS_TRADE
    ]
    for trade in insiders:
        worth = None if trade.price is None else abs(trade.amount) * trade.price
        title = f"{trade.owner_name}, {trade.officer_title}" if trade.officer_title else trade.owner_name
        words = {"S": "sold", "P": "bought"}.get(trade.transaction_code, f"code {trade.transaction_code}") + (", planned" if trade.is_planned else "")
        found.append((trade.ts_event, title, words, quantity(worth)))
    if not found:
        return '<div class="tw-rest">Nothing was reported.</div>'
    rows = [
        (f'<span class="tw-muted">{exchange_date(moment)}</span>', escape(who), escape(what), escape(amount))
        for moment, who, what, amount in sorted(found, reverse=True)[:_SHOWN]
    ]
    return _panel(table(("Filed", "Who", "What", "USD"), rows, numbers=(3,), narrow=(0,)))


def _range_words(event: SymbolEvent) -> str:
    if event.amount_low is None:
        return MISSING
    return quantity(event.amount_low) + (f" to {quantity(event.amount_high)}" if event.amount_high is not None else " or more")


def headline_table(events: Sequence[SymbolEvent]) -> str:
    """Return headlines, newest first."""
    rows = [
        (
            f'<span class="tw-muted">{exchange_date(one.ts_event)} {exchange_time(one.ts_event)}</span>',
            escape(one.headline or ""),
            or_reason(one.sentiment or MISSING, "the vendor gave no sentiment"),
        )
        for one in events
        if one.kind is SymbolEventKind.HEADLINE
    ]
    if not rows:
        return '<div class="tw-rest">No headline names it.</div>'
    return _panel(table(("Time", "Headline", "Sentiment"), rows[:_SHOWN], narrow=(0,)))


def _panel(html: str) -> str:
    return f'<div class="tw-panel">{html}</div>'
