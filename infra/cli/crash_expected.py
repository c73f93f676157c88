"""What a run must leave behind, computed offline from its market, its settings and the moment at which its ticks ended."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.crash.topic_log import digest_of, identity_in, identity_of
from infra.errors import Fatal
from infra.settings import PREFIX, Settings, clock_of, environment_of, load
from schemas import catalog
from schemas.codec import HEADER_SIZE, Codec
from schemas.records import SetupEvent

if TYPE_CHECKING:
    import pandas as pd

REPLAYED = ("derived.features", "derived.boxes", "views", "setups.events", "signals", "signals.refusals", "postures")
"""Topics whose every record follows from the prints and quotes alone, to the byte."""
_WORKERS = 2


@dataclass(frozen=True, slots=True)
class Expected:
    """A run up to and including the tick at ``until_us``.

    Attributes
    ----------
    digests
        Of each topic of `REPLAYED`: identity -> digest of the record's bytes.
    setup_events
        Every setup event, each symbol's in order.
    prints, quotes
        Identities of everything that happened before the last tick, with words for each.
    bars
        Bars of every resolution as pandas computes them from the prints.
    """

    until_us: int
    digests: Mapping[str, Mapping[bytes, bytes]]
    setup_events: Sequence[SetupEvent]
    prints: Mapping[bytes, str]
    quotes: Mapping[bytes, str]
    bars: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Part:
    digests: dict[str, dict[bytes, bytes]]
    setup_events: list[SetupEvent]
    prints: dict[bytes, str]
    quotes: dict[bytes, str]


def expect(settings: Settings, symbols: Sequence[str], until_us: int) -> Expected:
    """Play the run's market offline, with the run's own settings; takes both cores for a while."""
    from infra.cli.demo_tape import pandas_bars

    # Processes of our own: a pool would run the command that called us a second time, to import it.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)} | environment_of(settings)
    command = [sys.executable, "-m", "infra.cli.crash_expected", str(until_us)]
    workers = [
        subprocess.Popen([*command, *symbols[number::_WORKERS]], env=environment, stdout=subprocess.PIPE) for number in range(_WORKERS)
    ]
    parts: list[_Part] = []
    for worker in workers:
        answer, _ = worker.communicate()
        if worker.returncode != 0:
            raise Fatal(f"expected the offline replay to end, found exit code {worker.returncode}")
        parts += pickle.loads(answer)  # noqa: S301 - our own process wrote it
    return Expected(
        until_us,
        {topic: {key: value for part in parts for key, value in part.digests[topic].items()} for topic in REPLAYED},
        [event for part in parts for event in part.setup_events],
        {key: words for part in parts for key, words in part.prints.items()},
        {key: words for part in parts for key, words in part.quotes.items()},
        pandas_bars(Until(market(settings), tuple(symbols), until_us)),
    )


def market(settings: Settings) -> Any:
    """Return the market that the run's simulator plays."""
    from infra.vendorsim.server import market_source

    return market_source(settings, clock_of(settings))


class Until:
    """A market source cut off at a moment of market time, for some symbols."""

    def __init__(self, source: Any, symbols: tuple[str, ...], until_us: int) -> None:
        self._source = source
        self.symbols = symbols
        self.span_ms = (source.span_ms[0], min(source.span_ms[1], -(-until_us // 1_000)))

    def symbol_events(self, symbol: str, start_ms: int, end_ms: int) -> Any:
        return self._source.symbol_events(symbol, start_ms, min(end_ms, self.span_ms[1]))


def _of_symbol(settings: Settings, symbol: str, until_us: int) -> _Part:
    from infra.cli.replay import play

    source = Until(market(settings), (symbol,), until_us)
    replayed = play(source, settings, (symbol,), until_us)
    part = _Part({topic: {} for topic in REPLAYED}, replayed.of("setups.events"), {}, {})
    for name in REPLAYED:
        topic = catalog.topic(name)
        codec: Codec[Any] = Codec(topic.record_type, 0)
        part.digests[name].update((identity_in(topic, record), digest_of(codec.encode(record)[HEADER_SIZE:])) for record in replayed.of(name))
    for event in source.symbol_events(symbol, *source.span_ms):
        moment = event.ts_ms * 1_000
        if hasattr(event, "price"):
            part.prints[identity_of((symbol, moment, event.sequence, event.trade_id))] = f"{symbol} print {event.trade_id} at {moment}"
        else:
            part.quotes[identity_of((symbol, moment, event.sequence))] = f"{symbol} quote {event.sequence} at {moment}"
    return part


def main() -> None:
    """Write the parts of the symbols that the command line names, for `expect`."""
    settings = load()
    parts = [_of_symbol(settings, symbol, int(sys.argv[1])) for symbol in sys.argv[2:]]
    sys.stdout.buffer.write(pickle.dumps(parts))


if __name__ == "__main__":
    # Under its own name, so that what is pickled here is known there.
    from infra.cli.crash_expected import main as run

    run()
