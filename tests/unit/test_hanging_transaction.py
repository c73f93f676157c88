"""A transaction's call that never comes back ends the unit within its time: its process starts again instead of hanging for minutes."""

from __future__ import annotations

import threading

import pytest

from infra.clock import ManualClock
from infra.errors import Fatal
from infra.health import Health
from infra.kafka import transactional_loop
from infra.kafka.transactional_loop import Forward, TransactionalLoop
from infra.settings import Settings
from infra.unit import UnitContext


def test_a_call_that_never_comes_back_is_fatal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactional_loop, "_CALL_SECONDS", 0.05)
    loop = TransactionalLoop(UnitContext(Settings(), ManualClock(0), Health()), "sink.test", ["setups.events"], ["delay.basic"], lambda _: Forward())
    released = threading.Event()
    try:
        with pytest.raises(Fatal, match="transaction to come back within"):
            loop._until_done(released.wait)
    finally:
        released.set()
