"""The contract every generated record keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, ClassVar, Self, TypeVar


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


RecordT = TypeVar("RecordT", bound=Record)


def filled_at_once(cls: type[RecordT]) -> type[RecordT]:
    """Give a frozen dataclass with slots an ``__init__`` that takes a third of the time; everything else stays as `dataclass` made it.

    That of a frozen dataclass calls ``object.__setattr__`` for each field: half of what it costs to make an option trade of its frame. This one
    lets the new instance be of a twin class for a moment, with the same slots and not frozen. Keywords alone are taken: all records are ``kw_only``.
    """
    twin = type(f"_Open{cls.__name__}", cls.__bases__, {"__slots__": cls.__slots__})
    parameters, stores = list[str](), list[str]()
    known: dict[str, Any] = {"_open": twin, "_closed": cls, "_become": object.__setattr__}
    for field in fields(cls):  # type: ignore[arg-type]
        name, value = field.name, field.name
        if field.default is not MISSING:
            known[f"_of_{name}"] = field.default
            name += f"=_of_{name}"
        elif field.default_factory is not MISSING:
            known[f"_of_{name}"] = field.default_factory
            value = f"_of_{name}() if {name} is _of_{name} else {name}"
            name += f"=_of_{name}"
        parameters.append(name)
        stores.append(f"    self.{field.name} = {value}\n")
    head = f"def __init__(self, *, {', '.join(parameters)}):\n    _become(self, '__class__', _open)\n"
    source = f"{head}{''.join(stores)}    self.__class__ = _closed\n"
    exec(compile(source, f"<{cls.__qualname__}>", "exec"), known)  # noqa: S102 - as `dataclass` does; the names are those of the class's fields
    made: Any = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = made  # type: ignore[method-assign]
    return cls
