"""The seconds that were ticked: one a second in every partition, none twice, none left out."""

from __future__ import annotations

from infra.clock import MICROSECONDS
from infra.crash.findings import Findings, Verdict
from infra.kafka.whole_topic import read_whole
from infra.settings import KafkaSettings
from schemas import catalog
from schemas.codec import Codec
from schemas.records import Tick


def last_tick(settings: KafkaSettings, codec: Codec[Tick], findings: Findings) -> int:
    """Return the last second that every partition has, and note seconds that are missing, doubled or out of order."""
    topic = catalog.topic("ops.ticks")
    newest: dict[int, int] = {}
    for message in read_whole(settings, topic):
        partition, moment = int(message.partition() or 0), codec.decode(message.value() or b"").ts_event
        expected = newest.get(partition, moment - MICROSECONDS) + MICROSECONDS
        if moment != expected:
            verdict: Verdict = "lost" if moment > expected else "duplicate"
            findings.add(verdict, f"tick {moment} in partition {partition}: expected {expected}", abs(moment - expected) // MICROSECONDS)
        newest[partition] = moment
        findings.checked["ticks"] += 1
    if len(newest) != topic.partitions or len(set(newest.values())) != 1:
        findings.add("lost", f"ops.ticks ends unevenly: {newest}")
    return min(newest.values(), default=0)
