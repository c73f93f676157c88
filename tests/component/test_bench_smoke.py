"""`make bench`, small: jobs that share one broker, everything checked, results in the promised shape. No time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.arena import shared_arena
from benchmarks.job import jobs
from benchmarks.options import Options
from benchmarks.report import PAGE, figures_section, replaced
from benchmarks.results import Result

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def one_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A broker takes longer to start than any of these jobs."""
    with shared_arena(tmp_path_factory.mktemp("arena")):
        yield


def run(name: str, **options: object) -> dict[str, Result]:
    """Run a job; return its lines by contestant, each of them right."""
    results: Sequence[Result] = jobs()[name].run(Options(**{"runs": 1, **options}))  # type: ignore[arg-type]
    assert all(result.checked for result in results), results
    return {result.contestant: result for result in results}


@pytest.mark.timeout(300)
def test_the_bare_loop_and_ours_make_the_right_bars() -> None:
    found = run("bars", records=60_000, contestants=("bare", "tapewire-kernel"))
    assert set(found) == {"bare", "tapewire-kernel"}
    for result in found.values():
        assert result.figures["records_per_second"] > 0
        assert result.figures["cpu_seconds_per_million"] > 0
        assert result.parameters["records"] == 60_000
    assert found["bare"].figures["ratio_to_bare"] == 1.0


@pytest.mark.timeout(300)
def test_jobs_at_a_pace_and_the_start_are_checked() -> None:
    """DEP-12, DEP-13: depth numbers of a trickle, each compared; the page's tables are made of what comes out."""
    depth = run("depth", rate=500, seconds=2)
    assert set(depth) == {"depth", "depth-record"}
    assert 0 < depth["depth"].figures["p50_ms"] <= depth["depth"].figures["p99_ms"]
    start = run("start", contestants=("tapewire-kernel",))["tapewire-kernel"]
    assert 0 < start.figures["first_record_seconds"] <= start.figures["first_bar_seconds"]
    section = figures_section([result.as_json() for result in (*depth.values(), start)], jobs())
    assert "### depth:" in replaced(PAGE.read_text(), section)


@pytest.mark.timeout(300)
def test_stages_are_measured_and_every_output_compared() -> None:
    """Issue 6, acceptance 5: a stage with ticks, and a unit that looks at its topics."""
    found = run("stages", records=200, seconds=2, stages=("market", "symbol_events"))
    assert list(found) == ["market", "symbol_events"]
    for result in found.values():
        assert result.figures["records_per_second"] > 0
        assert result.figures["resident_megabytes"] > 10
        assert 0 <= result.figures["p50_ms"] <= result.figures["p99_ms"]
    assert found["market"].figures["times_the_market"] > 0


@pytest.mark.timeout(300)
def test_a_small_market_is_played_to_all_stages() -> None:
    """Issue 6, acceptance 5: bars, depth, gamma, flow and views compared with the tape; the machine's idle share is told."""
    found = run("whole_market", share=0.001, minutes=1.05)
    whole, *processes = found.values()
    assert {"player", "Kafka", "ticks", "market", "decisions", "analytics", "bulk"} <= {name.contestant.rpartition(" ")[2] for name in processes}
    assert 0 <= whole.figures["idle_percent"] <= 100
    assert 0 < whole.figures["view_p50_ms"] <= whole.figures["view_p99_ms"] <= whole.figures["view_highest_ms"]
    assert whole.figures["view_median_bytes"] > 100
    assert whole.figures["cores"] == pytest.approx(sum(process.figures["cores"] for process in processes))


@pytest.mark.timeout(300)
def test_a_rest_day_accounts_for_every_call_and_keeps_every_record_once() -> None:
    """Issue 5, acceptance 3 and 4: a minute as planned; a whole day in two seconds, when nearly all of it is left out, and said to be."""
    minute = run("rest_day", hours="10:00-10:01")["feed.unusual_whales"].figures
    assert minute["calls"] == minute["planned_calls"] > 20 and minute["skipped_calls"] == 0 and minute["records"] > 1_000
    day = run("rest_day", speed=40_000.0)["feed.unusual_whales"].figures
    assert day["calls"] + day["skipped_calls"] == day["planned_calls"] > 20_000
    assert day["calls"] > 0 < day["records"] and day["most_at_once"] <= 20
    with pytest.raises(ValueError, match="without --hours"):
        run("rest_day", hours="10:00-10:01", speed=1_000.0)


def test_the_command_writes_what_it_found(tmp_path: Path) -> None:
    output, page = tmp_path / "bench.json", tmp_path / "benchmarks.md"
    command = [sys.executable, "-m", "benchmarks", "views", "--records", "130", "--output", str(output)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    first = json.loads(output.read_text())[0]
    assert (first["job"], first["contestant"], first["checked"], first["note"]) == ("views", "all views", True, "")
    page.write_text(PAGE.read_text())
    told = [sys.executable, "-m", "benchmarks.report", "--results", str(output), "--page", str(page)]
    subprocess.run(told, cwd=ROOT, check=True, capture_output=True, timeout=60)
    assert "### views:" in page.read_text()


def test_an_unknown_contestant_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "bars", "--contestants", "nobody", "--output", str(tmp_path / "bench.json")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode != 0
    assert "nobody" in result.stderr
