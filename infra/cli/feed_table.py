"""The table of `tapewire feeds`: as many columns as the terminal has room for, and below it what is to be said of a feed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from infra.cli.feed_report import FeedLine
from infra.palette import DOWN, MUTED, UP

_MISSING = "–"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column; ``from_width`` is the terminal's width from which on there is room for it."""

    heading: str
    from_width: int
    cell: Callable[[FeedLine], str]
    justify_right: bool = True


_COLUMNS = (
    _Column("age s", 0, lambda line: _number(line.age_seconds)),
    _Column("behind s", 0, lambda line: _number(line.behind_seconds)),
    _Column("records/s", 0, lambda line: _number(line.records_a_second)),
    _Column("gaps", 0, lambda line: str(line.gaps)),
    _Column("dead", 0, lambda line: str(line.dead_letters)),
    _Column("lag ms p50/p99", 100, lambda line: _pair(line.lag_p50_ms, line.lag_p99_ms)),
    _Column("budget", 110, lambda line: _MISSING if line.budget_used is None else f"{line.budget_used}/{line.budget_limit}"),
    _Column("reconnects", 125, lambda line: str(line.reconnects)),
    _Column("breakers", 135, lambda line: f"{len(line.breakers_open)} open" if line.breakers_open else "closed"),
    _Column("records", 150, lambda line: f"{line.records:,}"),
    _Column("crossed/repeated/disordered", 180, lambda line: _shares(line)),
    _Column("mode", 190, lambda line: line.mode or _MISSING, justify_right=False),
    _Column("licence", 200, lambda line: (line.licence or _MISSING).lower(), justify_right=False),
)


def feed_table(lines: Sequence[FeedLine], width: int) -> Table:
    """Return every feed as a row, with the columns that fit into ``width`` characters."""
    shown = [column for column in _COLUMNS if column.from_width <= width]
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for name in ("feed", "state"):
        table.add_column(name, no_wrap=True)
    for column in shown:
        table.add_column(column.heading, justify="right" if column.justify_right else "left", no_wrap=True)
    for line in lines:
        table.add_row(line.feed.removeprefix("feed."), _state(line), *(column.cell(line) for column in shown))
    return table


def notes(lines: Sequence[FeedLine]) -> Iterator[Text]:
    """Yield what there is to say of a feed: its faults, open breakers, and why it is as it is."""
    for line in lines:
        said = [*line.faults, *([f"left alone: {', '.join(line.breakers_open)}"] if line.breakers_open else []), *filter(None, [line.detail])]
        if said:
            yield Text(f"{line.feed}: {'; '.join(said)}", MUTED if line.healthy or not line.required else DOWN)


def _state(line: FeedLine) -> Text:
    text = Text(f"{'●' if line.healthy and line.required else '○'} {line.state.lower()}{' bad' if line.faults else ''}")
    text.stylize(MUTED if not line.required else UP if line.healthy else DOWN)
    return text


def _number(value: float | None) -> str:
    return _MISSING if value is None else f"{value:,.1f}"


def _pair(one: float | None, other: float | None) -> str:
    return _MISSING if one is None or other is None else f"{one:,.0f}/{other:,.0f}"


def _shares(line: FeedLine) -> str:
    return "/".join(_MISSING if one is None else f"{one:.0%}" for one in (line.crossed_share, line.repeated_share, line.disordered_share))
