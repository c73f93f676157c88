"""The processes of the product as they run on one machine: servers, set-up, units, page.

Production runs each unit in a process of its own; here they are grouped to stay under 4 GB.
"""

from __future__ import annotations

import sys
from pathlib import Path

from infra.local.artifacts import ArtifactStore
from infra.local.clickhouse_server import ClickHouseProcess
from infra.local.kafka_broker import KafkaBroker
from infra.local.process_spec import ProcessSpec, http_answers
from infra.local.schema_registry import SchemaRegistry
from infra.local.stack_layout import POLLED_VENDORS, StackLayout
from infra.local.supervisor import Stack
from infra.settings import environment_of

# Which units each process hosts.
GROUPS: dict[str, tuple[str, ...]] = {
    "feeds": ("feed.polygon", "feed.ibkr", "feed.ibkr_quotes", "feed.ibkr_account", "ticks"),
    "options": (
        "feed.unusual_whales", "feed.unusual_whales_stream", "feed.polygon_rest", "feed.alpaca", "feed.alpaca_crypto", "feed.tradier",
        *(f"feed.{name}" for name in POLLED_VENDORS),
    ),
    "market": ("stage.market",),
    "decisions": ("stage.decisions",),
    "bulk": ("stage.history_bars", "stage.reference", "stage.divergence", "stage.symbol_events", "stage.macro_gauges", "stage.aggregate"),
    "analytics": ("stage.depth", "stage.microstructure", "stage.gamma", "stage.flow", "stage.regime", "stage.agents"),
    "history": ("sink.clickhouse",),
    "delivery": ("sink.fanout", "sink.release", "sink.discord"),
}
_TAPEWIRE = (sys.executable, "-m", "infra.cli.main")
_PAGE = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"


def product_stack(layout: StackLayout, *, simulate: bool, dashboard: bool = True) -> Stack:
    """Return the whole product as a stack that is ready to start; `ArtifactStore().ensure()` must have run.

    Parameters
    ----------
    simulate
        Run the fake vendors too.
    dashboard
        Run the page too.
    """
    specs = [*server_specs(layout, short_lived=simulate), *setup_specs(), *unit_specs(layout, simulate=simulate)]
    if simulate:
        specs.append(simulator_spec(layout))
    if dashboard:
        specs.append(dashboard_spec(layout))
    return Stack(layout.name, specs, layout.folder, environment_of(layout.settings), layout.urls)


def server_specs(layout: StackLayout, *, short_lived: bool = False) -> list[ProcessSpec]:
    """Kafka, schema registry, ClickHouse; a short-lived broker compiles quickly."""
    artifacts, ports = ArtifactStore(), layout.ports
    kafka = KafkaBroker(layout.folder / "kafka", ports["kafka"], ports["kafka_controller"], artifacts, short_lived=short_lived)
    registry = SchemaRegistry(layout.folder / "registry", ports["registry"], ports["registry_management"], artifacts)
    account = layout.settings.clickhouse
    clickhouse = ClickHouseProcess(
        layout.folder / "clickhouse", ports["clickhouse"], account.user, account.password.get_secret_value()
    )
    return [
        ProcessSpec("kafka", tuple(kafka.command()), kafka.is_ready, prepare=kafka.prepare, stop_seconds=20),
        ProcessSpec("registry", tuple(registry.command()), registry.is_ready),
        ProcessSpec("clickhouse", tuple(clickhouse.command()), clickhouse.is_ready, stop_seconds=20),
    ]


def setup_specs() -> list[ProcessSpec]:
    """What must be done on the servers before the first client starts; both may run again and again."""
    return [
        ProcessSpec("topics", (*_TAPEWIRE, "topics", "apply"), depends_on=("kafka", "registry"), one_shot=True),
        ProcessSpec("migrate", (*_TAPEWIRE, "clickhouse", "migrate"), depends_on=("clickhouse",), one_shot=True),
    ]


def unit_specs(layout: StackLayout, *, simulate: bool) -> list[ProcessSpec]:
    """Producers, processors and sinks, grouped."""
    vendors = ("vendorsim",) if simulate else ()
    depends_on = {
        "feeds": ("topics", *vendors),
        "options": ("topics", *vendors),
        "market": ("topics",),
        "decisions": ("topics",),
        "bulk": ("topics",),
        "analytics": ("topics",),
        "history": ("topics", "migrate"),
        "delivery": ("topics", *vendors),
    }
    return [
        ProcessSpec(
            name=name,
            argv=(*_TAPEWIRE, "run", *units),
            is_ready=http_answers(f"http://127.0.0.1:{layout.ports[name]}/readyz"),
            depends_on=depends_on[name],
            environment={"TAPEWIRE_METRICS__PORT": str(layout.ports[name])},
            health_port=layout.ports[name],
            stop_seconds=20,  # units drain for up to 15
        )
        for name, units in GROUPS.items()
    ]


def simulator_spec(layout: StackLayout) -> ProcessSpec:
    """The fake vendors."""
    return ProcessSpec(
        name="vendorsim",
        argv=(*_TAPEWIRE, "vendorsim"),
        is_ready=http_answers(f"http://127.0.0.1:{layout.ports['simulator']}/healthz"),
        environment={"TAPEWIRE_METRICS__PORT": str(layout.ports["vendorsim"])},
    )


def dashboard_spec(layout: StackLayout) -> ProcessSpec:
    """The pages."""
    port = layout.ports["dashboard"]
    options = {
        "server.headless": "true",
        "server.address": "127.0.0.1",
        "server.port": str(port),
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    return ProcessSpec(
        name="dashboard",
        argv=(
            *(sys.executable, "-m", "streamlit", "run", str(_PAGE)),
            *(f"--{key}={value}" for key, value in options.items()),
        ),
        is_ready=http_answers(f"http://127.0.0.1:{port}/_stcore/health"),
        depends_on=("topics", "migrate"),
    )
