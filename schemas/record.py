"""The contract every generated record keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Self


class UnencodableRecord(ValueError):
    """A value does not fit the type that the schema gives it, e.g. an integer too large."""


class NonFiniteNumber(UnencodableRecord):
    """A published number was NaN or infinite; missing is null, never NaN (SCH-05)."""


class Record:
    """Base of the generated dataclasses: converts to and from the plain data fastavro reads and writes."""

    __slots__ = ()
    FULL_NAME: ClassVar[str]

    def as_avro(self) -> dict[str, Any]:
        """Return the record as the mapping its Avro writer takes."""
        raise NotImplementedError

    @classmethod
    def from_avro(cls, data: Mapping[str, Any]) -> Self:
        """Build the record from a decoded mapping; raises `NonFiniteNumber` on NaN or infinity."""
        raise NotImplementedError


def finite(value: float, path: str) -> float:
    """Return ``value``; raise `NonFiniteNumber` naming the field if it is NaN or infinite."""
    if math.isfinite(value):
        return value
    raise NonFiniteNumber(f"field {path}: expected a finite number, found {value}")
