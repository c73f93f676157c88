"""A captured day of Unusual Whales through tape and producer: its records are those of the golden file (issue 5 §3).

The golden file holds digests, never the vendor's prices. Written anew, after a change that is meant: ``python tests/realdata/test_captured_day.py``.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.clock import ManualClock
from infra.health import Health
from infra.plugins import load_all
from infra.settings import Settings, TruthSettings
from infra.unit import UnitContext
from producers.capture import Capture
from producers.deduplicator import Deduplicator
from producers.feed_session import FeedSession
from producers.source import Payload, Refused, feeds
from producers.tape import read_tape
from producers.truth_limits import TruthLimits
from producers.truth_meter import TruthMeter
from schemas.record import Record

DATA = Path(__file__).parents[3] / "shared" / "data" / "uw" / "ws_captured"
GOLDEN = Path(__file__).parents[1] / "golden" / "captured_uw_2025-05-16.json"
LATER = 1_893_456_000_000_000
FEED = "feed.unusual_whales_stream"
FILES = ("flowalerts_2025-05-16.jsonl", "greeks_2025-05-16.jsonl", "optiontrades_2025-05-16.jsonl")

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"real data are not on this machine: no folder {DATA}"),
]


@dataclass(slots=True)
class Collected:
    """Stands where Kafka is."""

    payloads: list[Payload] = field(default_factory=list)
    records: list[tuple[str, Record]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    truth: TruthMeter = field(default_factory=lambda: TruthMeter(("options.trades",), TruthLimits(TruthSettings())))
    watermark_us: int = LATER

    def raw(self, payload: Payload) -> None:
        self.payloads.append(payload)

    def record(self, topic: str, record: Record, headers: Any = None) -> None:
        self.records.append((topic, record))

    def record_all(self, topic: str, records: Sequence[Record]) -> None:
        self.records += [(topic, record) for record in records]

    def parsed(self, records: int) -> None:
        """Count nothing."""

    async def refuse(self, refused: Refused) -> None:
        self.refused.append(refused)


async def played(path: Path, capture: Capture | None = None) -> Collected:
    """Play a tape through the feed's session."""
    load_all("producers")
    clock, spec, output = ManualClock(LATER), feeds()[FEED], Collected()
    context = UnitContext(Settings(), clock, Health(), asyncio.Event())
    session = FeedSession(spec, spec.build(Settings(), clock), context, output, Deduplicator(), capture)  # type: ignore[arg-type]
    for payload in read_tape(path, clock):
        await session.publish(payload)
    return output


def digests(output: Collected) -> Mapping[str, list[int]]:
    """Return a digest of each record without our own stamps, by topic."""
    found: dict[str, list[int]] = {}
    for topic, record in output.records:
        plain = {name: value for name, value in record.as_avro().items() if name not in ("ts_received", "ts_published")}
        text = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS, default=str)
        found.setdefault(topic, []).append(int.from_bytes(hashlib.sha256(text).digest()[:6]))
    return found


@pytest.mark.parametrize("name", FILES)
async def test_a_captured_day_gives_the_golden_records(name: str, tmp_path: Path) -> None:
    with Capture(tmp_path / "again.jsonl.gz") as capture:
        output = await played(DATA / name, capture)
    assert output.refused == []
    assert digests(output) == orjson.loads(GOLDEN.read_bytes())[name]
    again = await played(tmp_path / "again.jsonl.gz")
    assert again.records == output.records, "what was recorded while it played gives the same records"


if __name__ == "__main__":
    GOLDEN.write_bytes(orjson.dumps({name: digests(asyncio.run(played(DATA / name))) for name in FILES}, option=orjson.OPT_INDENT_2) + b"\n")
