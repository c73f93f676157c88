"""The units that look at topics instead of folding them: reference, symbol events, divergence, macro gauges. What they must write is planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.arena import Arena
from benchmarks.stage_tape import Making, StageTape, stage_tape
from benchmarks.timed_flow import timed_flow
from benchmarks.whole_market.size import SESSION_DAY, START_US
from infra.clock import MICROSECONDS
from infra.kafka.whole_topic import read_whole
from infra.settings import Settings
from schemas import catalog
from schemas.records import (
    AlertLevel,
    BrokerQuote,
    CongressTrade,
    DepthMode,
    EarningsReport,
    Headline,
    Licence,
    OptionContract,
    OptionRight,
    ReportTime,
    SymbolEventKind,
)

_HEADLINES, _COMPANIES, _CONTRACTS = 40_000, 5_000, 40_000
_QUOTES = 2_000  # the unit begins so far before the end of its topic
_SOURCES = ("unusual_whales", "nasdaq", "finnhub")
_EVERY_US = 10_000
_DAY_US = 86_400 * MICROSECONDS
_CONGRESS_EVERY = 10  # one record in so many is a trade of congress, and not a headline
_APART_EVERY = 10  # one contract in so many has two bids that are four cents apart
_FROM_UW: dict[str, Any] = {"source": "unusual_whales", "licence": Licence.INTERNAL}


def _stamps(moment: int) -> dict[str, Any]:
    return {"ts_event": moment, "ts_received": moment, "ts_published": moment}


def _written(place: Arena, topic: str) -> Iterator[Any]:
    codec = place.codecs.of(topic)
    return (codec.decode(message.value() or b"") for message in read_whole(place.settings.kafka, catalog.topic(topic)))


@stage_tape("symbol_events")
def symbol_events(making: Making) -> StageTape:
    headlines, trades = list[Headline](), list[CongressTrade]()
    wanted: Counter[tuple[str, SymbolEventKind, int]] = Counter()
    for number in range(max(round(_HEADLINES * making.scale), 100)):
        moment = START_US + number * _EVERY_US
        symbols = tuple(f"S{(number * 7 + place) % 3_000}" for place in range(1 + number % 3))
        if number % _CONGRESS_EVERY == 0:
            trades.append(
                CongressTrade(
                    **_stamps(moment), **_FROM_UW, trade_id=f"made-{number}", reporter="A. Member", transaction="Buy", transaction_date=SESSION_DAY,
                    symbol=symbols[0],
                )
            )  # fmt: skip
            wanted[symbols[0], SymbolEventKind.CONGRESS_TRADE, moment] += 1
            continue
        headlines.append(Headline(**_stamps(moment), **_FROM_UW, headline_id=f"made-{number}", headline=f"Headline {number}", symbols=symbols))
        wanted.update((symbol, SymbolEventKind.HEADLINE, moment) for symbol in symbols)

    def fault(place: Arena) -> str:
        found = Counter((event.symbol, event.kind, event.ts_event) for event in _written(place, "derived.symbol-events"))
        return _difference(found, wanted)

    names = [(SymbolEventKind.HEADLINE, headline.ts_event) for headline in headlines]
    flows = {
        "news.headlines": timed_flow("news.headlines", making.codecs.of("news.headlines"), headlines, START_US, names),
        "reference.congress-trades": timed_flow("reference.congress-trades", making.codecs.of("reference.congress-trades"), trades, START_US),
    }
    return StageTape(flows, None, "news.headlines", lambda _, record: (record.kind, record.ts_event), fault)


@stage_tape("reference")
def reference(making: Making) -> StageTape:
    reports, names, moments = list[EarningsReport](), list[Any](), list[int]()
    for number in range(max(round(_COMPANIES * making.scale), 50)):
        day = SESSION_DAY + 1 + number % 30
        for told, source in enumerate(_SOURCES, 1):
            moment = START_US + len(reports) * _EVERY_US
            reports.append(
                EarningsReport(
                    symbol=f"S{number}", ts_event=day * _DAY_US, ts_received=moment, ts_published=moment, source=source, licence=Licence.INTERNAL,
                    report_date=day, report_time=ReportTime.POSTMARKET,
                )
            )  # fmt: skip
            names.append((f"S{number}", told))
            moments.append(moment)
    wanted = Counter((report.symbol, report.report_date) for report in reports[:: len(_SOURCES)])

    def fault(place: Arena) -> str:
        newest = {record.symbol: record for record in _written(place, "reference.earnings-dates")}
        whole = [record for record in newest.values() if record.sources == _SOURCES and not record.conflict]
        return _difference(Counter((record.symbol, record.report_date) for record in whole), wanted)

    flow = timed_flow("reference.earnings", making.codecs.of("reference.earnings"), reports, START_US, names, moments=moments)
    return StageTape({"reference.earnings": flow}, None, "reference.earnings", _by_sources, fault)


def _by_sources(_: int, record: Any) -> Any:
    return (record.symbol, len(record.sources)) if isinstance(record, EarningsReport) else None


@stage_tape("divergence")
def divergence(making: Making) -> StageTape:
    rows, names = list[OptionContract](), list[Any]()
    wanted: Counter[tuple[str, AlertLevel]] = Counter()
    for number in range(max(round(_CONTRACTS * making.scale), 100) // 2):
        moment, name = START_US + 2 * number * _EVERY_US, f"SPY250620C{number:08d}"
        apart = 0.04 if number % _APART_EVERY == 0 else 0.0
        for place, (source, bid) in enumerate((("unusual_whales", 1.0), ("ibkr", 1.0 + apart))):
            rows.append(
                OptionContract(
                    symbol="SPY", **_stamps(moment + place * _EVERY_US), source=source, licence=Licence.INTERNAL, option_symbol=name,
                    expiry=SESSION_DAY + 37, strike=number / 1_000, right=OptionRight.CALL, bid=bid,
                )
            )  # fmt: skip
            names.append((name, rows[-1].ts_event))
        if apart:
            wanted[name, AlertLevel.WARN] += 1

    def fault(place: Arena) -> str:
        return _difference(Counter((alert.subject, alert.level) for alert in _written(place, "ops.alerts")), wanted)

    flow = timed_flow("options.contracts", making.codecs.of("options.contracts"), rows, START_US, names)
    return StageTape({"options.contracts": flow}, None, "options.contracts", lambda _, record: (record.subject, record.ts_event), fault)


@stage_tape("macro_gauges")
def macro_gauges(making: Making) -> StageTape:
    every = Settings().macro_gauges.seconds
    quotes, names = list[BrokerQuote](), list[Any]()
    for number in range(max(round(_QUOTES * making.scale), 100)):
        moment = START_US + round(number * every * MICROSECONDS)  # each is told, and no other
        price = 110.0 + number % 64 / 64
        quotes.append(
            BrokerQuote(
                symbol="ZN", **_stamps(moment), source="ibkr", mode=DepthMode.LIVE, security_type="FUT", currency="USD", local_symbol="ZNU5",
                sequence=number + 1, age_ms=0, is_crossed=False, last_price=price,
            )
        )  # fmt: skip
        names.append(("yield_10y", moment))
    wanted = Counter(names)

    def fault(place: Arena) -> str:
        return _difference(Counter((gauge.gauge, gauge.ts_event) for gauge in _written(place, "derived.macro-gauges")), wanted)

    flow = timed_flow("broker.quotes", making.codecs.of("broker.quotes"), quotes, START_US, names)
    return StageTape({"broker.quotes": flow}, None, "broker.quotes", lambda _, record: (record.gauge, record.ts_event), fault)


def _difference(found: Counter[Any], wanted: Counter[Any]) -> str:
    missing, unexpected = wanted - found, found - wanted
    if not missing and not unexpected:
        return ""
    example = next(iter(missing or unexpected))
    return f"WRONG: {missing.total():,} missing, {unexpected.total():,} unexpected of {wanted.total():,}, e.g. {example}"
