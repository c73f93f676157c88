"""The Unusual Whales stream at a pace: from the vendor's frames to records that the broker has acknowledged, in one process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from confluent_kafka import Consumer, TopicPartition

from benchmarks.arena import Arena, arena
from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.results import Column, Result, show
from benchmarks.unit_process import running_unit
from infra.vendor_settings import UnusualWhalesSettings
from schemas import catalog

RATE, SECONDS = 10_000, 60
UNIT, TOPIC = "feed.unusual_whales_stream", "options.trades"
_PATIENCE_SECONDS = 120.0
COLUMNS = (
    Column("trades", "trades", ",.0f"),
    Column("sent_per_second", "sent/s", ",.0f"),
    Column("published_per_second", "published/s", ",.0f"),
    Column("behind_seconds", "behind at the end s", ".2f"),
    Column("cpu_microseconds", "CPU µs/trade", ".1f"),
    Column("resident_megabytes", "RSS MB", ",.0f"),
)


@job("option_trades", "option trades of the Unusual Whales stream at 10,000 a second, each on its topic", by_default=False, columns=COLUMNS)
def option_trades(options: Options) -> Sequence[Result]:
    """Let the vendor send for ``options.minutes`` and count what arrives."""
    rate, seconds = options.rate or RATE, round(options.minutes * 60) or SECONDS
    command = [sys.executable, "-m", "benchmarks.option_trade_vendor", str(rate), str(seconds)]
    with arena(UNIT) as place, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as vendor:
        try:
            result = _measure(place, vendor, rate, seconds)
        finally:
            vendor.kill()
    show(f"option_trades: {rate:,} a second for {seconds} s", COLUMNS, [result])
    return [result]


def _measure(place: Arena, vendor: subprocess.Popen[str], rate: int, seconds: int) -> Result:
    assert vendor.stdout is not None
    port = int(vendor.stdout.readline())
    told = {
        "websocket_url": f"ws://127.0.0.1:{port}/socket",
        "api_key": "bench",  # pragma: allowlist secret
        "channels": ("option_trades",),
        "backfill_minutes": 0,
    }
    settings = place.settings.model_copy(update={"unusual_whales": UnusualWhalesSettings.model_validate(told)})
    with running_unit(place, settings, UNIT) as feed:
        feed.wait_until_ready()
        before = feed.look()
        sent_text, last_text, took_text = vendor.stdout.readline().split()
        sent, last = int(sent_text), float(last_text)
        arrived = _arrived(place)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while arrived < sent and time.monotonic() < deadline:
            time.sleep(0.02)
            arrived = _arrived(place)
        ended = time.time()
        after = feed.look()
    figures = {
        "trades": float(arrived),
        "sent_per_second": sent / float(took_text),
        "published_per_second": arrived / (ended - last + float(took_text)),
        "behind_seconds": max(0.0, ended - last),
        "cpu_microseconds": (after.cpu - before.cpu) / max(arrived, 1) * 1e6,  # of all threads; what else the machine does is not in it
        "resident_megabytes": after.resident / 1e6,
    }
    note = "" if arrived == sent else f"{sent:,} sent"
    return Result("option_trades", UNIT, UNIT, arrived == sent, note, figures, {"rate": rate, "seconds": seconds})


def _arrived(place: Arena) -> int:
    """Return how many records the topic holds."""
    topic = catalog.topic(TOPIC)
    consumer = Consumer({"bootstrap.servers": place.bootstrap, "group.id": "bench-option-trades", "log_level": 0})
    try:
        bounds = [consumer.get_watermark_offsets(TopicPartition(topic.kafka_name, number), timeout=20) for number in range(topic.partitions)]
    finally:
        consumer.close()
    return sum(high - low for low, high in bounds)
