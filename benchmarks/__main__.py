"""`python -m benchmarks [JOB ...]`: run jobs, print their tables, write `.tapewire/bench.json`."""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from types import FrameType

from benchmarks.arena import shared_arena
from benchmarks.contestant import contestants
from benchmarks.job import jobs
from benchmarks.options import Options
from benchmarks.record_batches import COMPRESSIONS
from benchmarks.results import RESULT_FILE, write


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; exit code 1 when a contestant's bars were wrong."""
    signal.signal(signal.SIGTERM, _leave)
    known = jobs()
    standard = Options()
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help="; ".join(f"{job.name}: {job.summary}" for job in known.values()))
    parser.add_argument("--contestants", default="", help=f"names separated by commas, out of {', '.join(contestants())}")
    parser.add_argument("--stages", default="", help="names separated by commas; all by default")
    parser.add_argument("--records", type=int, default=0, help="trades on the topic; each job has its own default")
    parser.add_argument("--runs", type=int, default=standard.runs)
    parser.add_argument("--batch-records", type=int, default=standard.batch_records, help="records in a producer batch, e.g. 20, 100, 2000")
    parser.add_argument("--compression", choices=tuple(COMPRESSIONS), default=standard.compression)
    parser.add_argument("--symbols", type=int, default=standard.symbols)
    parser.add_argument("--rate", type=int, default=standard.rate, help="records a second of the jobs at a pace; each has its own default")
    parser.add_argument("--seconds", type=int, default=standard.seconds, help="how long the jobs at a pace measure")
    parser.add_argument("--minutes", type=float, default=standard.minutes, help="length of the jobs that last; each has its own default")
    parser.add_argument("--hours", default=standard.hours, metavar="HH:MM-HH:MM", help="part of the day that rest_day plays; all of it by default")
    parser.add_argument("--speed", type=float, default=standard.speed, help="times the clock at which rest_day runs; as fast as it goes by default")
    parser.add_argument("--share", type=float, default=standard.share, help="of the whole market; the job looks for the largest otherwise")
    parser.add_argument("--watched", type=int, default=standard.watched, help="symbols of the whole market whose trades come too")
    parser.add_argument("--one-broker", action="store_true", help="all jobs share one broker: quicker to start, for small runs")
    parser.add_argument("--output", type=Path, default=RESULT_FILE, help="where the results go as JSON")
    told = parser.parse_args(arguments)
    unknown = [name for name in told.jobs if name not in known]
    if unknown:
        parser.error(f"expected jobs out of {', '.join(known)}; found {', '.join(unknown)}")
    options = Options(
        records=told.records,
        runs=told.runs,
        contestants=tuple(name for name in told.contestants.split(",") if name),
        batch_records=told.batch_records,
        compression=told.compression,
        symbols=told.symbols,
        rate=told.rate,
        seconds=told.seconds,
        minutes=told.minutes,
        hours=told.hours,
        stages=tuple(name for name in told.stages.split(",") if name),
        speed=told.speed,
        share=told.share,
        watched=told.watched,
    )
    wrong = False
    with shared_arena() if told.one_broker else nullcontext():
        for job in [known[name] for name in told.jobs] or [job for job in known.values() if job.by_default]:
            results = job.run(options)
            write(results, told.output)
            wrong = wrong or any(not result.checked and not result.note.startswith("skipped") for result in results)
    print(f"written to {told.output}")
    return int(wrong)


def _leave(number: int, frame: FrameType | None) -> None:
    """Unwind, so that servers end and their folder goes."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
