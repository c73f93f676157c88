"""Numbers from disclosures and news."""

from __future__ import annotations

from math import isnan

from infra.flow_settings import FlowSettings
from processors.calc.flow_disclosures import congress_signal, congress_sums, is_cluster
from processors.calc.flow_joins import sentiment_score
from processors.folds.flow_day import MINUTE_US
from processors.folds.flow_numbers import Numbers
from processors.folds.flow_rows import CONGRESS, INSIDERS
from schemas.records import FlowMemory

_HOUR_US = 60 * MINUTE_US
_DAY_US = 24 * _HOUR_US


def disclosed_numbers(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    """Put in what congress and insiders reported, and the newest headline."""
    since = tick_us - settings.congress_days * _DAY_US
    sums = congress_sums((row.direction, row.amount) for row in CONGRESS.unpack(memory.congress) if since <= row.ts_event <= tick_us)
    signal = congress_signal(sums, settings.congress_above_usd)
    numbers.put("congress_bought_usd", sums.bought_usd if sums.trades else None, "no_disclosures")
    numbers.put("congress_sold_usd", sums.sold_usd if sums.trades else None, "no_disclosures")
    numbers.put("congress_signal", signal, "no_disclosures")
    numbers.flag("congress_buying", signal == 1)
    numbers.flag("congress_selling", signal == -1)
    _insiders(numbers, memory, tick_us, settings)
    _news(numbers, memory, tick_us, settings)


def _insiders(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    if "reference.insider-trades" not in memory.seen:
        numbers.lack("no_disclosures", "insider_sellers", "insider_sold_usd")
        return
    since = tick_us - settings.insider_days * _DAY_US
    sales = [row for row in INSIDERS.unpack(memory.insiders) if since <= row.ts_event <= tick_us]
    sellers = len({row.owner for row in sales})
    worth = [row.amount for row in sales if not isnan(row.amount)]
    numbers.put("insider_sellers", sellers, "no_disclosures")
    numbers.put("insider_sold_usd", sum(worth) if worth or not sales else None, "no_price")
    numbers.flag("insider_selling", is_cluster(sellers, settings.insider_sellers))


def _news(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    event = memory.headline
    if event is None or not 0 <= tick_us - event.ts_event <= settings.news_hours * _HOUR_US:
        numbers.lack("no_headline", "news_score", "news_headline", "news_is_major", "news_ts")
        return
    numbers.put("news_headline", event.headline, "no_headline")
    numbers.put("news_ts", event.ts_event, "no_headline")
    numbers.put("news_score", sentiment_score(event.sentiment), "no_sentiment")
    numbers.put("news_is_major", event.is_major, "not_told")
