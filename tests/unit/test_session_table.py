"""CAL-01: the kept sessions are those of the library, and a file that is damaged or cannot be written costs time alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

import exchange_calendars
import pytest

from infra import session_table
from infra.clock import to_microseconds
from infra.session_table import sessions_of_decade


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(session_table, "FOLDER", tmp_path / "calendars")
    sessions_of_decade.cache_clear()
    yield tmp_path / "calendars"
    sessions_of_decade.cache_clear()


@pytest.mark.parametrize("exchange", ["XNYS", "CMES"])
def test_every_session_is_as_the_library_says(folder: Path, exchange: str) -> None:
    computed = dict(sessions_of_decade(exchange, 2020))
    sessions_of_decade.cache_clear()
    assert sessions_of_decade(exchange, 2020) == computed, "as read from the file"
    calendar = exchange_calendars.get_calendar(exchange, start=date(2019, 12, 1), end=date(2030, 12, 31))
    days = calendar.sessions_in_range("2020-01-01", "2029-12-31")
    assert [day.date().isoformat() for day in days] == list(computed)
    for day in [*days[::97], *(day for day in days if day.month == 11 and 22 < day.day < 30)]:
        told = (calendar.session_open(day).to_pydatetime(), calendar.session_close(day).to_pydatetime())
        assert computed[day.date().isoformat()] == tuple(map(to_microseconds, told))


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"2020-01-02": 5}', b"\xff"])
def test_a_damaged_file_is_made_anew(folder: Path, content: bytes) -> None:
    folder.mkdir()
    path = folder / f"XNYS-2020-{version('exchange_calendars')}.json"
    path.write_bytes(content)
    found = sessions_of_decade("XNYS", 2020)
    assert "2020-01-02" in found and path.stat().st_size > 100_000


def test_without_a_place_to_write_it_is_computed(folder: Path) -> None:
    folder.write_text("a file stands where the folder should be")
    assert "2020-01-02" in sessions_of_decade("XNYS", 2020)


def test_a_process_that_finds_the_file_does_without_pandas() -> None:
    sessions_of_decade("XNYS", 2020)
    code = "import sys; from infra.market_calendar import session_at; print(session_at(1795354824000000), 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split()[-1] == "False"
