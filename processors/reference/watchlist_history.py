"""Every list as a JSON file, one folder a day (WCH-09): for people and notebooks. ClickHouse has them all in any case."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from infra.market_calendar import new_york
from infra.whole_file import write_whole
from schemas.records import Watchlist


def write_history(folder: Path, lists: Iterable[Watchlist]) -> list[Path]:
    """Write each list to ``<folder>/<day>/<name>-<hour in New York>.json``; a list of the same moment replaces the one before."""
    written = []
    for one in lists:
        day = date(1970, 1, 1) + timedelta(days=one.session_date)
        path = folder / day.isoformat() / f"{one.name}-{new_york(one.ts_published):%H%M%S}.json"
        write_whole(path, json.dumps(one.as_avro(), indent=1) + "\n")
        written.append(path)
    return written
