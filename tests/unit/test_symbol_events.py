"""Disclosures and headlines under their symbols: the same ids whenever they are made (FLW-08, FLW-12)."""

from __future__ import annotations

from dataclasses import replace

from processors.symbol_events import events_of
from schemas.records import CongressTrade, Headline, Licence, SymbolEventKind
from tests.support.flow_replay import DAY, OPEN
from tests.support.market_replay import trade

STAMPS = {"ts_event": OPEN, "ts_received": OPEN, "ts_published": OPEN, "source": "unusual_whales", "licence": Licence.INTERNAL}
BUY = CongressTrade(
    trade_id="t1", **STAMPS, symbol="NVDA", reporter="A. Member", transaction="Buy", transaction_date=DAY - 30, amount_low=500_001.0  # type: ignore[arg-type]
)
NEWS = Headline(headline_id="h1", **STAMPS, headline="Two chip makers agree", symbols=("NVDA", "AMD", "NVDA"), sentiment="positive")  # type: ignore[arg-type]


def test_a_trade_of_congress_goes_under_its_symbol() -> None:
    [event] = events_of(BUY)
    assert (event.symbol, event.kind, event.transaction, event.amount_low) == ("NVDA", SymbolEventKind.CONGRESS_TRADE, "Buy", 500_001.0)
    assert list(events_of(replace(BUY, ts_published=OPEN + 9))) == [event], "the same id and record when it is made again"
    assert not list(events_of(replace(BUY, symbol=None)))
    assert not list(events_of(trade(1, 5.0)))


def test_a_headline_goes_under_each_symbol_once() -> None:
    events = list(events_of(NEWS))
    assert [one.symbol for one in events] == ["NVDA", "AMD"]
    assert len({one.event_id for one in events}) == 2 and {one.sentiment for one in events} == {"positive"}
