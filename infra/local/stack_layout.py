"""Where one local stack lives: its folder, its ports, and the settings that every one of its processes gets."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from infra.local.paths import stack_dir
from infra.local.ports import free_ports, is_listening, reserve
from infra.local.process_table import ProcessTable
from infra.local.stack_state import SupervisorLock
from infra.local.supervisor import StackError
from infra.settings import Settings

POLLED_VENDORS = ("alpha_vantage", "financial_modeling_prep", "finnhub", "fred", "nasdaq", "trading_economics", "twelve_data", "yahoo")
# Ports of the processes that serve /healthz, /readyz, /status and /metrics.
HEALTH = ("vendorsim", "feeds", "options", "market", "decisions", "bulk", "analytics", "history", "delivery")
_INTERNAL = ("kafka_controller", "registry_management", "tws", *HEALTH)


@dataclass(frozen=True, slots=True)
class StackLayout:
    """One stack on this machine.

    Attributes
    ----------
    ports
        By name: kafka, kafka_controller, registry, registry_management, clickhouse, simulator, tws, dashboard, and one for
        each name in `HEALTH`.
    settings
        What every process of the stack and every client outside it is told.
    """

    name: str
    folder: Path
    ports: dict[str, int]
    settings: Settings

    @property
    def urls(self) -> dict[str, str]:
        """Addresses for people."""
        return {
            "dashboard": f"http://127.0.0.1:{self.ports['dashboard']}",
            "clickhouse": f"http://127.0.0.1:{self.ports['clickhouse']}",
            "kafka": f"127.0.0.1:{self.ports['kafka']}",
            "registry": self.settings.registry.url,
        }


def lay_out(name: str, base: Settings, *, simulate: bool, folder: Path | None = None) -> StackLayout:
    """Choose the stack's ports and complete its settings.

    Ports that the settings name explicitly are taken as they are; the others keep what this stack had before, or the
    defaults, or move to a free port, so that two stacks run side by side.

    Parameters
    ----------
    base
        Settings of the caller: thresholds, clock, and whatever else is not an address.
    simulate
        Point the vendors' addresses at the stack's own simulator.
    folder
        Data folder; `.tapewire/stacks/<name>` by default.

    Raises
    ------
    StackError
        When the stack is up already, or a port that was asked for is taken.
    """
    folder = (folder or stack_dir(name)).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if SupervisorLock(folder / "supervisor.lock").is_held():
        raise StackError(f"stack {name} is already up\n  remedy: tapewire down --stack {name}")
    ProcessTable(folder / "processes.json").sweep()  # else what was left would hold this stack's ports
    ports = _choose_ports(folder / "ports.json", base)
    return StackLayout(name, folder, ports, _complete(base, name, folder, ports, simulate))


def _choose_ports(memory: Path, base: Settings) -> dict[str, int]:
    wanted, defaults = _addressed_ports(base), _addressed_ports(Settings())
    before: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
    spare = iter(free_ports(2 * (len(wanted) + len(_INTERNAL))))
    ports: dict[str, int] = {}
    for name in (*wanted, *_INTERNAL):
        if name in wanted and wanted[name] != defaults[name]:
            if is_listening(wanted[name]) or not reserve(wanted[name]):
                raise StackError(
                    f"port {wanted[name]} for {name} is taken\n"
                    f"  remedy: end what listens there, or set another port for {name}"
                )
            ports[name] = wanted[name]
            continue
        candidates = [before.get(name), defaults.get(name)]
        free = (port for port in candidates if port and port not in ports.values() and not is_listening(port) and reserve(port))
        ports[name] = next(free, 0) or next(port for port in spare if reserve(port))
    memory.write_text(json.dumps(ports, indent=1))
    return ports


def _addressed_ports(settings: Settings) -> dict[str, int]:
    return {
        "kafka": int(settings.kafka.bootstrap_servers.split(",")[0].rpartition(":")[2]),
        "registry": urlsplit(settings.registry.url).port or 80,
        "clickhouse": settings.clickhouse.port,
        "simulator": settings.simulator.port,
        "dashboard": settings.dashboard.port,
    }


def _complete(base: Settings, name: str, folder: Path, ports: dict[str, int], simulate: bool) -> Settings:
    changed = {
        "stack": base.stack.model_copy(update={"name": name, "data_folder": folder}),
        "kafka": base.kafka.model_copy(update={"bootstrap_servers": f"127.0.0.1:{ports['kafka']}"}),
        "registry": base.registry.model_copy(update={"url": f"http://127.0.0.1:{ports['registry']}/apis/ccompat/v7"}),
        "clickhouse": base.clickhouse.model_copy(
            update={"host": "127.0.0.1", "port": ports["clickhouse"], "password": _password(base, folder)}
        ),
        "dashboard": base.dashboard.model_copy(update={"port": ports["dashboard"]}),
        "stage": base.stage.model_copy(update={"data_folder": folder / "stages"}),
        "simulator": base.simulator.model_copy(
            update={"port": ports["simulator"], "state_folder": folder / "vendorsim"} | ({"tws_port": ports["tws"]} if simulate else {})
        ),
    }
    if simulate:
        vendor = f"127.0.0.1:{ports['simulator']}"
        changed["polygon"] = base.polygon.model_copy(
            update={
                "websocket_url": f"ws://{vendor}/polygon/stocks",
                "delayed_websocket_url": f"ws://{vendor}/polygon/delayed/stocks",
                "rest_url": f"http://{vendor}/polygon",
                "api_key": SecretStr(base.polygon.api_key.get_secret_value() or "simulated"),
            }
        )
        changed["unusual_whales"] = base.unusual_whales.model_copy(
            # Off unless a key is set, any key: at sixty times the clock the whole REST plan is sixty requests a second.
            update={"websocket_url": f"ws://{vendor}/uw/socket", "rest_url": f"http://{vendor}/uw"}
        )
        # The brokers stay off without a key as well; Polygon is the authority of a demo's tape.
        changed["alpaca"] = base.alpaca.model_copy(
            update={
                "stock_stream_url": f"ws://{vendor}/alpaca/stream/v2",
                "crypto_stream_url": f"ws://{vendor}/alpaca/stream/v1beta3/crypto/us",
                "rest_url": f"http://{vendor}/alpaca",
            }
        )
        changed["tradier"] = base.tradier.model_copy(
            update={
                "rest_url": f"http://{vendor}/{'tradier-sandbox' if base.tradier.environment == 'sandbox' else 'tradier'}",
                "websocket_url": f"ws://{vendor}/tradier/ws/v1/markets/events",
            }
        )
        # Off unless the caller sets their keys, any keys, or switches on those without one.
        for name in POLLED_VENDORS:
            changed[name] = getattr(base, name).model_copy(update={"rest_url": f"http://{vendor}/{name}"})
        if base.ibkr.host:  # off unless a host is named, any host
            changed["ibkr"] = base.ibkr.model_copy(update={"host": "127.0.0.1", "port": ports["tws"], "standby": (), "depth_mode": "demo"})
        changed["discord"] = base.discord.model_copy(
            update={
                "api_url": f"http://{vendor}/discord/api/v10",
                "bot_token": SecretStr(base.discord.bot_token.get_secret_value() or "simulated"),
                "premium_channel_id": base.discord.premium_channel_id or "1001",
                "basic_channel_id": base.discord.basic_channel_id or "1002",
                "free_channel_id": base.discord.free_channel_id or "1003",
            }
        )
    return base.model_copy(update=changed)


def _password(base: Settings, folder: Path) -> SecretStr:
    """Return the account's password: the caller's, or one made up once per stack. Needed on loopback as well."""
    if base.clickhouse.password.get_secret_value():
        return base.clickhouse.password
    path = folder / "clickhouse.password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return SecretStr(path.read_text())
