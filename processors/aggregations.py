"""Which topics are merged into one order, as the committed file says: read and checked against the catalogue (ING-34)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from infra.errors import ConfigurationError
from schemas import catalog
from schemas.avro_schemas import load_all
from schemas.catalog import Topic
from schemas.record import Record
from schemas.records import MergedFlow

AGGREGATIONS_FILE = Path(__file__).with_suffix(".yaml")
UNIT = "stage.aggregate"
_OURS = frozenset({"aggregation", "topic", "record_id", "late"})  # said by the merge, not by the source
_NUMBERS = ("price", "size", "premium")
_WIDER = {"double": ("double", "float", "long", "int"), "long": ("long", "int")}
_COLUMNS = {field["name"]: field for field in load_all()[MergedFlow.FULL_NAME]["fields"] if field["name"] not in _OURS}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Source(_Strict):
    topic: str
    columns: Mapping[str, str] = Field(default_factory=dict)


class _Entry(_Strict):
    name: str = Field(pattern="^[a-z0-9-]+$")
    method: Literal["merge_on_timestamp"]
    sources: tuple[Annotated[_Source, BeforeValidator(lambda told: {"topic": told} if isinstance(told, str) else told)], ...] = Field(min_length=2)


class _File(_Strict):
    aggregations: tuple[_Entry, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Source:
    """A topic of an aggregation.

    Attributes
    ----------
    columns
        Field of `MergedFlow` to the field of the topic's record that it is taken from.
    identity
        What names a record beside its symbol and time.
    """

    aggregation: str
    topic: str
    columns: Mapping[str, str]
    identity: Sequence[str]

    def merged(self, record: Record) -> MergedFlow:
        """Return what the record has in common with those of other topics."""
        values: dict[str, Any] = {name: getattr(record, column) for name, column in self.columns.items()}
        for name in _NUMBERS:
            if values.get(name) is not None:
                values[name] = float(values[name])
        if "premium" not in self.columns and "option_symbol" not in self.columns:
            values["premium"] = values["price"] * values["size"]
        named = "/".join(str(getattr(record, name)) for name in self.identity)
        return MergedFlow(aggregation=self.aggregation, topic=self.topic, record_id=named, **values)


def load_aggregations(path: Path = AGGREGATIONS_FILE) -> Sequence[Source]:
    """Read the file; return the sources of every aggregation in its order.

    Raises
    ------
    ConfigurationError
        Naming the entry, what was expected and what was found: a method or a topic that is not known, a topic that no tick covers, that does
        not name this stage as a reader, that has another key, or that lacks a column.
    """
    try:
        entries = _File.model_validate(yaml.safe_load(path.read_text())).aggregations
    except ValidationError as error:
        issues = (f"{'.'.join(map(str, issue['loc']))}: {issue['msg'].lower()}, found {issue['input']!r}" for issue in error.errors())
        raise ConfigurationError(f"{path.name}: {'; '.join(issues)}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path.name}: {error}") from error
    sources = [_source(f"{path.name}: {entry.name}", entry.name, told) for entry in entries for told in entry.sources]
    pairs = [(source.aggregation, source.topic) for source in sources]
    if repeated := sorted({pair for pair in pairs if pairs.count(pair) > 1}):
        raise ConfigurationError(f"{path.name}: expected each topic once in an aggregation of its own name, found {repeated}")
    return sources


def _source(where: str, aggregation: str, told: _Source) -> Source:
    try:
        topic = catalog.topic(told.topic)
    except catalog.UnknownTopic as error:
        raise ConfigurationError(f"{where}: expected a topic of schemas/topics.yaml, found {told.topic}") from error
    where = f"{where}: {topic.name}"
    if not topic.covered:
        raise ConfigurationError(f"{where}: expected a topic that ticks cover (covered: true in schemas/topics.yaml), found one that they do not")
    if UNIT not in topic.consumers:
        raise ConfigurationError(f"{where}: expected {UNIT} among its consumers in schemas/topics.yaml, found {', '.join(topic.consumers)}")
    if topic.key != "symbol" or not topic.identity:
        raise ConfigurationError(f"{where}: expected records with the key symbol and an identity, found {topic.key} and {list(topic.identity)}")
    identity = tuple(name for name in topic.identity if name not in ("symbol", "ts_event"))
    return Source(aggregation, topic.name, _columns(where, topic, told.columns), identity)


def _columns(where: str, topic: Topic, renamed: Mapping[str, str]) -> Mapping[str, str]:
    """Return where each column is taken from; one that may be null may be missing."""
    if unknown := sorted(renamed.keys() - _COLUMNS.keys()):
        raise ConfigurationError(f"{where}: expected columns out of {', '.join(_COLUMNS)}, found {', '.join(unknown)}")
    there = {field["name"]: field["type"] for field in load_all()[topic.record]["fields"]}
    taken: dict[str, str] = {}
    for name, wanted in _COLUMNS.items():
        column = renamed.get(name, name)
        required = "default" not in wanted
        found = there.get(column)
        if found is None and not required and name not in renamed:
            continue
        kinds, told = _kinds(wanted["type"]), _kinds(found)
        if found is None or not told <= {kind for one in kinds for kind in _WIDER.get(one, (one,))}:
            said = "no such field" if found is None else " or ".join(sorted(told))
            raise ConfigurationError(f"{where}: expected {column} as {' or '.join(sorted(kinds))} for the column {name}, found {said}")
        taken[name] = column
    return taken


def _kinds(avro_type: Any) -> set[str]:
    """Return the names of a type's branches."""
    branches = avro_type if isinstance(avro_type, list) else [avro_type]
    return {str(branch.get("logicalType", branch["type"]) if isinstance(branch, dict) else branch) for branch in branches}
