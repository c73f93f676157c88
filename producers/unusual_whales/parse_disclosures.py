"""What members of congress and company insiders reported."""

from __future__ import annotations

import re
from collections.abc import Iterator

from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import Misfit, day, name, needed, optional_day
from producers.unusual_whales.models.rest_congress import CongressCongressTraderRow
from producers.unusual_whales.models.rest_insider import InsiderTransactionsRow
from schemas.ids import deterministic_id
from schemas.records import CongressTrade, InsiderTrade

_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_NO_TICKER = frozenset({"", "-", "--", "N/A"})
_LARGEST_AMOUNT = 1e15


@endpoint(
    "congress_recent_trades", "congress_congress_trader", "congress_late_reports",
    model=CongressCongressTraderRow, topic="reference.congress-trades",
)  # fmt: skip
def congress_trade(row: CongressCongressTraderRow, answer: Answer) -> Iterator[CongressTrade]:
    """{"reporter":"Stephen C.","ticker":"FHWVOX","txn_type":"Buy","amounts":"$15,001 - $50,000",...}"""
    reporter, transaction = name(row.reporter or row.name, "reporter"), name(row.txn_type, "txn_type")
    traded = day(row.transaction_date, "transaction_date")
    filed = row.filed_at_date or row.transaction_date
    asset = row.ticker if row.ticker and row.ticker.strip() not in _NO_TICKER else None
    low, high = amounts(row.amounts)
    yield CongressTrade(
        trade_id=deterministic_id("congress-trade", reporter, asset or row.issuer or "", traded, transaction, row.amounts or "", row.notes or ""),
        symbol=asset,
        **answer.at(answer.began(filed, "filed_at_date")),
        reporter=reporter,
        politician_id=row.politician_id or None,
        chamber=row.member_type or None,
        transaction=transaction,
        transaction_date=traded,
        filed_date=optional_day(row.filed_at_date),
        owner=row.issuer if row.issuer and row.issuer != "not-disclosed" else None,
        amount_low=low,
        amount_high=high,
        notes=row.notes or None,
    )


@endpoint("insider_transactions", model=InsiderTransactionsRow, topic="reference.insider-trades")
def insider_trade(row: InsiderTransactionsRow, answer: Answer) -> Iterator[InsiderTrade]:
    """{"ticker":"META","owner_name":"ZUCKERBERG MARK","transaction_code":"S","amount":-35921,"price":"632",...}"""
    symbol, owner, code = name(row.ticker, "ticker"), name(row.owner_name, "owner_name"), name(row.transaction_code, "transaction_code")
    traded, amount = day(row.transaction_date, "transaction_date"), needed(row.amount, "amount")
    yield InsiderTrade(
        symbol=symbol,
        **answer.at(answer.began(row.filing_date or row.transaction_date, "filing_date")),
        filing_id=row.id or deterministic_id("insider-trade", symbol, owner, code, traded, amount, row.price or ""),
        owner_name=owner,
        officer_title=row.officer_title or None,
        transaction_code=code,
        transaction_date=traded,
        filing_date=optional_day(row.filing_date),
        form=row.formtype or None,
        amount=amount,
        price=row.price,
        transaction_count=row.transactions,
        shares_owned_before=row.shares_owned_before,
        shares_owned_after=row.shares_owned_after,
        is_director=row.is_director,
        is_officer=row.is_officer,
        is_ten_percent_owner=row.is_ten_percent_owner,
        is_planned=row.is_10b5_1,
    )


def amounts(text: str | None) -> tuple[float | None, float | None]:
    """Return both ends of a range like ``$15,001 - $50,000``; one alone is the lower end of an open range, or both if it is exact."""
    if not text:
        return None, None
    found = [float(number.replace(",", "")) for number in _AMOUNT.findall(text)]
    if not found or len(found) > 2 or max(found) > _LARGEST_AMOUNT or found != sorted(found):
        raise Misfit("amounts", "a range like $15,001 - $50,000", text)
    if len(found) == 2:
        return found[0], found[1]
    is_open = "+" in text or text.lower().startswith(("over", ">")) or text.rstrip().endswith("-")
    return found[0], None if is_open else found[0]
