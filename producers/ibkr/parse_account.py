"""From the payloads of the feed of accounts to `AccountUpdate`; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.errors import Permanent
from producers.ibkr.parse import Finite
from producers.ibkr.payload_rows import rows_of
from producers.source import Parsed, Refused, Stamps
from schemas.records import AccountUpdate, AccountUpdateKind

TOPIC = "accounts.updates"


class _Update(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    account: Annotated[str, Field(min_length=1)]
    sequence: Annotated[int, Field(gt=0)]
    ts_event: Annotated[int, Field(gt=0)]
    kind: AccountUpdateKind
    name: Annotated[str, Field(min_length=1)]
    currency: str | None = None
    value: str | None = None
    security_type: str | None = None
    contract_id: int | None = None
    local_symbol: str | None = None
    quantity: Finite | None = None
    average_cost: Finite | None = None
    daily_profit: Finite | None = None
    unrealised_profit: Finite | None = None
    realised_profit: Finite | None = None
    order_id: int | None = None
    permanent_id: int | None = None
    client_id: int | None = None
    side: str | None = None
    order_reference: str | None = None
    status: str | None = None
    filled: Finite | None = None
    remaining: Finite | None = None
    average_price: Finite | None = None


def parse_account(body: bytes, stamps: Stamps) -> Sequence[Parsed | Refused]:
    """Return a record for each change.

    Sample: ``{"updates":[{"account":"DU1234567","sequence":9,"ts_event":1748966400000000,"kind":"FIGURE","name":"BuyingPower",
    "currency":"USD","value":"400000.00"}]}``
    """
    found: list[Parsed | Refused] = []
    try:
        _, rows = rows_of(body, "updates")
    except Permanent as error:
        return [Refused(TOPIC, body, error)]
    for row in rows:
        try:
            update = _Update.model_validate(row)
        except ValidationError as error:
            issue = error.errors()[0]
            place = ".".join(str(part) for part in issue["loc"])
            found.append(Refused(TOPIC, orjson.dumps(row), Permanent(f"account: {issue['msg'].lower()}", place)))
            continue
        values = {name: getattr(update, name) for name in _Update.model_fields}
        found.append(
            Parsed(TOPIC, AccountUpdate(**values, ts_received=stamps.received_us, ts_published=stamps.published_us, source="ibkr"))
        )
    return found
