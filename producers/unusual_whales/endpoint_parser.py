"""Makes a transform of the catalogue out of a function that turns one row into records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from infra.errors import Permanent
from producers.rest_catalog.transforms import Transform, transform
from producers.source import Parsed, Payload, Refused, Stamps
from producers.unusual_whales.answer import Answer
from producers.unusual_whales.body import fitted, read, rows_in, written
from producers.unusual_whales.misfit import Misfit
from producers.unusual_whales.models.endpoints import ENDPOINTS
from producers.unusual_whales.models.field_types import PayloadModel
from schemas.record import Record
from schemas.records import Licence

_Model = TypeVar("_Model", bound=PayloadModel)
RowParser = Callable[[_Model, Answer], Iterable[Record]]

PREFIX = "uw_"
RAW = "raw.payloads"
_YEARS = (1990, 2200)


def endpoint(*names: str, model: type[_Model], topic: str, texts: bool = False) -> Callable[[RowParser[_Model]], RowParser[_Model]]:
    """Register the decorated function as the transforms ``uw_<name>``: rows of these endpoints become records of ``topic``.

    With ``texts`` rows may be plain texts too; no record is made of those.
    """

    def register(parse_row: RowParser[_Model]) -> RowParser[_Model]:
        for name in names:
            if ENDPOINTS[name].model is not model:
                raise TypeError(f"expected the rows of {name} as {ENDPOINTS[name].model}, found {model.__name__}")
            transform(PREFIX + name)(_transform(topic, model, parse_row, texts=texts))
        return parse_row

    return register


def checked_only(name: str) -> None:
    """Register ``uw_<name>``: rows are compared with the model and stay in raw.payloads."""
    model = ENDPOINTS[name].model
    if model is None:
        transform(PREFIX + name)(_texts)
    else:
        transform(PREFIX + name)(_whole_or_parts(_transform(RAW, model, lambda _, __: ()), model))


def _whole_or_parts(check: Transform, model: type[PayloadModel]) -> Transform:
    """Refuse an answer as a whole when none of its rows fits: a check makes no records by which that could be told."""

    def parse(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
        found = check(payload, stamps, options)
        refused = [item for item in found if isinstance(item, Refused)]
        if refused and len(refused) == len(rows_in(read(payload.body), model)):
            return [Refused(RAW, payload.body, refused[0].error)]
        return found

    return parse


def _transform(topic: str, model: type[_Model], parse_row: RowParser[_Model], *, texts: bool = False) -> Transform:
    def parse(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
        value = read(payload.body)
        answer = answer_of(value, payload, stamps, options)
        found: list[Parsed | Refused] = []
        for path, row in rows_in(value, model):
            if texts and isinstance(row, str):
                continue
            try:
                found += records_of(row, model, parse_row, answer, topic, path)
            except Permanent as error:
                found.append(Refused(topic, written(row), error))
        return found

    return parse


def records_of(row: Any, model: type[_Model], parse_row: RowParser[_Model], answer: Answer, topic: str, path: str) -> list[Parsed]:
    """Return the records of one row; raises `Permanent` with the path of the field that does not fit."""
    try:
        return [Parsed(topic, record) for record in parse_row(fitted(row, model, path), answer)]
    except Misfit as error:
        raise error.of_row(path) from None


def answer_of(value: Any, payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Answer:
    """Return what surrounds the rows of an answer."""
    stated = value.get("date") if isinstance(value, dict) else None
    try:
        day = date.fromisoformat(stated) if isinstance(stated, str) else None
        if day is not None and not _YEARS[0] <= day.year < _YEARS[1]:
            raise ValueError
    except ValueError:
        raise Permanent(f"field date: expected a date like 2025-05-16, found {stated!r:.40}", "date") from None
    licence = options.get("licence", Licence.INTERNAL)
    if licence not in Licence.__members__:
        raise Permanent(f"option licence: expected one of {', '.join(Licence)}, found {licence}", "licence")
    return Answer(stamps, Licence(licence), payload.parameters, day, options)


def _texts(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    return [
        Refused(RAW, written(row), Permanent(f"field {path}: expected a text, found {row!r:.80}", path))
        for path, row in rows_in(read(payload.body), None)
        if not isinstance(row, str)
    ]
