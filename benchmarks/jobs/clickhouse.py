"""Kafka into ClickHouse: a topic full of trades through the sink, into the engine in its own process and into a server over HTTP.

The table never merges rows away, so that what is stored twice is seen.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pandas as pd
from pydantic import SecretStr

from benchmarks.arena import TRADES, Arena, arena
from benchmarks.job import job
from benchmarks.market_tape import make_tape
from benchmarks.options import Options
from benchmarks.process_meter import ProcessMeter
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed
from benchmarks.server import running
from benchmarks.sink_process import LOOK_EVERY_SECONDS, running_sink
from benchmarks.stored_trades import differences, right_sums
from benchmarks.tape_topic import write_tape
from infra.clickhouse.client import ClickHouse
from infra.clickhouse.migrate import migrate
from infra.local.clickhouse_server import ClickHouseProcess
from infra.local.ports import free_ports
from infra.settings import ClickHouseSettings, Settings
from schemas import catalog
from schemas.columns import create_table

RECORDS = 10_000_000
WAYS = {"chdb": "engine in the sink's process", "http": "server over HTTP"}
MEASURED = 0.9  # of the tape: the last batch of each partition is not full and waits for its time, which is no work
MOST_SECONDS = 240.0
COLUMNS = (
    Column("records", "rows", ",.0f"),
    Column("records_per_second", "rows/s", ",.0f"),
    Column("slowest_records_per_second", "slowest", ",.0f"),
    Column("fastest_records_per_second", "fastest", ",.0f"),
    Column("cpu_seconds_per_million", "sink CPU s/M", ".2f"),
    Column("server_cpu_seconds_per_million", "server CPU s/M", ".2f"),
    Column("resident_megabytes", "sink RSS MB", ",.0f"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Attributes
    ----------
    rate
        Rows a second from the assignment to the commit that reaches nine tenths of the tape.
    cpu, server_cpu
        Processor seconds a million rows of the sink and of the server; 0 when there is none.
    resident
        The sink's peak, in bytes.
    wrong
        What the table shows, when all is committed; empty when each trade is there once.
    """

    rate: float
    cpu: float
    server_cpu: float
    resident: int
    wrong: str


@job("clickhouse", "trades into ClickHouse, each once", columns=COLUMNS)
def clickhouse(options: Options) -> Sequence[Result]:
    """Store the tape ``options.runs`` times each way, interleaved, and return the medians."""
    records = options.records or RECORDS
    ways = [way for way in WAYS if not options.contestants or way in options.contestants]
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    faults: dict[str, str] = {}
    with arena() as place:
        tape = make_tape(records, symbols=options.symbols)
        name = catalog.topic(TRADES).kafka_name
        place.wait_until_led(name)
        schema_id = place.codecs.of(TRADES).schema_id
        write_tape(tape, place.bootstrap, name, schema_id, batch_records=options.batch_records, compression=options.compression)
        right = right_sums(tape)
        for number in range(1, options.runs + 1):
            for way in ways:
                try:
                    run = _run(place, way, right)
                except RunFailed as failure:
                    faults[way] = failure.note
                    print(f"run {number}/{options.runs} {way}: {failure}", flush=True)
                    continue
                if run.wrong:
                    faults[way] = run.wrong
                runs[way].append(run)
                print(
                    f"run {number}/{options.runs} {way}: {run.rate:,.0f} rows/s, sink {run.cpu:.2f} CPU s/M,"
                    f" server {run.server_cpu:.2f} CPU s/M, {run.wrong or 'each once'}",
                    flush=True,
                )
    parameters = {
        "records": records, "runs": options.runs, "symbols": options.symbols, "batch_records": options.batch_records,
        "compression": options.compression,
    }  # fmt: skip
    results = [
        Result("clickhouse", way, WAYS[way], checked=False, note=faults[way], parameters=parameters)
        if way in faults
        else Result("clickhouse", way, WAYS[way], checked=True, figures=_figures(runs[way], records), parameters=parameters)
        for way in ways
    ]
    show(f"clickhouse: {records:,} trades of {options.symbols:,} symbols, median of {options.runs}", COLUMNS, results)
    return results


def _figures(runs: Sequence[Run], records: int) -> dict[str, float]:
    rates = sorted(run.rate for run in runs)
    figures = {
        "records": float(records),
        "records_per_second": median(rates),
        "slowest_records_per_second": rates[0],
        "fastest_records_per_second": rates[-1],
        "cpu_seconds_per_million": median(run.cpu for run in runs),
        "resident_megabytes": max(run.resident for run in runs) / 1e6,
    }
    server = median(run.server_cpu for run in runs)
    return {**figures, "server_cpu_seconds_per_million": server} if server else figures


def _run(place: Arena, way: str, right: pd.DataFrame) -> Run:
    folder = place.folder / f"clickhouse-{way}"
    (port,) = free_ports(1)
    server = ClickHouseProcess(folder / "data", port, "bench", secrets.token_hex(8))
    password = SecretStr(server.password)
    clickhouse = ClickHouseSettings(host="127.0.0.1", port=port, user=server.user, password=password, database="tapewire")
    settings = place.settings.model_copy(update={"clickhouse": clickhouse})
    folder.mkdir()
    try:
        with ExitStack() as serving:
            meter = serving.enter_context(_serving(server, folder))
            _make_table(clickhouse)
            if way == "chdb":
                serving.close()  # one process at a time has the data
            run = _measure(place, settings, folder, None if way == "http" else server.data_dir, meter)
            if way == "chdb":
                serving.enter_context(_serving(server, folder))
            with ClickHouse.connect(clickhouse) as database:
                wrong = differences(database, right)
        return Run(run.rate, run.cpu, run.server_cpu, run.resident, wrong)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(place: Arena, settings: Settings, folder: Path, data_folder: Path | None, server: ProcessMeter) -> Run:
    count = sum(place.end_offsets(catalog.topic(TRADES).kafka_name))
    with running_sink(settings, folder, data_folder) as sink:
        start = sink.wait_until_assigned()
        end, rows = sink.wait_until_committed(place, sink.group, TRADES, round(MEASURED * count), MOST_SECONDS, LOOK_EVERY_SECONDS)
        sink.wait_until_committed(place, sink.group, TRADES, count, MOST_SECONDS)
    server_cpu = server.cpu_between(start, end) if data_folder is None else 0.0
    cpu = sink.meter.cpu_between(start, end)
    return Run(rows / (end - start), cpu * 1e6 / rows, server_cpu * 1e6 / rows, sink.meter.peak_resident(), "")


@contextmanager
def _serving(server: ClickHouseProcess, folder: Path) -> Iterator[ProcessMeter]:
    os.environ.update(server.environment())  # which the server's process inherits
    with running(server.command(), server.is_ready, folder / "clickhouse.log") as pid:
        meter = ProcessMeter(pid, 0.05)
        try:
            yield meter
        finally:
            meter.stop()


def _make_table(settings: ClickHouseSettings) -> None:
    migrate(settings)
    table = catalog.topic(TRADES)
    with ClickHouse.connect(settings) as database:
        database.execute(f"DROP TABLE {table.table}")
        statement = create_table(table).replace("ReplacingMergeTree()", "MergeTree()")
        database.execute(statement.replace("{deduplication_window}", str(settings.deduplication_window)))
