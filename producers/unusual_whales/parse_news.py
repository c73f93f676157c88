"""News headlines and trading halts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import name
from producers.unusual_whales.models.rest_news import NewsHeadlinesRow
from producers.unusual_whales.models.websocket import NewsMessage, TradingHaltsMessage
from schemas.ids import deterministic_id
from schemas.records import Headline, TradingHalt

TOPIC = "news.headlines"


@endpoint("news_headlines", model=NewsHeadlinesRow, topic=TOPIC)
def rest_headline(row: NewsHeadlinesRow, answer: Answer) -> Iterator[Headline]:
    """{"created_at":"2023-04-15T16:30:00Z","headline":"...","source":"BusinessWire","is_major":true,"sentiment":"positive","tickers":["XYZ"],"tags":["earnings"]}"""
    if answer.options.get("major_only") == "true" and not row.is_major:
        return
    headline, moment_us = name(row.headline, "headline"), answer.happened(row.created_at, "created_at")
    yield Headline(
        headline_id=_id(row.source, moment_us, headline),
        **answer.at(moment_us),
        headline=headline,
        publisher=row.source or None,
        symbols=tuple(row.tickers or ()),
        tags=tuple(row.tags or ()),
        sentiment=row.sentiment or None,
        is_major=row.is_major,
    )


def stream_headline(message: NewsMessage, answer: Answer) -> Iterator[Headline]:
    """{"headline":"...","timestamp":"2025-06-11T21:40:56Z","source":"social-media","tickers":[],"is_trump_ts":false}"""
    headline, moment_us = name(message.headline, "headline"), answer.happened(message.timestamp, "timestamp")
    yield Headline(
        headline_id=_id(message.source, moment_us, headline),
        **answer.at(moment_us),
        headline=headline,
        publisher=message.source or None,
        symbols=tuple(message.tickers or ()),
        is_trump_post=message.is_trump_ts,
    )


def stream_halt(message: TradingHaltsMessage, answer: Answer) -> Iterator[TradingHalt]:
    """{"ticker":"GME","state":"halted","reason":"LUDP","time":"2026-04-27T14:31:02Z"}"""
    moment: datetime | None = message.time
    yield TradingHalt(
        symbol=name(message.ticker, "ticker"),
        **answer.at(answer.happened(moment, "time")),
        state=name(message.state, "state"),
        reason=message.reason or None,
    )


def _id(source: str | None, moment_us: int, headline: str) -> str:
    return deterministic_id("headline", source or "", moment_us, headline)
