"""Field types of the payload models: the vendor writes numbers as text or as numbers, and times as text or as milliseconds.

All may be null, and an empty text counts as null: which field a record cannot do without is for its parser to say. Everything runs inside
pydantic's compiled core, because option trades come at ten thousand a second.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetPydanticSchema
from pydantic_core import CoreSchema, core_schema

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_WHOLE = r"^[+-]?\d{1,18}(\.0+)?$"
_LARGEST = 1e20  # a sum of such numbers stays finite
_LARGEST_WHOLE = 2**62  # Avro's long holds it
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class PayloadModel(BaseModel):
    """Base of all models: what the vendor adds is ignored, what it renames is missed."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _blank() -> CoreSchema:
    return core_schema.no_info_after_validator_function(lambda _: None, core_schema.str_schema(strict=True, max_length=0))


def _of_text(pattern: str, then: CoreSchema) -> CoreSchema:
    return core_schema.chain_schema([core_schema.str_schema(strict=True, pattern=pattern, max_length=64), then])


def _either(expected: str, *choices: CoreSchema) -> CoreSchema:
    return core_schema.nullable_schema(
        core_schema.union_schema([*choices, _blank()], mode="left_to_right", custom_error_type="misfit", custom_error_message=f"{expected} or null")
    )


def _number() -> CoreSchema:
    def bounded(strict: bool) -> CoreSchema:
        return core_schema.float_schema(allow_inf_nan=False, ge=-_LARGEST, le=_LARGEST, strict=strict)

    return _either("a finite number", _of_text(_NUMBER, bounded(False)), bounded(True))


def _whole() -> CoreSchema:
    def bounded(strict: bool) -> CoreSchema:
        return core_schema.int_schema(ge=-_LARGEST_WHOLE, le=_LARGEST_WHOLE, strict=strict)

    from_float = core_schema.chain_schema([core_schema.float_schema(strict=True, allow_inf_nan=False), bounded(False)])
    return _either("a whole number", bounded(True), from_float, _of_text(_WHOLE, bounded(False)))


def _milliseconds() -> CoreSchema:
    earliest, latest = (int(moment.timestamp() * 1_000) for moment in (_EARLIEST, _LATEST))

    def bounded(strict: bool) -> CoreSchema:
        return core_schema.int_schema(ge=earliest, le=latest, strict=strict)

    return _either("milliseconds since 1970", bounded(True), _of_text(r"^\d{12,13}$", bounded(False)))


def _day() -> CoreSchema:
    within = core_schema.date_schema(ge=_EARLIEST.date(), lt=_LATEST.date())
    return _either("a date like 2025-05-16", _of_text(r"^\d{4}-\d{2}-\d{2}$", within))


def _time() -> CoreSchema:
    within = core_schema.datetime_schema(tz_constraint="aware", ge=_EARLIEST, lt=_LATEST)
    return _either("a time with its zone like 2025-05-16T13:30:00Z", _of_text(r"^\d{4}-\d{2}-\d{2}T", within))


def _annotation(schema: CoreSchema) -> Any:
    return GetPydanticSchema(lambda _, __: schema)


Number = Annotated[float | None, _annotation(_number())]
Whole = Annotated[int | None, _annotation(_whole())]
Milliseconds = Annotated[int | None, _annotation(_milliseconds())]
Day = Annotated[date | None, _annotation(_day())]
Time = Annotated[datetime | None, _annotation(_time())]
Text = Annotated[str | None, _annotation(core_schema.nullable_schema(core_schema.str_schema(strict=True)))]
Texts = Annotated[
    list[str] | None, _annotation(core_schema.nullable_schema(core_schema.list_schema(core_schema.str_schema(strict=True), strict=True)))
]
Flag = Annotated[bool | None, _annotation(core_schema.nullable_schema(core_schema.bool_schema(strict=True)))]
