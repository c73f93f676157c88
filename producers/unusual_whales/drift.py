"""What the vendor has changed: its specification of today, or what it really sends, against the models we read it with. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from infra.errors import Permanent
from producers.source import Payload
from producers.unusual_whales.body import read, rows_in
from producers.unusual_whales.misfit import shown
from producers.unusual_whales.models.endpoints import ENDPOINTS
from producers.unusual_whales.models.field_types import PayloadModel
from producers.unusual_whales.models.kinds import kind_of
from producers.unusual_whales.models.paths import PATHS
from producers.unusual_whales.models.specification import Specification
from producers.unusual_whales.models.websocket import MESSAGES

_FRAMES = "websocket"
_SEEN_AS: dict[str, frozenset[str]] = {
    "Number": frozenset({"number", "integer", "string"}),
    "Whole": frozenset({"number", "integer", "string"}),
    "Milliseconds": frozenset({"number", "integer", "string"}),
    "Day": frozenset({"string"}),
    "Time": frozenset({"string"}),
    "Text": frozenset({"string"}),
    "Texts": frozenset({"array"}),
    "Flag": frozenset({"boolean"}),
    "rows": frozenset({"array"}),
    "row": frozenset({"object"}),
}
_OPENAPI_TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})
# The specification says of them what its own examples contradict.
_CONTRADICTED = frozenset({"is_active", "member_type", "correlation"})
_FORMATS = {"Day": frozenset({"date-time"}), "Time": frozenset({"date"})}


class Change(StrEnum):
    """What happened to something."""

    ADDED = "added"
    REMOVED = "removed"
    RETYPED = "retyped"


@dataclass(frozen=True, slots=True, order=True)
class Drift:
    """One difference.

    Attributes
    ----------
    place
        Path of the endpoint, or the channel.
    what
        Field or parameter; empty for the endpoint itself.
    """

    place: str
    what: str
    change: Change
    detail: str = ""


def specification_drift(specification: Specification, parameters: Mapping[str, frozenset[str]]) -> list[Drift]:
    """Compare a specification with the models.

    Parameters
    ----------
    parameters
        What our calls send, by path: a parameter that is gone is as bad as a field.
    """
    paths = {path for path, methods in specification.paths.items() if "get" in methods}
    found = [Drift(path, "", Change.ADDED) for path in paths - PATHS]
    found += [Drift(path, "", Change.REMOVED) for path in PATHS - paths]
    for endpoint in ENDPOINTS.values():
        if endpoint.path in paths and endpoint.model is not None:
            found += _of_schema(endpoint.path, specification.row_properties(endpoint.path), endpoint.model)
    for path in sorted(paths & parameters.keys()):
        gone = parameters[path] - specification.parameters(path)
        found += [Drift(path, f"parameter {name}", Change.REMOVED, "the catalogue sends it") for name in gone]
    return sorted(set(found))


def sample_drift(payloads: Iterable[Payload]) -> list[Drift]:
    """Compare answers and frames of the vendor with the models; what they hold and we do not know is told, once."""
    by_path = {endpoint.path: endpoint.model for endpoint in ENDPOINTS.values()}
    found: set[Drift] = set()
    for payload in payloads:
        try:
            if payload.endpoint.endswith(_FRAMES):
                for frame in payload.body.split(b"\n"):
                    found |= set(_of_frame(read(frame)))
            elif payload.endpoint not in PATHS:
                found.add(Drift(payload.endpoint, "", Change.ADDED))
            elif (model := by_path.get(payload.endpoint)) is not None:
                for _, row in rows_in(read(payload.body), model):
                    found |= set(_of_row(payload.endpoint, row, model))
        except Permanent as error:
            found.add(Drift(payload.endpoint, "", Change.RETYPED, str(error)))
    return sorted(found)


def _of_frame(frame: Any) -> Iterator[Drift]:
    if not (isinstance(frame, list) and len(frame) == 2 and isinstance(frame[0], str)):
        raise Permanent(f"expected [channel, payload], found {frame!r:.80}", "")
    channel, row = frame[0].partition(":")[0], frame[1]
    if isinstance(row, dict) and row.keys() == {"response", "status"}:
        return
    if channel not in MESSAGES:
        yield Drift(channel, "", Change.ADDED)
        return
    yield from _of_row(channel, row, MESSAGES[channel])


def _of_schema(path: str, properties: Mapping[str, Mapping[str, Any]], model: type[PayloadModel]) -> Iterator[Drift]:
    if not properties:
        return  # nothing is said of the rows
    known = _names(model)
    for name in properties.keys() - known:
        yield Drift(path, name, Change.ADDED, str(properties[name].get("type", "")))
    for name, field in model.model_fields.items():
        if name not in properties:
            if field.is_required():
                yield Drift(path, name, Change.REMOVED)
            continue
        kind, schema = kind_of(model, name), properties[name]
        stated, how = schema.get("type"), schema.get("format")
        if name in _CONTRADICTED or kind not in _SEEN_AS:
            continue
        if stated in _OPENAPI_TYPES and stated not in _SEEN_AS[kind]:
            yield Drift(path, name, Change.RETYPED, f"{kind} here, {stated} there")
        elif how in _FORMATS.get(kind, frozenset()):
            yield Drift(path, name, Change.RETYPED, f"{kind} here, {how} there")


def _of_row(place: str, row: Any, model: type[PayloadModel]) -> Iterator[Drift]:
    if not isinstance(row, dict):
        if not isinstance(row, str):  # some lists hold rows and texts
            yield Drift(place, "", Change.RETYPED, f"an object here, {type(row).__name__} there")
        return
    for name in row.keys() - _names(model):
        yield Drift(place, name, Change.ADDED, type(row[name]).__name__)
    try:
        model.model_validate(row)
    except ValidationError as error:
        for misfit in error.errors(include_url=False):
            name = ".".join(part for part in misfit["loc"] if isinstance(part, str))
            if misfit["type"] == "missing":
                yield Drift(place, name, Change.REMOVED)
            else:
                yield Drift(place, name, Change.RETYPED, f"{misfit['msg']}, found {shown(misfit['input'])}")


def _names(model: type[PayloadModel]) -> set[str]:
    """Return every name under which the model reads a field."""
    names = set(model.model_fields)
    for field in model.model_fields.values():
        choices = getattr(field.validation_alias, "choices", ())
        names |= {choice for choice in choices if isinstance(choice, str)}
    return names
