"""What the Deliveries page asks ClickHouse."""

# ruff: noqa: S608  names in the SQL are our own, every value is a bound parameter
from __future__ import annotations

from collections.abc import Mapping

from dashboards.history import History, columns_of, record_of
from dashboards.queries import HOUR_US, SINCE
from dashboards.rows import DeliveredThread, Lateness, TierQueue, TierSummary
from schemas.records import BasicAlert, DeliveryReceipt, ExpiredDelivery, FreeAlert, HeldAlert, PremiumAlert, Tier

HORIZON_US = 12 * HOUR_US
QUEUE_HORIZON_US = 3 * HOUR_US
PAYING_ORDER = (Tier.PREMIUM, Tier.BASIC, Tier.FREE)
_ALERTS = {Tier.PREMIUM: "distribution_premium_latest", Tier.BASIC: "distribution_basic_latest", Tier.FREE: "distribution_free_latest"}

# free readers are not told of targets on the way
_TOLD = {Tier.BASIC: "true", Tier.FREE: "NOT (state = 'ACTIVE' AND targets_reached > 0)"}

Alert = PremiumAlert | BasicAlert | FreeAlert
_ALERT_TYPES: dict[Tier, type[PremiumAlert] | type[BasicAlert] | type[FreeAlert]] = {
    Tier.PREMIUM: PremiumAlert,
    Tier.BASIC: BasicAlert,
    Tier.FREE: FreeAlert,
}


def tier_summaries(history: History, now_us: int) -> dict[Tier, TierSummary]:
    """Return what was sent to each tier in the last hours; a tier that got nothing is left out."""
    found = history.rows(
        f"""
        SELECT tier, count(), countIf(lateness_ms < 0 OR ts_sent < not_before), min(lateness_ms), quantileExact(0.5)(lateness_ms),
               quantileExact(0.99)(lateness_ms), max(lateness_ms), toUnixTimestamp64Micro(max(ts_sent))
        FROM distribution_receipts_latest WHERE ts_sent >= {SINCE} GROUP BY tier LIMIT 10
        """,
        {"since": now_us - HORIZON_US},
    )
    return {Tier(row[0]): TierSummary(Tier(row[0]), *row[1:]) for row in found}


def lateness(history: History, now_us: int) -> tuple[Lateness, ...]:
    """Return how late each of the newest deliveries was."""
    found = history.rows(
        f"""
        SELECT tier, lateness_ms FROM distribution_receipts_latest WHERE ts_sent >= {SINCE}
        ORDER BY ts_sent DESC LIMIT 2000
        """,
        {"since": now_us - HORIZON_US},
    )
    return tuple(Lateness(Tier(tier), value) for tier, value in found)


def tier_queues(history: History, now_us: int, delays_us: Mapping[Tier, int]) -> dict[Tier, TierQueue]:
    """Return what each tier has yet to get.

    The delay queues are internal and never stored: what waits in them is what premium was told and the tier was not, as long as the tier's delay
    has not passed since.
    """
    parts = []
    for tier in PAYING_ORDER:
        alerts = _ALERTS[tier].removesuffix("_latest")  # ids are counted once each, so repeats need no merging
        waiting = (
            "0"
            if tier is Tier.PREMIUM
            else f"""(SELECT uniqExact(event_id) FROM distribution_premium
                      WHERE {_TOLD[tier]} AND ts_published >= fromUnixTimestamp64Micro({{{tier.value.lower()}_from:Int64}}, 'UTC')
                        AND event_id NOT IN (SELECT event_id FROM {alerts} WHERE ts_published >= {SINCE}))"""
        )
        parts.append(
            f"""
            SELECT '{tier.value}' AS tier, {waiting} AS waiting,
                   uniqExact(alert_id) AS unsent, toUnixTimestamp64Micro(min(not_before)) AS oldest,
                   (SELECT uniqExact(delivery_id) FROM distribution_expired WHERE tier = '{tier.value}' AND ts_event >= {SINCE}) AS expired
            FROM {alerts}
            WHERE ts_published >= {SINCE} AND alert_id NOT IN (
                SELECT alert_id FROM distribution_receipts WHERE ts_sent >= {SINCE}
                UNION ALL SELECT alert_id FROM distribution_expired WHERE ts_event >= {SINCE})
            """
        )
    parameters = {"since": now_us - QUEUE_HORIZON_US} | {f"{tier.value.lower()}_from": now_us - delay for tier, delay in delays_us.items()}
    found = history.rows(" UNION ALL ".join(parts), parameters)
    return {
        Tier(tier): TierQueue(Tier(tier), waiting, unsent, oldest if unsent else None, expired) for tier, waiting, unsent, oldest, expired in found
    }


def threads(history: History, now_us: int, limit: int = 40) -> tuple[DeliveredThread, ...]:
    """Return the threads with the newest deliveries first."""
    found = history.rows(
        f"""
        SELECT {columns_of(DeliveryReceipt)} FROM distribution_receipts_latest
        WHERE ts_sent >= {SINCE} ORDER BY ts_sent DESC LIMIT 600
        """,
        {"since": now_us - HORIZON_US},
    )
    grouped: dict[str, list[DeliveryReceipt]] = {}
    for row in found:
        receipt = record_of(DeliveryReceipt, row)
        grouped.setdefault(receipt.setup_id, []).append(receipt)
    newest = dict(list(grouped.items())[:limit])
    named = _names(history, now_us, list(newest))
    return tuple(
        DeliveredThread(setup_id, *named.get(setup_id, ("?", "")), tuple(sorted(receipts, key=lambda entry: (entry.ts_sent, entry.sequence))))
        for setup_id, receipts in newest.items()
    )


def alerts(history: History, tier: Tier, setup_id: str, now_us: int) -> dict[str, Alert]:
    """Return the alerts of one setup and tier by alert id: the fields behind each message."""
    found = history.records(
        _ALERT_TYPES[tier],
        f"FROM {_ALERTS[tier]} WHERE setup_id = {{setup:String}} AND ts_published >= {SINCE} ORDER BY sequence LIMIT 50",
        {"setup": setup_id, "since": now_us - HORIZON_US},
    )
    return {alert.alert_id: alert for alert in found}


def expired(history: History, now_us: int, limit: int = 20) -> tuple[ExpiredDelivery, ...]:
    """Return the newest deliveries that were given up."""
    return history.records(
        ExpiredDelivery,
        f"FROM distribution_expired_latest WHERE ts_event >= {SINCE} ORDER BY ts_event DESC LIMIT {{limit:UInt32}}",
        {"since": now_us - HORIZON_US, "limit": limit},
    )


def held(history: History, now_us: int, limit: int = 20) -> tuple[HeldAlert, ...]:
    """Return the newest setups that nobody is told of, because a budget of the day was spent."""
    return history.records(
        HeldAlert,
        f"FROM distribution_held_latest WHERE ts_held >= {SINCE} ORDER BY ts_held DESC LIMIT {{limit:UInt32}}",
        {"since": now_us - HORIZON_US, "limit": limit},
    )


def _names(history: History, now_us: int, setup_ids: list[str]) -> dict[str, tuple[str, str]]:
    found = history.rows(
        f"""
        SELECT setup_id, any(symbol), any(side) FROM distribution_premium_latest
        WHERE setup_id IN {{setups:Array(String)}} AND ts_published >= {SINCE} GROUP BY setup_id LIMIT 100
        """,
        {"setups": setup_ids, "since": now_us - HORIZON_US},
    )
    return {row[0]: (row[1], row[2]) for row in found}
