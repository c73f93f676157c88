"""State of a key to bytes of the changelog and back, over changes of the state's schema."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Generic

import fastavro

from infra.errors import Fatal
from processors.fold import StateT
from schemas.avro_schemas import resolved, without_logical_types
from schemas.record_encoder import encoder_of
from schemas.records import StoredState

ENVELOPE_VERSION = 1
SCHEMA_KEY_PREFIX = b"\x00schema/"  # no symbol begins with a zero byte
_ENVELOPE = fastavro.parse_schema(without_logical_types(resolved(StoredState.FULL_NAME)))
_write_envelope = encoder_of(resolved(StoredState.FULL_NAME))


class TableCodec(Generic[StateT]):
    """Encodes the states of one fold.

    The schema a state was written with lies in the same changelog under its fingerprint, so that a later version of the code can
    still read it: no registry is needed to recover.
    """

    def __init__(self, state_type: type[StateT]) -> None:
        self.state_type = state_type
        self._write = encoder_of(resolved(state_type.FULL_NAME))
        self._schema = fastavro.parse_schema(without_logical_types(resolved(state_type.FULL_NAME)))
        self.schema_text = json.dumps(without_logical_types(resolved(state_type.FULL_NAME)), sort_keys=True).encode()
        self.fingerprint = sha256(self.schema_text).hexdigest()[:16]
        self._writer_schemas: dict[str, Any] = {self.fingerprint: self._schema}

    @property
    def schema_key(self) -> bytes:
        """Changelog key under which the schema itself is kept."""
        return SCHEMA_KEY_PREFIX + self.fingerprint.encode()

    def encode(self, state: StateT, offsets: Mapping[str, int]) -> bytes:
        """Return the changelog value of a key."""
        return encode_envelope(self.state_type.FULL_NAME, self.fingerprint, offsets, self._write(state))

    def decode(self, value: bytes, stored: Mapping[bytes, bytes]) -> tuple[StateT, dict[str, int]]:
        """Return a key's state and the offsets folded into it.

        Parameters
        ----------
        value
            Changelog value of the key.
        stored
            The whole partition, in which the writers' schemas lie.

        Raises
        ------
        Fatal
            If the state cannot be read with our schema: going on would begin from nothing.
        """
        envelope = read_envelope(value)
        if envelope.state_type != self.state_type.FULL_NAME:
            raise Fatal(f"stored state: expected a {self.state_type.FULL_NAME}, found a {envelope.state_type}")
        try:
            body = io.BytesIO(envelope.body)
            written_with = self._writer_schema(envelope.fingerprint, stored)
            reader = None if envelope.fingerprint == self.fingerprint else self._schema
            plain: Any = fastavro.schemaless_reader(body, written_with, reader)
            return self.state_type.from_avro(plain), dict(envelope.offsets)
        except Fatal:
            raise
        except Exception as error:  # fastavro raises whatever its C code meets
            raise Fatal(
                f"stored state: expected {self.state_type.FULL_NAME} readable with schema {self.fingerprint}, "
                f"found one of schema {envelope.fingerprint}: {error!r}"
            ) from error

    def _writer_schema(self, fingerprint: str, stored: Mapping[bytes, bytes]) -> Any:
        if fingerprint not in self._writer_schemas:
            text = stored.get(SCHEMA_KEY_PREFIX + fingerprint.encode())
            if text is None:
                raise Fatal(f"stored state: expected its schema {fingerprint} in the same changelog partition, found none")
            self._writer_schemas[fingerprint] = fastavro.parse_schema(json.loads(text))
        return self._writer_schemas[fingerprint]


def encode_envelope(state_type: str, fingerprint: str, offsets: Mapping[str, int], body: bytes) -> bytes:
    """Return the changelog value of a state that is encoded already."""
    return _write_envelope(StoredState(version=ENVELOPE_VERSION, state_type=state_type, fingerprint=fingerprint, offsets=offsets, body=body))


def read_envelope(value: bytes) -> StoredState:
    """Return the envelope around a stored state.

    Raises
    ------
    Fatal
        If the bytes are not one, or one of a later version.
    """
    try:
        envelope = StoredState.from_avro(fastavro.schemaless_reader(io.BytesIO(value), _ENVELOPE, None))  # type: ignore[arg-type]
    except Exception as error:
        raise Fatal(f"stored state: expected a {StoredState.FULL_NAME}, found {value[:40]!r}: {error!r}") from error
    if envelope.version != ENVELOPE_VERSION:
        raise Fatal(f"stored state: expected version {ENVELOPE_VERSION}, found {envelope.version}")
    return envelope


def supersedes(value: bytes, present: bytes | None) -> bool:
    """Tell whether a changelog value is at least as new as the one already read.

    A worker that lost its partition while it was frozen can still write an old state behind its successor's newer one; offsets,
    not the order in the changelog, say which is the newer.
    """
    if present is None or value == present:
        return True
    ours, theirs = read_envelope(value).offsets, read_envelope(present).offsets
    return all(ours.get(topic, -1) >= offset for topic, offset in theirs.items())
