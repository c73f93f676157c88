"""Refuses a schema change that breaks readers: what was written under any released version must stay readable (BACKWARD).

`schemas/released/<topic>/<n>.avsc` holds each released version of a topic's schema, self-contained, as the registry stores it.
All of them are checked, not only the newest: retention keeps records of several versions on a topic.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse

from schemas import catalog
from schemas.avro_schemas import resolved
from schemas.catalog import Topic

RELEASED_FOLDER = Path(__file__).parent / "released"


def incompatibilities(reader: dict[str, Any], writer: dict[str, Any]) -> list[str]:
    """Return why a reader with the schema ``reader`` cannot read what was written under ``writer``; empty when it can."""
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    result = checker.get_compatibility(parse(json.dumps(reader)), parse(json.dumps(writer)))
    if result.compatibility is SchemaCompatibilityType.compatible:
        return []
    kinds = ", ".join(sorted({kind.name for kind in result.incompatibilities}))
    places = ", ".join(sorted(place for place in result.locations if place != "/"))
    return [f"{kinds}{f' at {places}' if places else ''}: {message}" for message in sorted(result.messages)] or [kinds]


def released_versions(topic: Topic, folder: Path = RELEASED_FOLDER) -> list[Path]:
    """Return the released schemas of ``topic``, oldest first."""
    return sorted((folder / topic.name).glob("*.avsc"), key=lambda path: int(path.stem))


def check(topic: Topic, folder: Path = RELEASED_FOLDER) -> list[str]:
    """Return one sentence for each reason why today's schema of ``topic`` cannot read what is out there.

    Raises
    ------
    ValueError
        If the topic asks for a compatibility mode that this check does not know.
    """
    if topic.compatibility == "NONE":
        return []
    if topic.compatibility != "BACKWARD":
        raise ValueError(f"topic {topic.name}: expected the compatibility BACKWARD or NONE, found {topic.compatibility}")
    return [
        f"{topic.name}: the schema cannot read records of released version {path.stem}: {reason}"
        for path in released_versions(topic, folder)
        for reason in incompatibilities(resolved(topic.record), json.loads(path.read_text()))
    ]


def release(folder: Path = RELEASED_FOLDER) -> list[Path]:
    """Freeze today's schema of every topic whose newest released version differs; return the files written."""
    written = []
    for topic in catalog.topics().values():
        versions = released_versions(topic, folder)
        text = json.dumps(resolved(topic.record), indent=1) + "\n"
        if versions and versions[-1].read_text() == text:
            continue
        path = folder / topic.name / f"{int(versions[-1].stem) + 1 if versions else 1}.avsc"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        written.append(path)
    return written
