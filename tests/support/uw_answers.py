"""REST answers of Unusual Whales as the catalogue's transforms turn them into records."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson

from infra.market_calendar import midnight_us
from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Refused
from producers.unusual_whales import parse_raw_only
from producers.unusual_whales.models.endpoints import ENDPOINTS
from schemas.record import Record
from tests.support.unusual_whales import STAMPS, payload, sample

TODAY = date(2025, 6, 20)
TODAY_DAYS = (TODAY - date(1970, 1, 1)).days
OPENED = midnight_us(TODAY)


def parse(name: str, body: Any, options: dict[str, str] | None = None, **parameters: str) -> list[Parsed | Refused]:
    assert parse_raw_only.WITH_RECORDS
    return list(transforms()[f"uw_{name}"](payload(name, orjson.dumps(body), **parameters), STAMPS, options or {}))


def records(name: str, *rows: dict[str, Any], options: dict[str, str] | None = None, **parameters: str) -> list[Any]:
    found = parse(name, {"data": list(rows)}, options, **parameters)
    refusals = [item.error for item in found if isinstance(item, Refused)]
    assert refusals == []
    return [item.record for item in found if isinstance(item, Parsed)]


def row(name: str, **values: Any) -> dict[str, Any]:
    """Return a row that fits, with some of its values."""
    model = ENDPOINTS[name].model
    assert model is not None
    return {**sample(model), **values}


def refusal(name: str, **values: Any) -> str | None:
    """Return the path at which a row with these values is refused."""
    (item,) = parse(name, {"data": [row(name, **values)]})
    assert isinstance(item, Refused)
    return item.error.field_path


def one(kind: type[Record], found: list[Any]) -> Any:
    (record,) = found
    assert type(record) is kind
    return record
