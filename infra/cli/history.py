"""`tapewire history load`: puts captured past days on the topic from which bars are recomputed in bulk."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from infra.files.tape import read_tape
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.settings import Settings, load
from schemas.records import HistoryTrade

_TOPIC = "history.trades"


def register(app: typer.Typer) -> None:
    history = typer.Typer(help="Past days.", no_args_is_help=True)
    app.add_typer(history, name="history")

    @history.command("load")
    def load_tapes(
        tapes: list[Path] = typer.Argument(..., help="Captured files: *.parquet, <day>_trade.zip or <symbol>_<day>.csv.gz; oldest first."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Write the trades of past days to history.trades, e.g. `tapewire history load day.parquet`; stage.history_bars makes bars of them."""
        settings = load()
        counts = {str(tape): load_tape(tape, settings) for tape in tapes}
        if as_json:
            print(json.dumps(counts))
            return
        for name, count in counts.items():
            print(f"{count:,} trades of {name}")


def load_tape(tape: Path, settings: Settings) -> int:
    """Write one tape, acknowledged; return how many trades it holds. Loading it again gives the same rows again."""
    producer = RecordProducer(settings, CodecSet.from_registry(settings.registry, (_TOPIC,)), client_id="history-load")
    count = 0
    try:
        for trade in read_tape(tape):
            conditions = ",".join(map(str, trade.conditions)) or None
            record = HistoryTrade(
                symbol=trade.symbol, ts_event_ns=trade.ts_ms * 1_000_000, sequence=trade.sequence, price=trade.price,
                size=trade.size, conditions=conditions,
            )  # fmt: skip
            producer.send(_TOPIC, record)
            count += 1
    finally:
        producer.close()
    return count
