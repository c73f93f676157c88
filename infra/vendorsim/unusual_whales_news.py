"""Headlines of the simulated day: about the gappers, the market and, rarely, from a social network. REST and stream share them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from infra.vendorsim.unusual_whales_endpoint import Asked, endpoint
from infra.vendorsim.unusual_whales_market import OptionMarket
from infra.vendorsim.unusual_whales_wire import utc

_HEADLINES_A_DAY = 160
_COMPANY = (
    ("{} rises after raising its outlook", "positive", True, "earnings"), ("{} receives a notice of delisting", "negative", True, "regulation"),
    ("{} announces a public offering", "negative", True, "offering"), ("{} names a new finance chief", "neutral", False, "management"),
    ("{} to present at an investor conference", "neutral", False, "events"), ("Unusual call buying seen in {}", "positive", False, "options"),
)  # fmt: skip
_MARKET = (
    ("Federal Reserve officials see rates on hold", "neutral", True, "federal-reserve"),
    ("Treasury yields edge lower in quiet trading", "neutral", False, "bonds"),
    ("Stocks turn higher as oil falls", "positive", False, "markets"),
)


@dataclass(frozen=True, slots=True)
class Headline:
    """One headline; moments are microseconds since the epoch."""

    created_us: int
    text: str
    source: str
    sentiment: str
    is_major: bool
    tag: str
    tickers: tuple[str, ...]
    is_presidents: bool


@lru_cache(maxsize=4)
def headlines(market: OptionMarket) -> tuple[Headline, ...]:
    """Return the day's headlines, oldest first."""
    stocks = list(market.underlyings.values())
    first_ms = stocks[0].start_ms
    random = np.random.default_rng((market.seed, market.date.toordinal(), 50_000))
    span_ms = 1_000 * max(len(stock.price) for stock in stocks)
    found = []
    for number, offset in enumerate(sorted(random.choice(span_ms // 1_000, min(_HEADLINES_A_DAY, span_ms // 2_000), replace=False))):
        social, company = random.random() < 0.04, random.random() < 0.75
        pattern, sentiment, is_major, tag = (_COMPANY if company else _MARKET)[int(random.integers(0, len(_COMPANY if company else _MARKET)))]
        symbol = stocks[int(random.integers(0, len(stocks)))].symbol
        found.append(
            Headline(
                created_us=(first_ms + int(offset) * 1_000) * 1_000,
                text="A statement to the nation" if social else pattern.format(symbol),
                source="social-media" if social else "aggregator",
                sentiment="neutral" if social else sentiment,
                is_major=social or is_major,
                tag="politics" if social else tag,
                tickers=(symbol,) if company and not social else (),
                is_presidents=social and number % 2 == 0,
            )
        )
    return tuple(found)


def stream_headline(headline: Headline) -> dict[str, Any]:
    """Return what the channel news sends."""
    return {
        "headline": headline.text, "timestamp": utc(headline.created_us), "source": headline.source, "tickers": list(headline.tickers),
        "is_trump_ts": headline.is_presidents,
    }  # fmt: skip


@endpoint("/api/news/headlines", "sources:s search_term:s ticker:s major_only:b=false limit:i<=100=50 page:i")
def news(asked: Asked) -> Any:
    wanted = asked.values
    rows = [
        {
            "created_at": utc(line.created_us), "headline": line.text, "is_major": line.is_major, "meta": {}, "sentiment": line.sentiment,
            "source": line.source, "tags": [line.tag], "tickers": list(line.tickers),
        }
        for line in reversed(headlines(asked.market))
        if line.created_us < asked.now_us
        and (line.is_major or not wanted["major_only"])
        and wanted.get("ticker") in (None, *line.tickers)
        and wanted.get("search_term", "").lower() in line.text.lower()
        and line.source in wanted.get("sources", line.source).split(",")
    ]  # fmt: skip
    return {"data": asked.page(rows)}
