"""Splits and dividends."""

from __future__ import annotations

from datetime import date
from typing import Any

from infra.market_calendar import midnight_us
from producers.polygon.field import day, misfit, optional_day, optional_whole, positive, text
from producers.polygon.row_transform import Answer, row_transform
from schemas.records import CorporateAction, CorporateActionKind

_EPOCH = date(1970, 1, 1).toordinal()


@row_transform("splits", topic="reference.corporate-actions")
def split(row: Any, answer: Answer, path: str) -> CorporateAction:
    """{"execution_date":"2020-08-31","id":"E36416cc…","split_from":1,"split_to":4,"ticker":"AAPL"}"""
    if type(row) is not dict:
        raise misfit(path, "an object", row)
    effective = day(row, "execution_date", path)
    return CorporateAction(
        symbol=text(row, "ticker", path),
        **answer.at(midnight_us(effective)),
        kind=CorporateActionKind.SPLIT,
        action_id=text(row, "id", path),
        effective_date=effective.toordinal() - _EPOCH,
        split_from=positive(row, "split_from", path),
        split_to=positive(row, "split_to", path),
    )


@row_transform("dividends", topic="reference.corporate-actions")
def dividend(row: Any, answer: Answer, path: str) -> CorporateAction:
    """{"cash_amount":0.22,"declaration_date":"2021-10-28","dividend_type":"CD","ex_dividend_date":"2021-11-05","frequency":4,"id":"E8e3c4f7…",...}"""
    if type(row) is not dict:
        raise misfit(path, "an object", row)
    effective = day(row, "ex_dividend_date", path)
    return CorporateAction(
        symbol=text(row, "ticker", path),
        **answer.at(midnight_us(effective)),
        kind=CorporateActionKind.DIVIDEND,
        action_id=text(row, "id", path),
        effective_date=effective.toordinal() - _EPOCH,
        cash_amount=positive(row, "cash_amount", path),
        currency=text(row, "currency", path) if row.get("currency") else None,
        dividend_type=text(row, "dividend_type", path) if row.get("dividend_type") else None,
        payments_a_year=optional_whole(row, "frequency", path),
        declaration_date=_optional(row, "declaration_date", path),
        record_date=_optional(row, "record_date", path),
        pay_date=_optional(row, "pay_date", path),
    )


def _optional(row: dict[str, Any], name: str, path: str) -> int | None:
    found = optional_day(row, name, path)
    return None if found is None else found.toordinal() - _EPOCH
