"""`make bench` on a few thousand trades: bars checked, results in the promised shape. No time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
def test_the_bare_loop_and_ours_make_the_right_bars(tmp_path: Path) -> None:
    output = tmp_path / "bench.json"
    command = [sys.executable, "-m", "benchmarks", "bars", "--records", "60000", "--runs", "1", "--contestants", "bare,tapewire-kernel"]
    result = subprocess.run([*command, "--output", str(output)], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    bare, ours = json.loads(output.read_text())
    for found, name in ((bare, "bare"), (ours, "tapewire-kernel")):
        assert (found["job"], found["contestant"], found["checked"], found["note"]) == ("bars", name, True, "")
        assert found["records_per_second"] > 0
        assert found["cpu_seconds_per_million"] > 0
        assert found["parameters"]["records"] == 60_000
    assert bare["ratio_to_bare"] == 1.0


@pytest.mark.timeout(300)
def test_jobs_at_a_pace_and_the_start_are_checked(tmp_path: Path) -> None:
    """DEP-12, DEP-13: depth numbers of a trickle, each compared; the page's tables are made of what comes out."""
    output, page = tmp_path / "bench.json", tmp_path / "benchmarks.md"
    command = [sys.executable, "-m", "benchmarks", "depth", "start", "--contestants", "tapewire-kernel", "--rate", "500", "--seconds", "2"]
    result = subprocess.run([*command, "--runs", "1", "--output", str(output)], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    found = {(line["job"], line["contestant"]): line for line in json.loads(output.read_text())}
    assert set(found) == {("depth", "depth"), ("depth", "depth-record"), ("start", "tapewire-kernel")}
    assert all(line["checked"] for line in found.values())
    assert 0 < found["depth", "depth"]["p50_ms"] <= found["depth", "depth"]["p99_ms"]
    assert 0 < found["start", "tapewire-kernel"]["first_record_seconds"] <= found["start", "tapewire-kernel"]["first_bar_seconds"]
    page.write_text((ROOT / "docs" / "benchmarks.md").read_text())
    told = [sys.executable, "-m", "benchmarks.report", "--results", str(output), "--page", str(page)]
    subprocess.run(told, cwd=ROOT, check=True, capture_output=True, timeout=60)
    assert "### depth:" in page.read_text()


def test_an_unknown_contestant_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "bars", "--contestants", "nobody", "--output", str(tmp_path / "bench.json")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode != 0
    assert "nobody" in result.stderr
