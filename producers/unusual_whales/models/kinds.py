"""Which kind of value a field of a payload model takes."""

from __future__ import annotations

import types
import typing

from producers.unusual_whales.models import field_types
from producers.unusual_whales.models.field_types import PayloadModel

_NAMES = ("Number", "Whole", "Milliseconds", "Day", "Time", "Text", "Texts", "Flag")
_KINDS = {id(getattr(field_types, name).__metadata__[0]): name for name in _NAMES}


def kind_of(model: type[PayloadModel], name: str) -> str:
    """Return the kind of a field: a name of `field_types`, or ``rows``, ``row`` or ``any``."""
    field = model.model_fields[name]
    for mark in field.metadata:
        if id(mark) in _KINDS:
            return _KINDS[id(mark)]
    parts = typing.get_args(field.annotation) if isinstance(field.annotation, types.UnionType) else (field.annotation,)
    if any(isinstance(part, type) and issubclass(part, PayloadModel) for part in parts):
        return "row"
    return "rows" if any(typing.get_origin(part) is list for part in parts) else "any"
