"""What operators see of a running system: metrics, a trace from frame to message, logs, and units that stop in order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any

from confluent_kafka.admin import AdminClient
from prometheus_client.parser import text_string_to_metric_families

from infra.cli.demo_run import DemoRun
from infra.cli.run import DRAIN_SECONDS
from infra.clock import monotonic_seconds
from infra.local.processes import GROUPS
from infra.local.stack_state import ProcessStatus
from infra.logging_setup import LIBRARY_EVENT, secrets_of
from infra.metrics.listed import METRICS
from infra.observability.log_events import MEANINGS
from infra.vendorsim.otlp_collector import Collector

ON = ("feed.*", "feed.polygon")
OFF = {
    metric.name
    for metric in METRICS
    if metric.only_when and metric.units and all(unit.startswith("feed.") and unit not in ON for unit in metric.units)
}
"""Metrics of feeds that have no keys and no gateway here."""
WHOLE_TRACE = ["sink.discord", "sink.release", "sink.fanout", "stage.decisions", "stage.market", "records published", "vendor frame"]


def _scrape(process: ProcessStatus) -> list[Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{process.health_port}/metrics", timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return [sample for family in families for sample in family.samples]


def every_metric_is_told(run: DemoRun) -> None:
    """Each unit shows all that the list says of it, but for what may be missing; nothing shows what is not in the list."""
    shown: Counter[str] = Counter()
    for process in run.stack.status():
        if process.name not in GROUPS:
            continue
        samples = _scrape(process)
        by_unit = {unit: {sample.name for sample in samples if sample.labels.get("unit") == unit} for unit in GROUPS[process.name]}
        names = {sample.name for sample in samples}
        shown.update(names)
        for metric in METRICS:
            name = f"{metric.name}_count" if metric.kind == "histogram" else metric.name
            if not metric.units:
                assert name in names, f"{process.name} does not show {name}"
            for unit, of_unit in by_unit.items():
                if metric.is_of(unit) and not metric.only_when:
                    assert name in of_unit, f"{unit} does not show {name}"
    known = {metric.name + end for metric in METRICS for end in (("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",))}
    assert set(shown) <= known
    told = {metric.name for metric in METRICS if shown[metric.name] or shown[f"{metric.name}_count"]}
    assert {metric.name for metric in METRICS} - told == OFF
    early = [sample for process in run.stack.status() if process.name == "delivery" for sample in _scrape(process) if "early" in sample.name]
    assert early and not any(sample.value for sample in early)


async def a_trace_goes_from_frame_to_message(collector: Collector) -> None:
    deadline = monotonic_seconds() + 30
    while True:
        chains = [collector.above(span) for span in collector.spans if span.name == "sink.discord"]
        whole = [chain for chain in chains if [span.name for span in chain] == WHOLE_TRACE]
        if whole:
            break
        assert monotonic_seconds() < deadline, f"found only {Counter(tuple(span.name for span in chain) for chain in chains)}"
        await asyncio.sleep(0.2)  # a poll of a condition, with a deadline
    delivery, release, fan_out, decision, view, published, frame = whole[0]
    assert {span.trace_id for span in whole[0]} == {frame.trace_id} and frame.parent_id == ""
    assert delivery.attributes["setup_id"] == release.attributes["setup_id"] == fan_out.attributes["setup_id"] == decision.attributes["setup_id"]
    assert delivery.attributes["symbol"] == view.attributes["symbol"] and view.attributes["symbol"] in frame.attributes["symbols"]
    assert delivery.attributes["message_id"] and delivery.attributes["delivery_id"]
    starts = [span.start_ns for span in (frame, published, view, decision)]
    assert starts == sorted(starts) and frame.end_ns <= delivery.end_ns
    assert [span.process for span in (frame, view, decision, delivery)] == [
        "+".join(GROUPS["feeds"]), "stage.market", "stage.decisions", "sink.fanout+sink.release+sink.discord",
    ]  # fmt: skip


async def stops_in_order(run: DemoRun, name: str) -> None:
    """SIGTERM: exit code 0 within the budget, nobody left in the groups; then the supervisor starts the process again."""
    before = _status(run, name)
    assert before.pid is not None
    began = monotonic_seconds()
    os.kill(before.pid, signal.SIGTERM)
    while (now := _status(run, name)).restarts == before.restarts and now.pid == before.pid:
        assert monotonic_seconds() - began < DRAIN_SECONDS, f"{name} did not end within its budget"
        await asyncio.sleep(0.01)  # a poll of a condition, with a deadline
    groups = [unit.replace("stage.", "tapewire-") for unit in GROUPS[name] if unit.startswith(("stage", "sink"))]
    members = await asyncio.to_thread(_members, run, groups)
    assert not any(members.values()), f"{name} left members behind: {members}"
    assert _status(run, name).last_exit_code == 0
    await run.stack.wait_ready(name, 60)


def _status(run: DemoRun, name: str) -> ProcessStatus:
    return next(status for status in run.stack.status() if status.name == name)


def _members(run: DemoRun, groups: list[str]) -> dict[str, int]:
    if not groups:
        return {}
    admin = AdminClient({"bootstrap.servers": run.layout.settings.kafka.bootstrap_servers})
    described = admin.describe_consumer_groups(groups, request_timeout=10)
    return {group: len(answer.result().members) for group, answer in described.items()}


def _lines(run: DemoRun) -> Iterator[tuple[str, str]]:
    for name in GROUPS:
        for line in (run.layout.folder / "logs" / f"{name}.log").read_text().splitlines():
            yield name, line


def every_log_line_is_an_event(run: DemoRun) -> None:
    """Every line parses, has a known name and its process, and tells no secret."""
    seen: Counter[str] = Counter()
    secrets = secrets_of(run.layout.settings)
    assert secrets
    for name, line in _lines(run):
        entry = json.loads(line)
        assert list(entry)[:4] == ["event", "level", "timestamp", "process"], f"{name}: {line}"
        assert entry["event"] in MEANINGS or entry["event"] == LIBRARY_EVENT, f"{name}: {line}"
        assert entry["level"] in ("info", "warning"), f"{name}: {line}"
        assert not any(secret in line for secret in secrets), f"{name} tells a secret"
        seen[entry["event"]] += 1
    stops = len(GROUPS) * 2
    assert seen["units_started"] == seen["units_stopping"] == seen["units_stopped"] == stops
    assert seen["feed_live"] == 2 and seen["delivery_sent"] and seen["alert_released"] and seen["setup_fanned_out"] and seen["partitions_assigned"]
