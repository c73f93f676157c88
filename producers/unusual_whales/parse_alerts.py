"""Alerts of the account's own rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import name
from producers.unusual_whales.models.rest_alerts import AlertsRow
from schemas.records import UserAlert


@endpoint("alerts", model=AlertsRow, topic="news.user-alerts")
def user_alert(row: AlertsRow, answer: Answer) -> Iterator[UserAlert]:
    """{"id":"fdc2cf91-…","name":"Repeated hits","noti_type":"flow_alerts","symbol":"AMCR","tape_time":"2024-12-11T14:00:00+00:00",...}"""
    yield UserAlert(
        symbol=name(row.symbol, "symbol"),
        **answer.at(answer.happened(row.tape_time, "tape_time")),
        alert_id=name(row.id, "id"),
        rule_id=name(row.user_noti_config_id, "user_noti_config_id"),
        rule=row.name or None,
        kind=name(row.noti_type, "noti_type"),
        symbol_type=row.symbol_type or None,
        ts_alert=answer.happened(row.created_at, "created_at"),
        details=_texts(row.meta),
    )


def _texts(meta: Any) -> Mapping[str, str]:
    """Return what the vendor adds as texts, as sent; what is null is left out."""
    if not isinstance(meta, Mapping):
        return {}
    return {str(key): value if isinstance(value, str) else orjson.dumps(value).decode() for key, value in meta.items() if value is not None}
