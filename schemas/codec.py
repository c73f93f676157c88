"""Confluent wire format: magic byte 0, schema id (4 bytes, big endian), Avro body.

Records are written by `schemas.record_encoder` and read by fastavro.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import fastavro

from schemas.avro_schemas import resolved, without_logical_types
from schemas.record import NonFiniteNumber, Record, UnencodableRecord
from schemas.record_encoder import encoder_of

_HEADER = struct.Struct(">bI")
HEADER_SIZE = _HEADER.size

RecordT = TypeVar("RecordT", bound=Record)


class UndecodableRecord(ValueError):
    """The bytes are not a record of this topic: says what was expected and what was found."""


class UnknownWriterSchema(UndecodableRecord):
    """The bytes name a schema id that the registry does not know."""


class Codec(Generic[RecordT]):
    """Encodes and decodes the records of one type.

    Parameters
    ----------
    record_type
        Generated dataclass.
    schema_id
        Id under which the registry knows our schema.
    writer_schema
        Looks up another writer's schema by id; called at most once an id. Raises `UnknownWriterSchema`.
    """

    def __init__(
        self,
        record_type: type[RecordT],
        schema_id: int,
        writer_schema: Callable[[int], dict[str, Any]] | None = None,
    ) -> None:
        self.record_type = record_type
        self.schema_id = schema_id
        self._header = _HEADER.pack(0, schema_id)
        schema = without_logical_types(resolved(record_type.FULL_NAME))
        self._write = encoder_of(schema)
        self._schema = fastavro.parse_schema(schema)
        self._writer_schemas: dict[int, Any] = {}
        self._look_up = writer_schema

    def encode(self, record: RecordT) -> bytes:
        """Return the framed bytes.

        Raises
        ------
        UnencodableRecord
            If a value does not fit the schema; `NonFiniteNumber` if a number is NaN or infinite.
        """
        try:
            return self._header + self._write(record)
        except UnencodableRecord:
            raise
        except (ValueError, TypeError, OverflowError, AttributeError, KeyError, struct.error) as error:
            raise UnencodableRecord(f"expected a {self.record_type.__name__} as its schema has it, found {error!s:.200}") from error

    def decode(self, data: bytes) -> RecordT:
        """Return the record in ``data``.

        Raises
        ------
        UndecodableRecord
            If the frame is truncated, too long, not Avro of this schema, or holds a non-finite number.
        UnknownWriterSchema
            If no schema is known under the frame's id.

        What the look-up of another writer's schema raises passes through: a registry that is away is not a bad record.
        """
        if len(data) < HEADER_SIZE:
            raise UndecodableRecord(f"expected at least {HEADER_SIZE} bytes of frame, found {len(data)}")
        magic, schema_id = _HEADER.unpack_from(data)
        if magic != 0:
            raise UndecodableRecord(f"expected magic byte 0, found {magic}")
        buffer = io.BytesIO(data)
        buffer.seek(HEADER_SIZE)
        name = self.record_type.FULL_NAME
        writer_schema = None if schema_id == self.schema_id else self._writer_schema(schema_id)
        try:
            if writer_schema is None:
                plain = fastavro.schemaless_reader(buffer, self._schema, None)
            else:
                plain = fastavro.schemaless_reader(buffer, writer_schema, self._schema)
            if buffer.tell() != len(data):
                raise UndecodableRecord(f"expected {name} to end at byte {buffer.tell()}, found {len(data)} bytes")
            return self.record_type.from_avro(plain)  # type: ignore[arg-type]
        except UndecodableRecord:
            raise
        except NonFiniteNumber as error:
            raise UndecodableRecord(f"{name}: {error}") from error
        except Exception as error:  # fastavro raises whatever its C code meets in corrupt bytes
            raise UndecodableRecord(f"expected a {name}, found bytes that do not decode: {error!r}") from error

    def _writer_schema(self, schema_id: int) -> Any:
        if schema_id not in self._writer_schemas:
            if self._look_up is None:
                raise UnknownWriterSchema(f"expected schema id {self.schema_id}, found {schema_id}")
            schema = without_logical_types(self._look_up(schema_id))
            found = f"{schema.get('namespace', '')}.{schema.get('name', '')}"
            if found != self.record_type.FULL_NAME:
                raise UndecodableRecord(f"expected a {self.record_type.FULL_NAME}, found schema {schema_id} of {found}")
            self._writer_schemas[schema_id] = fastavro.parse_schema(schema)
        return self._writer_schemas[schema_id]
