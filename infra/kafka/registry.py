"""The schema registry over its Confluent API; every call ends within the configured time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

import httpx

from infra.errors import Fatal, Retryable
from infra.settings import RegistrySettings
from schemas.codec import UnknownWriterSchema

_HEADERS = {"Content-Type": "application/vnd.schemaregistry.v1+json", "Accept": "application/json"}


class SchemaRegistry:
    """Registers our schemas and looks up those of other writers."""

    def __init__(self, settings: RegistrySettings) -> None:
        self._url = settings.url.rstrip("/")
        self._client = httpx.Client(headers=_HEADERS, timeout=settings.timeout_seconds, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def register(self, subject: str, schema: Mapping[str, Any]) -> int:
        """Register ``schema``, or find it when it is registered already, and return its id.

        Raises
        ------
        Fatal
            If the registry refuses it, e.g. as incompatible; the message carries the registry's reason.
        Retryable
            If the registry does not answer.
        """
        answer = self._call("POST", f"/subjects/{subject}/versions", {"schema": json.dumps(schema)})
        if not answer.is_success:
            raise Fatal(f"expected the registry to take the schema of {subject}, found {answer.status_code}: {answer.text}")
        return int(answer.json()["id"])

    def set_compatibility(self, subject: str, level: str) -> None:
        """Make the registry check later versions of ``subject`` at this level, e.g. BACKWARD."""
        answer = self._call("PUT", f"/config/{subject}", {"compatibility": level})
        if not answer.is_success:
            raise Fatal(f"expected the registry to keep {subject} {level}, found {answer.status_code}: {answer.text}")

    def schema(self, schema_id: int) -> dict[str, Any]:
        """Return the schema with this id.

        Raises
        ------
        UnknownWriterSchema
            If the registry has none.
        Retryable
            If the registry does not answer.
        """
        answer = self._call("GET", f"/schemas/ids/{schema_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise UnknownWriterSchema(f"expected a schema id the registry knows, found {schema_id}")
        if not answer.is_success:
            raise Fatal(f"expected schema {schema_id} from the registry, found {answer.status_code}: {answer.text}")
        schema: dict[str, Any] = json.loads(answer.json()["schema"])
        return schema

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        try:
            answer = self._client.request(method, self._url + path, json=body)
        except httpx.TransportError as error:
            raise Retryable(f"expected an answer from the schema registry at {self._url}, found {error!r}") from error
        if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Retryable(f"expected an answer from {self._url}{path}, found {answer.status_code}: {answer.text}")
        return answer
