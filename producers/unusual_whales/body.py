"""Reads JSON and the rows in it, and says of a row that does not fit which field it was."""

from __future__ import annotations

import json
from typing import Any, TypeVar, cast

import orjson
from pydantic import ValidationError

from infra.errors import Permanent
from producers.unusual_whales.misfit import shown
from producers.unusual_whales.models.field_types import PayloadModel

_Model = TypeVar("_Model", bound=PayloadModel)
_SHOWN_BYTES = 60


def read(body: bytes) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    Permanent
        If it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        try:
            value = json.loads(body)  # NaN is no JSON, but vendors send it: the other rows shall get through
            json.dumps(value, ensure_ascii=False).encode()  # half a character is no text
        except (ValueError, RecursionError):
            raise Permanent(f"expected JSON, found {body[:_SHOWN_BYTES]!r}: {error}", "") from error
        return value


def rows_in(value: Any, model: type[PayloadModel] | None) -> list[tuple[str, Any]]:
    """Return the rows of an answer with their paths: a list, ``data`` as a list, ``data`` as one row, or the answer as one row.

    Raises
    ------
    Permanent
        If it is none of these.
    """
    path = ""
    if isinstance(value, dict) and "data" in value and (isinstance(value["data"], list) or model is None or "data" not in model.model_fields):
        value, path = value["data"], "data"
    if isinstance(value, list):
        return [(f"{path}[{number}]", row) for number, row in enumerate(value)]
    if isinstance(value, dict):
        return [(path, value)]
    raise Permanent(f"field {path}: expected a list of rows, found {shown(value)}", path)


def fitted(row: Any, model: type[_Model], path: str) -> _Model:
    """Return a row as its model.

    Raises
    ------
    Permanent
        If it does not fit, naming the first field.
    """
    try:
        return cast(_Model, model.__pydantic_validator__.validate_python(row))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = path + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        place = place.strip(".")
        found = "nothing" if first["type"] == "missing" else shown(first["input"])
        raise Permanent(f"field {place}: expected {_wanted(first['type'], first['msg'])}, found {found}", place) from None


def written(value: Any) -> bytes:
    """Return a value as JSON again, NaN included, for its dead letter."""
    return json.dumps(value).encode()


def _wanted(kind: str, message: str) -> str:
    return {"missing": "the field", "model_type": "an object", "string_type": "a text", "bool_type": "true or false"}.get(kind, message)
