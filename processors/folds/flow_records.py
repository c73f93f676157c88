"""What the slower topics leave in the memory: alerts, off-exchange prints, the vendor's sums, volume by price, disclosures, news, books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import nan
from typing import Any

from infra.clock import MICROSECONDS
from infra.errors import Permanent
from infra.flow_settings import FlowSettings
from processors.calc.flow_close import in_window
from processors.calc.flow_disclosures import direction_of
from processors.calc.flow_premium import net_premium
from processors.calc.flow_sides import side_of
from processors.calc.print_identity import identity_of
from processors.folds.flow_day import MINUTE_US, afternoon, day_of, rolled
from processors.folds.flow_rows import (
    ALERTS,
    BUCKETS,
    CONGRESS,
    INSIDERS,
    LEVELS,
    PRINTS,
    VENDOR,
    AlertRow,
    CongressRow,
    InsiderRow,
    PrintRow,
    VendorMinute,
    added,
    inserted,
    known,
    remembered,
)  # fmt: skip
from processors.folds.flow_trades import BUCKET_US
from processors.folds.option_trades import EARLIEST_US
from schemas.records import (
    DarkpoolPrint,
    DepthMetrics,
    FlowAlert,
    FlowMemory,
    InsiderTrade,
    NetPremium,
    OptionRight,
    PriceLevel,
    SymbolEvent,
    SymbolEventKind,
)  # fmt: skip

VENDOR_MINUTES = 90
_HOUR_US = 60 * MINUTE_US
_DAY_US = 24 * _HOUR_US
_ALERTS_KEPT = _PRINTS_KEPT = 512
_KNOWN_PRINTS = 256
_DISCLOSURES_KEPT = 128
_ANSWERS_KEPT = 2
_SOLD = "S"  # SEC code of a sale on the market

FlowRecord = FlowAlert | NetPremium | DarkpoolPrint | PriceLevel | InsiderTrade | SymbolEvent | DepthMetrics


def take_record(memory: FlowMemory, topic: str, record: FlowRecord, settings: FlowSettings) -> FlowMemory:
    """Return the memory with a record of a slower topic in it; the same memory when it brings nothing new.

    Raises
    ------
    Permanent
        For a time that no exchange calendar reaches back to.
    """
    if record.ts_event < EARLIEST_US:
        raise Permanent(f"{topic}: expected a time from 2005 on, found {record.ts_event} us since 1970", "ts_event")
    taken = _TAKERS[type(record)](memory, record, settings)
    moment = record.ts_received if isinstance(record, PriceLevel) else record.ts_event  # levels stand for a whole session
    if taken is memory or memory.seen.get(topic, 0) >= moment:
        return taken
    return replace(taken, seen={**memory.seen, topic: moment})


def _alert(memory: FlowMemory, alert: FlowAlert, settings: FlowSettings) -> FlowMemory:
    identity = identity_of(alert.total_size, alert.alert_id)  # REST and the stream tell the same alert
    if any(row.identity == identity for row in ALERTS.unpack(memory.alerts)):
        return memory
    asked, bidden = alert.ask_side_premium, alert.bid_side_premium
    bought = 0 if asked is None or bidden is None else (asked > bidden) - (asked < bidden)
    is_call = alert.right is OptionRight.CALL
    row = AlertRow(alert.ts_event, identity, bought if is_call else -bought, int(bool(alert.has_sweep)), int(is_call), alert.total_premium)
    newest = max(alert.ts_event, memory.seen.get("options.flow-alerts", 0))
    return replace(memory, alerts=inserted(ALERTS, memory.alerts, row, since=newest - _HOUR_US, keep=_ALERTS_KEPT))


def _darkpool(memory: FlowMemory, item: DarkpoolPrint, settings: FlowSettings) -> FlowMemory:
    if item.canceled:
        return memory
    # REST and the stream give the same print other ids, and times in microseconds and milliseconds.
    identity = identity_of(item.size, f"{item.ts_event // 1_000}/{item.price!r}")
    if identity in known(memory.known_prints):
        return memory
    side = side_of(item.price, nan if item.bid is None else item.bid, nan if item.ask is None else item.ask)
    session_date = day_of(item.ts_event)
    prints = memory.prints
    if side and item.premium >= settings.confirming_print_usd:
        newest = max(item.ts_event, memory.seen.get("darkpool.prints", 0))
        since = newest - _HOUR_US - 2 * settings.confirm_seconds * MICROSECONDS
        prints = inserted(PRINTS, prints, PrintRow(item.ts_event, side, item.premium), since=since, keep=_PRINTS_KEPT)
    bucket = {item.ts_event - item.ts_event % BUCKET_US: (0.0, 0.0, 0.0, 0.0, side * item.premium, item.premium)}
    day, days = rolled(memory.day, memory.days, session_date)
    if day.session_date == session_date:
        day = replace(
            day, dark_usd=day.dark_usd + item.premium, dark_net_usd=day.dark_net_usd + side * item.premium,
            dark_unknown_usd=day.dark_unknown_usd + item.premium * (side == 0), dark_prints=day.dark_prints + 1,
        )  # fmt: skip
    return replace(
        memory, day=day, days=days, prints=prints, buckets=added(BUCKETS, memory.buckets, bucket, settings.score_buckets + 1),
        known_prints=remembered(memory.known_prints, (identity,), _KNOWN_PRINTS),
    )  # fmt: skip


def _net_premium(memory: FlowMemory, item: NetPremium, settings: FlowSettings) -> FlowMemory:
    day, days = rolled(memory.day, memory.days, item.session_date)
    if item.session_date < day.session_date:
        return memory  # a poll before the open answers with the session before
    net = net_premium(item.net_call_premium, item.net_put_premium)
    if item.cumulative:
        if item.ts_event < memory.seen.get("options.net-premium", 0):
            return memory
        return replace(memory, day=replace(day, vendor_cumulative=net), days=days)
    rows = {row.start: row for row in VENDOR.unpack(memory.vendor_minutes)}
    before = rows.get(item.ts_event)
    if before is None and len(rows) >= VENDOR_MINUTES and item.ts_event < min(rows):
        return memory  # older than what is known minute by minute: whether it was counted cannot be told
    row = VendorMinute(
        item.ts_event, item.net_call_premium, item.net_put_premium,
        _total(item.call_volume_ask_side, item.put_volume_ask_side), _total(item.call_volume_bid_side, item.put_volume_bid_side),
        _total(item.call_volume, item.put_volume), nan if item.net_delta is None else item.net_delta,
    )  # fmt: skip
    rows[item.ts_event] = row
    packed = VENDOR.pack_all([rows[start] for start in sorted(rows)[-VENDOR_MINUTES:]])
    delta, delta_minutes = day.vendor_delta, day.vendor_delta_minutes
    times = afternoon(item.session_date)
    if times is not None and in_window(item.ts_event, times.start, times.end) and item.net_delta is not None:
        was_told = before is not None and before.delta == before.delta
        delta += item.net_delta - (before.delta if before is not None and was_told else 0.0)
        delta_minutes += not was_told
    day = replace(
        day, vendor_net=day.vendor_net + net - (net_premium(before.net_calls, before.net_puts) if before is not None else 0.0),
        vendor_minutes=day.vendor_minutes + (before is None), vendor_delta=delta, vendor_delta_minutes=delta_minutes,
    )  # fmt: skip
    return replace(memory, day=day, days=days, vendor_minutes=packed)


def _total(calls: int | None, puts: int | None) -> float:
    return nan if calls is None or puts is None else float(calls + puts)


def _level(memory: FlowMemory, level: PriceLevel, settings: FlowSettings) -> FlowMemory:
    if level.session_date != day_of(level.ts_received):
        return memory  # on a day without trading the vendor answers with the session before
    row = (float(level.lit_volume), float(level.off_exchange_volume), level.price * level.lit_volume, level.price * level.off_exchange_volume)
    return replace(memory, levels=added(LEVELS, memory.levels, {level.ts_received: row}, _ANSWERS_KEPT))


def _insider(memory: FlowMemory, trade: InsiderTrade, settings: FlowSettings) -> FlowMemory:
    is_sale = trade.transaction_code == _SOLD and trade.amount < 0
    if not is_sale or trade.is_planned:
        return replace(memory)  # seen, and of no weight: that nobody sold is known then
    identity = identity_of(0, f"{trade.source}/{trade.filing_id}")
    if any(row.identity == identity for row in INSIDERS.unpack(memory.insiders)):
        return memory
    worth = nan if trade.price is None else -trade.amount * trade.price
    row = InsiderRow(trade.ts_event, identity, identity_of(0, trade.owner_name.casefold()), worth)
    newest = max(trade.ts_event, memory.seen.get("reference.insider-trades", 0))
    since = newest - settings.insider_days * _DAY_US
    return replace(memory, insiders=inserted(INSIDERS, memory.insiders, row, since=since, keep=_DISCLOSURES_KEPT))


def _event(memory: FlowMemory, event: SymbolEvent, settings: FlowSettings) -> FlowMemory:
    if event.kind is SymbolEventKind.HEADLINE:
        if memory.headline is not None and (event.ts_event, event.event_id) <= (memory.headline.ts_event, memory.headline.event_id):
            return memory
        return replace(memory, headline=event)
    identity = identity_of(0, event.event_id)
    if any(row.identity == identity for row in CONGRESS.unpack(memory.congress)):
        return memory
    direction = 0 if event.transaction is None else direction_of(event.transaction)
    row = CongressRow(event.ts_event, identity, direction, event.amount_low or 0.0)
    newest = max([event.ts_event, *(one.ts_event for one in CONGRESS.unpack(memory.congress))])
    return replace(
        memory, congress=inserted(CONGRESS, memory.congress, row, since=newest - settings.congress_days * _DAY_US, keep=_DISCLOSURES_KEPT)
    )


def _depth(memory: FlowMemory, depth: DepthMetrics, settings: FlowSettings) -> FlowMemory:
    if depth.ts_event < memory.seen.get("derived.depth", 0):
        return memory
    return replace(memory, book_imbalance=depth.imbalance_5)


_TAKERS: dict[type[FlowRecord], Callable[[FlowMemory, Any, FlowSettings], FlowMemory]] = {
    FlowAlert: _alert, DarkpoolPrint: _darkpool, NetPremium: _net_premium, PriceLevel: _level, InsiderTrade: _insider, SymbolEvent: _event,
    DepthMetrics: _depth,
}  # fmt: skip
