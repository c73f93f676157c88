"""Rows made of the payload models alone, so that every model is tested without the vendor's examples."""

from __future__ import annotations

import typing
from typing import Any

from producers.source import Payload, Stamps
from producers.unusual_whales.models.endpoints import ENDPOINTS
from producers.unusual_whales.models.field_types import PayloadModel
from producers.unusual_whales.models.kinds import kind_of

NOW = 1_750_431_660_000_000  # 2025-06-20 15:01 UTC, a Friday
STAMPS = Stamps(received_us=NOW, published_us=NOW + 400, latest_event_us=NOW + 60_000_000)
PARAMETERS = {"ticker": "XYZ", "sector": "Technology", "expiry": "2025-06-20"}

# A value of each kind, and one that no kind takes.
_VALUES: dict[str, Any] = {
    "Number": "1.5", "Whole": 3, "Milliseconds": 1_750_431_600_000, "Day": "2025-06-20", "Time": "2025-06-20T15:00:00Z", "Text": "word",
    "Texts": ["word"], "Flag": True,
}  # fmt: skip
_MEANT = {
    "option_symbol": "XYZ250620C00100000", "option_chain": "XYZ250620C00100000", "option_chain_id": "XYZ250620C00100000",
    "call_option_symbol": "XYZ250620C00100000", "put_option_symbol": "XYZ250620P00100000", "option_type": "call", "type": "call", "strike": "100",
    "amounts": "$1,001 - $15,000", "expiry": "2025-06-20", "underlying_symbol": "XYZ", "ticker": "XYZ", "symbol": "XYZ",
}  # fmt: skip
WRONG = {"not": ["what", "was"], "agreed": None}


def sample(model: type[PayloadModel]) -> dict[str, Any]:
    """Return a row that fits, and of which a record can be made."""
    return {name: _value(model, name) for name in model.model_fields}


def _value(model: type[PayloadModel], name: str) -> Any:
    kind = kind_of(model, name)
    if kind in ("row", "rows"):
        inner = next(part for part in typing.get_args(model.model_fields[name].annotation) if part is not type(None))
        return sample(inner) if kind == "row" else [sample(typing.get_args(inner)[0])]
    return _MEANT.get(name, _VALUES.get(kind, "anything"))


def payload(name: str, body: bytes, **parameters: str) -> Payload:
    """Return an answer of an endpoint."""
    return Payload(ENDPOINTS[name].path, body, NOW, {**PARAMETERS, **parameters})
