"""A whole day of Unusual Whales' REST plan, each call made and kept once; market time goes on as soon as nothing is on its way."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from confluent_kafka.admin import AdminClient
from pydantic import SecretStr

from benchmarks.arena import Arena, arena
from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.results import Column, Result, show
from infra.clock import MICROSECONDS, ManualClock, to_microseconds
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.topics import apply
from infra.kafka.whole_topic import read_whole
from infra.market_calendar import NEW_YORK
from infra.plugins import load_all
from infra.settings import Settings, SimulatorSettings
from infra.unit import UnitContext, registered
from infra.vendor_settings import UnusualWhalesSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from producers.rest_catalog.catalog_file import CatalogFile
from producers.rest_catalog.schedule import calls_of_day
from producers.rest_catalog.unusual_whales import CATALOG
from schemas import catalog
from schemas.records import RawPayload

UNIT, KEY = "feed.unusual_whales", "bench"
DAY = date(2026, 11, 18)
_MINUTE_US = 60 * MICROSECONDS
_QUIET_TURNS = 3
COLUMNS = (
    Column("calls", "calls", ",.0f"),
    Column("planned_calls", "planned", ",.0f"),
    Column("records", "records", ",.0f"),
    Column("most_at_once", "most at once", ",.0f"),
    Column("most_a_minute", "most in 60 s", ",.0f"),
    Column("real_seconds", "real s", ",.0f"),
    Column("times_the_clock", "x the clock", ",.0f"),
)


class Door:
    """Sees each call that the simulator gets."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.calls: list[tuple[int, str, bool]] = []
        self._at_once = 0
        self.most_at_once = 0

    @property
    def is_quiet(self) -> bool:
        return self._at_once == 0

    @web.middleware
    async def watch(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Note the call: when, which path, and whether it asks for a first page."""
        first = request.query.get("page", "0") == "0" and "older_than" not in request.query
        self.calls.append((self._clock.now_us(), request.path.removeprefix("/uw"), first))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            answer: web.StreamResponse = await handler(request)
        finally:
            self._at_once -= 1
        return answer

    def most_a_minute(self) -> int:
        """Return how many calls came within any 60 s of market time."""
        most, window = 0, deque[int]()
        for moment_us, _, _ in self.calls:
            window.append(moment_us)
            while window[0] <= moment_us - _MINUTE_US:
                window.popleft()
            most = max(most, len(window))
        return most


@job("rest_day", "a day of Unusual Whales' REST plan as fast as it goes, each call made once", by_default=False, columns=COLUMNS)
def rest_day(options: Options) -> Sequence[Result]:
    """Run the unit through a day; its calls are compared with the plan, its payloads with the calls."""
    load_all("producers")
    with arena() as place:
        apply(AdminClient({"bootstrap.servers": place.bootstrap, "log_level": 0}))
        result = asyncio.run(_day(place))
    show(f"rest_day: {DAY}, every call of the plan", COLUMNS, [result])
    return [result]


async def _day(place: Arena) -> Result:
    start_us, end_us = (to_microseconds(datetime(DAY.year, DAY.month, day, tzinfo=NEW_YORK)) for day in (DAY.day, DAY.day + 1))
    clock = ManualClock(start_us - MICROSECONDS)
    door, symbols = Door(clock), UnusualWhalesSettings().symbols
    told = Settings(
        unusual_whales=UnusualWhalesSettings(api_key=SecretStr(KEY)), simulator=SimulatorSettings(state_folder=place.folder / "vendorsim")
    )
    app = create_app(told, clock, Scenario(DAY))
    app.middlewares.append(door.watch)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    vendor = UnusualWhalesSettings(api_key=SecretStr(KEY), rest_url=f"http://127.0.0.1:{port}/uw")
    context = UnitContext(place.settings.model_copy(update={"unusual_whales": vendor}), clock, Health(), asyncio.Event())
    accepted = CatalogFile(Path(CATALOG), symbols).read(start_us)
    planned = [call for call in calls_of_day(accepted.catalog, DAY) if start_us <= call.due_us < end_us]
    unit = asyncio.create_task(registered()[UNIT].run(context))
    await _ready(context)
    began = time.monotonic()
    for moment_us in (*sorted({call.due_us for call in planned}), end_us):
        clock.advance((moment_us - clock.now_us()) / MICROSECONDS)
        await _quiet(door)
    took = time.monotonic() - began
    context.stop.set()
    await unit
    await runner.cleanup()
    path_of = accepted.catalog.path_of  # an endpoint may be asked in two ways
    paths = {path_of(endpoint): path_of(endpoint) for endpoint in accepted.catalog.content.endpoints}
    made = Counter(_endpoint(paths, path) for moment_us, path, first in door.calls if first and start_us <= moment_us < end_us)
    wanted = Counter(path_of(call.line.endpoint) for call in planned)
    payloads, records = await asyncio.to_thread(_stored, place)
    answered = len(door.calls)
    differences = {name: (made[name], wanted[name]) for name in made.keys() | wanted.keys() if made[name] != wanted[name]}
    notes = [f"made and planned differ: {differences}"] * bool(differences)
    notes += [f"{answered:,} answers, {sum(payloads.values()):,} payloads, {len(payloads):,} different"] * (
        not answered == sum(payloads.values()) == len(payloads)
    )
    figures = {
        "calls": float(answered), "planned_calls": float(len(planned)), "records": float(records), "most_at_once": float(door.most_at_once),
        "most_a_minute": float(door.most_a_minute()), "real_seconds": took, "times_the_clock": (end_us - start_us) / MICROSECONDS / took,
    }  # fmt: skip
    return Result("rest_day", UNIT, UNIT, not notes, "; ".join(notes)[:400], figures, {"day": DAY.isoformat()})


def _endpoint(paths: dict[str, str], path: str) -> str:
    for pattern, name in paths.items():
        parts, found = pattern.split("/"), path.split("/")
        if len(parts) == len(found) and all(part == other or part.startswith("{") for part, other in zip(parts, found, strict=True)):
            return name
    return path


async def _ready(context: UnitContext) -> None:
    while True:
        condition = context.health.conditions().get(UNIT)
        if condition is not None and condition.ready:
            return
        await asyncio.sleep(0.05)


async def _quiet(door: Door) -> None:
    quiet = 0
    while quiet < _QUIET_TURNS:
        before = len(door.calls)
        await asyncio.sleep(0.001)
        quiet = quiet + 1 if door.is_quiet and len(door.calls) == before else 0


def _stored(place: Arena) -> tuple[Counter[int], int]:
    """Return the payloads by what tells them apart, and how many records there are on other topics."""
    codec = CodecSet.from_registry(place.settings.registry, ["raw.payloads"]).of("raw.payloads")
    payloads: Counter[int] = Counter()
    for message in read_whole(place.settings.kafka, catalog.topic("raw.payloads")):
        record = codec.decode(message.value() or b"")
        assert isinstance(record, RawPayload)
        payloads[hash((record.endpoint, tuple(sorted(record.parameters.items())), record.ts_received))] += 1
    spec = registered()[UNIT]
    others = [topic for name in spec.writes if not (topic := catalog.topic(name)).internal and name not in ("raw.payloads", "ops.heartbeats")]
    return payloads, sum(1 for topic in others for _ in read_whole(place.settings.kafka, topic))
