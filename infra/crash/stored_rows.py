"""Compares ClickHouse's rows with the records of the topic they came from."""

from __future__ import annotations

from infra.clickhouse.client import ClickHouse
from infra.crash.findings import Findings
from infra.crash.topic_log import TopicLog, identity_fields, identity_of
from schemas.catalog import Topic
from schemas.columns import OFFSET, PARTITION, columns


def audit_rows(history: ClickHouse, log: TopicLog, findings: Findings) -> None:
    """Note records without a row, rows without a record, and rows of which there are two.

    A topic may hold equal records twice, at two offsets; so may the table, until it merges them (`Findings.superseded`).
    What it may never hold is one Kafka record twice, and what readers see (`…_latest`) has one row an identity.
    """
    topic = log.topic
    names = identity_fields(topic)
    rows = history.rows(f"SELECT {PARTITION}, {OFFSET}, {_selected(topic, names)} FROM {topic.table}")  # noqa: S608 - our own names
    seen: set[tuple[int, int]] = set()
    stored: set[bytes] = set()
    for partition, offset, *values in rows:
        place, identity = (int(partition), int(offset)), identity_of(values)
        if place in seen:
            findings.add("duplicate", f"{topic.table}: the record {place} is stored twice")
        seen.add(place)
        stored.add(identity)
        wanted = log.places.get(place)
        if wanted is None and topic.cleanup != "compact":  # a compacted topic forgets what its table keeps
            findings.add("wrong", f"{topic.table}: a row of the record {place}, which the topic does not hold: {values}")
        elif wanted is not None and wanted != identity:
            findings.add("wrong", f"{topic.table}: the row of {place} is {values}, the record another")
    # Of two versions of a row the older one may be merged away.
    wanted_rows = set(log.digests) if topic.row_version is None else {identity for _, identity in log.newest.values()}
    if missing := wanted_rows - stored:
        findings.add("lost", f"{topic.table}: {len(missing)} of {len(wanted_rows)} records have no row", len(missing))
    ((latest,),) = history.rows(f"SELECT count() FROM {topic.table}_latest")  # noqa: S608
    # As a tuple: of several arguments uniqExact leaves out rows that have a null among them.
    ((identities,),) = history.rows(f"SELECT uniqExact(tuple({', '.join(topic.identity)})) FROM {topic.table}")  # noqa: S608
    if int(latest) != int(identities):
        findings.add("duplicate", f"{topic.table}_latest: {latest} rows of {identities} identities", abs(int(latest) - int(identities)))
    if len(rows) > int(identities):
        findings.superseded[topic.table] += len(rows) - int(identities)
    findings.checked["rows"] += len(rows)


def _selected(topic: Topic, names: tuple[str, ...]) -> str:
    """Return what selects the fields as the records hold them: moments in microseconds and dates in days since 1970-01-01."""
    types = {column.name: column.type for column in columns(topic)}
    return ", ".join(_whole_number(types[name]).format(name) for name in names)


def _whole_number(kind: str) -> str:
    if "DateTime64(6" in kind:
        return "toUnixTimestamp64Micro({})"
    return "toInt32({})" if "Date32" in kind else "{}"
