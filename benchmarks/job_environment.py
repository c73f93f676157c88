"""The job in environment variables, for contestants that are not ours."""

from __future__ import annotations

import json
import os

from benchmarks.arena import BARS, TRADES
from benchmarks.contestant import Assignment
from schemas import catalog
from schemas.avro_schemas import resolved, without_logical_types


def job_environment(assignment: Assignment) -> dict[str, str]:
    """Return BENCH_… variables: broker, topics, group, folder, and the schemas with the registry's ids.

    Schemas are handed over, so that no contestant needs a registry client; longs stay longs.
    """
    variables = {
        "BENCH_BOOTSTRAP": assignment.arena.bootstrap,
        "BENCH_INPUT": assignment.input_topic,
        "BENCH_OUTPUT": assignment.output_topic,
        "BENCH_GROUP": assignment.group,
        "BENCH_FOLDER": str(assignment.folder),
    }
    if assignment.low_latency:
        variables |= {"BENCH_LINGER_MS": "0", "BENCH_POLL_RECORDS": "1", "BENCH_POLL_SECONDS": "0.1"}
    for word, topic in (("TRADE", TRADES), ("BAR", BARS)):
        variables[f"BENCH_{word}_SCHEMA"] = json.dumps(without_logical_types(resolved(catalog.topic(topic).record)))
        variables[f"BENCH_{word}_SCHEMA_ID"] = str(assignment.arena.codecs.of(topic).schema_id)
    return {**os.environ, "PYTHONUNBUFFERED": "1", **variables}
