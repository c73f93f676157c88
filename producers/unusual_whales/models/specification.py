"""Reads the vendor's OpenAPI document: what a row of an answer is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import yaml

from infra.errors import Permanent

_SHOWN = 60


class Specification:
    """The OpenAPI document, its references followed."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]
        self._parameters = document["components"].get("parameters", {})
        self.paths: Mapping[str, Any] = document["paths"]

    @classmethod
    def of_text(cls, text: str) -> Self:
        """Read a document in YAML, of which JSON is a part.

        Raises
        ------
        Permanent
            If it is no OpenAPI document.
        """
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            return cls(yaml.load(text, Loader=loader))  # noqa: S506, a safe loader
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise Permanent(f"expected an OpenAPI document, found {text[:_SHOWN]!r}: {error!r:.200}", "") from None

    def resolved(self, node: Any) -> dict[str, Any]:
        while isinstance(node, dict) and "$ref" in node:
            node = self._schemas[node["$ref"].rpartition("/")[2]]
        return dict(node)

    def row_properties(self, path: str) -> dict[str, dict[str, Any]]:
        """Return the properties of a row of the answer; the schema may describe the answer or the row itself."""
        responses = self.paths[path]["get"]["responses"]
        content = self.resolved(responses.get("200", responses.get(200, {}))).get("content", {})
        node = self.resolved(content.get("application/json", {}).get("schema", {}))
        if "data" in node.get("properties", {}):
            node = self.resolved(node["properties"]["data"])
        if "items" in node:
            node = self.resolved(node["items"])
        return {name: self.resolved(inner) for name, inner in node.get("properties", {}).items()}

    def parameters(self, path: str) -> frozenset[str]:
        """Return the names of what can be asked for in a query."""
        listed = [*self.paths[path].get("parameters", ()), *self.paths[path]["get"].get("parameters", ())]
        return frozenset(one["name"] for one in map(self.resolved_parameter, listed))

    def resolved_parameter(self, node: Any) -> dict[str, Any]:
        """Follow a reference to a parameter."""
        reference = node.get("$ref")
        return dict(self._parameters[reference.rpartition("/")[2]] if reference else node)

    def body(self, path: str) -> Any:
        """Return an answer made of the schema's own examples, for a path without an example body."""
        content = self.resolved(self.paths[path]["get"]["responses"]["200"])["content"]
        return self._instance(content["application/json"]["schema"])

    def _instance(self, node: Any) -> Any:
        schema = self.resolved(node)
        if "properties" in schema:
            return {name: self._instance(inner) for name, inner in schema["properties"].items()}
        if "items" in schema:
            return [self._instance(schema["items"])]
        return {"date": "2025-01-02", "date-time": "2025-01-02T14:30:00Z"}.get(str(schema.get("format")), schema.get("example"))


def rows_of(body: Any, wrapped: bool) -> list[Any]:
    """Return the rows of an example body."""
    if wrapped and isinstance(body, dict) and "data" in body:
        body = body["data"]
    return body if isinstance(body, list) else [body]
