"""The demo's one screen: units, what just happened, the last message of each tier, where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from infra.local.stack_state import ProcessStatus
from infra.market_calendar import new_york
from infra.palette import ATTENTION, DOWN, MUTED, UP

_DOTS = {"ready": ("●", UP), "done": ("✓", UP), "starting": ("◌", ATTENTION), "waiting": ("◌", MUTED)}


@dataclass(frozen=True, slots=True)
class DemoView:
    """Everything the screen shows at one moment."""

    market_time_us: int
    speed: float
    processes: Sequence[ProcessStatus]
    rates: Mapping[str, float]
    events: Sequence[str]
    last_messages: Mapping[str, str]
    milestones: Mapping[str, float | None]
    urls: Mapping[str, str]


def render(view: DemoView) -> RenderableType:
    """Return the screen."""
    clock = new_york(view.market_time_us).strftime("%a %d %b %Y  %H:%M:%S %Z")
    title = Text.assemble(("TAPEWIRE ", "bold"), ("DEMO", f"bold {ATTENTION}"), f"  {clock}  ", (f"x{view.speed:g}", MUTED))
    return Group(
        Panel(_processes(view), title=title, border_style=MUTED),
        Panel("\n".join(view.events) or Text("waiting for the first setup", MUTED), title="setups", border_style=MUTED),
        Panel(_messages(view), title="last message of each tier", border_style=MUTED),
        Text("   ".join(f"{name} {url}" for name, url in view.urls.items()), MUTED),
        Text("Ctrl-C ends everything", MUTED),
    )


def _processes(view: DemoView) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1))
    for column, justify in (("unit", "left"), ("state", "left"), ("records/s", "right"), ("lag s", "right"), ("MB", "right"), ("", "left")):
        table.add_column(column, justify=justify, header_style=MUTED)  # type: ignore[arg-type]
    for row in view.processes:
        if row.state == "done":
            continue
        dot, colour = _DOTS.get(row.state, ("●", DOWN))
        rate = view.rates.get(row.name)
        table.add_row(
            row.name,
            Text(f"{dot} {row.state}", colour),
            "–" if rate is None else f"{rate:,.0f}",
            "–" if row.lag_seconds is None else f"{row.lag_seconds:.1f}",
            f"{row.memory_bytes / 1e6:,.0f}",
            Text(row.detail[:60], MUTED),
        )
    return table


def _messages(view: DemoView) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for tier in ("PREMIUM", "BASIC", "FREE"):
        table.add_row(Text(tier.lower(), MUTED), view.last_messages.get(tier, "–"))
    return table
