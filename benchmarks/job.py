"""A job: something that all contestants are measured at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.contestant import Contestant, Unavailable, contestants
from benchmarks.options import Options
from benchmarks.results import Column, Result
from infra.plugins import load_all

Run = Callable[[Options], Sequence[Result]]


@dataclass(frozen=True, slots=True)
class Job:
    """A job by name; ``run`` prints its table and returns its results.

    Attributes
    ----------
    by_default
        Part of a plain `make bench`.
    columns
        Of its table; empty: whatever figures it has.
    """

    name: str
    summary: str
    run: Run
    by_default: bool
    columns: Sequence[Column] = ()


_JOBS: dict[str, Job] = {}


def job(name: str, summary: str, *, by_default: bool = True, columns: Sequence[Column] = ()) -> Callable[[Run], Run]:
    """Register a job."""

    def register(run: Run) -> Run:
        if name in _JOBS:
            raise ValueError(f"two jobs are called {name}")
        _JOBS[name] = Job(name, summary, run, by_default, columns)
        return run

    return register


def jobs() -> Mapping[str, Job]:
    """Return every job by name."""
    load_all("benchmarks.jobs")
    return dict(_JOBS)


def field_of(options: Options, job_name: str, default: Sequence[str] = ()) -> tuple[list[Contestant], list[Result]]:
    """Return the contestants that can run here, and a result that says why for each that cannot.

    Parameters
    ----------
    default
        Contestants of this job when none are named in the options; all when empty.
    """
    known = contestants()
    names = options.contestants or tuple(default) or tuple(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"expected contestants out of {', '.join(known)}; found {', '.join(unknown)}")
    ready: list[Contestant] = []
    absent: list[Result] = []
    for name in names:
        try:
            known[name].prepare()
            ready.append(known[name])
        except Unavailable as reason:
            print(f"{name}: skipped: {reason}", flush=True)
            absent.append(Result(job_name, name, known[name].label, checked=False, note=f"skipped: {reason}"))
    return ready, absent
