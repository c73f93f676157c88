"""A stack's ports and settings: kept across runs, moved when taken, refused when a port was asked for (DEV-02, CFG-02)."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.ports import free_ports, reserve
from infra.local.processes import GROUPS, server_specs, setup_specs, simulator_spec, unit_specs
from infra.local.stack_layout import HEALTH, lay_out
from infra.local.supervisor import StackError, in_dependency_order
from infra.settings import Settings, environment_of, load


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_ports_are_kept_and_all_different(tmp_path: Path) -> None:
    first = lay_out("one", Settings(), simulate=True, folder=tmp_path / "one")
    again = lay_out("one", Settings(), simulate=True, folder=tmp_path / "one")
    assert first.ports == again.ports
    assert len(set(first.ports.values())) == len(first.ports)
    assert set(HEALTH) <= set(first.ports)


def test_a_port_that_was_asked_for_is_used_or_refused(tmp_path: Path, taken: int) -> None:
    [free] = free_ports(1)
    asked = Settings.model_validate({"dashboard": {"port": free}})
    assert lay_out("one", asked, simulate=True, folder=tmp_path).ports["dashboard"] == free
    refused = Settings.model_validate({"dashboard": {"port": taken}})
    with pytest.raises(StackError, match=rf"port {taken} for dashboard is taken\n +remedy"):
        lay_out("one", refused, simulate=True, folder=tmp_path)


def test_a_remembered_port_that_is_taken_by_now_is_replaced(tmp_path: Path, taken: int) -> None:
    (tmp_path / "ports.json").write_text(f'{{"market": {taken}}}')
    assert lay_out("one", Settings(), simulate=True, folder=tmp_path).ports["market"] != taken


def test_the_port_of_another_stack_s_server_is_left_to_it_while_the_server_is_down(tmp_path: Path) -> None:
    """Else a stack whose broker was killed would talk to another stack's when it comes back."""
    other = "import sys; from infra.local.ports import reserve; print(reserve(int(sys.argv[1])), flush=True); sys.stdin.read()"
    [port] = free_ports(1)
    (tmp_path / "ports.json").write_text(f'{{"market": {port}}}')
    with subprocess.Popen([sys.executable, "-c", other, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"True\n"
        assert not reserve(port)
        assert lay_out("one", Settings(), simulate=True, folder=tmp_path).ports["market"] != port
        holder.kill()
    assert reserve(port)


def test_clients_outside_get_the_same_settings(tmp_path: Path) -> None:
    layout = lay_out("one", Settings(), simulate=True, folder=tmp_path)
    assert load(environment_of(layout.settings)) == layout.settings
    assert layout.settings.clickhouse.password.get_secret_value()
    assert (tmp_path / "clickhouse.password").stat().st_mode & 0o077 == 0
    vendor = f"127.0.0.1:{layout.ports['simulator']}"
    assert vendor in layout.settings.polygon.websocket_url and vendor in layout.settings.discord.api_url
    assert vendor in layout.settings.unusual_whales.websocket_url and vendor in layout.settings.unusual_whales.rest_url


def test_without_the_simulator_the_vendors_stay_real(tmp_path: Path) -> None:
    layout = lay_out("one", Settings(), simulate=False, folder=tmp_path)
    assert layout.settings.polygon == Settings().polygon
    assert layout.settings.unusual_whales == Settings().unusual_whales
    assert layout.settings.discord == Settings().discord


def test_servers_come_before_set_up_and_set_up_before_units(tmp_path: Path) -> None:
    layout = lay_out("one", Settings(), simulate=True, folder=tmp_path)
    specs = [*unit_specs(layout, simulate=True), simulator_spec(layout), *setup_specs(), *server_specs(layout)]
    order = [spec.name for spec in in_dependency_order(specs)]
    assert order.index("kafka") < order.index("topics") < min(order.index(name) for name in GROUPS)
    assert order.index("clickhouse") < order.index("migrate") < order.index("history")
