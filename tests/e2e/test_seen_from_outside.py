"""The whole system as its operators see it: metrics, logs, a trace from frame to message, and units that stop in order and leave no trace of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from prometheus_client.parser import text_string_to_metric_families

from infra.cli.crash_audit import audit
from infra.cli.crash_expected import expect
from infra.cli.crash_rest import bring_to_rest
from infra.cli.crash_run import crash_settings
from infra.cli.demo_run import DemoRun, running
from infra.cli.demo_settings import DemoPlan, plan_scenario
from infra.cli.run import DRAIN_SECONDS
from infra.clock import monotonic_seconds
from infra.crash.findings import Findings
from infra.local.processes import GROUPS
from infra.local.stack_state import ProcessStatus
from infra.logging_setup import LIBRARY_EVENT, secrets_of
from infra.metrics.listed import METRICS
from infra.observability.log_events import MEANINGS
from infra.settings import Settings, TracingSettings
from infra.vendorsim.otlp_collector import Collector, collecting

SYMBOLS = ("ACRX", "BNGO", "CTRM", "FRGT", "HOLO", "NVDA")
SPEED = 40.0
PATIENCE_SECONDS = 240.0
ON = ("feed.*", "feed.polygon")
OFF = {
    metric.name
    for metric in METRICS
    if metric.only_when and metric.units and all(unit.startswith("feed.") and unit not in ON for unit in metric.units)
}
"""Metrics of feeds that have no keys and no gateway here."""
WHOLE_TRACE = ["sink.discord", "sink.release", "sink.fanout", "stage.decisions", "stage.market", "records published", "vendor frame"]


@pytest.mark.e2e
@pytest.mark.timeout(600)
async def test_operators_see_everything_and_a_stop_leaves_no_trace(tmp_path: Path) -> None:
    """OPS-04, OPS-05, OPS-07, OPS-09, OPS-12, OPS-26, API-16, ING-27, IBK-11 for the runtime."""
    plan = DemoPlan("scenario", SYMBOLS, plan_scenario(SPEED, seed=7).start_us, None, SPEED, seed=7)
    with collecting() as collector:

        def adjust(settings: Settings) -> Settings:
            tracing = TracingSettings(ratio=1.0, endpoint=collector.endpoint)
            return crash_settings(settings).model_copy(update={"tracing": tracing})

        async with running(plan, stack_name="seen", folder=tmp_path, dashboard=False, adjust=adjust) as run:
            while not {"first_free_message", "first_complete_thread"} <= set(run.milestones):
                assert run.elapsed < PATIENCE_SECONDS, f"reached only {run.milestones}"
                await asyncio.sleep(0.25)  # a poll of a condition, with a deadline
                await run.poll()
            await asyncio.to_thread(_every_metric_is_told, run)
            await _a_trace_goes_from_frame_to_message(collector)
            for name in GROUPS:
                await _stops_in_order(run, name)
            findings = Findings()
            until_us = await bring_to_rest(run, findings, print)
            expected = await asyncio.to_thread(expect, run.layout.settings, SYMBOLS, until_us)
            found = await asyncio.to_thread(audit, run.layout, expected, print, fold_again=False)  # tests/crash does
            assert findings.clean and found.clean, "\n".join([*findings.texts, *found.texts][:20])
            assert all(found.checked[kind] for kind in ("bars", "views", "setups.events", "messages", "rows"))
            assert not found.repeats, f"a stop in order repeats nothing: {found.repeats}"
            assert {status.name: status.restarts for status in run.stack.status() if status.restarts} == dict.fromkeys(GROUPS, 1)
    assert {status.name: status.last_exit_code for status in run.stack.status() if status.name in GROUPS} == dict.fromkeys(GROUPS, 0)
    _every_log_line_is_an_event(run)


# -- metrics


def _scrape(process: ProcessStatus) -> list[Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{process.health_port}/metrics", timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return [sample for family in families for sample in family.samples]


def _every_metric_is_told(run: DemoRun) -> None:
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


# -- traces


async def _a_trace_goes_from_frame_to_message(collector: Collector) -> None:
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


# -- stops


async def _stops_in_order(run: DemoRun, name: str) -> None:
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


# -- logs


def _lines(run: DemoRun) -> Iterator[tuple[str, str]]:
    for name in GROUPS:
        for line in (run.layout.folder / "logs" / f"{name}.log").read_text().splitlines():
            yield name, line


def _every_log_line_is_an_event(run: DemoRun) -> None:
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
