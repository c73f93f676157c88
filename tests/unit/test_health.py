"""API-30, OPS-12: readiness and liveness are the units' words, and a unit that breaks its promise to speak is not alive."""

from __future__ import annotations

import pytest

from infra import health as health_module
from infra.health import Health
from tests.support.hand_time import HandTime


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> HandTime:
    time = HandTime()
    monkeypatch.setattr(health_module, "monotonic_seconds", time)
    return time


def test_a_unit_that_breaks_its_promise_is_neither_alive_nor_ready(time: HandTime) -> None:
    health = Health()
    health.report("sink.x", ready=True, detail="4 partitions", again_within=30.0)
    time.now += 30.0
    assert health.alive and health.ready
    time.now += 0.5
    assert not health.alive and not health.ready
    condition = health.conditions()["sink.x"]
    assert "silent for 30 s" in condition.detail and "4 partitions" in condition.detail
    assert condition.report_age_seconds == 30.5
    health.report("sink.x", again_within=30.0)
    assert health.alive and health.ready and health.conditions()["sink.x"].detail == "4 partitions"


def test_a_unit_that_promised_nothing_may_be_silent(time: HandTime) -> None:
    health = Health()
    health.report("sink.off", ready=True, detail="off")
    time.now += 86_400.0
    assert health.alive and health.ready


def test_recovery_is_the_time_until_it_was_ready_again(time: HandTime) -> None:
    health = Health()
    health.report("stage.x")
    time.now += 3.0
    assert health.conditions()["stage.x"].recovery_seconds is None
    health.report("stage.x", ready=True)
    assert health.conditions()["stage.x"].recovery_seconds == 3.0
    time.now += 60.0
    health.report("stage.x", ready=False, detail="recovering")
    time.now += 1.0
    health.report("stage.x", ready=False)
    time.now += 1.5
    health.report("stage.x", ready=True)
    assert health.conditions()["stage.x"].recovery_seconds == 2.5


def test_what_is_not_told_stays_and_counts_are_added() -> None:
    health = Health()
    health.report("stage.x", lag_seconds=2.0, lag_records=7, in_flight=3, records_in=5)
    health.report("stage.x", ready=True, records_in=2)
    condition = health.conditions()["stage.x"]
    assert (condition.lag_seconds, condition.lag_records, condition.in_flight, condition.records_in) == (2.0, 7, 3, 7)
