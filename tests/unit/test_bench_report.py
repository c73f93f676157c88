"""The tables of docs/benchmarks.md are written from what was measured, and nothing else on the page is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.job import Job, jobs
from benchmarks.report import BEGIN, END, PAGE, figures_section, replaced, tables_of
from benchmarks.results import Column


def result(job: str, label: str, **figures: Any) -> dict[str, Any]:
    own = {"job": job, "contestant": label, "label": label, "checked": True, "note": "", "parameters": {"runs": 3, "cores": 2}}
    return {**own, **figures}


JOBS = {
    "bars": Job("bars", "as fast as it goes", lambda _: [], True, (Column("rate", "records/s", ",.0f"), Column("gain", "x", ".2f"))),
    "other": Job("other", "something else", lambda _: [], True),
}


def test_a_table_has_the_jobs_columns_and_formats() -> None:
    section = figures_section([result("bars", "ours", rate=6_123_456.7), result("bars", "bare", rate=350_000.2, extra=1)], JOBS)
    assert "### bars: as fast as it goes" in section
    assert "runs 3, cores 2" in section
    assert "|  | records/s | checked |" in section  # no column that nobody has, no notes when there are none
    assert "| ours | 6,123,457 | yes |" in section
    assert "other" not in section


def test_what_was_wrong_is_said_and_has_no_figure() -> None:
    bad = {**result("bars", "ours"), "checked": False, "note": "WRONG: 3 wrong"}
    assert "| ours |  | NO | WRONG: 3 wrong |" in figures_section([bad, result("bars", "bare", rate=1.0)], JOBS)


def test_a_job_without_columns_shows_every_figure() -> None:
    assert "| lag ms | checked |" in figures_section([result("other", "ours", lag_ms=1.25)], JOBS)


def test_the_rest_of_the_page_stays() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = replaced(page, "new\n")
    assert once == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert replaced(once, "new\n") == once
    with pytest.raises(ValueError, match="markers"):
        replaced("a page without", "new")


def test_the_page_explains_every_job() -> None:
    text = Path(PAGE).read_text()
    assert [name for name in jobs() if f"**{name}**" not in text] == []
    assert BEGIN in text and END in text


def test_tables_of_jobs_that_were_not_run_stay() -> None:
    first = figures_section([result("bars", "ours", rate=5.0), result("other", "ours", lag_ms=1.25)], JOBS)
    page = replaced(f"words\n{BEGIN}\nold\n{END}\nmore\n", first)
    again = replaced(page, figures_section([result("bars", "ours", rate=7.0)], JOBS, tables_of(page)))
    assert "| lag ms | checked |" in again and "5.0" not in again
    assert replaced(page, figures_section([], JOBS, tables_of(page))) == page
