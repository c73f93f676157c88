"""Turns the rows of an answer into records through a vendor's model: what does not fit is refused with its field's path, the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from infra.errors import Permanent
from producers.polled_bar import misfit
from producers.source import Parsed, Refused

_Row = TypeVar("_Row", bound=BaseModel)


def parse_rows(
    rows: Sequence[Any], path: str, model: type[_Row], topic: str, record: Callable[[_Row, str], Parsed | None]
) -> list[Parsed | Refused]:
    """Return a record or a refusal for each row; a row whose record is None is nothing to us.

    Parameters
    ----------
    path
        Of the rows in the answer, for errors.
    record
        Takes a checked row and its path.
    """
    found: list[Parsed | Refused] = []
    for place, row in enumerate(rows):
        where = f"{path}[{place}]"
        try:
            made = record(model.model_validate(row), where)
        except ValidationError as error:
            found.append(Refused(topic, orjson.dumps(row), misfit(where, error)))
        except Permanent as error:
            found.append(Refused(topic, orjson.dumps(row), error))
        else:
            if made is not None:
                found.append(made)
    return found
