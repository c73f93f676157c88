"""What a benchmark is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Parameters that jobs share; a job takes what concerns it.

    Attributes
    ----------
    records
        Trades on the topic; 0 lets each job choose.
    batch_records
        Records in a producer batch.
    contestants
        Names; empty means all.
    rate
        Records a second of jobs at a pace; 0 lets each job choose.
    seconds
        How long jobs at a pace measure.
    minutes
        Of jobs that last a given time; 0 lets each job choose.
    hours
        New York hours of jobs that play a day, e.g. ``09:20-09:40``; empty for the whole day.
    stages
        Names without prefix; empty means all.
    speed
        Times the clock at which rest_day's market time passes; 0 lets it go on as soon as nothing is on its way.
    share
        Of the whole market that is played; 0 lets the job look for the largest that it keeps up with.
    watched
        Symbols of the whole market whose trades come too; the others are known by their bars.
    """

    records: int = 0
    runs: int = 3
    contestants: tuple[str, ...] = ()
    batch_records: int = 2_000
    compression: str = "none"
    symbols: int = 200
    rate: int = 0
    seconds: int = 10
    minutes: float = 0.0
    hours: str = ""
    stages: tuple[str, ...] = ()
    speed: float = 0.0
    share: float = 0.0
    watched: int = 100
